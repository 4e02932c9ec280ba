//! What can be wrong with an IDX file.

use core::fmt;

use gradflow_tensor::ShapeError;
use thiserror::Error;

use crate::{DatasetError, MemoryError, ReadError};

/// Why an IDX file was refused, or is not what it should be.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IdxError {
    /// The bytes were refused, whatever they mean.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file ends too early.
    #[error("{}", Ends { expected: *expected, found: *found })]
    Truncated {
        /// Bytes that the header promises, its own included.
        expected: u64,
        /// Bytes in the file, unpacked.
        found: u64,
    },
    /// The file goes on after its end.
    #[error("{expected} bytes were expected, but the file goes on after them")]
    Trailing {
        /// Bytes that the header promises, its own included.
        expected: u64,
    },
    /// The first two bytes of an IDX file are zero.
    #[error(
        "not an IDX file: the first two bytes are {:#04x} and {:#04x}, not zero{}",
        found[0],
        found[1],
        Text(found)
    )]
    Magic {
        /// The first two bytes.
        found: [u8; 2],
    },
    /// The third byte of an IDX file of unsigned bytes is 8.
    #[error(
        "byte 2 of the IDX header, the element type, is {code:#04x}; only unsigned bytes (0x08) are read: convert the numbers, or save them for `Npy`"
    )]
    ElementType {
        /// The type code.
        code: u8,
    },
    /// The fourth byte of an IDX file, the number of dimensions, is at least 1.
    #[error("byte 3 of the IDX header, the number of dimensions, is 0; an array has 1 or more")]
    NoDimensions,
    /// The header promises more than a file may hold.
    #[error(
        "byte 4 and on of the IDX header, the dimensions {dims:?}: more than the limit of {limit} bytes; set a higher limit \
         if you trust it"
    )]
    Promise {
        /// The first dimensions.
        dims: Vec<usize>,
        /// The limit: the caller's, [`MAX_BYTES`](crate::MAX_BYTES) or [`MAX_UNPACKED`](crate::MAX_UNPACKED).
        limit: u64,
    },
    /// A dimension is zero.
    #[error("IDX header: {0}: fetch the file again, it seems to be damaged")]
    Shape(#[from] ShapeError),
    /// Images have two to four dimensions.
    #[error(
        "images in an IDX file have 2 to 4 dimensions, but this file has {found}, {dims:?}: are images and labels exchanged?"
    )]
    ImageRank {
        /// The number in the file.
        found: usize,
        /// The first dimensions in the file.
        dims: Vec<usize>,
    },
    /// Labels have one dimension.
    #[error(
        "labels in an IDX file have 1 dimension, but this file has {found}, {dims:?}: are images and labels exchanged?"
    )]
    LabelRank {
        /// The number in the file.
        found: usize,
        /// The first dimensions in the file.
        dims: Vec<usize>,
    },
    /// The images are labels and the labels are images.
    #[error(
        "images and labels are exchanged: the images have the dimensions {images:?}, the labels {labels:?}"
    )]
    Exchanged {
        /// Dimensions of what was given as images.
        images: Vec<usize>,
        /// The first dimensions of what was given as labels.
        labels: Vec<usize>,
    },
    /// There must be one label for each image.
    #[error("{images} images, but {labels} labels: are the files of one data set?")]
    Counts {
        /// Number of images.
        images: usize,
        /// Number of labels.
        labels: usize,
    },
    /// The pixel value that becomes 1 must be a positive number.
    #[error(
        "pixels cannot be divided by {maximum}: it must be positive and neither tiny nor huge, such as 255"
    )]
    Maximum {
        /// The value given.
        maximum: f64,
    },
    /// Images and labels are not a data set.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
}

/// Bytes that are printed are a text's.
struct Text<'a>(&'a [u8; 2]);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.iter().all(|byte| matches!(byte, b' '..=b'~')) {
            true => f.write_str(": it seems to be a text; tables are read by `Csv`"),
            false => Ok(()),
        }
    }
}

impl From<MemoryError> for IdxError {
    fn from(error: MemoryError) -> Self {
        Self::Read(error.into())
    }
}

/// A file that ends too early.
struct Ends {
    expected: u64,
    found: u64,
}

impl fmt::Display for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { expected, found } = self;
        match found {
            0 => f.write_str("the file is empty"),
            _ => write!(
                f,
                "{expected} bytes were expected, but the file ends after {found}"
            ),
        }
    }
}
