//! Padding.

use gradflow_kernels::Real;
use gradflow_tensor::Shape;

use super::window::Pads;
use crate::onnx::OnnxError;
use crate::onnx::import::flow::Kind;
use crate::onnx::import::graph::Node;
use crate::onnx::import::reader::Reader;
use crate::onnx::import::view::View;

/// Numbers around a picture, which the window behind them takes up.
pub(super) fn pad<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let x = reader.sample(&node, 0)?;
    let mode = node.text("mode");
    let pads = reader.integers(&node, 1, "pads")?.unwrap_or_default();
    if pads.iter().all(|pad| *pad == 0) {
        reader.look(at, &x, x.view.clone());
        return Ok(());
    }
    let value = value(reader, &node)?;
    let single = |axes: &Vec<Vec<usize>>| axes.iter().all(|axes| axes.len() <= 1);
    let axes = x.view.axes(x.shape).filter(single);
    let constant = matches!(mode, "" | "constant") && node.proto.input.len() <= 3;
    let sides = axes.as_ref().and_then(|axes| sides(&pads, axes));
    let (Some(axes), Some(value), Some(sides), true) = (axes, value, sides, constant) else {
        let expected = "constant padding of rows and columns of pictures";
        let pads = &pads[..pads.len().min(8)];
        let came = format!("{pads:?} of [N, ..] of {:?}", x.view.dims);
        return Err(node.refuse(expected, came));
    };
    let [depth, vertical, horizontal] = x.shape.dims();
    let padded = |size: usize, axis: usize| {
        let more = size.checked_add(sides[0][axis]);
        let more = more.and_then(|more| more.checked_add(sides[1][axis]));
        more.ok_or_else(|| node.refuse("a picture that fits in memory", "a larger one"))
    };
    let shape = Shape::new([depth, padded(vertical, 0)?, padded(horizontal, 1)?])?;
    let product = |axes: &Vec<usize>| axes.iter().map(|axis| shape.dims()[*axis]).product();
    let view = View {
        order: x.view.order,
        dims: axes.iter().map(product).collect(),
    };
    reader.put(at, vec![x.step], Kind::Pad(sides, value), shape, view);
    Ok(())
}

/// What stands in the padding, if it is one number.
fn value<'a, T: Real>(reader: &Reader<'a, T>, node: &Node<'a>) -> Result<Option<f64>, OnnxError> {
    let value = match reader.optional(node, 2)? {
        Some(value) => value.scalar(),
        None => Some(node.float("value", 0.0)),
    };
    // The lowest number stands for minus infinity in some files.
    let lowest = |value: f64| value <= f64::from(f32::MIN);
    Ok(value.map(|value| {
        if lowest(value) {
            f64::NEG_INFINITY
        } else {
            value
        }
    }))
}

/// Rows and columns in front and behind, of numbers for each dimension in front and then behind.
fn sides(pads: &[i64], axes: &[Vec<usize>]) -> Option<Pads> {
    let rank = axes.len() + 1;
    let mut sides = [[0; 2]; 2];
    if pads.len() != 2 * rank {
        return None;
    }
    for (place, pad) in pads.iter().enumerate().filter(|(_, pad)| **pad != 0) {
        let (side, axis) = (place / rank, (place % rank).checked_sub(1)?);
        match axes[axis].first() {
            Some(own @ (1 | 2)) => sides[side][own - 1] = usize::try_from(*pad).ok()?,
            _ => return None,
        }
    }
    Some(sides)
}
