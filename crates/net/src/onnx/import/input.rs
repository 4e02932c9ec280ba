//! What the network reads.

use std::collections::HashSet;

use gradflow_tensor::Shape;

use super::graph::Graph;
use super::view::View;
use crate::onnx::OnnxError;
use crate::onnx::proto::NodeProto;

/// Operators before which the order of the input need not be known.
const ANY_ORDER: [&str; 12] = [
    "Add",
    "Cast",
    "Clip",
    "Div",
    "Identity",
    "Mul",
    "Pad",
    "Relu",
    "Sub",
    "Tanh",
    "Sigmoid",
    "Unsqueeze",
];

/// The shape of an input sample, and how the file's input holds it.
///
/// Rows are vectors, unless they become pictures first; of pictures whose channels are moved to the front, these stand behind.
pub(super) fn view(graph: &Graph<'_>) -> Result<(Shape<3>, View), OnnxError> {
    let given = match graph.sizes[..] {
        [n] => Shape::vector(n)?,
        [depth, horizontal] => Shape::new([depth, 1, horizontal])?,
        [depth, vertical, horizontal] => Shape::new([depth, vertical, horizontal])?,
        // Two to four dimensions in all.
        _ => Shape::vector(1)?,
    };
    let plain = View {
        order: [0, 1, 2],
        dims: graph.sizes.clone(),
    };
    let mut untouched: HashSet<&str> = HashSet::from([graph.input]);
    for node in graph.nodes.iter().filter(|node| node.live) {
        let proto = node.proto;
        if !proto.input.iter().any(|name| untouched.contains(&**name)) {
            continue;
        }
        match (&*proto.op_type, &graph.sizes[..]) {
            ("Transpose", sizes) => return Ok(moved(proto, sizes).unwrap_or((given, plain))),
            ("Reshape", _) => {
                let picture = reshaped(graph, proto, given);
                return Ok((picture.unwrap_or(given), plain));
            }
            (operator, _) if ANY_ORDER.contains(&operator) => {
                untouched.extend(proto.output.iter().map(|name| &**name));
            }
            _ => break,
        }
    }
    Ok((given, plain))
}

/// An input whose channels stand behind, and are moved to the front.
fn moved(node: &NodeProto, sizes: &[usize]) -> Option<(Shape<3>, View)> {
    let by = node.attribute.iter().find(|own| own.name == "perm")?;
    // The last dimension becomes the first behind the samples; a row of one may stand beside the others.
    let rank = by.ints.len() as i64;
    let last_first = [0, rank - 1].into_iter().chain(1..rank - 1);
    if !matches!(rank, 3 | 4) || !by.ints.iter().copied().eq(last_first) {
        return None;
    }
    let shape = match sizes {
        [vertical, horizontal, depth] => [*depth, *vertical, *horizontal],
        [horizontal, depth] => [*depth, 1, *horizontal],
        _ => return None,
    };
    let view = View {
        order: [1, 2, 0],
        dims: sizes.to_vec(),
    };
    Some((Shape::new(shape).ok()?, view))
}

/// The shape of a picture that a constant makes of the input's elements in their order.
fn reshaped(graph: &Graph<'_>, node: &NodeProto, given: Shape<3>) -> Option<Shape<3>> {
    let to = graph.constants.get(&**node.input.get(1)?)?;
    let sizes = to.is_integer() && matches!(to.len(), 3 | 4);
    let sizes: Vec<usize> = (1..if sizes { to.len() } else { 0 })
        .map(|i| usize::try_from(to.integer_at(i)).ok())
        .collect::<Option<_>>()?;
    let shape = match sizes[..] {
        [depth, vertical, horizontal] => Shape::new([depth, vertical, horizontal]),
        [depth, horizontal] => Shape::new([depth, 1, horizontal]),
        _ => return None,
    };
    shape.ok().filter(|shape| shape.len() == given.len())
}
