//! Adam.

use crate::error::{check_beta, check_rate, check_weight};
use crate::{Constants, OptimError, UpdateRule};
use gradflow_kernels::{Real, Workers, update};
use serde::{Deserialize, Serialize};

/// State of [`Adam`]: number of steps, first and second moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moments<T> {
    pub(crate) steps: u64,
    pub(crate) first: Vec<T>,
    pub(crate) second: Vec<T>,
}

impl<T: Real> Moments<T> {
    pub(crate) fn new(len: usize) -> Self {
        Self {
            steps: 0,
            first: vec![T::ZERO; len],
            second: vec![T::ZERO; len],
        }
    }
}

/// Adam: momentum over the root of a running mean square, both corrected for their start at zero.
///
/// ```text
/// m_n = b1 m_{n-1} + (1 - b1) J_n ;  v_n = b2 v_{n-1} + (1 - b2) J_n^2
/// q_n = q_{n-1} - rate (m_n / (1 - b1^n)) / (sqrt(v_n / (1 - b2^n)) + epsilon)              (11)
/// ```
///
/// Squares, roots and quotients are element-wise. No component moves much further than `rate` a step, whatever the
/// scale of `V`: with `epsilon = 0`, `c V` gives the same path as `V`. A parameter that never had a gradient stays
/// (`epsilon` keeps 0/0 away; with `epsilon = 0` the quotient of zeros counts as zero).
/// Near a minimum it settles only as the rate falls: use a schedule.
///
/// ```
/// use gradflow_optim::{Adam, UpdateRule};
///
/// let rule = Adam::new(0.1);
/// let (mut q, mut state) = ([1.0, 1.0], rule.init(&[1.0, 1.0]));
/// rule.update(&mut state, &mut q, &[5.0, -0.01]); // the first step has length rate
/// assert!((q[0] - 0.9_f64).abs() < 1e-6 && (q[1] - 1.1).abs() < 1e-6);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adam {
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

pub(crate) fn usual_beta1() -> f64 {
    0.9
}
pub(crate) fn usual_beta2() -> f64 {
    0.999
}
pub(crate) fn usual_epsilon() -> f64 {
    1e-8
}

impl Adam {
    /// Adam with the usual decays, 0.9 and 0.999, and epsilon, 1e-8.
    pub const fn new(rate: f64) -> Self {
        Self {
            rate,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
        }
    }
}

impl Constants for Adam {
    fn scaled(&self, factor: f64) -> Self {
        Self {
            rate: self.rate * factor,
            ..*self
        }
    }

    fn validate(&self) -> Result<(), OptimError> {
        check_rate("Adam", "rate", self.rate)?;
        check_beta("Adam", "beta1", self.beta1)?;
        check_beta("Adam", "beta2", self.beta2)?;
        check_weight("Adam", "epsilon", self.epsilon)
    }
}

impl<T: Real> UpdateRule<T> for Adam {
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
            shrink: 1.0,
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
