//! NumPy arrays that stay in their files.

mod header;

use std::path::Path;

use gradflow_real::Real;
use gradflow_tensor::Shape;

use self::header::Header;
use super::rows::{Bytes, Rows};
use super::store::Store;
use super::{DiskDataset, DiskError};
use crate::Schema;
use crate::raw_table::How;

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
    let (bytes, header) = open(path)?;
    let dims = match header.shape[..] {
        [_, n] => [n, 1, 1],
        [_, v, h] => [1, v, h],
        [_, d, v, h] => [d, v, h],
        _ => {
            let message = format!(
                "inputs are [n, size], [n, vertical, horizontal] or [n, depth, vertical, horizontal], but the array is {:?}",
                header.shape
            );
            return Err(DiskError::header(path, message));
        }
    };
    let shape = Shape::new(dims)?;
    Ok((rows(bytes, &header, shape.len())?, shape))
}

fn open_targets(path: &Path) -> Result<Rows, DiskError> {
    let (bytes, header) = open(path)?;
    match header.shape[..] {
        [_] => rows(bytes, &header, 1),
        [_, size] if size > 0 => rows(bytes, &header, size),
        _ => {
            let message = format!(
                "targets are [n] or [n, values], but the array is {:?}",
                header.shape
            );
            Err(DiskError::header(path, message))
        }
    }
}

fn rows(bytes: Bytes, header: &Header, size: usize) -> Result<Rows, DiskError> {
    bytes.rows(header.end, header.shape[0], size, header.element, 0)
}

/// The header, and what is said of its order.
fn open(path: &Path) -> Result<(Bytes, Header), DiskError> {
    let bytes = Bytes::open(path)?;
    let of = |message: String| DiskError::header(path, message);
    let mut start = [0; 12];
    if bytes.len < 12 {
        return Err(of(format!(
            "the file ends after {} bytes, in the header of a NumPy array",
            bytes.len
        )));
    }
    bytes.read(0, &mut start)?;
    let (offset, len) = header::start(&start).map_err(of)?;
    let end = offset + u64::from(len);
    if bytes.len < end {
        return Err(of(format!(
            "the file ends after {} bytes, but its header takes {end}",
            bytes.len
        )));
    }
    let mut text = vec![0; len as usize];
    bytes.read(offset, &mut text)?;
    let header = Header::parse(&text, end).map_err(of)?;
    if header.fortran_order && header.shape.len() > 1 && header.element.kind.bytes() > 0 {
        return Err(of(
            "the array is in the order of Fortran, where the numbers of a row lie far apart: save `numpy.ascontiguousarray(a)`"
                .into(),
        ));
    }
    Ok((bytes, header))
}
