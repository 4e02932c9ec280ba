//! AdaGrad and RMSProp: steps divided by the root of past squares.

use crate::error::{check_beta, check_rate, check_squares, check_weight};
use crate::theory::{Theory, nonlinear};
use crate::{Method, NonFinite, OptimError, Step};
use gradflow_kernels::{Real, update};

/// State of the rules that divide by the root of past squares: their mean or sum.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SquareState<T>(Vec<T>);

/// AdaGrad as the text prints it, with the running **mean** of all squares.
///
/// ```text
/// aₙ = aₙ₋₁ + (Jₙ² − aₙ₋₁) / n ;  qₙ = qₙ₋₁ − rate Jₙ / (√aₙ + ε)                    (9)
/// ```
///
/// This is not the literature's AdaGrad, which sums: it makes the steps of [`AdaGradSum`] with rate and epsilon
/// multiplied by `sqrt n`. Its steps do not shrink by themselves. Near a minimum its effective rate grows like
/// `sqrt n`, because the mean forgets nothing and the gradients fall: **it does not converge in the end**.
/// Use it with a falling schedule or for few steps; to minimise, take [`AdaGradSum`].
///
/// ```
/// use gradflow_optim::{AdaGradMean, study::follow};
///
/// let rule = AdaGradMean { rate: 0.5, epsilon: 0.0 };
/// let q = follow(rule, [1.0], &[[3.0], [3.0]])?; // a = 9 both times: the steps have length rate
/// assert!((q[0] - 0.0_f64).abs() < 1e-15);
/// # Ok::<(), gradflow_optim::OptimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct AdaGradMean {
    /// Learning rate.
    pub rate: f64,
    /// Added to the root; usually 1e-8.
    #[cfg_attr(feature = "serde", serde(default = "super::usual::epsilon"))]
    pub epsilon: f64,
}

/// AdaGrad of the literature and of PyTorch, with the **sum** of all squares.
///
/// ```text
/// aₙ = aₙ₋₁ + Jₙ² ;  qₙ = qₙ₋₁ − rate Jₙ / (√aₙ + ε)
/// ```
///
/// Its steps shrink like `1 / sqrt n` where gradients do not: it converges on convex functions without a schedule,
/// and suits gradients that are rarely non-zero. On long runs of non-convex training it becomes slow.
/// [`AdaGradMean`] is the text's form. Duchi, Hazan, Singer, JMLR 12 (2011).
///
/// ```
/// use gradflow_optim::{AdaGradSum, study::follow};
///
/// let rule = AdaGradSum { rate: 0.5, epsilon: 0.0 };
/// let q = follow(rule, [1.0], &[[3.0], [4.0]])?; // a = 9, then 25
/// assert!((q[0] - 0.1_f64).abs() < 1e-15);
/// # Ok::<(), gradflow_optim::OptimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct AdaGradSum {
    /// Learning rate.
    pub rate: f64,
    /// Added to the root; usually 1e-8.
    #[cfg_attr(feature = "serde", serde(default = "super::usual::epsilon"))]
    pub epsilon: f64,
}

/// RMSProp as in the text and in PyTorch, with an exponential mean of the squares that starts at zero; `beta` is PyTorch's `alpha`, Keras' `rho`.
///
/// ```text
/// eₙ = β eₙ₋₁ + (1 − β) Jₙ² ;  qₙ = qₙ₋₁ − rate Jₙ / (√eₙ + ε)                       (10)
/// ```
///
/// The mean is biased low at first: the first step has length `rate / sqrt(1 - beta)`, 10 times the rate at
/// `beta = 0.99`. [`RmsPropUnbiased`] corrects it. Near a minimum it settles only as the rate falls: use a schedule.
///
/// ```
/// use gradflow_optim::{RmsProp, study::follow};
///
/// let q = follow(RmsProp { rate: 0.1, beta: 0.75, epsilon: 0.0 }, [1.0], &[[3.0]])?;
/// assert!((q[0] - 0.8_f64).abs() < 1e-15);
/// # Ok::<(), gradflow_optim::OptimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct RmsProp {
    /// Learning rate.
    pub rate: f64,
    /// Decay of the mean; usually 0.99.
    #[cfg_attr(feature = "serde", serde(default = "super::usual::decay"))]
    pub beta: f64,
    /// Added to the root; usually 1e-8.
    #[cfg_attr(feature = "serde", serde(default = "super::usual::epsilon"))]
    pub epsilon: f64,
}

