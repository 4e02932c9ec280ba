//! Upsampling.

use gradflow_kernels::Real;
use gradflow_layers::Recipe;
use gradflow_tensor::Shape;

use crate::onnx::OnnxError;
use crate::onnx::import::flow::Kind;
use crate::onnx::import::graph::Node;
use crate::onnx::import::reader::{Reader, Sample};
use crate::onnx::import::view::View;

/// Every element repeated, by whole factors.
pub(super) fn upsample<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let x = reader.sample(&node, 0)?;
    if !is_nearest(&node) {
        let names = ["mode", "coordinate_transformation_mode", "nearest_mode"];
        let came = names.map(|name| node.text(name)).join(", ");
        return Err(node.refuse("the nearest element", came));
    }
    let refuse = || node.refuse("whole factors for rows and columns", "others");
    let factors = factors(reader, &node, &x)?.ok_or_else(refuse)?;
    let axes = x.view.axes(x.shape).ok_or_else(refuse)?;
    let mut factor = [1; 3];
    for (axes, by) in axes.iter().zip(&factors) {
        match axes[..] {
            _ if *by == 1 => {}
            [axis @ (1 | 2)] => factor[axis] = *by,
            _ => return Err(refuse()),
        }
    }
    let size = |axis: usize| {
        let more = x.shape.dims()[axis].checked_mul(factor[axis]);
        more.ok_or_else(|| node.refuse("a picture that fits in memory", "a larger one"))
    };
    let shape = Shape::new([size(0)?, size(1)?, size(2)?])?;
    let dims = x.view.dims.iter().zip(&factors);
    let view = View {
        order: x.view.order,
        dims: dims.map(|(dim, by)| dim * by).collect(),
    };
    let factor = [factor[1], factor[2]];
    let kind = Kind::Layer(Recipe::Upsample { factor }, Vec::new(), Vec::new());
    reader.put(at, vec![x.step], kind, shape, view);
    Ok(())
}

/// Whether each new element is the one that covers its middle: for whole factors, several ways to say it.
fn is_nearest(node: &Node<'_>) -> bool {
    let middle = node.text("coordinate_transformation_mode");
    let rounded = match (middle, node.text("nearest_mode")) {
        _ if node.proto.op_type == "Upsample" => true,
        ("asymmetric" | "tf_half_pixel_for_nn", "floor") => true,
        ("" | "half_pixel" | "pytorch_half_pixel", "" | "round_prefer_floor") => true,
        ("" | "half_pixel" | "pytorch_half_pixel", "round_prefer_ceil") => true,
        _ => false,
    };
    rounded && matches!(node.text("mode"), "" | "nearest")
}

/// The factor of each dimension behind that of the samples, if all are whole, and as many.
fn factors<'a, T: Real>(
    reader: &Reader<'a, T>,
    node: &Node<'a>,
    x: &Sample,
) -> Result<Option<Vec<usize>>, OnnxError> {
    let rank = x.view.dims.len() + 1;
    let scales = match &*node.proto.op_type {
        "Upsample" => reader.optional(node, 1)?,
        _ => reader.optional(node, 2)?.filter(|scales| scales.len() > 0),
    };
    if let Some(scales) = scales {
        let whole = |factor: f64| factor.fract() == 0.0 && (1.0..1e9).contains(&factor);
        let fits = scales.len() == rank && scales.at(0) == 1.0;
        let factors = (1..if fits { rank } else { 0 }).map(|i| scales.at(i));
        let factors = factors.map(|factor| whole(factor).then_some(factor as usize));
        return Ok(factors.collect::<Option<Vec<_>>>().filter(|_| fits));
    }
    let sizes = reader.integers(node, 3, "sizes")?;
    let sizes = sizes.filter(|sizes| sizes.len() == rank);
    let ratio = |(size, dim): (&i64, &usize)| {
        let size = usize::try_from(*size).ok()?;
        (size > 0 && size.is_multiple_of(*dim)).then(|| size / dim)
    };
    Ok(sizes.and_then(|sizes| sizes[1..].iter().zip(&x.view.dims).map(ratio).collect()))
}
