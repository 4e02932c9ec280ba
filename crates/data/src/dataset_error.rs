//! Why inputs and targets are not a data set.

use core::fmt;

use gradflow_tensor::{Shape, ShapeError};
use thiserror::Error;

use crate::excerpt::plural;
use crate::memory::Amount;
use crate::{MAX_CLASSES, MemoryError, Part};

/// Why inputs and targets are not a data set.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// There are no samples.
    #[error("no samples: a data set has at least one")]
    Empty,
    /// The dimensions are no shape.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The values are not a whole number of samples.
    #[error(
        "{len} {part} values are not a whole number of samples of {size} values each: the shape to give is that of one sample"
    )]
    Length {
        /// Inputs or targets.
        part: Part,
        /// The values given.
        len: usize,
        /// Values of a sample.
        size: usize,
    },
    /// Columns of a table are numbered wrongly.
    #[error("the layout names a column twice, or one that the table does not have")]
    Layout,
    /// There must be one target for each input.
    #[error("{inputs} sample{}, but {targets} target{}: each sample needs one", plural(*inputs), plural(*targets))]
    Samples {
        /// Number of inputs.
        inputs: usize,
        /// Number of targets or labels.
        targets: usize,
    },
    /// A value is infinite or NaN.
    #[error(
        "sample {sample}: component {component} of the {part} is not finite: leave the sample out, or fill in a number"
    )]
    NonFinite {
        /// Inputs or targets.
        part: Part,
        /// Which sample, counted from 0.
        sample: usize,
        /// Which of its components, counted from 0.
        component: usize,
    },
    /// A label is not a class.
    #[error("sample {sample}: label {label} is not one of the {classes} classes, counted from 0{}", FromOne(*label == *classes))]
    Label {
        /// Which sample, counted from 0.
        sample: usize,
        /// Its label.
        label: usize,
        /// Number of classes.
        classes: usize,
    },
    /// There are too many classes.
    #[error("{classes} classes, more than the limit of {limit}; is the label a value or a name?")]
    TooManyClasses {
        /// Number of classes.
        classes: usize,
        /// The limit, [`MAX_CLASSES`](crate::MAX_CLASSES).
        limit: usize,
    },
    /// There must be one name for each class.
    #[error("{names} class name{} for {classes} class{}: each class needs one", plural(*names), if *classes == 1 { "" } else { "es" })]
    ClassNames {
        /// Names given.
        names: usize,
        /// Number of classes.
        classes: usize,
    },
    /// Two classes have one name.
    #[error("classes {first} and {second} are both named `{name}`")]
    RepeatedName {
        /// The name, shortened if it is long.
        name: String,
        /// The first class of this name.
        first: usize,
        /// The second one.
        second: usize,
    },
    /// There must be one name, or unit, for each column.
    #[error("{names} name{} or unit{} for {size} {part} value{}: each needs one", plural(*names), plural(*names), plural(*size))]
    Names {
        /// Inputs or targets.
        part: Part,
        /// Names given.
        names: usize,
        /// Columns that there are.
        size: usize,
    },
    /// Two columns have one name.
    #[error("{part} values {first} and {second} are both named `{name}`")]
    RepeatedColumn {
        /// Inputs or targets.
        part: Part,
        /// The name, shortened if it is long.
        name: String,
        /// The first column of this name.
        first: usize,
        /// The second one.
        second: usize,
    },
    /// Only values have names and units of their own.
    #[error(
        "the targets are classes, which have no units and no names of columns: leave them out; classes get names by `with_class_names`"
    )]
    NoValues,
    /// Only classes have names.
    #[error("the targets are values: there are no classes to name")]
    NoLabels,
    /// The inputs do not have the shape's number of elements.
    #[error("inputs of {size} value{} cannot have the shape {shape}, which has {}", plural(*size), shape.len())]
    InputShape {
        /// The shape asked for.
        shape: Shape<3>,
        /// Values of an input.
        size: usize,
    },
    /// One-hot vectors of the labels do not fit in memory.
    #[error(
        "one-hot vectors of {samples} sample{} and {classes} classes would take {}, which could not be allocated: check the number of classes (a \
         data set has {MAX_CLASSES} at most); if it is right, keep the labels as numbers, or encode fewer at a time",
        plural(*samples),
        Amount(source.bytes)
    )]
    OneHot {
        /// How many labels there are.
        samples: usize,
        /// How many classes there are.
        classes: usize,
        /// The memory that they would take.
        source: MemoryError,
    },
    /// The data set does not fit in memory.
    #[error(transparent)]
    Memory(#[from] MemoryError),
}

/// A label that is the number of classes probably counts from 1.
struct FromOne(bool);

impl fmt::Display for FromOne {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            true => f.write_str(": if labels count from 1, subtract 1"),
            false => Ok(()),
        }
    }
}
