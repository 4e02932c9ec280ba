//! Why two things that were made apart do not belong together.

use core::cmp::Ordering;
use core::fmt;

use gradflow_tensor::Shape;
use thiserror::Error;

use crate::{Columns, Part};

/// Why two things do not belong together: two data sets, or a data set and a model.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MismatchError {
    /// The samples have another shape.
    #[error("each sample should have {}, but these have {}{}", Sized(expected), Sized(came), Reshape { expected, came })]
    Shape {
        /// The shape expected.
        expected: Shape<3>,
        /// The shape that came.
        came: Shape<3>,
    },
    /// Classes were expected and values came, or the other way round.
    #[error(
        "{} were expected as targets, but these are {}: read the table by {}",
        kind(*classes_expected),
        kind(!*classes_expected),
        if *classes_expected { "`Csv::classification`" } else { "`Csv::regression`" }
    )]
    Kind {
        /// Classes were expected.
        classes_expected: bool,
    },
    /// Targets have another number of values.
    #[error("targets of {expected} values were expected, but these have {came}")]
    TargetSize {
        /// Values expected.
        expected: usize,
        /// Values that came.
        came: usize,
    },
    /// There is another number of classes.
    #[error(
        "{expected} classes were expected, but there are {came}; announce the same classes for both"
    )]
    Classes {
        /// Classes expected.
        expected: usize,
        /// Classes that came.
        came: usize,
    },
    /// A class has another name.
    #[error(
        "class {class} is `{expected}` in one and `{came}` in the other: announce the same classes in the same order for both"
    )]
    ClassName {
        /// Which class, counted from 0.
        class: usize,
        /// Its name where it was expected, shortened if it is long.
        expected: String,
        /// Its name where it came, shortened if it is long.
        came: String,
    },
    /// There is another number of columns.
    #[error("{expected} columns of raw data were expected, but there are {came}")]
    InputCount {
        /// Columns expected.
        expected: usize,
        /// Columns that came.
        came: usize,
    },
    /// A column is missing.
    #[error(
        "the {part} column `{name}` is missing, which the training data had; the columns here are {columns}"
    )]
    Missing {
        /// Inputs or targets.
        part: Part,
        /// Its name, shortened if it is long.
        name: String,
        /// The columns there are.
        columns: Columns,
    },
    /// A column that nobody expected.
    #[error("the {part} column `{name}` is not known{}", match nearest { Some(name) => format!(": did you mean `{name}`?"), None => "; leave it out".into() })]
    Unknown {
        /// Inputs or targets.
        part: Part,
        /// Its name, shortened if it is long.
        name: String,
        /// The name that was probably meant.
        nearest: Option<String>,
    },
    /// The same columns in another order.
    #[error(
        "the {part} columns stand in another order: column {column} is `{came}`, where `{expected}` was expected{}", match part { Part::Input => ": write them in that order (only `Model::predict_named` and `predict_table` take any)", Part::Target => ": name them in that order" }
    )]
    Order {
        /// Inputs or targets.
        part: Part,
        /// Which column, counted from 0.
        column: usize,
        /// Its name where it was expected, shortened if it is long.
        expected: String,
        /// Its name where it came, shortened if it is long.
        came: String,
    },
    /// A column has names where numbers were expected.
    #[error(
        "column {column} is a category, but numbers were expected there: are these the same columns?"
    )]
    NotNumbers {
        /// Its name in quotes, or its number, counted from 0.
        column: String,
    },
    /// A column has numbers where names were expected.
    #[error(
        "column {column} has numbers, but a category was expected there: say `category` for it, or read the table by `Csv::of`"
    )]
    NotNames {
        /// Its name in quotes, or its number, counted from 0.
        column: String,
    },
    /// A column has other categories.
    #[error(
        "column {column} has other categories than those that were learnt from: convert the tables together, or read this one into memory by `Csv`"
    )]
    Categories {
        /// Its name in quotes, or its number, counted from 0.
        column: String,
    },
    /// A name is given twice.
    #[error("the column `{name}` is given twice")]
    Repeated {
        /// The name, shortened if it is long.
        name: String,
    },
    /// Columns are asked for by name, and have none.
    #[error(
        "the columns have no names: name them by `Dataset::with_input_names` before training, or hand over rows"
    )]
    NoNames,
    /// Something was not done that should have been.
    #[error(
        "these {part}s have not been through `{step}`, as those have that they go with (the data trained on before): {LIKE}"
    )]
    NotDone {
        /// Inputs or targets.
        part: Part,
        /// The step, such as `Scaling`.
        step: String,
    },
    /// All was done already.
    #[error(
        "`{step}` was done to the {part}s already: leave this `like` or `prepared` out, or call it on the data as they were before"
    )]
    Done {
        /// Inputs or targets.
        part: Part,
        /// The step done last, such as `Scaling`.
        step: String,
    },
    /// Something was done more often than it should have been.
    #[error(
        "these {part}s have been through `{step}` more often than those that they go with (the data trained on before): {LIKE}"
    )]
    DoneTwice {
        /// Inputs or targets.
        part: Part,
        /// The step, such as `Scaling`.
        step: String,
    },
    /// Something else was done.
    #[error("{}: {LIKE}", Other { part: *part, expected, came })]
    OtherStep {
        /// Inputs or targets.
        part: Part,
        /// The step expected, such as `Scaling`.
        expected: String,
        /// The step that came.
        came: String,
    },
}

