//! Runge-Kutta-Chebyshev descent: stabilised steps.

use super::chebyshev_polynomial::Chebyshev3;
use super::stages::{self, Stage};
use crate::error::{check, check_rate};
use crate::theory::Theory;
use crate::{Method, NonFinite, OptimError, Step};
use gradflow_kernels::Real;

/// Most stages of a step.
pub(super) const MOST_STAGES: usize = 100_000;

/// Runge-Kutta-Chebyshev descent of first order: `s` gradients a step, and steps about `s^2` times as long as those
/// of gradient descent.
///
/// ```text
/// w₀ = 1 + damping/s² ;  w₁ = Tₛ(w₀) / Tₛ′(w₀)
/// x₀ = q ;  x₁ = q − rate (w₁/w₀) J(q) ;  xⱼ = −μⱼ rate J(xⱼ₋₁) + νⱼ xⱼ₋₁ − κⱼ xⱼ₋₂ ;  q ← xₛ
/// μⱼ = 2 w₁ Tⱼ₋₁/Tⱼ ;  νⱼ = 2 w₀ Tⱼ₋₁/Tⱼ ;  κⱼ = Tⱼ₋₂/Tⱼ     (at w₀, Tⱼ Chebyshev polynomials)
/// ```
///
/// On curvature `lambda` a step multiplies the error by `T_s(w0 - w1 rate lambda) / T_s(w0)`, which stays below 1 up to
/// `rate lambda = 2 w0/w1`, about `1.94 s^2` at damping 0.05. On an ill-conditioned bowl it needs of the order of
/// `sqrt(L/mu)` gradients where gradient descent needs `L/mu`: it is what the text hoped for from higher order.
/// All stages of a step see the same objective, so mini-batches must be large enough to follow for `s` gradients.
/// Eftekhari, Vandereycken, Vilmart, Zygalakis, BIT Numer. Math. 61 (2021).
///
/// [`Chebyshev::between`] chooses the constants from two bounds on the curvature, [`Chebyshev::below`] from one;
/// [`curvature`](crate::curvature) estimates it.
///
/// ```
/// use gradflow_optim::{Chebyshev, Stop, minimise, study::Quadratic};
///
/// let mut bowl = Quadratic::log_spaced(50, 1.0, 1000.0);
/// let stop = Stop { iterations: 1000, ..Stop::gradient_norm(1e-4) };
/// let end = minimise(&mut bowl, &[1.0; 50], Chebyshev::between(1.0, 1000.0)?, &stop)?;
/// assert!(end.gradients < 500); // gradient descent: thousands
/// # Ok::<(), gradflow_optim::OptimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Chebyshev {
    /// Learning rate.
    pub rate: f64,
    /// Number of stages: gradients a step.
    pub stages: usize,
    /// Damping, the text's eta; usually 0.05.
    #[cfg_attr(feature = "serde", serde(default = "usual_damping"))]
    pub damping: f64,
}

const NAME: &str = "Chebyshev";

fn usual_damping() -> f64 {
    0.05
}

impl Chebyshev {
    /// The method for curvatures in `[mu, l]`: damping 1.17, `s = ceil(sqrt((l/mu - 1) damping / 2))`,
    /// `rate = (w0 - 1)/(w1 mu)`. A step contracts every error by `1 / T_s(w0)`, about 0.41.
    ///
    /// # Errors
    /// [`OptimError::Constant`] unless `0 < mu <= l` and both are finite, if the condition number asks for more than
    /// 100,000 stages, or if `mu` is so small that the rate is not finite.
    pub fn between(mu: f64, l: f64) -> Result<Self, OptimError> {
        check_rate(NAME, "mu", mu)?;
        let holds = l.is_finite() && l >= mu;
        check(holds, NAME, "l", "finite and at least mu", l)?;
        let damping = 1.17;
        let stages = ((l / mu - 1.0) * damping / 2.0).sqrt().ceil().max(1.0);
        let (holds, expected) = (
            stages <= MOST_STAGES as f64,
            "such that 100,000 stages suffice",
        );
        check(holds, NAME, "l / mu", expected, l / mu)?;
        let (rate, stages) = (1.0, stages as usize);
        let shape = Self {
            rate,
            stages,
            damping,
        };
        let (w0, w1) = shape.w();
        shape.at_rate((w0 - 1.0) / (w1 * mu))
    }

