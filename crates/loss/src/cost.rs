//! The cost: output map, loss, weights and means.

use gradflow_kernels::Real;
use gradflow_tensor::Batch;
use serde::{Deserialize, Serialize};

use crate::{CostError, Output};

/// How a prediction is compared with its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Loss {
    /// `1/2 (v - y)^2` of each component, averaged by (22). Equation (21).
    SquaredError,
    /// `-y log v - (1 - y) log(1 - v)` of each component, averaged by (22). Equation (21).
    ///
    /// Every component is a yes-or-no question of its own. With soft-max this is **not** the usual cost of
    /// classification, but the text's.
    CrossEntropy,
    /// `-sum_a y_a log zeta_a`, of soft-max outputs: the usual cost of classification. Not divided by the number of outputs.
    CategoricalCrossEntropy,
}

impl core::fmt::Display for Loss {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::SquaredError => "squared error",
            Self::CrossEntropy => "entrywise cross-entropy",
            Self::CategoricalCrossEntropy => "categorical cross-entropy",
        })
    }
}

/// The cost of a batch: an output map `zeta`, a loss, optional weights of the components, and the means.
///
/// ```text
/// L = (1/|S|) sum_s l(zeta(p_s), y_s)                                              Equation (19)
/// l = (1/n_out) sum_a w_a l~(zeta_a, y_a)                                          Equation (22)
/// l = -sum_a w_a y_a log zeta_a                                                    categorical cross-entropy
/// ```
/// The weights `w_a` are 1 unless [`with_weights`](Cost::with_weights) sets them; they are not normalised, so that twice the
/// weights are twice the cost. The mean is over the samples at hand, also in the short last batch. With sample
/// weights it is `sum_s w_s l_s / sum_s w_s`: a sample of weight 2 counts like two samples.
///
/// Value and gradient are functions of `p`, the network's output *before* `zeta`. That lets them be computed
/// in forms that neither overflow nor lose small gradients, for logits of any size, without clamping a probability.
///
/// ```
/// use gradflow_loss::{Cost, Loss, Output};
/// use gradflow_tensor::{Batch, BatchMut};
///
/// let cost = Cost::new(Output::Softmax, Loss::CategoricalCrossEntropy)?;
/// cost.check(3)?;
/// let p = [0.0, 0.0, 0.0, 900.0, 0.0, 0.0]; // two samples: undecided, and confidently wrong
/// let y = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
/// let mut p_bar = [0.0; 6];
/// let value = cost.value_and_gradient(
///     Batch::new(&p, 3)?,
///     Batch::new(&y, 3)?,
///     None,
///     BatchMut::new(&mut p_bar, 3)?,
/// );
/// assert!((value - (3.0_f64.ln() + 900.0) / 2.0).abs() < 1e-12);
/// assert_eq!(p_bar[3..], [0.5, -0.5, 0.0]); // (zeta - y) / 2
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct Cost {
    output: Output,
    loss: Loss,
    weights: Option<Vec<f64>>,
}

/// What a file says; it becomes a [`Cost`] only through the same checks as every other.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Cost", deny_unknown_fields)]
struct Fields {
    output: Output,
    loss: Loss,
    #[serde(default)]
    weights: Option<Vec<f64>>,
}

impl TryFrom<Fields> for Cost {
    type Error = CostError;

    fn try_from(fields: Fields) -> Result<Self, CostError> {
        let cost = Self::new(fields.output, fields.loss)?;
        match fields.weights {
            Some(weights) => cost.with_weights(weights),
            None => Ok(cost),
        }
    }
}

impl From<Cost> for Fields {
    fn from(cost: Cost) -> Self {
        Self {
            output: cost.output,
            loss: cost.loss,
            weights: cost.weights,
        }
    }
}

impl Cost {
    /// Pairs an output map with a loss.
    ///
    /// # Errors
    /// [`CostError::Impossible`] for categorical cross-entropy without soft-max. Every other pair is possible, identity with
    /// cross-entropy only where [`requires_unit_interval`](Cost::requires_unit_interval) is satisfied.
    pub fn new(output: Output, loss: Loss) -> Result<Self, CostError> {
        if loss == Loss::CategoricalCrossEntropy && output != Output::Softmax {
            return Err(CostError::Impossible { output, loss });
        }
        Ok(Self {
            output,
            loss,
            weights: None,
        })
    }

    /// Weighs the components: `w_a` of equation (22).
    ///
    /// ```
    /// use gradflow_loss::{Cost, Loss, Output};
    /// use gradflow_tensor::Batch;
    ///
    /// let cost = Cost::new(Output::Identity, Loss::SquaredError)?.with_weights(vec![1.0, 0.5])?;
    /// let value = cost.value(Batch::single(&[3.0, 2.0])?, Batch::single(&[0.0, 0.0])?, None);
    /// assert_eq!(value, (1.0 * 4.5 + 0.5 * 2.0) / 2.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`CostError::Weight`] if one is negative or not finite, [`CostError::ZeroWeights`] if all are zero.
    pub fn with_weights(self, weights: Vec<f64>) -> Result<Self, CostError> {
        check_weights(weights.iter().copied())?;
        Ok(Self {
            weights: Some(weights),
            ..self
        })
    }

