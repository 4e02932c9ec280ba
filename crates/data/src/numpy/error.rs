//! What can be wrong with an array of NumPy.

use core::fmt;

use gradflow_tensor::ShapeError;
use thiserror::Error;

use crate::{DatasetError, MemoryError, ReadError, SharedError};

/// Why an array of NumPy was refused, or is not what it should be.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NpyError {
    /// The bytes were refused, whatever they mean.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file does not begin as an array does.
    #[error("not an array of NumPy, which begins with \\x93NUMPY: write it by `numpy.save`")]
    Magic,
    /// The file is of a version that is not known.
    #[error("version {major}.{minor} of the format: 1.0, 2.0 and 3.0 are read")]
    Version {
        /// Major version.
        major: u8,
        /// Minor version.
        minor: u8,
    },
    /// The header is too long.
    #[error("a header of {len} bytes: {limit} at most are read, as NumPy does")]
    HeaderLength {
        /// What the file says.
        len: usize,
        /// The limit.
        limit: usize,
    },
    /// The header is not a Python dict of the three entries.
    #[error(
        "byte {offset} of the header: expected {expected}; save the array again by `numpy.save`"
    )]
    Header {
        /// Where in the file, counted from 0.
        offset: usize,
        /// What should stand there.
        expected: &'static str,
    },
    /// Elements of this type are not read.
    #[error(
        "elements of type `{found}` are not read, but numbers (`b1`, `i1` to `i8`, `u1` to `u8`, `f4`, `f8`) and texts of a fixed width (`U`, `S`){}",
        WayOut(found)
    )]
    Element {
        /// The type, as NumPy calls it.
        found: String,
    },
    /// Elements have several fields.
    #[error("elements with several fields are not read: save an array for each field")]
    Structured,
    /// Arrays have one to four dimensions.
    #[error(
        "an array has 1 to 4 dimensions here, but this one has {found}{}",
        Dims(dims)
    )]
    Rank {
        /// The number in the file.
        found: usize,
        /// The first dimensions in the file.
        dims: Vec<usize>,
    },
    /// A dimension is zero.
    #[error("in the header: {0}")]
    Shape(#[from] ShapeError),
    /// The header promises more than a file may hold.
    #[error(
        "the dimensions {dims:?} in the header: more than the limit of {limit} bytes; set a higher limit if you trust it"
    )]
    Promise {
        /// The dimensions.
        dims: Vec<usize>,
        /// The limit: the caller's, [`MAX_BYTES`](crate::MAX_BYTES) or [`MAX_UNPACKED`](crate::MAX_UNPACKED).
        limit: u64,
    },
    /// The file ends too early.
    #[error("{expected} bytes were expected, but the file ends after {found}")]
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
    /// The file is no zip archive, or a damaged one.
    #[error("not a whole archive of arrays (.npz): {error}")]
    Archive {
        /// What is wrong with it.
        #[source]
        error: SharedError,
    },
    /// An array of an archive is packed, and not by DEFLATE.
    #[error("packed by {method}: NumPy stores arrays, or packs them by DEFLATE")]
    Method {
        /// The method.
        method: String,
    },
    /// An archive has no such array.
    #[error("no array `{name}`: the archive has {}", List(names))]
    NoArray {
        /// The array asked for.
        name: String,
        /// The first names of those there are.
        names: Vec<String>,
    },
    /// An array of an archive was refused.
    #[error("array `{name}`: {error}")]
    InArchive {
        /// Its name.
        name: String,
        /// What is wrong with it.
        #[source]
        error: Box<NpyError>,
    },
    /// Texts are no inputs.
    #[error(
        "an array of texts (`{found}`) where numbers were expected: texts can be labels, but no inputs"
    )]
    NotNumbers {
        /// The type of its elements.
        found: String,
    },
    /// The number that becomes 1 must be positive.
    #[error(
        "numbers cannot be divided by {maximum}: it must be positive, such as 255, or 1 to leave them as they are"
    )]
    Maximum {
        /// The value given.
        maximum: f64,
    },
    /// Labels have one dimension.
    #[error("labels have 1 dimension, but this array has {}: {dims:?}{}", dims.len(), OneHot(dims))]
    LabelRank {
        /// The dimensions.
        dims: Vec<usize>,
    },
    /// Target values have one or two dimensions.
    #[error("targets have 1 or 2 dimensions, but this array has {}: {dims:?}", dims.len())]
    TargetRank {
        /// The dimensions.
        dims: Vec<usize>,
    },
    /// A label is not a class.
    #[error(
        "sample {sample}: the label {value} is not a class counted from 0; save texts where labels are names, or numbers from 0"
    )]
    Label {
        /// Which sample, counted from 0.
        sample: usize,
        /// Its label.
        value: f64,
    },
    /// A label is no text.
    #[error("sample {sample}: the label is not a text in UTF-8 or of Unicode's characters")]
    Text {
        /// Which sample, counted from 0.
        sample: usize,
    },
    /// A label is missing.
    #[error("sample {sample}: the label is missing (empty); leave the sample out")]
    NoLabel {
        /// Which sample, counted from 0.
        sample: usize,
    },
    /// There must be one target for each sample.
    #[error(
        "{inputs} samples, but {targets} targets: the first dimension of both is that of the samples"
    )]
    Counts {
        /// Number of inputs.
        inputs: usize,
        /// Number of targets or labels.
        targets: usize,
    },
    /// Inputs and targets are not a data set.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
}

impl From<MemoryError> for NpyError {
    fn from(error: MemoryError) -> Self {
        Self::Read(error.into())
    }
}

/// What to do about a type that is not read.
struct WayOut<'a>(&'a str);

impl fmt::Display for WayOut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0.trim_start_matches(['<', '>', '|', '=']).chars().next() {
            Some('O') => {
                ": an array of Python objects is a pickle, which may run any program when it is read; save `array.astype(float)`, or `array.astype(str)`"
            }
            Some('M' | 'm') => ": make dates numbers, such as days since one of them",
            Some('c') => ": save real and imaginary parts side by side",
            _ => "; `array.astype` makes one of the other",
        })
    }
}

struct Dims<'a>(&'a [usize]);

impl fmt::Display for Dims<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => f.write_str(": a single number"),
            dims => write!(f, ", the first of them {dims:?}"),
        }
    }
}

/// A matrix of labels is probably one of unit vectors.
struct OneHot<'a>(&'a [usize]);

impl fmt::Display for OneHot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            2 => f.write_str("; save `labels.argmax(axis=1)` if they are unit vectors"),
            _ => Ok(()),
        }
    }
}

/// The first names of a list.
struct List<'a>(&'a [String]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => f.write_str("none"),
            names => write!(f, "`{}`", names.join("`, `")),
        }
    }
}
