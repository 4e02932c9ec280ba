//! Adam that never forgets a large gradient.

use crate::adam::{usual_beta1, usual_beta2, usual_epsilon};
use crate::error::{check_beta, check_rate, check_weight};
use crate::{Constants, Moments, OptimError, UpdateRule};
use gradflow_kernels::{Real, Workers, update};
use serde::{Deserialize, Serialize};

/// State of [`AmsGrad`]: Adam's, and the largest corrected second moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LargestMoments<T> {
    pub(crate) moments: Moments<T>,
    pub(crate) largest: Vec<T>,
}

/// AMSGrad: [`Adam`](crate::Adam) with the largest of all corrected second moments in the root.
///
/// ```text
/// u_n = max(u_{n-1}, v_n / (1 - b2^n)) ;  q_n = q_{n-1} - rate (m_n / (1 - b1^n)) / (sqrt(u_n) + epsilon)
/// ```
///
/// The effective rate of a parameter never rises again, which repairs a gap in Adam's proof of convergence: Adam can be
/// led astray by rare large gradients that it forgets. Reddi, Kale, Kumar, arXiv 1904.09237; the maximum is taken
/// after the correction here.
///
/// ```
/// use gradflow_optim::{Adam, AmsGrad, UpdateRule};
///
/// let (adam, ams) = (Adam::new(0.1), AmsGrad::new(0.1));
/// let (mut p, mut q) = ([0.0], [0.0]);
/// let (mut s, mut t) = (adam.init(&p), ams.init(&q));
/// for j in [1.0, 0.1, 0.1] {
///     adam.update(&mut s, &mut p, &[j]);
///     ams.update(&mut t, &mut q, &[j]);
/// }
/// assert!(q[0] > p[0]); // it remembers the 1.0, and moves less
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AmsGrad {
    /// Learning rate.
    pub rate: f64,
    /// Decay of the first moment; usually 0.9.
    #[serde(default = "usual_beta1")]
    pub beta1: f64,
    /// Decay of the second moment; usually 0.999.
    #[serde(default = "usual_beta2")]
    pub beta2: f64,
    /// Added to the root; usually 1e-8.
    #[serde(default = "usual_epsilon")]
    pub epsilon: f64,
}

impl AmsGrad {
    /// AMSGrad with the usual decays, 0.9 and 0.999, and epsilon, 1e-8.
    pub const fn new(rate: f64) -> Self {
        Self {
            rate,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
        }
    }
}

impl Constants for AmsGrad {
    fn scaled(&self, factor: f64) -> Self {
        Self {
            rate: self.rate * factor,
            ..*self
        }
    }

    fn validate(&self) -> Result<(), OptimError> {
        check_rate("AmsGrad", "rate", self.rate)?;
        check_beta("AmsGrad", "beta1", self.beta1)?;
        check_beta("AmsGrad", "beta2", self.beta2)?;
        check_weight("AmsGrad", "epsilon", self.epsilon)
    }
}

impl<T: Real> UpdateRule<T> for AmsGrad {
    type State = LargestMoments<T>;

    fn init(&self, q: &[T]) -> LargestMoments<T> {
        LargestMoments {
            moments: Moments::new(q.len()),
            largest: vec![T::ZERO; q.len()],
        }
    }

    fn update(&self, state: &mut LargestMoments<T>, q: &mut [T], j: &[T]) {
        self.update_with(&Workers::inline(), state, q, j);
    }

    fn update_with(&self, workers: &Workers, state: &mut LargestMoments<T>, q: &mut [T], j: &[T]) {
        let LargestMoments {
            moments:
                Moments {
                    steps,
                    first,
                    second,
                },
            largest,
        } = state;
        *steps += 1;
        let constants = update::Moments {
            rate: self.rate,
            beta1: self.beta1,
            beta2: self.beta2,
            epsilon: self.epsilon,
            shrink: 1.0,
            step: *steps,
        };
        update::amsgrad(workers, q, first, second, largest, j, constants);
    }
}
