//! What can be wrong with a file of CIFAR-10.

use thiserror::Error;

use crate::{DatasetError, MemoryError, ReadError};

/// Why a file of CIFAR-10 was refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CifarError {
    /// The bytes were refused, whatever they mean.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// There are no records.
    #[error("no samples: the file is empty")]
    Empty,
    /// The file does not consist of whole records.
    #[error(
        "{len} bytes are not a whole number of records of {record} bytes: is the file complete?"
    )]
    Records {
        /// Bytes in the file, unpacked.
        len: usize,
        /// Bytes of a record.
        record: usize,
    },
    /// The first byte of a record is not a class.
    #[error("record {record} (byte {offset}): label {label} is not one of the {classes} classes")]
    Label {
        /// Which record, counted from 0.
        record: usize,
        /// Its place in the file, unpacked.
        offset: usize,
        /// The label found.
        label: u8,
        /// Number of classes.
        classes: usize,
    },
    /// The records are not a data set.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
}

impl From<MemoryError> for CifarError {
    fn from(error: MemoryError) -> Self {
        Self::Read(error.into())
    }
}
