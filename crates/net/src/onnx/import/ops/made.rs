//! Operators on constants, computed at once.

use gradflow_kernels::Real;

use super::layout::axes;
use crate::onnx::OnnxError;
use crate::onnx::import::graph::Node;
use crate::onnx::import::reader::{Reader, Value};
use crate::onnx::import::tensor::{MOST_DIMS, SAMPLES, Tensor};
use crate::onnx::proto::data_type;

pub(super) fn read<T: Real>(
    reader: &mut Reader<'_, T>,
    at: usize,
    operator: &str,
) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let made = match operator {
        "Constant" => constant(&node)?,
        "Identity" => reader.constant(&node, 0)?,
        "Cast" => cast(reader, &node)?,
        "Reshape" => reshape(reader, &node)?,
        "Squeeze" | "Unsqueeze" => squeeze(reader, &node, operator == "Squeeze")?,
        "Transpose" => transpose(reader, &node)?,
        "Shape" => {
            let tensor = reader.constant(&node, 0)?;
            let dims: Vec<i64> = tensor.dims.iter().map(|dim| *dim as i64).collect();
            Tensor::integers(&[dims.len()], dims)
        }
        "Gather" => gather(reader, &node)?,
        "Slice" => slice(reader, &node)?,
        "Concat" => concat(reader, &node)?,
        "Add" | "Sub" | "Mul" | "Div" => arithmetic(reader, &node, operator)?,
        "ConstantOfShape" => filled(reader, &node)?,
        _ => return Err(node.unknown()),
    };
    reader.set(&node, 0, Value::Constant(made));
    Ok(())
}

fn constant<'a>(node: &Node<'a>) -> Result<Tensor<'a>, OnnxError> {
    if let Some(tensor) = node.attribute("value").and_then(|own| own.t.as_ref()) {
        return Tensor::new(tensor);
    }
    let attribute = |name| node.attribute(name);
    let one = |own: f32| Tensor::floats(&[], vec![f64::from(own)]);
    let made = (attribute("value_float").and_then(|own| own.f).map(one))
        .or_else(|| {
            let own = attribute("value_int").and_then(|own| own.i);
            own.map(|own| Tensor::integers(&[], vec![own]))
        })
        .or_else(|| {
            let own = attribute("value_floats").map(|own| &own.floats);
            let wide = own.map(|own| own.iter().map(|x| f64::from(*x)).collect::<Vec<_>>());
            wide.map(|wide| Tensor::floats(&[wide.len()], wide))
        })
        .or_else(|| {
            let own = attribute("value_ints").map(|own| own.ints.clone());
            own.map(|own| Tensor::integers(&[own.len()], own))
        });
    made.ok_or_else(|| node.refuse("a tensor of numbers", "another value"))
}

/// Between whole numbers nothing changes; what becomes whole is cut off.
fn cast<'a, T: Real>(reader: &mut Reader<'a, T>, node: &Node<'a>) -> Result<Tensor<'a>, OnnxError> {
    use data_type::{BOOL, INT8, INT32, INT64, UINT8};
    let tensor = reader.constant(node, 0)?;
    let whole = [BOOL, INT8, INT32, INT64, UINT8]
        .map(i64::from)
        .contains(&node.int("to", 0));
    if whole == tensor.is_integer() {
        return Ok(tensor);
    }
    reader.reserve(tensor.len())?;
    let values = tensor.values::<f64>();
    Ok(match whole {
        true => Tensor::integers(&tensor.dims, values.map(|x| x as i64).collect()),
        false => Tensor::floats(&tensor.dims, values.collect()),
    })
}

fn reshape<'a, T: Real>(
    reader: &mut Reader<'a, T>,
    node: &Node<'a>,
) -> Result<Tensor<'a>, OnnxError> {
    let tensor = reader.constant(node, 0)?;
    let to = reader.integers(node, 1, "shape")?.unwrap_or_default();
    let refuse = || {
        let to = &to[..to.len().min(8)];
        node.refuse(
            &format!("dimensions of {} elements", tensor.len()),
            format!("{to:?}"),
        )
    };
    let mut dims = Vec::with_capacity(to.len());
    for (axis, size) in to.iter().enumerate() {
        dims.push(match size {
            -1 => 1,
            0 => *tensor.dims.get(axis).ok_or_else(refuse)?,
            size => usize::try_from(*size).map_err(|_| refuse())?,
        });
    }
    let product = |dims: &[usize]| dims.iter().try_fold(1_usize, |n, dim| n.checked_mul(*dim));
    let known = product(&dims).filter(|known| *known > 0);
    if let (Some(open), Some(known)) = (to.iter().position(|size| *size == -1), known) {
        dims[open] = tensor.len() / known;
    }
    if product(&dims) != Some(tensor.len()) {
        return Err(refuse());
    }
    Ok(tensor.with_dims(&dims))
}