/// RMSProp with its mean corrected for the start at zero.
///
/// ```text
/// eₙ = β eₙ₋₁ + (1 − β) Jₙ² ;  qₙ = qₙ₋₁ − rate Jₙ / (√(eₙ / (1 − βⁿ)) + ε)
/// ```
///
/// The first step has length `rate`, as it should; after `1 / (1 - beta)` steps it does what [`RmsProp`] does.
///
/// ```
/// use gradflow_optim::{RmsPropUnbiased, study::follow};
///
/// let q = follow(RmsPropUnbiased { rate: 0.1, beta: 0.75, epsilon: 0.0 }, [1.0], &[[3.0]])?;
/// assert!((q[0] - 0.9_f64).abs() < 1e-15);
/// # Ok::<(), gradflow_optim::OptimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct RmsPropUnbiased {
    /// Learning rate.
    pub rate: f64,
    /// Decay of the mean; usually 0.99.
    #[cfg_attr(feature = "serde", serde(default = "super::usual::decay"))]
    pub beta: f64,
    /// Added to the root; usually 1e-8.
    #[cfg_attr(feature = "serde", serde(default = "super::usual::epsilon"))]
    pub epsilon: f64,
}

/// All four are one fused pass, `a = keep a + gain J^2 ; q = q - rate J / (sqrt(unbias a) + epsilon)`.
macro_rules! squares {
    ($name:ident, $($beta:ident,)? |$self:ident, $n:ident| [$keep:expr, $gain:expr, $unbias:expr], order $order:expr) => {
        impl<T: Real> Method<T> for $name {
            type State = SquareState<T>;

            fn init(&self, q: &[T]) -> SquareState<T> {
                SquareState(vec![T::ZERO; q.len()])
            }

            fn step(&$self, at: Step<'_, T>, a: &mut SquareState<T>) -> Result<(), NonFinite> {
                let $n = at.n;
                let constants = update::Squares {
                    rate: $self.rate * at.factor,
                    keep: $keep,
                    gain: $gain,
                    unbias: $unbias,
                    epsilon: $self.epsilon,
                };
                update::adaptive(at.q, &mut a.0, at.j, constants, at.workers);
                Ok(())
            }

            fn rate(&self) -> f64 {
                self.rate
            }

            fn memory(&self, len: usize) -> usize {
                len
            }

            fn check(&self, a: &SquareState<T>, len: usize) -> Result<(), OptimError> {
                check_squares(stringify!($name), "squares", &a.0, len)
            }

            fn validate(&self) -> Result<(), OptimError> {
                check_rate(stringify!($name), "rate", self.rate)?;
                $(check_beta(stringify!($name), stringify!($beta), self.$beta)?;)?
                check_weight(stringify!($name), "epsilon", self.epsilon)
            }
        }

        nonlinear!($name, |self| $order);
    };
}

squares!(AdaGradMean, |self, n| [1.0 - 1.0 / n as f64, 1.0 / n as f64, 1.0], order Some(1));
// Its steps shrink with their number: no time belongs to one.
squares!(AdaGradSum, |self, _n| [1.0, 1.0, 1.0], order None);
squares!(RmsProp, beta, |self, _n| [self.beta, 1.0 - self.beta, 1.0], order Some(1));
squares!(
    RmsPropUnbiased, beta,
    |self, n| [self.beta, 1.0 - self.beta, 1.0 / update::bias_correction(self.beta, n as u64)],
    order Some(1)
);
