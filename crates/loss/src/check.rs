//! What a cost asks of outputs, targets and weights.

use gradflow_kernels::Real;
use gradflow_tensor::Batch;

use crate::weights::{check_component_weights, check_sample_weights};
use crate::{Cost, CostError, Loss, Output};

impl Cost {
    /// Whether the cost suits `n_out` outputs.
    ///
    /// # Errors
    /// [`CostError::NoOutputs`], [`CostError::SoftmaxOfOne`], [`CostError::WeightCount`]; [`CostError::Unresolved`] for a
    /// loss that a file has named and nobody has resolved.
    pub fn check(&self, n_out: usize) -> Result<(), CostError> {
        if let Some(name) = self.unresolved() {
            return Err(CostError::Unresolved {
                name: name.to_owned(),
            });
        }
        match (n_out, self.output(), self.weights()) {
            (0, ..) => Err(CostError::NoOutputs),
            (1, Output::Softmax, _) => Err(CostError::SoftmaxOfOne),
            (_, _, Some(weights)) if weights.len() != n_out => Err(CostError::WeightCount {
                expected: n_out,
                found: weights.len(),
            }),
            _ => Ok(()),
        }
    }

    /// Whether the cost's constants are still what they say when they are numbers of type `T`.
    ///
    /// [`check_targets`](Cost::check_targets) and [`check_batch`](Cost::check_batch) ask this too.
    ///
    /// # Errors
    /// [`CostError::WeightVanishes`], [`CostError::WeightSum`] for component weights;
    /// [`CostError::Constant`] for a `delta` that vanishes, or a `tau` that becomes 0 or 1.
    pub fn check_precision<T: Real>(&self) -> Result<(), CostError> {
        if let Some(weights) = self.weights() {
            check_component_weights::<T>(weights)?;
        }
        let within = |x: f64| T::from_f64(x) >= T::MIN_POSITIVE;
        let (constant, value, valid) = match *self.loss() {
            Loss::Huber { delta } => ("delta", delta, within(delta)),
            Loss::Quantile { tau } => ("tau", tau, within(tau) && T::from_f64(tau) < T::ONE),
            _ => return Ok(()),
        };
        if valid {
            return Ok(());
        }
        Err(CostError::Constant {
            loss: self.loss().name().to_owned(),
            constant,
            value,
            range: "a number that its precision can tell from its bounds",
        })
    }

    /// Whether the loss is defined for every target: finite, and for cross-entropy in `[0, 1]`.
    ///
    /// Categorical targets may be one-hot or soft; they need not sum to 1.
    ///
    /// # Errors
    /// [`CostError::Target`], naming the first that is not; what [`check_precision`](Cost::check_precision) says.
    pub fn check_targets<T: Real>(&self, y: Batch<'_, T>) -> Result<(), CostError> {
        self.check_precision::<T>()?;
        let targets = self.loss().targets();
        // Without an exit in the loop, which is the usual case, compilers take several at once.
        let valid = |y: &T| targets.contains(y.to_f64());
        if y.data().iter().fold(true, |all, y| all & valid(y)) {
            return Ok(());
        }
        match y.data().iter().position(|y| !valid(y)) {
            None => Ok(()),
            Some(at) => Err(CostError::Target {
                sample: at / y.size(),
                component: at % y.size(),
                value: y.data()[at].to_f64(),
                loss: self.loss().clone(),
                targets,
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

impl Loss {
    /// Whether the constants are such that there is a loss.
    ///
    /// # Errors
    /// [`CostError::Constant`] for a `delta` that is not positive and finite or a `tau` outside (0, 1).
    pub fn validate(&self) -> Result<(), CostError> {
        let (constant, value, valid, range) = match self {
            Self::Huber { delta } => {
                let valid = *delta > 0.0 && delta.is_finite();
                ("delta", *delta, valid, "positive and finite")
            }
            Self::Quantile { tau } => ("tau", *tau, *tau > 0.0 && *tau < 1.0, "in (0, 1)"),
            _ => return Ok(()),
        };
        if valid {
            return Ok(());
        }
        Err(CostError::Constant {
            loss: self.name().to_owned(),
            constant,
            value,
            range,
        })
    }
}