fn squeeze<'a, T: Real>(
    reader: &mut Reader<'a, T>,
    node: &Node<'a>,
    less: bool,
) -> Result<Tensor<'a>, OnnxError> {
    let tensor = reader.constant(node, 0)?;
    let given = reader.integers(node, 1, "axes")?;
    let old = &tensor.dims;
    let dims: Option<Vec<usize>> = if less {
        let gone = match &given {
            Some(given) => axes(given, old.len()),
            None => Some((0..old.len()).filter(|axis| old[*axis] == 1).collect()),
        };
        let gone = gone.filter(|gone| gone.iter().all(|axis| old[*axis] == 1));
        gone.map(|gone| {
            let kept = old
                .iter()
                .enumerate()
                .filter(|(axis, _)| !gone.contains(axis));
            kept.map(|(_, dim)| *dim).collect()
        })
    } else {
        let given = given.clone().unwrap_or_default();
        let rank = old.len() + given.len();
        axes(&given, rank).filter(|_| rank <= MOST_DIMS).map(|new| {
            let mut old = old.iter();
            let dims = (0..rank).map(|axis| match new.contains(&axis) {
                true => 1,
                false => old.next().copied().unwrap_or(1),
            });
            dims.collect()
        })
    };
    let dims = dims.filter(|dims| dims.iter().product::<usize>() == tensor.len());
    let dims = dims.ok_or_else(|| node.refuse("axes of size 1", format!("{given:?}")))?;
    Ok(tensor.with_dims(&dims))
}

fn transpose<'a, T: Real>(
    reader: &mut Reader<'a, T>,
    node: &Node<'a>,
) -> Result<Tensor<'a>, OnnxError> {
    let tensor = reader.constant(node, 0)?;
    let rank = tensor.dims.len();
    let by = match node.ints("perm") {
        Some(given) => axes(given, rank),
        None => Some((0..rank).rev().collect()),
    };
    let by = by.filter(|by| {
        let mut sorted = by.clone();
        sorted.sort_unstable();
        sorted.into_iter().eq(0..rank)
    });
    let Some(by) = by.filter(|_| rank <= 8) else {
        return Err(node.refuse("the axes in another order", format!("{rank} of them")));
    };
    reader.reserve(tensor.len())?;
    let mut strides = vec![1; rank];
    for axis in (1..rank).rev() {
        strides[axis - 1] = strides[axis] * tensor.dims[axis];
    }
    let dims: Vec<usize> = by.iter().map(|axis| tensor.dims[*axis]).collect();
    let mut index = vec![0; rank];
    let places = (0..tensor.len()).map(|_| {
        let place = by
            .iter()
            .zip(&index)
            .map(|(axis, i)| strides[*axis] * i)
            .sum::<usize>();
        for axis in (0..rank).rev() {
            index[axis] += 1;
            if index[axis] < dims[axis] {
                break;
            }
            index[axis] = 0;
        }
        place
    });
    let places: Vec<usize> = places.collect();
    Ok(chosen(&tensor, &dims, places.into_iter()))
}

/// These elements of a tensor, under other dimensions.
fn chosen<'a>(
    tensor: &Tensor<'_>,
    dims: &[usize],
    places: impl Iterator<Item = usize>,
) -> Tensor<'a> {
    match tensor.is_integer() {
        true => Tensor::integers(dims, places.map(|place| tensor.integer_at(place)).collect()),
        false => Tensor::floats(dims, places.map(|place| tensor.at(place)).collect()),
    }
}

/// Elements of a list, as shapes are taken apart.
fn gather<'a, T: Real>(
    reader: &mut Reader<'a, T>,
    node: &Node<'a>,
) -> Result<Tensor<'a>, OnnxError> {
    let tensor = reader.constant(node, 0)?;
    let which = reader.constant(node, 1)?;
    let list = tensor.dims.len() == 1 && node.int("axis", 0) == 0;
    let places: Option<Vec<usize>> = match list && which.is_integer() && which.len() <= 64 {
        true => {
            let given: Vec<i64> = (0..which.len()).map(|i| which.integer_at(i)).collect();
            axes(&given, tensor.len())
        }
        false => None,
    };
    let Some(places) = places else {
        return Err(node.refuse("at most 64 elements of a list", "other elements, or none"));
    };
    Ok(chosen(&tensor, &which.dims, places.into_iter()))
}

