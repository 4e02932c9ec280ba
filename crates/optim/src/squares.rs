//! AdaGrad and RMSProp: steps divided by the root of past squares.

use crate::adam::usual_epsilon;
use crate::error::{check_beta, check_rate, check_weight};
use crate::{Constants, OptimError, UpdateRule};
use gradflow_kernels::{Real, Workers, update};
use serde::{Deserialize, Serialize};

/// State of the rules that divide by the root of past squares: number of steps, mean or sum of the squares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SquareState<T> {
    pub(crate) steps: u64,
    pub(crate) squares: Vec<T>,
}

/// AdaGrad as the text prints it, with the running **mean** of all squares.
///
/// ```text
/// a_n = a_{n-1} + (J_n^2 - a_{n-1}) / n ;  q_n = q_{n-1} - rate J_n / (sqrt(a_n) + epsilon)          (9)
/// ```
///
/// This is not the literature's AdaGrad, which sums: it makes the steps of [`AdaGradSum`] with rate and epsilon
/// multiplied by `sqrt n`. Its steps do not shrink by themselves. Near a minimum its effective rate grows like
/// `sqrt n`, because the mean forgets nothing and the gradients fall: **it does not converge in the end**.
/// Use it with a falling schedule or for few steps; to minimise, take [`AdaGradSum`].
///
/// ```
/// use gradflow_optim::{AdaGradMean, UpdateRule};
///
/// let rule = AdaGradMean { rate: 0.5, epsilon: 0.0 };
/// let (mut q, mut state) = ([1.0], rule.init(&[1.0]));
/// rule.update(&mut state, &mut q, &[3.0]); // a = 9: the first step has length rate
/// rule.update(&mut state, &mut q, &[3.0]); // a = 9 still
/// assert!((q[0] - 0.0_f64).abs() < 1e-15);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdaGradMean {
    /// Learning rate.
    pub rate: f64,
    /// Added to the root; usually 1e-8.
    #[serde(default = "usual_epsilon")]
    pub epsilon: f64,
}

/// AdaGrad of the literature, with the **sum** of all squares.
///
/// ```text
/// a_n = a_{n-1} + J_n^2 ;  q_n = q_{n-1} - rate J_n / (sqrt(a_n) + epsilon)
/// ```
///
/// Its steps shrink like `1 / sqrt n` where gradients do not: it converges on convex functions without a schedule,
/// and suits gradients that are rarely non-zero. On long runs of non-convex training it becomes slow.
/// [`AdaGradMean`] is the text's form. Duchi, Hazan, Singer, JMLR 12 (2011).
///
/// ```
/// use gradflow_optim::{AdaGradSum, UpdateRule};
///
/// let rule = AdaGradSum { rate: 0.5, epsilon: 0.0 };
/// let (mut q, mut state) = ([1.0], rule.init(&[1.0]));
/// rule.update(&mut state, &mut q, &[3.0]); // a = 9
/// rule.update(&mut state, &mut q, &[4.0]); // a = 25
/// assert!((q[0] - 0.1_f64).abs() < 1e-15);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdaGradSum {
    /// Learning rate.
    pub rate: f64,
    /// Added to the root; usually 1e-8.
    #[serde(default = "usual_epsilon")]
    pub epsilon: f64,
}

/// RMSProp as the text prints it, with an exponential mean of the squares that starts at zero.
///
/// ```text
/// e_n = beta e_{n-1} + (1 - beta) J_n^2 ;  q_n = q_{n-1} - rate J_n / (sqrt(e_n) + epsilon)          (10)
/// ```
///
/// The mean is biased low at first: the first step has length `rate / sqrt(1 - beta)`, 10 times the rate at
/// `beta = 0.99`. [`RmsPropUnbiased`] corrects it. Near a minimum it settles only as the rate falls: use a schedule.
///
/// ```
/// use gradflow_optim::{RmsProp, UpdateRule};
///
/// let rule = RmsProp { rate: 0.1, beta: 0.75, epsilon: 0.0 };
/// let (mut q, mut state) = ([1.0], rule.init(&[1.0]));
/// rule.update(&mut state, &mut q, &[3.0]);
/// assert!((q[0] - 0.8_f64).abs() < 1e-15);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RmsProp {
    /// Learning rate.
    pub rate: f64,
    /// Decay of the mean; usually 0.99.
    #[serde(default = "usual_decay")]
    pub beta: f64,
    /// Added to the root; usually 1e-8.
    #[serde(default = "usual_epsilon")]
    pub epsilon: f64,
}

