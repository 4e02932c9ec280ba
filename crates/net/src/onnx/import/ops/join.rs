//! Values that come together.

use gradflow_kernels::Real;
use gradflow_layers::Join;
use gradflow_tensor::Shape;

use super::layout::axes;
use crate::onnx::OnnxError;
use crate::onnx::import::flow::Kind;
use crate::onnx::import::reader::{Reader, Sample};
use crate::onnx::import::view::View;

pub(super) fn sum<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    of(reader, at, Join::Sum)
}

pub(super) fn concat<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    of(reader, at, Join::Concat)
}

/// All inputs, added or one behind the other along the depth.
pub(super) fn of<T: Real>(
    reader: &mut Reader<'_, T>,
    at: usize,
    join: Join,
) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let inputs = 0..node.proto.input.len();
    let inputs = inputs.map(|input| reader.sample(&node, input));
    let inputs: Vec<Sample> = inputs.collect::<Result<_, _>>()?;
    let Some(first) = inputs.first() else {
        return Err(node.refuse("an input", "none"));
    };
    let joined = match join {
        Join::Sum => added(&inputs),
        Join::Concat => behind(node.int("axis", 1), &inputs),
    };
    let Some((depth, view)) = joined else {
        let shapes: Vec<String> = inputs
            .iter()
            .take(4)
            .map(|x| format!("{:?}", x.view.dims))
            .collect();
        let expected = match join {
            Join::Sum => "values of one shape",
            Join::Concat => "pictures of one size or vectors, joined along their channels",
        };
        return Err(node.refuse(expected, format!("[N, ..] of {}", shapes.join(", "))));
    };
    let [_, vertical, horizontal] = first.shape.dims();
    let shape = Shape::new([depth, vertical, horizontal])?;
    let from = inputs.iter().map(|x| x.step).collect();
    reader.put(at, from, Kind::Join(join), shape, view);
    Ok(())
}

fn added(inputs: &[Sample]) -> Option<(usize, View)> {
    let first = inputs.first()?;
    let same = |x: &Sample| x.shape == first.shape && x.view.is_like(&first.view, x.shape);
    let depth = first.shape.dims()[0];
    inputs.iter().all(same).then(|| (depth, first.view.clone()))
}

/// The depth of all together, and the view of them.
fn behind(axis: i64, inputs: &[Sample]) -> Option<(usize, View)> {
    let first = inputs.first()?;
    let axis = *axes(&[axis], first.view.dims.len() + 1)?.first()?;
    let axis = axis.checked_sub(1)?;
    let same = |x: &Sample| {
        let natural = x.view.is_natural(x.shape) && first.view.is_natural(first.shape);
        let sizes = x.shape.dims()[1..] == first.shape.dims()[1..];
        let rank = x.view.dims.len() == first.view.dims.len();
        sizes && rank && (natural || x.view.order == first.view.order)
    };
    // Channels one behind the other, or vectors that are whole pictures in the order of this library.
    let along = |x: &Sample| {
        let flat = x.view.dims.len() == 1 && x.view.is_natural(x.shape);
        flat || x.view.depth_axis(x.shape) == Some(axis)
    };
    if !inputs.iter().all(|x| same(x) && along(x)) {
        return None;
    }
    let sum = |of: &dyn Fn(&Sample) -> usize| {
        let mut sizes = inputs.iter().map(of);
        sizes.try_fold(0_usize, |sum, size| sum.checked_add(size))
    };
    let depth = sum(&|x| x.shape.dims()[0])?;
    let mut view = first.view.clone();
    view.dims[axis] = sum(&|x| x.view.dims[axis])?;
    Some((depth, view))
}