/// A part of a list, or of a tensor along its first axis, also backwards.
fn slice<'a, T: Real>(
    reader: &mut Reader<'a, T>,
    node: &Node<'a>,
) -> Result<Tensor<'a>, OnnxError> {
    let tensor = reader.constant(node, 0)?;
    let one = |input: usize, name: &str| -> Result<Option<i64>, OnnxError> {
        let given = reader.integers(node, input, name)?;
        Ok(given.filter(|given| given.len() == 1).map(|given| given[0]))
    };
    let [start, end] = [one(1, "starts")?, one(2, "ends")?];
    let (axis, step) = (one(3, "axes")?.unwrap_or(0), one(4, "steps")?.unwrap_or(1));
    let parts = (start, end, tensor.dims.split_first(), axis, step);
    let (Some(start), Some(end), Some((n, rest)), 0, -1 | 1) = parts else {
        let expected = "a part along the first axis, in steps of 1 or -1";
        return Err(node.refuse(expected, "another part"));
    };
    let rows = *n as i64;
    let clamp = |i: i64, low: i64, high: i64| {
        let i = if i < 0 { i.saturating_add(rows) } else { i };
        i.clamp(low, high)
    };
    // Backwards, the end may stand in front of the first.
    let (start, end) = match step {
        1 => (clamp(start, 0, rows), clamp(end, 0, rows)),
        _ => (clamp(start, -1, rows - 1), clamp(end, -1, rows - 1)),
    };
    let chosen_rows: Vec<usize> = match step {
        1 => (start..end).map(|i| i as usize).collect(),
        _ => (end + 1..=start).rev().map(|i| i as usize).collect(),
    };
    let each: usize = rest.iter().product();
    reader.reserve(chosen_rows.len().saturating_mul(each))?;
    let dims = [&[chosen_rows.len()], rest].concat();
    let places = chosen_rows
        .into_iter()
        .flat_map(|row| row * each..(row + 1) * each);
    Ok(chosen(&tensor, &dims, places))
}

/// Lists one behind the other.
fn concat<'a, T: Real>(
    reader: &mut Reader<'a, T>,
    node: &Node<'a>,
) -> Result<Tensor<'a>, OnnxError> {
    let mut all = Vec::new();
    for input in 0..node.proto.input.len() {
        let tensor = reader.constant(node, input)?;
        if tensor.dims.len() != 1 || !tensor.is_integer() {
            return Err(node.refuse("lists of whole numbers", "other constants"));
        }
        reader.reserve(tensor.len())?;
        all.extend((0..tensor.len()).map(|i| tensor.integer_at(i)));
    }
    Ok(Tensor::integers(&[all.len()], all))
}

/// Of two constants of the same dimensions, or with one number.
fn arithmetic<'a, T: Real>(
    reader: &mut Reader<'a, T>,
    node: &Node<'a>,
    operator: &str,
) -> Result<Tensor<'a>, OnnxError> {
    let (a, b) = (reader.constant(node, 0)?, reader.constant(node, 1)?);
    let dims = match (a.len(), b.len()) {
        _ if a.dims == b.dims => &a.dims,
        (_, 1) => &a.dims,
        (1, _) => &b.dims,
        _ => return Err(node.refuse("constants of the same dimensions", "others")),
    };
    let n = a.len().max(b.len());
    reader.reserve(n)?;
    let place = |tensor: &Tensor<'_>, i: usize| if tensor.len() == 1 { 0 } else { i };
    if a.is_integer() && b.is_integer() {
        let of = |i: usize| {
            let (a, b) = (a.integer_at(place(&a, i)), b.integer_at(place(&b, i)));
            match operator {
                _ if a == SAMPLES || b == SAMPLES => None,
                "Add" => a.checked_add(b),
                "Sub" => a.checked_sub(b),
                "Mul" => a.checked_mul(b),
                _ => a.checked_div(b),
            }
        };
        let values: Option<Vec<i64>> = (0..n).map(of).collect();
        let refuse = || {
            node.refuse(
                "sizes that can be computed",
                "the number of samples, or too much",
            )
        };
        return Ok(Tensor::integers(dims, values.ok_or_else(refuse)?));
    }
    let of = |i: usize| {
        let (a, b) = (a.at(place(&a, i)), b.at(place(&b, i)));
        match operator {
            "Add" => a + b,
            "Sub" => a - b,
            "Mul" => a * b,
            _ => a / b,
        }
    };
    Ok(Tensor::floats(dims, (0..n).map(of).collect()))
}

/// One number for all elements.
fn filled<'a, T: Real>(
    reader: &mut Reader<'a, T>,
    node: &Node<'a>,
) -> Result<Tensor<'a>, OnnxError> {
    let dims = reader.integers(node, 0, "")?.unwrap_or_default();
    let sizes: Option<Vec<usize>> = dims.iter().map(|dim| usize::try_from(*dim).ok()).collect();
    let product = |dims: &[usize]| dims.iter().try_fold(1_usize, |n, dim| n.checked_mul(*dim));
    let sized = sizes.and_then(|sizes| product(&sizes).map(|n| (sizes, n)));
    let (sizes, n) = sized.ok_or_else(|| node.refuse("sizes", format!("{dims:?}")))?;
    reader.reserve(n)?;
    let value = match node.attribute("value").and_then(|own| own.t.as_ref()) {
        Some(value) => Tensor::new(value)?,
        None => Tensor::floats(&[1], vec![0.0]),
    };
    let one = value
        .scalar()
        .ok_or_else(|| node.refuse("one number", "several"))?;
    Ok(match value.is_integer() {
        true => Tensor::integers(&sizes, vec![one as i64; n]),
        false => Tensor::floats(&sizes, vec![one; n]),
    })
}
