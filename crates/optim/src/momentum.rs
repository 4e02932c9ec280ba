//! Momentum, in the forms that people write it in.

use crate::error::{check, check_beta, check_rate};
use crate::{Constants, OptimError, UpdateRule};
use gradflow_kernels::{Real, Workers, update};
use serde::{Deserialize, Serialize};

/// Velocity of a momentum rule: `v` of the physical form, `m` of the averaged, `b` of the summed one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Velocity<T>(pub(crate) Vec<T>);

/// Momentum in the physical form: a particle of unit mass with friction `gamma`, time step `alpha`.
///
/// ```text
/// v_n = (1 - gamma alpha) v_{n-1} - alpha J_n ;  q_n = q_{n-1} + alpha v_n          (5)-(7)
/// ```
///
/// This is the semi-implicit Euler method on `q'' = -J - gamma q'`. With `beta = 1 - gamma alpha` it is stable
/// on curvature `lambda` if and only if `|beta| < 1` and `alpha^2 lambda < 2 (1 + beta)`.
/// It makes the steps of [`MomentumAveraged`] with `rate = alpha / gamma` and of [`MomentumSummed`] with
/// `rate = alpha^2`, both with that `beta`. A schedule scales `alpha`.
///
/// ```
/// use gradflow_optim::{MomentumPhysical, UpdateRule};
///
/// let rule = MomentumPhysical { alpha: 0.5, gamma: 1.0 };
/// let (mut q, mut state) = ([1.0], rule.init(&[1.0]));
/// rule.update(&mut state, &mut q, &[1.0]); // v = -0.5
/// assert_eq!(q, [0.75]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MomentumPhysical {
    /// Time step.
    pub alpha: f64,
    /// Friction; `0 < gamma alpha < 2`.
    pub gamma: f64,
}

/// Momentum that follows an exponential average of the gradients.
///
/// ```text
/// m_n = beta m_{n-1} + (1 - beta) J_n ;  q_n = q_{n-1} - rate m_n                     (7), averaged
/// ```
///
/// Equal to [`MomentumSummed`] with `rate (1 - beta)`. The usual `beta` is 0.9. Stable on curvature `lambda` if and
/// only if `rate (1 - beta) lambda < 2 (1 + beta)`.
///
/// ```
/// use gradflow_optim::{MomentumAveraged, UpdateRule};
///
/// let rule = MomentumAveraged { rate: 1.0, beta: 0.5 };
/// let (mut q, mut state) = ([1.0], rule.init(&[1.0]));
/// rule.update(&mut state, &mut q, &[1.0]); // m = 0.5
/// rule.update(&mut state, &mut q, &[1.0]); // m = 0.75
/// assert_eq!(q, [-0.25]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MomentumAveraged {
    /// Learning rate.
    pub rate: f64,
    /// Decay of the average.
    #[serde(default = "usual_beta")]
    pub beta: f64,
}

/// Momentum that sums the gradients with a decay: heavy ball, PyTorch's `SGD(momentum=beta)`.
///
/// ```text
/// b_n = beta b_{n-1} + J_n ;  q_n = q_{n-1} - rate b_n                                (7), summed
/// ```
///
/// Equal to [`MomentumAveraged`] with `rate / (1 - beta)`. Stable on curvature `lambda` if and only if
/// `rate lambda < 2 (1 + beta)`. On a quadratic with curvatures in `[mu, L]` it is fastest at
/// `rate = 4 / (sqrt L + sqrt mu)^2`, `beta = ((sqrt L - sqrt mu) / (sqrt L + sqrt mu))^2`.
///
/// ```
/// use gradflow_optim::{MomentumSummed, UpdateRule};
///
/// let rule = MomentumSummed { rate: 0.5, beta: 0.5 };
/// let (mut q, mut state) = ([1.0], rule.init(&[1.0]));
/// rule.update(&mut state, &mut q, &[1.0]); // b = 1
/// rule.update(&mut state, &mut q, &[1.0]); // b = 1.5
/// assert_eq!(q, [-0.25]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MomentumSummed {
    /// Learning rate.
    pub rate: f64,
    /// Decay of the sum.
    #[serde(default = "usual_beta")]
    pub beta: f64,
}

pub(crate) fn usual_beta() -> f64 {
    0.9
}

impl Constants for MomentumPhysical {
    fn scaled(&self, factor: f64) -> Self {
        Self {
            alpha: self.alpha * factor,
            ..*self
        }
    }

    fn validate(&self) -> Result<(), OptimError> {
        check_rate("MomentumPhysical", "alpha", self.alpha)?;
        let damping = self.gamma * self.alpha;
        let holds = damping > 0.0 && damping < 2.0;
        check(
            holds,
            "MomentumPhysical",
            "gamma",
            "in (0, 2 / alpha)",
            self.gamma,
        )
    }
}

impl Constants for MomentumAveraged {
    fn scaled(&self, factor: f64) -> Self {
        Self {
            rate: self.rate * factor,
            ..*self
        }
    }

    fn validate(&self) -> Result<(), OptimError> {
        check_rate("MomentumAveraged", "rate", self.rate)?;
        check_beta("MomentumAveraged", "beta", self.beta)
    }
}

impl Constants for MomentumSummed {
    fn scaled(&self, factor: f64) -> Self {
        Self {
            rate: self.rate * factor,
            ..*self
        }
    }

    fn validate(&self) -> Result<(), OptimError> {
        check_rate("MomentumSummed", "rate", self.rate)?;
        check_beta("MomentumSummed", "beta", self.beta)
    }
}

/// One fused pass serves all forms: `v = keep v + gain J ; q = q - rate v`.
macro_rules! momentum_rule {
    ($rule:ident, |$self:ident| $constants:expr) => {
        impl<T: Real> UpdateRule<T> for $rule {
            type State = Velocity<T>;

            fn init(&self, q: &[T]) -> Velocity<T> {
                Velocity(vec![T::ZERO; q.len()])
            }

            fn update(&self, state: &mut Velocity<T>, q: &mut [T], j: &[T]) {
                self.update_with(&Workers::inline(), state, q, j);
            }

            fn update_with(
                &$self,
                workers: &Workers,
                state: &mut Velocity<T>,
                q: &mut [T],
                j: &[T],
            ) {
                update::momentum(workers, q, &mut state.0, j, $constants);
            }
        }
    };
}

momentum_rule!(MomentumPhysical, |self| update::Momentum {
    keep: 1.0 - self.gamma * self.alpha,
    gain: -self.alpha,
    rate: -self.alpha,
});
momentum_rule!(MomentumAveraged, |self| update::Momentum {
    keep: self.beta,
    gain: 1.0 - self.beta,
    rate: self.rate,
});
momentum_rule!(MomentumSummed, |self| update::Momentum {
    keep: self.beta,
    gain: 1.0,
    rate: self.rate,
});
