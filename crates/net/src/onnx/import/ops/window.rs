//! Convolutions, and what they share with pools.

use gradflow_kernels::Real;
use gradflow_layers::{Activation, Padding, Recipe, Registry, Remainder, Window};
use gradflow_tensor::Shape;

use crate::onnx::OnnxError;
use crate::onnx::import::flow::Kind;
use crate::onnx::import::graph::Node;
use crate::onnx::import::reader::{Reader, Sample};
use crate::onnx::import::view::View;

/// Zeros in front and behind, `[vertical, horizontal]`.
pub(super) type Pads = [[usize; 2]; 2];

/// A picture as an input; of one row, its dimension may be left out.
pub(super) fn picture<T: Real>(
    reader: &Reader<'_, T>,
    node: &Node<'_>,
) -> Result<Sample, OnnxError> {
    let x = reader.sample(node, 0)?;
    if x.view.is_picture(x.shape) {
        return Ok(x);
    }
    let sizes = &x.view.dims;
    let expected = "pictures [N, channels, vertical, horizontal] or rows [N, channels, horizontal]";
    let came = format!(
        "[N, ..] of {sizes:?} where the layers before it put out {}; no layer makes pictures of vectors",
        x.shape
    );
    Err(node.refuse(expected, came))
}

/// The view of an output with as many dimensions as the input has.
pub(super) fn view_like(x: &Sample, output: Shape<3>) -> View {
    let view = View::picture(output);
    let [depth, _, horizontal] = output.dims();
    match x.view.dims.len() {
        2 => View {
            dims: vec![depth, horizontal],
            ..view
        },
        _ => view,
    }
}

/// Two numbers for an attribute of one in each direction, which pictures of one row have in one.
pub(super) fn pair(
    node: &Node<'_>,
    name: &str,
    given: &[i64],
    rows: usize,
) -> Result<[usize; 2], OnnxError> {
    let sizes: Option<Vec<usize>> = given.iter().map(|n| usize::try_from(*n).ok()).collect();
    match sizes.as_deref() {
        Some([v, h]) if rows == 3 => Ok([*v, *h]),
        Some([h]) if rows == 2 => Ok([1, *h]),
        _ => {
            let given = &given[..given.len().min(8)];
            Err(node.refuse(
                &format!("{name} of {} sizes", rows - 1),
                format!("{given:?}"),
            ))
        }
    }
}

/// The window that a node describes, of this size, after padding that stands before it.
pub(super) fn window(
    node: &Node<'_>,
    size: [usize; 2],
    rank: usize,
    before: Pads,
) -> Result<Window, OnnxError> {
    let ones = vec![1; rank - 1];
    let given = |name| node.ints(name).unwrap_or(&ones);
    let stride = pair(node, "strides", given("strides"), rank)?;
    let dilation = pair(node, "dilations", given("dilations"), rank)?;
    let pads = explicit(node, rank)?;
    let window = Window::from(size).stride(stride).dilation(dilation);
    let padding = match node.text("auto_pad") {
        "" | "NOTSET" => sides(node, pads, before)?,
        "VALID" => sides(node, [[0; 2]; 2], before)?,
        "SAME_UPPER" if before == [[0; 2]; 2] => Padding::Same,
        other => {
            let expected = "explicit padding, or SAME_UPPER or VALID";
            return Err(node.refuse(expected, format!("auto_pad {other:?}")));
        }
    };
    Ok(window.padding(padding))
}

fn explicit(node: &Node<'_>, rank: usize) -> Result<Pads, OnnxError> {
    let Some(pads) = node.ints("pads") else {
        return Ok([[0; 2]; 2]);
    };
    let half = pads.len() / 2;
    let side = |given: &[i64]| match given {
        // Rows above and below of a picture of one row: none.
        [h] if rank == 2 => pair(node, "pads", &[0, *h], 3),
        given => pair(node, "pads", given, rank),
    };
    Ok([side(&pads[..half])?, side(&pads[half..])?])
}

