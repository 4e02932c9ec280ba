//! Nesterov's momentum.

use super::momentum::Velocity;
use crate::error::{check_array, check_beta, check_rate};
use crate::theory::{Theory, roots::largest_root};
use crate::{Method, NonFinite, OptimError, Step};
use gradflow_kernels::{Real, update};

/// Nesterov's momentum, `SGD(momentum=beta, nesterov=True)` in PyTorch and Keras: each gradient acts twice, at once and through the velocity.
///
/// ```text
/// bₙ = β bₙ₋₁ + Jₙ ;  qₙ = qₙ₋₁ − rate (Jₙ + β bₙ)
/// ```
///
/// This is PyTorch's `SGD(momentum=beta, nesterov=True)`: the point `q` is the one at which gradients are taken.
/// Stable on curvature `lambda` if and only if `rate lambda < 2 (1 + beta) / (1 + 2 beta)`: less than
/// [`MomentumSummed`](crate::MomentumSummed) allows, but oscillations die faster. On a strongly convex function with
/// curvatures in `[mu, L]` the usual choice is `rate = 1/L`, `beta = (sqrt L - sqrt mu) / (sqrt L + sqrt mu)`.
///
/// ```
/// use gradflow_optim::{Nesterov, study::follow};
///
/// let rule = Nesterov { rate: 0.5, beta: 0.5 };
/// let q = follow(rule, [1.0], &[[1.0]])?; // b = 1: moves by 0.5 (1 + 0.5)
/// assert_eq!(q, [0.25]);
/// # Ok::<(), gradflow_optim::OptimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Nesterov {
    /// Learning rate.
    pub rate: f64,
    /// Decay of the velocity; usually 0.9.
    #[cfg_attr(feature = "serde", serde(default = "super::usual::beta"))]
    pub beta: f64,
}

impl<T: Real> Method<T> for Nesterov {
    type State = Velocity<T>;

    fn init(&self, q: &[T]) -> Velocity<T> {
        Velocity(vec![T::ZERO; q.len()])
    }

    fn step(&self, at: Step<'_, T>, b: &mut Velocity<T>) -> Result<(), NonFinite> {
        let rate = self.rate * at.factor;
        update::nesterov(at.q, &mut b.0, at.j, rate, self.beta, at.workers);
        Ok(())
    }

    fn rate(&self) -> f64 {
        self.rate
    }

    fn displacement(&self) -> Option<f64> {
        Some(self.rate / (1.0 - self.beta))
    }

    fn memory(&self, len: usize) -> usize {
        len
    }

    fn check(&self, b: &Velocity<T>, len: usize) -> Result<(), OptimError> {
        check_array("Nesterov", "velocity", &b.0, len)
    }

    fn validate(&self) -> Result<(), OptimError> {
        check_rate("Nesterov", "rate", self.rate)?;
        check_beta("Nesterov", "beta", self.beta)
    }
}

impl Theory for Nesterov {
    fn order(&self) -> Option<u32> {
        Some(1)
    }

    fn growth(&self, lambda: f64) -> Option<f64> {
        let kept = 1.0 - self.rate * lambda;
        Some(largest_root(&[
            1.0,
            -(1.0 + self.beta) * kept,
            self.beta * kept,
        ]))
    }

    fn limit(&self) -> Option<f64> {
        Some(2.0 * (1.0 + self.beta) / (1.0 + 2.0 * self.beta) / self.rate)
    }
}
