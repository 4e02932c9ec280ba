//! NumPy arrays that stay in their files.

use std::path::Path;

use gradflow_real::Real;
use gradflow_tensor::Shape;

use super::rows::{Bytes, Rows};
use super::store::Store;
use super::{DiskDataset, DiskError};
use crate::dims::sample_dims;
use crate::element::Element;
use crate::numpy::{Header, LONGEST};
use crate::raw_table::How;
use crate::source::Source;
use crate::{NpyError, Schema};

impl<T: Real> DiskDataset<T> {
    /// Inputs of a NumPy file `.npy` and their labels of another one. Inputs are `[n, size]`, `[n, vertical, horizontal]` or
    /// `[n, depth, vertical, horizontal]`, of any type of real numbers, in the order of C, and are divided by `maximum`; labels are `[n]` or `[n, 1]`, whole numbers
    /// counted from 0. Without a number of classes there are as many as occur, for which all labels are read once.
    ///
    /// # Errors
    /// [`DiskError`] says which file is wrong, and why.
    pub fn open_npy_labels(
        inputs: impl AsRef<Path>,
        labels: impl AsRef<Path>,
        classes: Option<usize>,
        maximum: f64,
    ) -> Result<Self, DiskError> {
        let (inputs, shape) = open_inputs(inputs.as_ref(), maximum)?;
        let targets = open_targets(labels.as_ref())?;
        if targets.size != 1 {
            let message = format!(
                "a label is one number, but a row has {}: hand over values by `open_npy_values`",
                targets.size
            );
            return Err(DiskError::header(labels.as_ref(), message));
        }
        let schema = Schema::raw_classes(shape.len(), 1);
        Self::new(store(inputs, targets, maximum), shape, schema)?.with_classes(classes)
    }

    /// Inputs as those of [`open_npy_labels`](Self::open_npy_labels), with target values of another file: `[n]` or `[n, values]`.
    ///
    /// # Errors
    /// [`DiskError`] says which file is wrong, and why.
    pub fn open_npy_values(
        inputs: impl AsRef<Path>,
        targets: impl AsRef<Path>,
        maximum: f64,
    ) -> Result<Self, DiskError> {
        let (inputs, shape) = open_inputs(inputs.as_ref(), maximum)?;
        let targets = open_targets(targets.as_ref())?;
        let schema = Schema::of_values(shape.len(), targets.size)?;
        Self::new(store(inputs, targets, maximum), shape, schema)
    }
}

fn store(inputs: Rows, targets: Rows, maximum: f64) -> Store {
    Store {
        columns: inputs.size,
        maximum,
        inputs,
        targets: Some(targets),
        how: How::default(),
    }
}

fn open_inputs(path: &Path, maximum: f64) -> Result<(Rows, Shape<3>), DiskError> {
    if !(maximum.is_finite() && maximum > 0.0) {
        let error = NpyError::Maximum { maximum };
        return Err(DiskError::header(path, error.to_string()));
    }
    let (array, dims) = open(path)?;
    let of = sample_dims(&dims).ok_or_else(|| {
        let message = format!(
            "inputs are [n, size], [n, vertical, horizontal] or [n, depth, vertical, horizontal], but the array is {dims:?}"
        );
        DiskError::header(path, message)
    })?;
    let shape = Shape::new(of)?;
    Ok((array.rows(dims[0], shape.len())?, shape))
}

fn open_targets(path: &Path) -> Result<Rows, DiskError> {
    let (array, dims) = open(path)?;
    match dims[..] {
        [n] => array.rows(n, 1),
        [n, size] if size > 0 => array.rows(n, size),
        _ => {
            let message = format!("targets are [n] or [n, values], but the array is {dims:?}");
            Err(DiskError::header(path, message))
        }
    }
}

/// A file whose header was read.
struct Array {
    bytes: Bytes,
    /// Where the numbers begin.
    start: u64,
    element: Element,
}

impl Array {
    fn rows(self, count: usize, size: usize) -> Result<Rows, DiskError> {
        self.bytes.rows(self.start, count, size, self.element, 0)
    }
}

/// The array, and its dimensions.
fn open(path: &Path) -> Result<(Array, Vec<usize>), DiskError> {
    let bytes = Bytes::open(path)?;
    let head = bytes.head(LONGEST as u64 + 12)?;
    let of = |error: NpyError| DiskError::header(path, error);
    let mut source = Source::new(head.as_slice(), None).map_err(|error| of(error.into()))?;
    let header = Header::read(&mut source).map_err(of)?;
    if header.fortran && header.dims.len() > 1 {
        return Err(DiskError::header(
            path,
            "the array is in the order of Fortran, where the numbers of a row lie far apart: save `numpy.ascontiguousarray(a)`",
        ));
    }
    let element = header.element.numbers().ok_or_else(|| {
        let message = format!(
            "the numbers are of the type `{}`; read are u1 to u8, i1 to i8, f4, f8 and b1: convert the array, such as by `a.astype('f4')`",
            header.element
        );
        DiskError::header(path, message)
    })?;
    let start = source.offset();
    let array = Array {
        bytes,
        start,
        element,
    };
    Ok((array, header.dims))
}
