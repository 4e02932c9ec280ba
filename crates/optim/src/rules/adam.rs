//! Adam and its relatives: one set of moments, one fused pass.

use super::usual;
use crate::error::{check_array, check_beta, check_rate, check_squares, check_weight};
use crate::theory::{Theory, nonlinear};
use crate::{Method, NonFinite, OptimError, Step};
use gradflow_kernels::{Real, update};

/// Adam: momentum over the root of a running mean square, both corrected for their start at zero.
///
/// ```text
/// mₙ = β₁ mₙ₋₁ + (1 − β₁) Jₙ ;  vₙ = β₂ vₙ₋₁ + (1 − β₂) Jₙ²
/// qₙ = qₙ₋₁ − rate (mₙ / (1 − β₁ⁿ)) / (√(vₙ / (1 − β₂ⁿ)) + ε)                               (11)
/// ```
///
/// Squares, roots and quotients are element-wise. No component moves much further than `rate` a step, whatever the
/// scale of `V`: with `epsilon = 0`, `c V` gives the same path as `V`. A parameter that never had a gradient stays
/// (`epsilon` keeps 0/0 away; with `epsilon = 0` the quotient of zeros counts as zero).
/// Near a minimum it settles only as the rate falls: use a schedule.
///
/// ```
/// use gradflow_optim::{Adam, study::follow};
///
/// let q = follow(Adam::new(0.1), [1.0, 1.0], &[[5.0, -0.01]])?; // the first step has length rate
/// assert!((q[0] - 0.9_f64).abs() < 1e-6 && (q[1] - 1.1).abs() < 1e-6);
/// # Ok::<(), gradflow_optim::OptimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Adam {
    /// Learning rate.
    pub rate: f64,
    /// Decay of the first moment; usually 0.9.
    #[cfg_attr(feature = "serde", serde(default = "usual::beta1"))]
    pub beta1: f64,
    /// Decay of the second moment; usually 0.999.
    #[cfg_attr(feature = "serde", serde(default = "usual::beta2"))]
    pub beta2: f64,
    /// Added to the root; usually 1e-8.
    #[cfg_attr(feature = "serde", serde(default = "usual::epsilon"))]
    pub epsilon: f64,
}

impl Adam {
    /// Adam with the usual decays, 0.9 and 0.999, and epsilon, 1e-8.
    pub const fn new(rate: f64) -> Self {
        Self {
            rate,
            beta1: usual::beta1(),
            beta2: usual::beta2(),
            epsilon: usual::epsilon(),
        }
    }
}

/// AdamW: the step of [`Adam`], and a decay of the parameters that no statistic sees.
///
/// ```text
/// qₙ = qₙ₋₁ − rate decay qₙ₋₁ − rate (mₙ / (1 − β₁ⁿ)) / (√(vₙ / (1 − β₂ⁿ)) + ε)
/// ```
///
/// A harmonic trap (3) enters the gradient, where Adam's division takes most of its effect away from parameters with
/// large gradients; here all parameters decay alike. Loshchilov, Hutter, arXiv 1711.05101.
///
/// ```
/// use gradflow_optim::{AdamW, study::follow};
///
/// let q = follow(AdamW::new(0.1, 0.5), [2.0], &[[0.0]])?; // decays without a gradient
/// assert!((q[0] - 1.9_f64).abs() < 1e-15);
/// # Ok::<(), gradflow_optim::OptimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct AdamW {
    /// Learning rate.
    pub rate: f64,
    /// Decay of the first moment; usually 0.9.
    #[cfg_attr(feature = "serde", serde(default = "usual::beta1"))]
    pub beta1: f64,
    /// Decay of the second moment; usually 0.999.
    #[cfg_attr(feature = "serde", serde(default = "usual::beta2"))]
    pub beta2: f64,
    /// Added to the root; usually 1e-8.
    #[cfg_attr(feature = "serde", serde(default = "usual::epsilon"))]
    pub epsilon: f64,
    /// Decay of the parameters, `weight_decay` in PyTorch and Keras; usually 0.01.
    #[cfg_attr(feature = "serde", serde(default = "usual::weight_decay"))]
    pub decay: f64,
}

impl AdamW {
    /// AdamW with Adam's usual decays of the moments and epsilon.
    pub const fn new(rate: f64, decay: f64) -> Self {
        Self {
            rate,
            beta1: usual::beta1(),
            beta2: usual::beta2(),
            epsilon: usual::epsilon(),
            decay,
        }
    }
}