    /// The method for curvatures up to `l` when the smallest is not known: 5 stages, damping 0.05, and 95 % of the
    /// largest stable rate.
    ///
    /// # Errors
    /// [`OptimError::Constant`] unless `l` is finite and positive, and so large that the rate is finite.
    pub fn below(l: f64) -> Result<Self, OptimError> {
        check_rate(NAME, "l", l)?;
        let (rate, stages, damping) = (1.0, 5, usual_damping());
        let shape = Self {
            rate,
            stages,
            damping,
        };
        shape.at_rate(0.95 * shape.largest() / l)
    }

    /// The same at the rate that a curvature asks for, which may be too small for it.
    fn at_rate(self, rate: f64) -> Result<Self, OptimError> {
        check_rate(NAME, "rate", rate)?;
        Ok(Self { rate, ..self })
    }

    /// `w0` and `w1`.
    fn w(&self) -> (f64, f64) {
        let s = self.stages as f64;
        let w0 = 1.0 + self.damping / (s * s);
        let t = Chebyshev3::at(w0, self.stages);
        (w0, t.value / t.slope)
    }

    /// Largest stable `rate lambda`.
    fn largest(&self) -> f64 {
        let (w0, w1) = self.w();
        2.0 * w0 / w1
    }

    /// Stages 2 to `s`.
    fn recurrence(&self, w0: f64, w1: f64) -> impl Iterator<Item = Stage> {
        // T_{j-2}/T_{j-1} at w0, by the polynomials' recurrence; T_j itself would overflow for many stages.
        let mut fall = 1.0 / w0;
        (2..=self.stages).map(move |_| {
            let ratio = 1.0 / (2.0 * w0 - fall); // T_{j-1}/T_j
            let kappa = fall * ratio;
            fall = ratio;
            Stage {
                newer: 2.0 * w0 * ratio,
                older: -kappa,
                point: 0.0,
                gradient: 2.0 * w1 * ratio,
                first: 0.0,
            }
        })
    }
}

impl<T: Real> Method<T> for Chebyshev {
    type State = ();

    fn init(&self, _: &[T]) {}

    fn step(&self, at: Step<'_, T>, (): &mut ()) -> Result<(), NonFinite> {
        let (w0, w1) = self.w();
        let rate = self.rate * at.factor;
        stages::run(at, rate, w1 / w0, self.recurrence(w0, w1))
    }

    fn rate(&self) -> f64 {
        self.rate
    }

    fn scratch(&self, len: usize) -> usize {
        stages::scratch(len)
    }

    fn validate(&self) -> Result<(), OptimError> {
        check_rate(NAME, "rate", self.rate)?;
        let (holds, found) = ((1..=MOST_STAGES).contains(&self.stages), self.stages as f64);
        check(holds, NAME, "stages", "from 1 to 100,000", found)?;
        let damped = (0.0..=100.0).contains(&self.damping);
        check(damped, NAME, "damping", "from 0 to 100", self.damping)
    }
}

impl Theory for Chebyshev {
    fn order(&self) -> Option<u32> {
        Some(1)
    }

    fn growth(&self, lambda: f64) -> Option<f64> {
        let (w0, w1) = self.w();
        let at = |x| Chebyshev3::at(x, self.stages).value;
        Some((at(w0 - w1 * self.rate * lambda) / at(w0)).abs())
    }

    fn limit(&self) -> Option<f64> {
        Some(self.largest() / self.rate)
    }

    fn gradients(&self) -> usize {
        self.stages
    }
}
