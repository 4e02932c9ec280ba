//! Why a logistic regression cannot be fitted or used.

use gradflow_data::FeatureError;
use gradflow_loss::CostError;
use gradflow_optim::OptimError;
use thiserror::Error;

use crate::ModelError;

/// Why a logistic regression cannot be fitted or used.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum LogisticFitError {
    /// The targets are values.
    #[error(
        "logistic regression tells classes apart, the targets are values: Dataset::classification or Csv::classification makes \
         classes"
    )]
    NoClasses,
    /// There are no two classes.
    #[error("logistic regression tells two classes or more apart; the data have {0}")]
    OneClass(usize),
    /// A class has no samples.
    #[error("class {class} of {classes}{} has no samples: leave it out, or split the data by class (`split_stratified`)",
        name.as_ref().map(|name| format!(", `{name}`,")).unwrap_or_default())]
    EmptyClass {
        /// The class.
        class: usize,
        /// Its name.
        name: Option<String>,
        /// Number of classes.
        classes: usize,
    },
    /// A setting is out of its range.
    #[error("LogisticRegression: {field} must be {expected}, not {value}")]
    Setting {
        /// Its name.
        field: &'static str,
        /// The values that it may have.
        expected: &'static str,
        /// The value that it has.
        value: f64,
    },
    /// The centre of the trap has not one number for each coefficient.
    #[error("the centre has {found} numbers; {rows} outputs of {features} features have {}", rows.saturating_mul(*features))]
    Centre {
        /// Numbers of the centre.
        found: usize,
        /// Outputs: one for two classes, else one each.
        rows: usize,
        /// Features.
        features: usize,
    },
    /// There is not one name for each input.
    #[error("{found} names for {expected} inputs")]
    Names {
        /// Inputs of a sample.
        expected: usize,
        /// Names given.
        found: usize,
    },
    /// An input has another number of values than those that it was fitted to.
    #[error("the model was fitted to samples of {expected} inputs, {found} values came")]
    Inputs {
        /// Inputs of a sample.
        expected: usize,
        /// Values that came.
        found: usize,
    },
    /// The parts of a fitted model do not belong together.
    #[error("a fitted logistic regression of this form has {expected} {what}, not {found}")]
    Fitted {
        /// What is counted.
        what: &'static str,
        /// How many there are in a model that was fitted.
        expected: usize,
        /// How many came.
        found: usize,
    },
    /// The cost or its gradient left the range of the numbers.
    #[error(
        "the fit diverged in step {step}: {value} is not a cost, or its gradient is not finite; standardise the inputs \
         (FeatureMap::standardise)"
    )]
    Diverged {
        /// The step, from 1.
        step: usize,
        /// The value that came.
        value: f64,
    },
    /// Features cannot be made of the inputs.
    #[error(transparent)]
    Features(#[from] FeatureError),
    /// Weights of samples are wrong.
    #[error(transparent)]
    Cost(#[from] CostError),
    /// The descent is refused.
    #[error(transparent)]
    Optim(#[from] OptimError),
    /// There is no memory.
    #[error(transparent)]
    Model(#[from] ModelError),
}
