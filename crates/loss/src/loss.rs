//! How a prediction is compared with its target.

use core::fmt;
use std::sync::Arc;

use crate::{Criterion, CustomLoss, Output, Targets};

/// A loss: how a prediction `v = zeta_a` is compared with its target `y`. Names in brackets are PyTorch's and Keras'.
///
/// The entrywise losses (all but the categorical cross-entropy and [`Criterion`](Loss::Criterion)) are averaged over
/// the components by (22). At a kink the gradient is 0.
///
/// A loss of one's own, entrywise, in one line:
///
/// ```
/// use gradflow_loss::{Cost, Loss, Output};
///
/// let log_cosh = Loss::custom("logcosh", |v, y| (v - y).cosh().ln(), |v, y| (v - y).tanh());
/// let cost = Cost::new(Output::Identity, log_cosh)?;
/// # Ok::<(), gradflow_loss::CostError>(())
/// ```
///
/// On the whole output: [`Criterion`](trait@Criterion). Files hold the names of both; see [`Losses`](crate::Losses).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Loss {
    /// `1/2 (v - y)^2`: half of the mean squared error (`MSELoss`, `MeanSquaredError`). Equation (21).
    SquaredError,
    /// `-y log v - (1 - y) log(1 - v)`, with targets in `[0, 1]`: binary cross-entropy (`BCEWithLogitsLoss` behind
    /// [`Output::Logistic`], `BinaryCrossentropy`). Equation (21).
    ///
    /// Every component is a yes-or-no question of its own. With soft-max this is **not** the usual cost of
    /// classification, but the text's.
    CrossEntropy,
    /// `-sum_a y_a log zeta_a`, of soft-max outputs: the usual loss of classification (`CrossEntropyLoss`, `CategoricalCrossentropy`).
    /// Not divided by the number of outputs.
    CategoricalCrossEntropy,
    /// `1/2 (v - y)^2` where `|v - y| <= delta`, else `delta (|v - y| - delta/2)`: squared error that outliers do not dominate.
    Huber {
        /// Where the parabola goes over into straight lines; positive.
        delta: f64,
    },
    /// `|v - y|`: fits the median (`L1Loss`, `MeanAbsoluteError`).
    AbsoluteError,
    /// `tau (y - v)` where `y >= v`, else `(1 - tau) (v - y)`: fits the quantile `tau`, also called the pinball loss.
    Quantile {
        /// The share of targets that lie below what is fitted; in (0, 1).
        tau: f64,
    },
    /// `max(0, 1 - y' v)` with `y' = 2 y - 1`, targets 0 and 1, no output map: a linear support-vector machine's. Class 1 iff
    /// `v >= 0`.
    Hinge,
    /// An entrywise loss of the user's; in a file, its name.
    Custom(CustomLoss),
    /// A loss of the user's on the whole output, which has an output map of its own; in a file, its name.
    Criterion(Arc<dyn Criterion>),
}

impl Loss {
    /// An entrywise loss of one's own: its name, `l~(v, y)` and `dl~/dv`. See [`CustomLoss`].
    pub fn custom(
        name: impl Into<Arc<str>>,
        value: impl Fn(f64, f64) -> f64 + Send + Sync + 'static,
        slope: impl Fn(f64, f64) -> f64 + Send + Sync + 'static,
    ) -> Self {
        Self::Custom(CustomLoss::new(name, value, slope))
    }

    /// A loss of one's own on the whole output. See [`Criterion`](trait@Criterion).
    pub fn criterion(criterion: impl Criterion + 'static) -> Self {
        Self::Criterion(Arc::new(criterion))
    }

    /// The name, without constants.
    pub fn name(&self) -> &str {
        match self {
            Self::SquaredError => "squared error",
            Self::CrossEntropy => "entrywise cross-entropy",
            Self::CategoricalCrossEntropy => "categorical cross-entropy",
            Self::Huber { .. } => "Huber",
            Self::AbsoluteError => "absolute error",
            Self::Quantile { .. } => "quantile",
            Self::Hinge => "hinge",
            Self::Custom(loss) => loss.name(),
            Self::Criterion(criterion) => criterion.name(),
        }
    }

    /// Whether components are compared one by one and averaged by (22).
    pub fn is_entrywise(&self) -> bool {
        !matches!(self, Self::CategoricalCrossEntropy | Self::Criterion(_))
    }

    /// The targets for which the loss is defined.
    pub fn targets(&self) -> Targets {
        match self {
            Self::SquaredError
            | Self::Huber { .. }
            | Self::AbsoluteError
            | Self::Quantile { .. } => Targets::Finite,
            Self::CrossEntropy | Self::CategoricalCrossEntropy => Targets::Within(0.0, 1.0),
            Self::Hinge => Targets::ZeroOrOne,
            Self::Custom(loss) => Targets::from(loss.targets()),
            Self::Criterion(criterion) => Targets::from(criterion.targets()),
        }
    }

    /// Whether the loss is defined on what the output map yields.
    pub(crate) fn suits(&self, output: Output) -> bool {
        match self {
            Self::CategoricalCrossEntropy => output == Output::Softmax,
            Self::Hinge | Self::Criterion(_) => output == Output::Identity,
            _ => true,
        }
    }

    /// What an output must be for the loss to suit it, for messages.
    pub(crate) fn needs(&self) -> &'static str {
        match self {
            Self::CategoricalCrossEntropy => {
                "needs the outputs to be a distribution over classes: soft-max"
            }
            Self::Criterion(_) => "has an output map of its own: identity",
            _ => "needs the outputs as they are: identity",
        }
    }
}

impl PartialEq for Loss {
    /// Equal constants; of losses of the user's, the same functions.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Huber { delta: a }, Self::Huber { delta: b }) => a == b,
            (Self::Quantile { tau: a }, Self::Quantile { tau: b }) => a == b,
            (Self::Custom(a), Self::Custom(b)) => a == b,
            (Self::Criterion(a), Self::Criterion(b)) => Arc::ptr_eq(a, b),
            _ => core::mem::discriminant(self) == core::mem::discriminant(other),
        }
    }
}

impl From<CustomLoss> for Loss {
    fn from(loss: CustomLoss) -> Self {
        Self::Custom(loss)
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::Huber { delta } => write!(f, " (delta {delta})"),
            Self::Quantile { tau } => write!(f, " (tau {tau})"),
            _ => Ok(()),
        }
    }
}
