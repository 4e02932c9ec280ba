//! What computes nothing: other dimensions, or another order of them.

use gradflow_kernels::Real;

use crate::onnx::OnnxError;
use crate::onnx::import::reader::{Reader, Sample, Value};
use crate::onnx::import::tensor::{SAMPLES, Tensor};
use crate::onnx::import::view::View;
use crate::onnx::proto::data_type;

/// The most dimensions of a value.
const MOST_DIMS: usize = 8;

/// The output is the input.
pub(super) fn same<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let x = reader.sample(&node, 0)?;
    reader.look(at, &x, x.view.clone());
    Ok(())
}

/// To another type of floating-point numbers.
pub(super) fn cast<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    use data_type::{BFLOAT16, DOUBLE, FLOAT, FLOAT16};
    let node = reader.graph.nodes[at];
    let to = node.int("to", 0);
    if ![BFLOAT16, DOUBLE, FLOAT, FLOAT16]
        .map(i64::from)
        .contains(&to)
    {
        return Err(node.refuse("a cast to floating-point numbers", format!("type {to}")));
    }
    same(reader, at)
}

/// `[N, n]` of any dimensions.
pub(super) fn flatten<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let x = reader.sample(&node, 0)?;
    let axis = node.int("axis", 1);
    let rank = x.view.dims.len() as i64 + 1;
    if axis != 1 && axis != 1 - rank {
        return Err(node.refuse("axis 1", format!("axis {axis}")));
    }
    regrouped(reader, at, &x, vec![x.shape.len()]);
    Ok(())
}

fn regrouped<T: Real>(reader: &mut Reader<'_, T>, at: usize, x: &Sample, dims: Vec<usize>) {
    let order = x.view.order;
    reader.look(at, x, View { order, dims });
}

pub(super) fn reshape<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let x = reader.sample(&node, 0)?;
    let to = reader.integers(&node, 1, "shape")?.unwrap_or_default();
    let refuse = || {
        let shown: Vec<String> = to.iter().take(8).map(|n| named(*n)).collect();
        let (sizes, elements) = (&x.view.dims, x.shape.len());
        let expected = format!("[N, ..] of {elements} elements a sample, here of sizes {sizes:?}");
        node.refuse(&expected, format!("[{}]", shown.join(", ")))
    };
    let Some((samples, sizes)) = to.split_first() else {
        return Err(refuse());
    };
    // A file for one sample writes the number out.
    if !matches!(*samples, SAMPLES | -1 | 0 | 1) || sizes.is_empty() {
        return Err(refuse());
    }
    let mut dims = Vec::with_capacity(sizes.len());
    let mut open = None;
    for (axis, size) in sizes.iter().enumerate() {
        dims.push(match size {
            -1 if open.is_none() && *samples != -1 => {
                open = Some(axis);
                1
            }
            0 => *x.view.dims.get(axis).ok_or_else(refuse)?,
            size => usize::try_from(*size).map_err(|_| refuse())?,
        });
    }
    let known = dims.iter().try_fold(1_usize, |n, dim| n.checked_mul(*dim));
    let known = known.filter(|known| *known > 0).ok_or_else(refuse)?;
    if let Some(axis) = open {
        dims[axis] = x.shape.len() / known;
    }
    let product = dims.iter().try_fold(1_usize, |n, dim| n.checked_mul(*dim));
    if product != Some(x.shape.len()) {
        return Err(refuse());
    }
    regrouped(reader, at, &x, dims);
    Ok(())
}

fn named(size: i64) -> String {
    match size {
        SAMPLES => "N".to_owned(),
        size => size.to_string(),
    }
}

/// Axes counted from the front, that of the samples included; of `rank` there are.
pub(super) fn axes(given: &[i64], rank: usize) -> Option<Vec<usize>> {
    let count = |axis: &i64| {
        let rank = rank as i64;
        let axis = if *axis < 0 {
            axis.checked_add(rank)?
        } else {
            *axis
        };
        (0..rank).contains(&axis).then_some(axis as usize)
    };
    given.iter().map(count).collect()
}

pub(super) fn squeeze<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let x = reader.sample(&node, 0)?;
    let rank = x.view.dims.len() + 1;
    let given = reader.integers(&node, 1, "axes")?;
    let all = || {
        (1..rank)
            .filter(|axis| x.view.dims[axis - 1] == 1)
            .collect()
    };
    let gone: Option<Vec<usize>> = match &given {
        Some(given) => axes(given, rank),
        None => Some(all()),
    };
    let fits = |axis: &usize| *axis > 0 && x.view.dims[axis - 1] == 1;
    let Some(gone) = gone.filter(|gone| gone.iter().all(fits)) else {
        let sizes = &x.view.dims;
        return Err(node.refuse(
            "axes of size 1",
            format!("{given:?} of [N, ..] of {sizes:?}"),
        ));
    };
    let dims = (1..rank).filter(|axis| !gone.contains(axis));
    let dims: Vec<usize> = dims.map(|axis| x.view.dims[axis - 1]).collect();
    // One number a sample may lose its axis; it is still one column here.
    let dims = if dims.is_empty() { vec![1] } else { dims };
    regrouped(reader, at, &x, dims);
    Ok(())
}

pub(super) fn unsqueeze<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let x = reader.sample(&node, 0)?;
    let given = reader.integers(&node, 1, "axes")?.unwrap_or_default();
    let rank = x.view.dims.len() + 1 + given.len();
    let new = axes(&given, rank).filter(|new| !new.contains(&0) && rank <= MOST_DIMS);
    let Some(new) = new else {
        let expected = "axes behind that of the samples, at most 8 in all";
        return Err(node.refuse(expected, format!("{given:?}")));
    };
    let mut old = x.view.dims.iter();
    let dims = (1..rank).map(|axis| match new.contains(&axis) {
        true => 1,
        false => old.next().copied().unwrap_or(1),
    });
    regrouped(reader, at, &x, dims.collect());
    Ok(())
}

pub(super) fn transpose<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let x = reader.sample(&node, 0)?;
    let rank = x.view.dims.len() + 1;
    let given = node.ints("perm").unwrap_or(&[]);
    let by = axes(given, rank).filter(|by| {
        let mut sorted = by.clone();
        sorted.sort_unstable();
        by.first() == Some(&0) && sorted.into_iter().eq(0..rank)
    });
    let by = by.map(|by| by[1..].iter().map(|axis| axis - 1).collect::<Vec<_>>());
    let view = by.and_then(|by| x.view.permuted(x.shape, &by));
    let Some(view) = view else {
        let expected =
            "axes in another order, that of the samples first, of whole channels, rows and columns";
        let given = &given[..given.len().min(MOST_DIMS)];
        return Err(node.refuse(expected, format!("{given:?}")));
    };
    reader.look(at, &x, view);
    Ok(())
}

/// The sizes of a value, as a constant in which the number of samples is a mark.
pub(super) fn shape<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let x = reader.sample(&node, 0)?;
    let sizes = x.view.dims.iter().map(|dim| *dim as i64);
    let sizes: Vec<i64> = std::iter::once(SAMPLES).chain(sizes).collect();
    let rank = sizes.len() as i64;
    let clamp = |axis: i64| match axis {
        axis if axis < 0 => axis.saturating_add(rank).max(0) as usize,
        axis => axis.min(rank) as usize,
    };
    let (start, end) = (clamp(node.int("start", 0)), clamp(node.int("end", rank)));
    let sizes = sizes[start.min(end)..end].to_vec();
    let tensor = Tensor::integers(&[sizes.len()], sizes);
    reader.set(&node, 0, Value::Constant(tensor));
    Ok(())
}
