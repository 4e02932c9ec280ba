//! Adam with decoupled decay.

use crate::adam::{usual_beta1, usual_beta2, usual_epsilon};
use crate::error::{check_beta, check_rate, check_weight};
use crate::{Constants, Moments, OptimError, UpdateRule};
use gradflow_kernels::{Real, Workers, update};
use serde::{Deserialize, Serialize};

/// AdamW: the step of [`Adam`](crate::Adam), and a decay of the parameters that no statistic sees.
///
/// ```text
/// q_n = q_{n-1} - rate decay q_{n-1} - rate (m_n / (1 - b1^n)) / (sqrt(v_n / (1 - b2^n)) + epsilon)
/// ```
///
/// A harmonic trap (3) enters the gradient, where Adam's division takes most of its effect away from parameters with
/// large gradients; here all parameters decay alike. Loshchilov, Hutter, arXiv 1711.05101.
///
/// ```
/// use gradflow_optim::{AdamW, UpdateRule};
///
/// let rule = AdamW::new(0.1, 0.5);
/// let (mut q, mut state) = ([2.0], rule.init(&[2.0]));
/// rule.update(&mut state, &mut q, &[0.0]); // decays without a gradient
/// assert!((q[0] - 1.9_f64).abs() < 1e-15);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdamW {
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
    /// Decay of the parameters; usually 0.01.
    #[serde(default = "usual_decay")]
    pub decay: f64,
}

fn usual_decay() -> f64 {
    0.01
}

impl AdamW {
    /// AdamW with Adam's usual decays of the moments and epsilon.
    pub const fn new(rate: f64, decay: f64) -> Self {
        Self {
            rate,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            decay,
        }
    }
}

impl Constants for AdamW {
    fn scaled(&self, factor: f64) -> Self {
        Self {
            rate: self.rate * factor,
            ..*self
        }
    }

    fn validate(&self) -> Result<(), OptimError> {
        check_rate("AdamW", "rate", self.rate)?;
        check_beta("AdamW", "beta1", self.beta1)?;
        check_beta("AdamW", "beta2", self.beta2)?;
        check_weight("AdamW", "epsilon", self.epsilon)?;
        check_weight("AdamW", "decay", self.decay)
    }
}

impl<T: Real> UpdateRule<T> for AdamW {
    type State = Moments<T>;

    fn init(&self, q: &[T]) -> Moments<T> {
        Moments::new(q.len())
    }

    fn update(&self, state: &mut Moments<T>, q: &mut [T], j: &[T]) {
        self.update_with(&Workers::inline(), state, q, j);
    }

    fn update_with(&self, workers: &Workers, state: &mut Moments<T>, q: &mut [T], j: &[T]) {
        state.steps += 1;
        let constants = update::Moments {
            rate: self.rate,
            beta1: self.beta1,
            beta2: self.beta2,
            epsilon: self.epsilon,
            shrink: 1.0 - self.rate * self.decay,
            step: state.steps,
        };
        update::adam(
            workers,
            q,
            &mut state.first,
            &mut state.second,
            j,
            constants,
        );
    }
}
