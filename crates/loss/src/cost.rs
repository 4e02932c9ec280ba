//! The cost: output map, loss, weights and means.

use core::fmt;

use gradflow_kernels::Real;
use gradflow_tensor::BatchMut;

use crate::weights::check_weights;
use crate::{CostError, Loss, Losses, Output, WeightOf, criterion};

/// The cost of a batch: an output map `zeta`, a loss, optional weights of the components, and the means.
///
/// ```text
/// L = (1/|S|) Σₛ wₛ l(ζ(pₛ), yₛ)                                   Equation (19)
/// l = (1/n_out) Σₐ wₐ ℓ̃(ζₐ, yₐ)                                     Equation (22)
/// l = −Σₐ wₐ yₐ log ζₐ                                             categorical cross-entropy
/// ```
/// The weights `w_a` are 1 unless [`with_weights`](Cost::with_weights) sets them; they are not normalised, so that twice the
/// weights are twice the cost. The share `1/|S|` of a sample is handed in, so that the pieces of a batch just add up.
/// Sample weights `w_s` are scaled once to a mean of 1 over the training set, by
/// [`mean_one_weights`](crate::mean_one_weights); then a batch's cost is an unbiased estimate of the whole set's.
///
/// Value and gradient are functions of `p`, the network's output *before* `zeta`. That lets them be computed
/// in forms that neither overflow nor lose small gradients, for logits of any size, without clamping a probability.
/// A term whose factor is zero (a weight, a target) counts as zero, also where the logit is infinite.
///
/// ```
/// use gradflow_loss::Cost;
/// use gradflow_tensor::{Batch, BatchMut};
///
/// let cost = Cost::classification();
/// cost.check(3)?;
/// let p = [0.0, 0.0, 0.0, 900.0, 0.0, 0.0]; // two samples: undecided, and confidently wrong
/// let y = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
/// let mut p_bar = [0.0; 6];
/// let value = cost.value_and_gradient(
///     Batch::new(&p, 3)?,
///     Batch::new(&y, 3)?,
///     None,
///     1.0 / 2.0,
///     BatchMut::new(&mut p_bar, 3)?,
/// );
/// assert!((value - (3.0_f64.ln() + 900.0) / 2.0).abs() < 1e-12);
/// assert_eq!(p_bar[3..], [0.5, -0.5, 0.0]); // (zeta - y) / 2
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Fields", into = "Fields")
)]
pub struct Cost {
    output: Output,
    loss: Loss,
    weights: Option<Vec<f64>>,
    label_smoothing: f64,
}

/// What a file says; it becomes a [`Cost`] only through the same checks as every other.
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename = "Cost", deny_unknown_fields)
)]
struct Fields {
    output: Output,
    loss: Loss,
    #[cfg_attr(feature = "serde", serde(default))]
    weights: Option<Vec<f64>>,
    #[cfg_attr(feature = "serde", serde(default))]
    label_smoothing: f64,
}

impl TryFrom<Fields> for Cost {
    type Error = CostError;

    fn try_from(fields: Fields) -> Result<Self, CostError> {
        let cost = Self::new(fields.output, fields.loss)?;
        let cost = match fields.weights {
            Some(weights) => cost.with_weights(weights)?,
            None => cost,
        };
        if fields.label_smoothing == 0.0 {
            return Ok(cost);
        }
        cost.with_label_smoothing(fields.label_smoothing)
    }
}

impl From<Cost> for Fields {
    fn from(cost: Cost) -> Self {
        Self {
            output: cost.output,
            loss: cost.loss,
            weights: cost.weights,
            label_smoothing: cost.label_smoothing,
        }
    }
}

impl Cost {
    /// Pairs an output map with a loss.
    ///
    /// # Errors
    /// [`CostError::Impossible`] for categorical cross-entropy without soft-max, for the hinge and a criterion with an output
    /// map; [`CostError::Constant`] for constants that make no loss. Every other pair is possible, identity with
    /// cross-entropy only where [`requires_unit_interval`](Cost::requires_unit_interval) is satisfied.
    pub fn new(output: Output, loss: Loss) -> Result<Self, CostError> {
        loss.validate()?;
        if !loss.suits(output) {
            return Err(CostError::Impossible { output, loss });
        }
        Ok(Self::of(output, loss))
    }

    fn of(output: Output, loss: Loss) -> Self {
        Self {
            output,
            loss,
            weights: None,
            label_smoothing: 0.0,
        }
    }

    /// Regression: identity and squared error, so that costs are half of the mean squared error.
    pub fn regression() -> Self {
        Self::of(Output::Identity, Loss::SquaredError)
    }

    /// Binary classification: sigmoid and cross-entropy. Two classes on one output, equation (15), or several answers (multi-label) that
    /// do not exclude one another.
    pub fn binary() -> Self {
        Self::of(Output::Logistic, Loss::CrossEntropy)
    }

    /// Classification: soft-max and categorical cross-entropy. One class of several, an output for each.
    pub fn classification() -> Self {
        Self::of(Output::Softmax, Loss::CategoricalCrossEntropy)
    }