fn sides(node: &Node<'_>, pads: Pads, before: Pads) -> Result<Padding, OnnxError> {
    let sum = |side: usize, axis: usize| {
        let sum = pads[side][axis].checked_add(before[side][axis]);
        sum.ok_or_else(|| node.refuse("padding that is a size", "more"))
    };
    let [front, behind] = [[sum(0, 0)?, sum(0, 1)?], [sum(1, 0)?, sum(1, 1)?]];
    Ok(match front == behind {
        true => Padding::Both(front),
        false => Padding::Sides { front, behind },
    })
}

/// The layer of the recipe; what the stride leaves over is not read, or read by one window more.
pub(super) fn built<T: Real>(
    x: &Sample,
    ceil: bool,
    recipe: impl Fn(Remainder) -> Recipe,
) -> Result<(Recipe, Shape<3>), OnnxError> {
    let rest = if ceil {
        Remainder::Ceil
    } else {
        Remainder::Floor
    };
    // Where there is no remainder, nothing is said of it.
    let whole = recipe(Remainder::Refuse);
    if let Ok(layer) = whole.on::<T>(x.shape, &Registry::default()) {
        return Ok((whole, layer.spec().output));
    }
    let recipe = recipe(rest);
    let layer = recipe.on::<T>(x.shape, &Registry::default())?;
    Ok((recipe, layer.spec().output))
}

/// Padding of this value that stands before the step, and the step before it.
pub(super) fn before<T: Real>(reader: &Reader<'_, T>, x: &Sample, value: f64) -> (Sample, Pads) {
    match &reader.flow.steps[x.step] {
        step if matches!(step.kind, Kind::Pad(_, of) if of == value) => {
            let from = step.from[0];
            let shape = reader.flow.steps[from].shape;
            let view = view_like(x, shape);
            let pads = match step.kind {
                Kind::Pad(pads, _) => pads,
                _ => [[0; 2]; 2],
            };
            let step = from;
            (Sample { step, view, shape }, pads)
        }
        _ => (x.clone(), [[0; 2]; 2]),
    }
}

pub(super) fn conv<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let padded = picture(reader, &node)?;
    let (x, pads) = before(reader, &padded, 0.0);
    let rank = x.view.dims.len();
    let filter = reader.constant(&node, 1)?;
    let bias = reader.optional(&node, 2)?;
    let groups = usize::try_from(node.int("group", 1)).unwrap_or(0);
    let depth = x.shape.dims()[0];
    let each = depth
        .checked_div(groups)
        .filter(|each| each * groups == depth);
    let (filters, size) = match filter.dims[..] {
        [filters, own, v, h] if rank == 3 && Some(own) == each => (filters, [v, h]),
        [filters, own, h] if rank == 2 && Some(own) == each => (filters, [1, h]),
        _ => {
            let dims = &filter.dims[..filter.dims.len().min(8)];
            let expected = format!("filters for {depth} channels in {groups} groups");
            return Err(node.refuse(&expected, format!("{dims:?}")));
        }
    };
    if let Some(bias) = bias.as_ref().filter(|bias| bias.len() != filters) {
        return Err(node.refuse(&format!("{filters} biases"), bias.len().to_string()));
    }
    let mut window = window(&node, size, rank, pads)?;
    if window.stride == Some([1, 1]) {
        window.stride = None;
    }
    let of = |remainder| {
        let window = window.remainder(remainder);
        match groups > 1 && groups == depth && filters.is_multiple_of(depth) {
            true => Recipe::Depthwise {
                multiplier: filters / depth,
                window,
                activation: Activation::Identity,
                init: None,
                bias_init: None,
            },
            false => Recipe::conv(filters, window, Activation::Identity).groups(groups),
        }
    };
    let (recipe, shape) = built::<T>(&x, false, of)?;
    reader.reserve(filter.len())?;
    reader.reserve(filters)?;
    let mut theta: Vec<T> = filter.values().collect();
    let kind = match bias {
        Some(bias) => {
            theta.extend(bias.values::<T>());
            Kind::Layer(recipe, theta, Vec::new())
        }
        None => {
            theta.resize(theta.len() + filters, T::ZERO);
            Kind::NoBias(recipe, theta)
        }
    };
    let view = view_like(&x, shape);
    reader.put(at, vec![x.step], kind, shape, view);
    Ok(())
}
