//! Pools.

use gradflow_kernels::Real;
use gradflow_layers::{Padding, Recipe};
use gradflow_tensor::Shape;

use super::layout::axes;
use super::window::{before, built, pair, picture, view_like, window};
use crate::onnx::OnnxError;
use crate::onnx::import::flow::Kind;
use crate::onnx::import::reader::{Reader, Sample};
use crate::onnx::import::view::View;

pub(super) fn pool<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let padded = picture(reader, &node)?;
    let max = node.proto.op_type == "MaxPool";
    if node
        .proto
        .output
        .iter()
        .skip(1)
        .any(|name| reader.graph.readers.contains_key(&**name))
    {
        return Err(node.refuse("the largest elements alone", "their places as well"));
    }
    let counted = node.int("count_include_pad", 0) != 0;
    let own = node
        .ints("pads")
        .is_some_and(|pads| pads.iter().any(|pad| *pad != 0));
    let value = if max { lowest(reader, &padded) } else { 0.0 };
    let (x, pads) = match max || counted || !own {
        true => before(reader, &padded, value),
        false => (padded, [[0; 2]; 2]),
    };
    let rank = x.view.dims.len();
    let size = pair(
        &node,
        "kernel_shape",
        node.ints("kernel_shape").unwrap_or(&[]),
        rank,
    )?;
    let mut window = window(&node, size, rank, pads)?;
    if window.stride == Some(size) {
        window.stride = None;
    }
    let count_padding =
        !max && window.padding != Padding::default() && (counted || pads != [[0; 2]; 2]);
    let of = |remainder| {
        let window = window.remainder(remainder);
        match max {
            true => Recipe::MaxPool { window },
            false => Recipe::AvgPool {
                window,
                count_padding,
            },
        }
    };
    let (recipe, shape) = built::<T>(&x, node.int("ceil_mode", 0) != 0, of)?;
    let view = view_like(&x, shape);
    let kind = Kind::Layer(recipe, Vec::new(), Vec::new());
    reader.put(at, vec![x.step], kind, shape, view);
    Ok(())
}

/// A number in the padding before a max-pool that is never the largest: minus infinity, or what no value of the activation before it lies below.
fn lowest<T: Real>(reader: &Reader<'_, T>, x: &Sample) -> f64 {
    let steps = &reader.flow.steps;
    let step = &steps[x.step];
    match (&step.kind, step.from.first().map(|from| &steps[*from].kind)) {
        (Kind::Pad(_, value), Some(Kind::Layer(Recipe::Activation(of), ..)))
            if of.range().0 >= *value =>
        {
            *value
        }
        _ => f64::NEG_INFINITY,
    }
}

/// The mean or the largest element of each channel.
pub(super) fn global<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let x = reader.sample(&node, 0)?;
    let reduce = node.proto.op_type.starts_with("Reduce");
    let rank = x.view.dims.len() + 1;
    let channel = x.view.depth_axis(x.shape).map(|axis| axis + 1);
    let gone: Vec<usize> = (1..rank).filter(|axis| Some(*axis) != channel).collect();
    let given = match reduce {
        true => reader
            .integers(&node, 1, "axes")?
            .and_then(|given| axes(&given, rank)),
        false => picture(reader, &node).map(|_| Some(gone.clone()))?,
    };
    let sorted = given.map(|mut given| {
        given.sort_unstable();
        given
    });
    if channel.is_none() || sorted.as_ref() != Some(&gone) || gone.is_empty() {
        let expected = "rows and columns of pictures, all of them and nothing else";
        return Err(node.refuse(expected, format!("axes {sorted:?}")));
    }
    let recipe = match node.proto.op_type.ends_with("Max") || node.proto.op_type.contains("MaxPool")
    {
        true => Recipe::GlobalMaxPool,
        false => Recipe::GlobalAvgPool,
    };
    let depth = x.shape.dims()[0];
    let shape = Shape::vector(depth)?;
    let keep = !reduce || node.int("keepdims", 1) != 0;
    let view = match keep {
        true => View {
            order: x.view.order,
            dims: (1..rank)
                .map(|axis| if Some(axis) == channel { depth } else { 1 })
                .collect(),
        },
        false => View::vector(depth),
    };
    let kind = Kind::Layer(recipe, Vec::new(), Vec::new());
    reader.put(at, vec![x.step], kind, shape, view);
    Ok(())
}