    /// Weighs the components: `w_a` of equation (22).
    ///
    /// ```
    /// use gradflow_loss::Cost;
    /// use gradflow_tensor::Batch;
    ///
    /// let cost = Cost::regression().with_weights(vec![1.0, 0.5])?;
    /// let (p, y) = ([3.0, 2.0], [0.0, 0.0]);
    /// let value = cost.value(Batch::single(&p)?, Batch::single(&y)?, None, 1.0);
    /// assert_eq!(value, (1.0 * 4.5 + 0.5 * 2.0) / 2.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`CostError::Weight`] if one is negative or not finite, [`CostError::ZeroWeights`] if all are zero,
    /// [`CostError::WeightSum`] if their sum overflows; [`CostError::NoComponents`] with a criterion, which is no sum over components.
    pub fn with_weights(self, weights: Vec<f64>) -> Result<Self, CostError> {
        check_weights(WeightOf::Component, weights.iter().copied())?;
        if let Loss::Criterion(_) = self.loss {
            return Err(CostError::NoComponents { loss: self.loss });
        }
        Ok(Self {
            weights: Some(weights),
            ..self
        })
    }

    /// Moves every target towards indifference: `y <- (1 - s) y + s/n` of `n` exclusive classes (soft-max), `s/2` for `s/n`
    /// where each output is a question of its own (logistic). Targets are handed in as they are.
    ///
    /// ```
    /// use gradflow_loss::Cost;
    /// use gradflow_tensor::Batch;
    ///
    /// let cost = Cost::classification();
    /// let p = Batch::single(&[1.0, -1.0])?;
    /// let by_hand = cost.value(p, Batch::single(&[0.9, 0.1])?, None, 1.0);
    /// let smoothed = cost.with_label_smoothing(0.2)?;
    /// let value = smoothed.value(p, Batch::single(&[1.0, 0.0])?, None, 1.0);
    /// assert!((value - by_hand).abs() < 1e-15);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`CostError::LabelSmoothing`] unless `0 <= s < 1`; [`CostError::NoLabels`] for a loss that is no cross-entropy.
    pub fn with_label_smoothing(self, s: f64) -> Result<Self, CostError> {
        if !(0.0..1.0).contains(&s) {
            return Err(CostError::LabelSmoothing { value: s });
        }
        match self.loss {
            Loss::CrossEntropy | Loss::CategoricalCrossEntropy => Ok(Self {
                label_smoothing: s,
                ..self
            }),
            loss => Err(CostError::NoLabels { loss }),
        }
    }

    /// The cost with the loss that a file has named found in the list; any other cost as it is.
    ///
    /// # Errors
    /// [`CostError::UnknownLoss`] if there is no loss of the name, and what [`Cost::new`] and
    /// [`with_weights`](Cost::with_weights) say of the loss found.
    pub fn resolve(&self, losses: &Losses) -> Result<Self, CostError> {
        let name = match self.unresolved() {
            Some(name) => name,
            None => return Ok(self.clone()),
        };
        let cost = Self::new(self.output, losses.get(name)?.clone())?;
        let cost = match &self.weights {
            Some(weights) => cost.with_weights(weights.clone())?,
            None => cost,
        };
        match cost.unresolved() {
            None => Ok(cost),
            Some(name) => Err(CostError::Unresolved {
                name: name.to_owned(),
            }),
        }
    }

    /// The name of the loss, if a file has named it and nobody has said what it is.
    pub(crate) fn unresolved(&self) -> Option<&str> {
        match &self.loss {
            Loss::Custom(loss) if !loss.is_resolved() => Some(loss.name()),
            _ => None,
        }
    }

    /// The output map; identity where the loss is a criterion, which has its own.
    pub fn output(&self) -> Output {
        self.output
    }

    /// The loss.
    pub fn loss(&self) -> &Loss {
        &self.loss
    }

    /// The weights of the components, if there are any.
    pub fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    /// How far targets are moved towards indifference; 0 unless [`with_label_smoothing`](Cost::with_label_smoothing) says more.
    pub fn label_smoothing(&self) -> f64 {
        self.label_smoothing
    }

    /// Whether the network's last activation must have values in (0, 1): cross-entropy without an output map.
    pub fn requires_unit_interval(&self) -> bool {
        self.output == Output::Identity && self.loss == Loss::CrossEntropy
    }

    /// Replaces every sample `p` by the prediction `zeta(p)`: the output map, or the criterion's own.
    pub fn map<T: Real>(&self, p: BatchMut<'_, T>) {
        match &self.loss {
            Loss::Criterion(criterion) => criterion::map(&**criterion, p),
            _ => self.output.apply(p),
        }
    }
}

impl fmt::Display for Cost {
    /// "soft-max, categorical cross-entropy", and what else there is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.output, self.loss)?;
        if let Some(weights) = &self.weights {
            write!(f, ", {} component weights", weights.len())?;
        }
        if self.label_smoothing > 0.0 {
            write!(f, ", label smoothing {}", self.label_smoothing)?;
        }
        Ok(())
    }
}