/// AMSGrad: [`Adam`] with the largest of all corrected second moments in the root.
///
/// ```text
/// uₙ = max(uₙ₋₁, vₙ / (1 − β₂ⁿ)) ;  qₙ = qₙ₋₁ − rate (mₙ / (1 − β₁ⁿ)) / (√uₙ + ε)
/// ```
///
/// The effective rate of a parameter never rises again, which repairs a gap in Adam's proof of convergence: Adam can be
/// led astray by rare large gradients that it forgets. Reddi, Kale, Kumar, arXiv 1904.09237; the maximum is taken
/// after the correction here.
///
/// ```
/// use gradflow_optim::{Adam, AmsGrad, study::follow};
///
/// let gradients = [[1.0], [0.1], [0.1]];
/// let p = follow(Adam::new(0.1), [0.0], &gradients)?;
/// let q = follow(AmsGrad::new(0.1), [0.0], &gradients)?;
/// assert!(q[0] > p[0]); // it remembers the 1.0, and moves less
/// # Ok::<(), gradflow_optim::OptimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct AmsGrad {
    /// Learning rate.
    pub rate: f64,
    /// Decay of the first moment; usually 0.9.
    #[cfg_attr(feature = "serde", serde(default = "usual::beta1"))]
    pub beta1: f64,
    /// Decay of the second moment; usually 0.999.
    #[cfg_attr(feature = "serde", serde(default = "usual::beta2"))]
    pub beta2: f64,
    /// Added to the root; usually 1e-8.
    #[cfg_attr(feature = "serde", serde(default = "usual::epsilon"))]
    pub epsilon: f64,
}

impl AmsGrad {
    /// AMSGrad with the usual decays, 0.9 and 0.999, and epsilon, 1e-8.
    pub const fn new(rate: f64) -> Self {
        Self {
            rate,
            beta1: usual::beta1(),
            beta2: usual::beta2(),
            epsilon: usual::epsilon(),
        }
    }
}

/// State of [`Adam`] and [`AdamW`]: first and second moment.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MomentState<T> {
    first: Vec<T>,
    second: Vec<T>,
}

/// State of [`AmsGrad`]: Adam's, and the largest corrected second moment.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LargestMomentState<T> {
    first: Vec<T>,
    second: Vec<T>,
    largest: Vec<T>,
}

/// What the three have in common: constants, arrays of the state, and a pass that is handed them.
macro_rules! adam {
    ($name:ident, decay |$self:ident| $decay:expr, $state:ident { $($array:ident: $check:ident),+ }, $pass:ident) => {
        impl<T: Real> Method<T> for $name {
            type State = $state<T>;

            fn init(&self, q: &[T]) -> $state<T> {
                $state { $($array: vec![T::ZERO; q.len()],)+ }
            }

            fn step(&$self, at: Step<'_, T>, state: &mut $state<T>) -> Result<(), NonFinite> {
                let rate = $self.rate * at.factor;
                let constants = update::Moments {
                    rate,
                    beta1: $self.beta1,
                    beta2: $self.beta2,
                    epsilon: $self.epsilon,
                    shrink: 1.0 - rate * $decay,
                    step: at.n as u64,
                };
                let $state { $($array,)+ } = state;
                update::$pass(at.q, $($array,)+ at.j, constants, at.workers);
                Ok(())
            }

            fn rate(&self) -> f64 {
                self.rate
            }

            fn memory(&self, len: usize) -> usize {
                len.saturating_mul([$(stringify!($array)),+].len())
            }

            fn check(&self, state: &$state<T>, len: usize) -> Result<(), OptimError> {
                $($check(stringify!($name), stringify!($array), &state.$array, len)?;)+
                Ok(())
            }

            fn validate(&$self) -> Result<(), OptimError> {
                check_rate(stringify!($name), "rate", $self.rate)?;
                check_beta(stringify!($name), "beta1", $self.beta1)?;
                check_beta(stringify!($name), "beta2", $self.beta2)?;
                check_weight(stringify!($name), "epsilon", $self.epsilon)?;
                check_weight(stringify!($name), "decay", $decay)
            }
        }

        nonlinear!($name, |self| Some(1));
    };
}

adam!(
    Adam,
    decay | self | 0.0,
    MomentState {
        first: check_array,
        second: check_squares
    },
    adam
);
adam!(
    AdamW,
    decay | self | self.decay,
    MomentState {
        first: check_array,
        second: check_squares
    },
    adam
);
adam!(
    AmsGrad,
    decay | self | 0.0,
    LargestMomentState {
        first: check_array,
        second: check_squares,
        largest: check_squares
    },
    amsgrad
);
