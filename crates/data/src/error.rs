//! What can be wrong with data.

use core::fmt;
use std::io;
use std::path::{Path, PathBuf};

use gradflow_tensor::{Shape, ShapeError};
use thiserror::Error;

use crate::{Column, Columns, Place};

/// Why data was refused: what was expected, what came, and where.
///
/// The message is complete in one line; a reader that was given a path puts it in front.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataError {
    // Files.
    /// Something is wrong with this file.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: Box<DataError>,
    },
    /// A file of a well-known data set is not where it was looked for.
    #[error("neither `{name}` nor `{name}.gz` is in the directory `{}`", directory.display())]
    Missing {
        /// Where it was looked for.
        directory: PathBuf,
        /// Its name without `.gz`.
        name: &'static str,
    },
    /// The file cannot be opened.
    #[error("cannot be opened: {error}")]
    Open {
        /// The reason.
        error: io::Error,
    },
    /// The file cannot be read, or is not the gzip file that it claims to be.
    #[error("reading failed after {offset} bytes: {error}")]
    Read {
        /// Bytes read before, unpacked.
        offset: u64,
        /// The reason.
        error: io::Error,
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
    /// The file is larger, or promises to be larger, than a reader accepts.
    #[error("more than the limit of {limit} bytes")]
    FileTooLarge {
        /// The limit, [`MAX_BYTES`](crate::MAX_BYTES).
        limit: u64,
    },

    // IDX.
    /// The first two bytes of an IDX file are zero.
    #[error("not an IDX file: the first two bytes are {found:02x?}, not zero")]
    Magic {
        /// The first two bytes.
        found: [u8; 2],
    },
    /// The third byte of an IDX file of unsigned bytes is 8.
    #[error(
        "byte 2 of the IDX header, the element type, is {code:#04x}; only unsigned bytes (0x08) are read"
    )]
    ElementType {
        /// The type code.
        code: u8,
    },
    /// The number of dimensions does not suit the file's purpose.
    #[error(
        "{what} in an IDX file have {expected} dimensions, but this file has {found}: {dims:?}"
    )]
    Rank {
        /// What the file should hold.
        what: &'static str,
        /// How many dimensions that takes.
        expected: &'static str,
        /// The number in the file.
        found: usize,
        /// The dimensions in the file.
        dims: Vec<usize>,
    },
    /// There must be one label for each image.
    #[error("{images} images, but {labels} labels")]
    Counts {
        /// Number of images.
        images: usize,
        /// Number of labels.
        labels: usize,
    },
    /// The pixel value that becomes 1 must be a positive number.
    #[error("pixels cannot be divided by {maximum}")]
    Maximum {
        /// The value given.
        maximum: f64,
    },
    /// The images for training and for testing differ in size.
    #[error("the training images are {train}, but the test images are {test}")]
    ImageShapes {
        /// Shape of the training images.
        train: Shape<3>,
        /// Shape of the test images.
        test: Shape<3>,
    },

    // CIFAR-10.
    /// The file does not consist of whole records.
    #[error("{len} bytes are not a whole number of records of {record} bytes")]
    Records {
        /// Bytes in the file, unpacked.
        len: usize,
        /// Bytes of a record.
        record: usize,
    },
    /// The first byte of a record is not a class.
    #[error("record {record} (byte {offset}): label {label} is not one of the {classes} classes")]
    RecordLabel {
        /// Which record, counted from 0.
        record: usize,
        /// Its place in the file, unpacked.
        offset: usize,
        /// The label found.
        label: u8,
        /// Number of classes.
        classes: usize,
    },

    // CSV.
    /// A row has more or fewer fields than the first one.
    #[error("line {line}: {found} fields, but the first row has {expected}")]
    Ragged {
        /// The line, counted from 1.
        line: usize,
        /// Fields of the first row.
        expected: usize,
        /// Fields of this row.
        found: usize,
    },
    /// A field is not text in UTF-8.
    #[error("{place}: not UTF-8")]
    Encoding {
        /// Where.
        place: Place,
    },
    /// A field is not a number.
    #[error("{place}: `{text}` is not a number")]
    NotANumber {
        /// Where.
        place: Place,
        /// The field, shortened if it is long.
        text: String,
    },
    /// A field is infinite, NaN, or too large for the scalar type.
    #[error("{place}: `{text}` is not a finite {scalar}")]
    NonFiniteField {
        /// Where.
        place: Place,
        /// The field, shortened if it is long.
        text: String,
        /// The scalar type.
        scalar: &'static str,
    },
    /// A label is not among the classes that were announced.
    #[error("{place}: `{text}` is not one of the classes {classes:?}")]
    UnknownClass {
        /// Where.
        place: Place,
        /// The field, shortened if it is long.
        text: String,
        /// The classes.
        classes: Vec<String>,
    },
    /// The file has no such column.
    #[error("no column {column}; the columns are {columns}")]
    UnknownColumn {
        /// The column asked for.
        column: Column,
        /// The columns there are.
        columns: Columns,
    },
    /// A column is named twice in the header, or asked for twice.
    #[error("column {column} occurs twice")]
    RepeatedColumn {
        /// The column asked for.
        column: Column,
    },
    /// Every column is a target, or none is.
    #[error("{columns} columns, {targets} of them targets: there must be an input and a target")]
    NoColumns {
        /// Columns in the file.
        columns: usize,
        /// How many of them are targets.
        targets: usize,
    },

    // Data sets.
    /// There are no samples.
    #[error("no samples")]
    Empty,
    /// The dimensions are no shape.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The values are not a whole number of samples.
    #[error("{len} {part} values are not a whole number of samples of {size}")]
    Length {
        /// Inputs or targets.
        part: Part,
        /// The values given.
        len: usize,
        /// Values of a sample.
        size: usize,
    },
    /// There must be one target for each input.
    #[error("{inputs} samples, but {targets} targets")]
    Samples {
        /// Number of inputs.
        inputs: usize,
        /// Number of targets or labels.
        targets: usize,
    },
    /// A value is infinite or NaN.
    #[error("sample {sample}: component {component} of the {part} is not finite")]
    NonFinite {
        /// Inputs or targets.
        part: Part,
        /// Which sample, counted from 0.
        sample: usize,
        /// Which of its components, counted from 0.
        component: usize,
    },
    /// A label is not a class.
    #[error("sample {sample}: label {label} is not one of the {classes} classes, counted from 0")]
    Label {
        /// Which sample, counted from 0.
        sample: usize,
        /// Its label.
        label: usize,
        /// Number of classes.
        classes: usize,
    },
    /// One-hot vectors do not fit in memory.
    #[error("{samples} one-hot vectors of {classes} {scalar} values do not fit in memory")]
    OneHot {
        /// Number of classes.
        classes: usize,
        /// Number of samples.
        samples: usize,
        /// The scalar type.
        scalar: &'static str,
    },
    /// There are too many classes.
    #[error("{classes} classes, more than the limit of {limit}")]
    TooManyClasses {
        /// Number of classes.
        classes: usize,
        /// The limit, [`MAX_CLASSES`](crate::MAX_CLASSES).
        limit: usize,
    },
    /// There must be one name for each class.
    #[error("{names} class names for {classes} classes")]
    ClassNames {
        /// Names given.
        names: usize,
        /// Number of classes.
        classes: usize,
    },
    /// Only a data set with class labels has strata.
    #[error("the data set has no class labels")]
    NoLabels,
    /// One-hot targets are not scaled.
    #[error("the targets are classes, which are not scaled")]
    ClassTargets,
    /// The inputs do not have the shape's number of elements.
    #[error("inputs of {size} values have not the shape {shape}")]
    InputShape {
        /// The shape asked for.
        shape: Shape<3>,
        /// Values of an input.
        size: usize,
    },

    // Splits and scaling.
    /// The share of a part lies between 0 and 1.
    #[error("a fraction of {fraction} is not between 0 and 1")]
    Fraction {
        /// The fraction given.
        fraction: f64,
    },
    /// One part would be empty, or larger than the whole.
    #[error("the first {first} of {samples} samples leave a part empty or do not exist")]
    EmptyPart {
        /// Samples of the first part.
        first: usize,
        /// Samples there are.
        samples: usize,
    },
    /// There is no such sample.
    #[error("no sample {index}; there are {samples}, counted from 0")]
    Index {
        /// The sample asked for.
        index: usize,
        /// Samples there are.
        samples: usize,
    },
    /// Cross-validation takes at least two folds and a sample for each.
    #[error("{samples} samples cannot be divided into {folds} folds")]
    Folds {
        /// Folds asked for.
        folds: usize,
        /// Samples there are.
        samples: usize,
    },
    /// A scaling was fitted to samples of another size.
    #[error("a scaling of {expected} components was applied to {found} values")]
    ScalingSize {
        /// Components that the scaling was fitted to.
        expected: usize,
        /// Values that came.
        found: usize,
    },
    /// A component has no finite spread: a value is not finite, or they are too far apart.
    #[error("component {component} is not finite or has no finite spread")]
    Spread {
        /// Which component, counted from 0.
        component: usize,
    },
}

impl DataError {
    /// The same error with the file in front.
    pub(crate) fn in_file(self, path: &Path) -> Self {
        Self::File {
            path: path.to_owned(),
            error: Box::new(self),
        }
    }
}

/// Inputs or targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What a network is given.
    Input,
    /// What it should return.
    Target,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Input => "input",
            Self::Target => "target",
        })
    }
}
