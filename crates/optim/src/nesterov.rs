//! Nesterov's momentum.

use crate::error::{check_beta, check_rate};
use crate::momentum::usual_beta;
use crate::{Constants, OptimError, UpdateRule, Velocity};
use gradflow_kernels::{Real, Workers, update};
use serde::{Deserialize, Serialize};

/// Nesterov's momentum: the gradient acts once at once and once through the velocity.
///
/// ```text
/// b_n = beta b_{n-1} + J_n ;  q_n = q_{n-1} - rate (J_n + beta b_n)
/// ```
///
/// This is PyTorch's `SGD(momentum=beta, nesterov=True)`: the point `q` is the one at which gradients are taken.
/// Stable on curvature `lambda` if and only if `rate lambda < 2 (1 + beta) / (1 + 2 beta)`: less than
/// [`MomentumSummed`](crate::MomentumSummed) allows, but oscillations die faster. On a strongly convex function with
/// curvatures in `[mu, L]` the usual choice is `rate = 1/L`, `beta = (sqrt L - sqrt mu) / (sqrt L + sqrt mu)`.
///
/// ```
/// use gradflow_optim::{Nesterov, UpdateRule};
///
/// let rule = Nesterov { rate: 0.5, beta: 0.5 };
/// let (mut q, mut state) = ([1.0], rule.init(&[1.0]));
/// rule.update(&mut state, &mut q, &[1.0]); // b = 1: moves by 0.5 (1 + 0.5)
/// assert_eq!(q, [0.25]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nesterov {
    /// Learning rate.
    pub rate: f64,
    /// Decay of the velocity; usually 0.9.
    #[serde(default = "usual_beta")]
    pub beta: f64,
}

impl Constants for Nesterov {
    fn scaled(&self, factor: f64) -> Self {
        Self {
            rate: self.rate * factor,
            ..*self
        }
    }

    fn validate(&self) -> Result<(), OptimError> {
        check_rate("Nesterov", "rate", self.rate)?;
        check_beta("Nesterov", "beta", self.beta)
    }
}

impl<T: Real> UpdateRule<T> for Nesterov {
    type State = Velocity<T>;

    fn init(&self, q: &[T]) -> Velocity<T> {
        Velocity(vec![T::ZERO; q.len()])
    }

    fn update(&self, state: &mut Velocity<T>, q: &mut [T], j: &[T]) {
        self.update_with(&Workers::inline(), state, q, j);
    }

    fn update_with(&self, workers: &Workers, state: &mut Velocity<T>, q: &mut [T], j: &[T]) {
        update::nesterov(workers, q, &mut state.0, j, self.rate, self.beta);
    }
}
