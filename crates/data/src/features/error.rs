//! Why features cannot be made.

use thiserror::Error;

use crate::excerpt::plural;
use crate::{DatasetError, MemoryError, ScalingError};

/// Why features cannot be made of these inputs.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum FeatureError {
    /// A map would give no features, or is made for no inputs.
    #[error("{map} makes no features of {inputs} inputs{}", match map { &"Monomials" => ": the degree is at least 1", _ => "" })]
    Nothing {
        /// Name of the map.
        map: &'static str,
        /// Inputs that it was given.
        inputs: usize,
    },
    /// There would be more features than can be counted on.
    #[error(
        "{map} would make more than {limit} features of {inputs} inputs; lower the degree or choose inputs"
    )]
    TooMany {
        /// Name of the map.
        map: &'static str,
        /// Inputs that it was given.
        inputs: usize,
        /// The limit.
        limit: usize,
    },
    /// A map was made for another number of inputs.
    #[error("{map} is for {expected} inputs, {found} came")]
    Inputs {
        /// Name of the map.
        map: &'static str,
        /// Inputs that it is for.
        expected: usize,
        /// Inputs that came.
        found: usize,
    },
    /// A frequency is not finite and positive.
    #[error("Trigonometric: the frequency must be finite and positive, not {0}")]
    Frequency(f64),
    /// One of the inputs is no class.
    #[error("sample {sample}: input {component} is {value}, not one of the classes 0 to {}", classes.saturating_sub(1))]
    Class {
        /// Which sample, counted from 0.
        sample: usize,
        /// Which of its inputs, counted from 0.
        component: usize,
        /// Its value.
        value: f64,
        /// Number of classes.
        classes: usize,
    },
    /// A value is missing where none may be.
    #[error(
        "sample {sample}: input {component} is missing (NaN), and nobody has said what is to be done; see `Csv::missing`"
    )]
    Gap {
        /// Which sample, counted from 0.
        sample: usize,
        /// Which of its inputs, counted from 0.
        component: usize,
    },
    /// What gaps are filled with is not finite.
    #[error("Columns: the gaps of input {column} are filled with {value}, which must be finite")]
    Filling {
        /// Which input, counted from 0.
        column: usize,
        /// The value.
        value: f64,
    },
    /// A column has no value at all from which gaps could be filled.
    #[error(
        "column {column} has no value in any of the {samples} samples: leave it out by `without`"
    )]
    NoValues {
        /// Its name in quotes, or its number, counted from 0.
        column: String,
        /// Samples that were learnt from.
        samples: usize,
    },
    /// Categories would take far more memory than the file that they come from.
    #[error(
        "the columns become {features} features of {samples} samples, {bytes} bytes, too much for such a file: column {column} has {values} values; leave it out by `without`"
    )]
    Room {
        /// Features of a sample.
        features: usize,
        /// Samples there are.
        samples: usize,
        /// Bytes that they would take.
        bytes: usize,
        /// The column with the most values: its name in quotes, or its number, counted from 0.
        column: String,
        /// How many.
        values: usize,
    },
    /// A field of a raw row is missing.
    #[error(
        "column {column} is missing: a model that takes rows with gaps is trained on a table read with `missing(…)`"
    )]
    MissingField {
        /// Its name in quotes, or its number, counted from 0.
        column: String,
    },
    /// A field of a raw row is no number.
    #[error("column {column}: `{text}` is not a finite number")]
    NoNumber {
        /// Its name in quotes, or its number, counted from 0.
        column: String,
        /// The field, shortened if it is long.
        text: String,
    },
    /// A field of a raw row is a category that is not known.
    #[error(
        "column {column}: `{text}` is none of the values of the training data: {known}; announce that there may be others by `unseen`"
    )]
    Unseen {
        /// Its name in quotes, or its number, counted from 0.
        column: String,
        /// The field, shortened if it is long.
        text: String,
        /// The values, the first of them.
        known: String,
    },
    /// A feature is not finite, or not in the type of the numbers.
    #[error("sample {sample}: the feature `{feature}` is not finite; scale the inputs first")]
    NotFinite {
        /// Which sample, counted from 0.
        sample: usize,
        /// Name of the feature.
        feature: String,
    },
    /// A file has named a map of the user's, and nobody has said what it does.
    #[error(
        "the features `{name}` are known by name only: `FeatureMap::resolve` says what they are"
    )]
    Unresolved {
        /// The name.
        name: String,
    },
    /// There is one name for each input.
    #[error("{names} names for {inputs} inputs")]
    Names {
        /// Names that came.
        names: usize,
        /// Inputs that there are.
        inputs: usize,
    },
    /// A raw row of another length.
    #[error("a row of {came} value{} for data of {expected} column{}", plural(*came), plural(*expected))]
    Row {
        /// Columns of the raw data.
        expected: usize,
        /// Values of the row.
        came: usize,
    },
    /// A value of a raw row is infinite or NaN.
    #[error("column {column} is {value}: it must be finite")]
    RowNotFinite {
        /// Its name in quotes, or its number, counted from 0.
        column: String,
        /// Its value.
        value: f64,
    },
    /// A scaling does not fit.
    #[error(transparent)]
    Scaling(#[from] ScalingError),
    /// The features are no data set.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The features do not fit in memory.
    #[error(transparent)]
    Memory(#[from] MemoryError),
}
