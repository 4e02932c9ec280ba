//! Gradient descent.

use crate::error::check_rate;
use crate::theory::Theory;
use crate::{Method, NonFinite, OptimError, Step};
use gradflow_kernels::{Real, update};

/// Gradient descent, which is SGD where each step has a mini-batch: the explicit Euler method on the gradient flow.
///
/// ```text
/// qₙ = qₙ₋₁ − rate Jₙ                                           (2), (8), (12)
/// ```
///
/// On curvature `lambda` it multiplies the error by `1 - rate lambda` a step: stable if and only if
/// `0 < rate lambda < 2`, fastest at `rate = 2 / (lambda_max + lambda_min)`.
///
/// ```
/// use gradflow_optim::{GradientDescent, study::follow};
///
/// let q = follow(GradientDescent { rate: 0.5 }, [1.0, 2.0], &[[2.0, -2.0]])?;
/// assert_eq!(q, [0.0, 3.0]);
/// # Ok::<(), gradflow_optim::OptimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct GradientDescent {
    /// Learning rate.
    pub rate: f64,
}

impl<T: Real> Method<T> for GradientDescent {
    type State = ();

    fn init(&self, _: &[T]) {}

    fn step(&self, at: Step<'_, T>, (): &mut ()) -> Result<(), NonFinite> {
        update::descend(at.q, at.j, self.rate * at.factor, at.workers);
        Ok(())
    }

    fn rate(&self) -> f64 {
        self.rate
    }

    fn displacement(&self) -> Option<f64> {
        Some(self.rate)
    }

    fn validate(&self) -> Result<(), OptimError> {
        check_rate("GradientDescent", "rate", self.rate)
    }
}

impl Theory for GradientDescent {
    fn order(&self) -> Option<u32> {
        Some(1)
    }

    fn growth(&self, lambda: f64) -> Option<f64> {
        Some((1.0 - self.rate * lambda).abs())
    }

    fn limit(&self) -> Option<f64> {
        Some(2.0 / self.rate)
    }
}