/// RMSProp with its mean corrected for the start at zero.
///
/// ```text
/// e_n = beta e_{n-1} + (1 - beta) J_n^2 ;  q_n = q_{n-1} - rate J_n / (sqrt(e_n / (1 - beta^n)) + epsilon)
/// ```
///
/// The first step has length `rate`, as it should; after `1 / (1 - beta)` steps it does what [`RmsProp`] does.
///
/// ```
/// use gradflow_optim::{RmsPropUnbiased, UpdateRule};
///
/// let rule = RmsPropUnbiased { rate: 0.1, beta: 0.75, epsilon: 0.0 };
/// let (mut q, mut state) = ([1.0], rule.init(&[1.0]));
/// rule.update(&mut state, &mut q, &[3.0]);
/// assert!((q[0] - 0.9_f64).abs() < 1e-15);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RmsPropUnbiased {
    /// Learning rate.
    pub rate: f64,
    /// Decay of the mean; usually 0.99.
    #[serde(default = "usual_decay")]
    pub beta: f64,
    /// Added to the root; usually 1e-8.
    #[serde(default = "usual_epsilon")]
    pub epsilon: f64,
}

fn usual_decay() -> f64 {
    0.99
}

/// All four are one fused pass, `a = keep a + gain J^2 ; q = q - rate J / (sqrt(unbias a) + epsilon)`.
macro_rules! square_rule {
    ($rule:ident, $($beta:ident,)? |$self:ident, $n:ident| $constants:expr) => {
        impl Constants for $rule {
            fn scaled(&self, factor: f64) -> Self {
                Self { rate: self.rate * factor, ..*self }
            }

            fn validate(&self) -> Result<(), OptimError> {
                check_rate(stringify!($rule), "rate", self.rate)?;
                $(check_beta(stringify!($rule), stringify!($beta), self.$beta)?;)?
                check_weight(stringify!($rule), "epsilon", self.epsilon)
            }
        }

        impl<T: Real> UpdateRule<T> for $rule {
            type State = SquareState<T>;

            fn init(&self, q: &[T]) -> SquareState<T> {
                SquareState { steps: 0, squares: vec![T::ZERO; q.len()] }
            }

            fn update(&self, state: &mut SquareState<T>, q: &mut [T], j: &[T]) {
                self.update_with(&Workers::inline(), state, q, j);
            }

            fn update_with(
                &$self,
                workers: &Workers,
                state: &mut SquareState<T>,
                q: &mut [T],
                j: &[T],
            ) {
                state.steps += 1;
                let $n = state.steps;
                update::adaptive(workers, q, &mut state.squares, j, $constants);
            }
        }
    };
}

square_rule!(AdaGradMean, |self, n| update::Squares {
    rate: self.rate,
    keep: 1.0 - 1.0 / n as f64,
    gain: 1.0 / n as f64,
    unbias: 1.0,
    epsilon: self.epsilon,
});
square_rule!(AdaGradSum, |self, _n| update::Squares {
    rate: self.rate,
    keep: 1.0,
    gain: 1.0,
    unbias: 1.0,
    epsilon: self.epsilon,
});
square_rule!(RmsProp, beta, |self, _n| update::Squares {
    rate: self.rate,
    keep: self.beta,
    gain: 1.0 - self.beta,
    unbias: 1.0,
    epsilon: self.epsilon,
});
square_rule!(RmsPropUnbiased, beta, |self, n| update::Squares {
    rate: self.rate,
    keep: self.beta,
    gain: 1.0 - self.beta,
    unbias: 1.0 / update::bias_correction(self.beta, n),
    epsilon: self.epsilon,
});
