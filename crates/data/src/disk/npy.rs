//! NumPy arrays that stay in their files.

use std::path::Path;

use gradflow_real::Real;
use gradflow_tensor::Shape;

use super::element::{Element, Kind};
use super::rows::{Bytes, Rows};
use super::store::Store;
use super::{DiskDataset, DiskError};
use crate::dims::sample_dims;
use crate::numpy::{self, Header, LONGEST};
use crate::raw_table::How;
use crate::source::Source;
use crate::{NpyError, Schema};

impl<T: Real> DiskDataset<T> {
    /// Inputs of a NumPy file `.npy` and their labels of another one. Inputs are `[n, size]`, `[n, vertical, horizontal]` or
    /// `[n, depth, vertical, horizontal]`, of any type of real numbers, in the order of C; labels are `[n]` or `[n, 1]`, whole numbers counted from 0. Without a number of
    /// classes there are as many as occur, for which all labels are read once.
    ///
    /// # Errors
    /// [`DiskError`] says which file is wrong, and why.
    pub fn open_npy_labels(
        inputs: impl AsRef<Path>,
        labels: impl AsRef<Path>,
        classes: Option<usize>,
    ) -> Result<Self, DiskError> {
        let (inputs, shape) = open_inputs(inputs.as_ref())?;
        let targets = open_targets(labels.as_ref())?;
        if targets.size != 1 {
            let message = format!(
                "a label is one number, but a row has {}: hand over values by `open_npy_values`",
                targets.size
            );
            return Err(DiskError::header(labels.as_ref(), message));
        }
        let schema = Schema::raw_classes(shape.len(), 1);
        Self::new(store(inputs, targets), None, shape, schema)?.with_classes(classes)
    }

    /// Inputs as those of [`open_npy_labels`](Self::open_npy_labels), with target values of another file: `[n]` or `[n, values]`.
    ///
    /// # Errors
    /// [`DiskError`] says which file is wrong, and why.
    pub fn open_npy_values(
        inputs: impl AsRef<Path>,
        targets: impl AsRef<Path>,
    ) -> Result<Self, DiskError> {
        let (inputs, shape) = open_inputs(inputs.as_ref())?;
        let targets = open_targets(targets.as_ref())?;
        let schema = Schema::of_values(shape.len(), targets.size)?;
        Self::new(store(inputs, targets), None, shape, schema)
    }
}

fn store(inputs: Rows, targets: Rows) -> Store {
    Store {
        columns: inputs.size,
        inputs,
        targets: Some(targets),
        how: How::default(),
    }
}

fn open_inputs(path: &Path) -> Result<(Rows, Shape<3>), DiskError> {
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
    let element = numbers(header.element).ok_or_else(|| {
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

/// How numbers of this type stand in a row; nothing for texts.
fn numbers(of: numpy::Element) -> Option<Element> {
    let kind = match (of.kind(), of.size()) {
        (numpy::Kind::Bool, _) | (numpy::Kind::Unsigned, 1) => Kind::U8,
        (numpy::Kind::Unsigned, 2) => Kind::U16,
        (numpy::Kind::Unsigned, 4) => Kind::U32,
        (numpy::Kind::Unsigned, _) => Kind::U64,
        (numpy::Kind::Signed, 1) => Kind::I8,
        (numpy::Kind::Signed, 2) => Kind::I16,
        (numpy::Kind::Signed, 4) => Kind::I32,
        (numpy::Kind::Signed, _) => Kind::I64,
        (numpy::Kind::Float, 4) => Kind::F32,
        (numpy::Kind::Float, _) => Kind::F64,
        (numpy::Kind::Bytes | numpy::Kind::Characters, _) => return None,
    };
    let big_endian = of.is_big_endian();
    Some(Element { kind, big_endian })
}