/// Whether samples of one shape may take another: a plain vector may stand for any shape of as many elements.
pub(crate) fn check_shape(expected: Shape<3>, came: Shape<3>) -> Result<(), MismatchError> {
    match came.stands_for(&expected) {
        true => Ok(()),
        false => Err(MismatchError::Shape { expected, came }),
    }
}

/// The way out where raw data meet prepared ones, or data prepared otherwise.
const LIKE: &str = "take the raw data, and prepare them by `raw.like(&first)`, where `first` are the data trained on before, or by \
                    `raw.prepared(schema)` with the schema in `model.schema()`; to train afresh, make a new model";

/// Three dimensions, or a number of values.
struct Sized<'a>(&'a Shape<3>);

impl fmt::Display for Sized<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.dims() {
            [1, 1, 1] => f.write_str("1 value"),
            [n, 1, 1] => write!(f, "{n} values"),
            _ => write!(f, "the shape {} ({} values)", self.0, self.0.len()),
        }
    }
}

/// The way from one shape to another.
struct Reshape<'a> {
    expected: &'a Shape<3>,
    came: &'a Shape<3>,
}

impl fmt::Display for Reshape<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (expected, came) = (self.expected.len(), self.came.len());
        match came.cmp(&expected) {
            Ordering::Less => write!(
                f,
                ", {} too few: check that this is the right data, and that no input column is absent or left out by `without`",
                expected - came
            ),
            Ordering::Greater => write!(
                f,
                ", {} too many: check that this is the right data, and that no label or number of a row is among the inputs",
                came - expected
            ),
            Ordering::Equal => f.write_str(
                ": if their values stand in another order, such as channels last instead of first, reorder them; if only the \
                 shape is wrong, set it by `Dataset::with_shape`",
            ),
        }
    }
}

/// What was done otherwise.
struct Other<'a> {
    part: Part,
    expected: &'a str,
    came: &'a str,
}

impl fmt::Display for Other<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            part,
            expected,
            came,
        } = self;
        match expected == came {
            true => write!(
                f,
                "these {part}s have been through `{came}` with other numbers, such as another mean or deviation, than those that they go with (was one \
                 fitted to each set?)"
            ),
            false => write!(
                f,
                "these {part}s have been through `{came}`, but those that they go with through `{expected}`"
            ),
        }
    }
}

fn kind(classes: bool) -> &'static str {
    if classes { "classes" } else { "values" }
}
