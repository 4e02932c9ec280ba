//! Convolutions, pools, and the padding before them.

use gradflow_kernels::Real;
use gradflow_layers::{Activation, Padding, Recipe, Registry, Remainder, Window};
use gradflow_tensor::Shape;

use super::layout::axes;
use crate::onnx::OnnxError;
use crate::onnx::import::flow::Kind;
use crate::onnx::import::graph::Node;
use crate::onnx::import::reader::{Reader, Sample};
use crate::onnx::import::view::View;

/// Zeros in front and behind, `[vertical, horizontal]`.
type Pads = [[usize; 2]; 2];

/// A picture as an input; of one row, its dimension may be left out.
fn picture<T: Real>(reader: &Reader<'_, T>, node: &Node<'_>) -> Result<Sample, OnnxError> {
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
fn view_like(x: &Sample, output: Shape<3>) -> View {
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
fn pair(node: &Node<'_>, name: &str, given: &[i64], rows: usize) -> Result<[usize; 2], OnnxError> {
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
fn window(
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
fn built<T: Real>(
    x: &Sample,
    ceil: bool,
    recipe: impl Fn(Remainder) -> Recipe,
) -> Result<(Recipe, Shape<3>), OnnxError> {
    let rest = if ceil {
        Remainder::Ceil
    } else {
        Remainder::Floor
    };
    let mut error = None;
    // Where there is no remainder, nothing is said of it.
    for remainder in [Remainder::Refuse, rest] {
        let recipe = recipe(remainder);
        match recipe.on::<T>(x.shape, &Registry::default()) {
            Ok(layer) => return Ok((recipe, layer.spec().output)),
            Err(refused) => error = Some(refused),
        }
    }
    Err(error.map_or_else(
        || OnnxError::NotOnnx {
            reason: String::new(),
        },
        OnnxError::Layers,
    ))
}

/// Padding of this value that stands before the step, and the step before it.
fn before<T: Real>(reader: &Reader<'_, T>, x: &Sample, value: f64) -> (Sample, Pads) {
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
    let zeros = if max { f64::NEG_INFINITY } else { 0.0 };
    let (x, pads) = match max || counted || !own {
        true => before(reader, &padded, zeros),
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
    let value = match reader.optional(&node, 2)? {
        Some(value) => value.scalar(),
        None => Some(node.float("value", 0.0)),
    };
    // The lowest number stands for minus infinity in some files.
    let value = value.map(|value| {
        if value <= f64::from(f32::MIN) {
            f64::NEG_INFINITY
        } else {
            value
        }
    });
    let rank = x.view.dims.len() + 1;
    let single = |axes: &Vec<Vec<usize>>| axes.iter().all(|axes| axes.len() <= 1);
    let axes = x.view.axes(x.shape).filter(single);
    let refuse = || {
        let expected = "constant padding of rows and columns of pictures";
        let pads = &pads[..pads.len().min(8)];
        node.refuse(
            expected,
            format!("{pads:?} of [N, ..] of {:?}", x.view.dims),
        )
    };
    let (Some(axes), Some(value)) = (axes, value) else {
        return Err(refuse());
    };
    if !matches!(mode, "" | "constant") || pads.len() != 2 * rank || node.proto.input.len() > 3 {
        return Err(refuse());
    }
    let mut sides = [[0; 2]; 2];
    let [depth, mut vertical, mut horizontal] = x.shape.dims();
    for side in 0..2 {
        for axis in 0..rank {
            let pad = usize::try_from(pads[side * rank + axis]).map_err(|_| refuse())?;
            let own = axis.checked_sub(1).and_then(|axis| axes[axis].first());
            match own {
                _ if pad == 0 => {}
                Some(1) => sides[side][0] = pad,
                Some(2) => sides[side][1] = pad,
                _ => return Err(refuse()),
            }
        }
        vertical = vertical.checked_add(sides[side][0]).ok_or_else(refuse)?;
        horizontal = horizontal.checked_add(sides[side][1]).ok_or_else(refuse)?;
    }
    let shape = Shape::new([depth, vertical, horizontal])?;
    let dims = axes
        .iter()
        .map(|axes| axes.iter().map(|axis| shape.dims()[*axis]).product());
    let view = View {
        order: x.view.order,
        dims: dims.collect(),
    };
    reader.put(at, vec![x.step], Kind::Pad(sides, value), shape, view);
    Ok(())
}
