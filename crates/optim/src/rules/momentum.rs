//! Momentum, in the forms that people write it in.

use crate::error::{check, check_array, check_beta, check_rate};
use crate::theory::{Theory, roots::largest_root};
use crate::{Method, NonFinite, OptimError, Step};
use gradflow_kernels::{Real, update};

/// Velocity of a momentum rule: `v` of the physical form, `m` of the averaged, `b` of the summed one.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Velocity<T>(pub(super) Vec<T>);

/// Momentum in the physical form: a particle of unit mass with friction `gamma`, time step `alpha`.
///
/// ```text
/// vₙ = (1 − γ α) vₙ₋₁ − α Jₙ ;  qₙ = qₙ₋₁ + α vₙ                                    (5)-(7)
/// ```
///
/// This is the semi-implicit Euler method on `q'' = -J - gamma q'`. With `beta = 1 - gamma alpha` it is stable
/// on curvature `lambda` if and only if `|beta| < 1` and `alpha^2 lambda < 2 (1 + beta)`.
/// It makes the steps of [`MomentumAveraged`] with `rate = alpha / gamma` and of [`MomentumSummed`] with
/// `rate = alpha^2`, both with that `beta`. A schedule scales `alpha`.
///
/// ```
/// use gradflow_optim::{MomentumPhysical, study::follow};
///
/// let q = follow(MomentumPhysical { alpha: 0.5, gamma: 1.0 }, [1.0], &[[1.0]])?; // v = -0.5
/// assert_eq!(q, [0.75]);
/// # Ok::<(), gradflow_optim::OptimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct MomentumPhysical {
    /// Time step.
    pub alpha: f64,
    /// Friction; `0 < gamma alpha < 2`.
    pub gamma: f64,
}

/// Momentum that follows an exponential average of the gradients.
///
/// ```text
/// mₙ = β mₙ₋₁ + (1 − β) Jₙ ;  qₙ = qₙ₋₁ − rate mₙ                                     (7), averaged
/// ```
///
/// Equal to [`MomentumSummed`] with `rate (1 - beta)`. The usual `beta` is 0.9. Stable on curvature `lambda` if and
/// only if `rate (1 - beta) lambda < 2 (1 + beta)`.
///
/// ```
/// use gradflow_optim::{MomentumAveraged, study::follow};
///
/// let rule = MomentumAveraged { rate: 1.0, beta: 0.5 };
/// let q = follow(rule, [1.0], &[[1.0], [1.0]])?; // m = 0.5, then 0.75
/// assert_eq!(q, [-0.25]);
/// # Ok::<(), gradflow_optim::OptimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct MomentumAveraged {
    /// Learning rate.
    pub rate: f64,
    /// Decay of the average.
    #[cfg_attr(feature = "serde", serde(default = "super::usual::beta"))]
    pub beta: f64,
}

/// SGD with momentum as in PyTorch and Keras, `SGD(momentum=beta)`: it sums the gradients with a decay, the heavy ball.
///
/// ```text
/// bₙ = β bₙ₋₁ + Jₙ ;  qₙ = qₙ₋₁ − rate bₙ                                             (7), summed
/// ```
///
/// Equal to [`MomentumAveraged`] with `rate / (1 - beta)`. Stable on curvature `lambda` if and only if
/// `rate lambda < 2 (1 + beta)`. On a quadratic with curvatures in `[mu, L]` it is fastest at
/// `rate = 4 / (sqrt L + sqrt mu)^2`, `beta = ((sqrt L - sqrt mu) / (sqrt L + sqrt mu))^2`.
///
/// ```
/// use gradflow_optim::{MomentumSummed, study::follow};
///
/// let rule = MomentumSummed { rate: 0.5, beta: 0.5 };
/// let q = follow(rule, [1.0], &[[1.0], [1.0]])?; // b = 1, then 1.5
/// assert_eq!(q, [-0.25]);
/// # Ok::<(), gradflow_optim::OptimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct MomentumSummed {
    /// Learning rate.
    pub rate: f64,
    /// Decay of the sum: `momentum` in PyTorch and Keras.
    #[cfg_attr(feature = "serde", serde(default = "super::usual::beta"))]
    pub beta: f64,
}

/// One fused pass serves all forms: `v = keep v + gain J ; q = q - rate v`. On curvature `lambda` each grows by the largest
/// root of `x^2 + (z - 1 - beta) x + beta`, `z = unit lambda`, and is stable up to `z = 2 (1 + beta)`.
macro_rules! momentum {
    ($name:ident, $rate:ident, |$self:ident, $scaled:ident| $constants:expr, beta $beta:expr, unit $unit:expr, $validate:expr) => {
        impl<T: Real> Method<T> for $name {
            type State = Velocity<T>;

            fn init(&self, q: &[T]) -> Velocity<T> {
                Velocity(vec![T::ZERO; q.len()])
            }

            fn step(&$self, at: Step<'_, T>, v: &mut Velocity<T>) -> Result<(), NonFinite> {
                let $scaled = $self.$rate * at.factor;
                update::momentum(at.q, &mut v.0, at.j, $constants, at.workers);
                Ok(())
            }

            fn rate(&self) -> f64 {
                self.$rate
            }

            fn displacement(&$self) -> Option<f64> {
                Some($unit / (1.0 - $beta))
            }

            fn memory(&self, len: usize) -> usize {
                len
            }

            fn check(&self, v: &Velocity<T>, len: usize) -> Result<(), OptimError> {
                check_array(stringify!($name), "velocity", &v.0, len)
            }

            fn validate(&$self) -> Result<(), OptimError> {
                check_rate(stringify!($name), stringify!($rate), $self.$rate)?;
                $validate
            }
        }

        impl Theory for $name {
            fn order(&self) -> Option<u32> {
                Some(1)
            }

            fn growth(&$self, lambda: f64) -> Option<f64> {
                Some(largest_root(&[1.0, $unit * lambda - 1.0 - $beta, $beta]))
            }

            fn limit(&$self) -> Option<f64> {
                Some(2.0 * (1.0 + $beta) / $unit)
            }
        }
    };
}

momentum!(
    MomentumPhysical,
    alpha,
    |self, alpha| update::Momentum {
        keep: 1.0 - self.gamma * alpha,
        gain: -alpha,
        rate: -alpha
    },
    beta(1.0 - self.gamma * self.alpha),
    unit(self.alpha * self.alpha),
    {
        let damping = self.gamma * self.alpha;
        let (holds, expected) = (damping > 0.0 && damping < 2.0, "in (0, 2 / alpha)");
        check(holds, "MomentumPhysical", "gamma", expected, self.gamma)
    }
);
momentum!(
    MomentumAveraged, rate,
    |self, rate| update::Momentum { keep: self.beta, gain: 1.0 - self.beta, rate },
    beta self.beta,
    unit (self.rate * (1.0 - self.beta)),
    check_beta("MomentumAveraged", "beta", self.beta)
);
momentum!(
    MomentumSummed, rate,
    |self, rate| update::Momentum { keep: self.beta, gain: 1.0, rate },
    beta self.beta,
    unit self.rate,
    check_beta("MomentumSummed", "beta", self.beta)
);