    /// The output map.
    pub fn output(&self) -> Output {
        self.output
    }

    /// The loss.
    pub fn loss(&self) -> Loss {
        self.loss
    }

    /// The weights of the components, if there are any.
    pub fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    /// Whether the network's last activation must have values in (0, 1): cross-entropy without an output map.
    pub fn requires_unit_interval(&self) -> bool {
        self.output == Output::Identity && self.loss == Loss::CrossEntropy
    }

    /// Whether the cost suits `n_out` outputs.
    ///
    /// # Errors
    /// [`CostError::NoOutputs`], [`CostError::SoftmaxOfOne`], [`CostError::WeightCount`].
    pub fn check(&self, n_out: usize) -> Result<(), CostError> {
        match (n_out, self.output, &self.weights) {
            (0, ..) => Err(CostError::NoOutputs),
            (1, Output::Softmax, _) => Err(CostError::SoftmaxOfOne),
            (_, _, Some(weights)) if weights.len() != n_out => Err(CostError::WeightCount {
                expected: n_out,
                found: weights.len(),
            }),
            _ => Ok(()),
        }
    }

    /// Whether the loss is defined for every target: finite, and for cross-entropy in `[0, 1]`.
    ///
    /// Categorical targets may be one-hot or soft; they need not sum to 1.
    ///
    /// # Errors
    /// [`CostError::Target`], naming the first that is not.
    pub fn check_targets<T: Real>(&self, y: Batch<'_, T>) -> Result<(), CostError> {
        let (limits, range) = match self.loss {
            Loss::SquaredError => (f64::MIN..=f64::MAX, "the finite numbers"),
            Loss::CrossEntropy | Loss::CategoricalCrossEntropy => (0.0..=1.0, "[0, 1]"),
        };
        // Without an exit in the loop, which is the usual case, compilers take several at once.
        let valid = |y: &T| limits.contains(&y.to_f64());
        if y.data().iter().fold(true, |all, y| all & valid(y)) {
            return Ok(());
        }
        match y.data().iter().position(|y| !valid(y)) {
            None => Ok(()),
            Some(at) => Err(CostError::Target {
                sample: at / y.size(),
                component: at % y.size(),
                value: y.data()[at].to_f64(),
                loss: self.loss,
                range,
            }),
        }
    }

    /// Everything that [`value`](Cost::value) relies on: sizes that agree, valid targets and sample weights, a sample at least.
    ///
    /// # Errors
    /// [`CostError`], saying what was expected and what came.
    pub fn check_batch<T: Real>(
        &self,
        p: Batch<'_, T>,
        y: Batch<'_, T>,
        sample_weights: Option<&[T]>,
    ) -> Result<(), CostError> {
        self.check(p.size())?;
        if y.size() != p.size() {
            return Err(CostError::TargetSize {
                expected: p.size(),
                found: y.size(),
            });
        }
        if y.samples() != p.samples() {
            return Err(CostError::TargetCount {
                expected: p.samples(),
                found: y.samples(),
            });
        }
        if p.samples() == 0 {
            return Err(CostError::EmptyBatch);
        }
        if let Some(weights) = sample_weights {
            check_sample_weights(p.samples(), weights)?;
        }
        self.check_targets(y)
    }
}

/// Whether there is a weight for each of `samples` samples, finite, not negative, and not zero for all.
///
/// ```
/// use gradflow_loss::{CostError, check_sample_weights};
///
/// assert!(check_sample_weights(2, &[0.0, 1.0]).is_ok());
/// let error = CostError::Weight { index: 1, value: -1.0 };
/// assert_eq!(check_sample_weights(2, &[0.0, -1.0]), Err(error));
/// ```
///
/// # Errors
/// [`CostError::SampleWeightCount`], [`CostError::Weight`], [`CostError::ZeroWeights`].
pub fn check_sample_weights<T: Real>(samples: usize, weights: &[T]) -> Result<(), CostError> {
    if weights.len() != samples {
        return Err(CostError::SampleWeightCount {
            expected: samples,
            found: weights.len(),
        });
    }
    check_weights(weights.iter().map(|w| w.to_f64()))
}

/// Weights of components, samples or classes: finite, not negative, not all zero.
pub(crate) fn check_weights(weights: impl Iterator<Item = f64>) -> Result<(), CostError> {
    let mut any = false;
    for (index, value) in weights.enumerate() {
        if !(value.is_finite() && value >= 0.0) {
            return Err(CostError::Weight { index, value });
        }
        any |= value > 0.0;
    }
    if any {
        Ok(())
    } else {
        Err(CostError::ZeroWeights)
    }
}
