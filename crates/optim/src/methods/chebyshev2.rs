//! Runge-Kutta-Chebyshev of second order.

use super::chebyshev::MOST_STAGES;
use super::chebyshev_polynomial::Chebyshev3;
use super::stages::{self, Stage};
use crate::error::{check, check_rate};
use crate::theory::{Theory, limit_of};
use crate::{Method, NonFinite, OptimError, Step};
use gradflow_kernels::Real;

/// Runge-Kutta-Chebyshev of second order: as accurate on the gradient flow as Heun's method, with long stable steps.
///
/// ```text
/// w₀ = 1 + (2/13)/s² ;  w₁ = Tₛ′(w₀)/Tₛ″(w₀) ;  bⱼ = Tⱼ″/Tⱼ′² (b₀ = b₁ = b₂) ;  aⱼ = 1 − bⱼ Tⱼ
/// Y₀ = q ;  Y₁ = q − b₁ w₁ rate J₀ ;  Jⱼ = J(Yⱼ) ;  q ← Yₛ
/// Yⱼ = (1 − μ − ν) q + μ Yⱼ₋₁ + ν Yⱼ₋₂ − mt rate Jⱼ₋₁ − gt rate J₀
/// μ = 2 bⱼ w₀/bⱼ₋₁ ;  ν = −bⱼ/bⱼ₋₂ ;  mt = 2 bⱼ w₁/bⱼ₋₁ ;  gt = −aⱼ₋₁ mt
/// ```
///
/// Stable up to `rate lambda` of 2.00, 6.18, 16.60, 64.74 for 2, 3, 5, 10 stages, roughly `0.653 (s^2 - 1)`: a third of
/// what [`Chebyshev`](crate::Chebyshev) allows for the same gradients, and its damping is weak, so to minimise take that
/// one. This one is for following a stiff flow. Sommeijer, Shampine, Verwer, J. Comput. Appl. Math. 88 (1998).
///
/// ```
/// use gradflow_optim::{Chebyshev2, Stop, minimise, study::Quadratic};
///
/// // To t = 1 in 40 steps of 3 gradients, across a curvature at which gradient descent needs
/// // 100 steps.
/// let rule = Chebyshev2 { rate: 1.0 / 40.0, stages: 3 };
/// let mut bowl = Quadratic::new(vec![1.0, 200.0]);
/// let end = minimise(&mut bowl, &[1.0, 1.0], rule, &Stop::after(40))?;
/// assert!((end.q[0] - (-1.0_f64).exp()).abs() < 1e-4);
/// assert!(end.q[1].abs() < 1e-3);
/// # Ok::<(), gradflow_optim::OptimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Chebyshev2 {
    /// Learning rate.
    pub rate: f64,
    /// Number of stages, at least 2: gradients a step.
    pub stages: usize,
}

const NAME: &str = "Chebyshev2";

/// Damping of the method.
const EPSILON: f64 = 2.0 / 13.0;

impl Chebyshev2 {
    /// The method for curvatures up to `l`, at 95 % of its largest stable rate.
    ///
    /// # Errors
    /// [`OptimError::Constant`] unless `l` is finite and positive, so large that the rate is finite, and `stages` from 2 to
    /// 100,000.
    pub fn below(l: f64, stages: usize) -> Result<Self, OptimError> {
        check_rate(NAME, "l", l)?;
        let shape = Self { rate: 1.0, stages };
        shape.check_stages()?;
        let rate = 0.95 * shape.largest() / l;
        check_rate(NAME, "rate", rate)?;
        Ok(Self { rate, ..shape })
    }

    /// `w0` and `w1`.
    fn w(&self) -> (f64, f64) {
        let s = self.stages as f64;
        let w0 = 1.0 + EPSILON / (s * s);
        let t = Chebyshev3::at(w0, self.stages);
        (w0, t.slope / t.curvature)
    }

    /// `a_s + b_s T_s(w0 - w1 z)`: `q_n / q_{n-1}` on curvature `lambda`, with `z = rate lambda`.
    fn stability_function(&self, z: f64) -> f64 {
        let (w0, w1) = self.w();
        let t = Chebyshev3::at(w0, self.stages);
        let b = b(t);
        1.0 - b * t.value + b * Chebyshev3::at(w0 - w1 * z, self.stages).value
    }

    /// Largest stable `rate lambda`.
    fn largest(&self) -> f64 {
        limit_of(|z| self.stability_function(z).abs())
    }

    fn check_stages(&self) -> Result<(), OptimError> {
        let (holds, found) = ((2..=MOST_STAGES).contains(&self.stages), self.stages as f64);
        check(holds, NAME, "stages", "from 2 to 100,000", found)
    }

    /// Stages 2 to `s`, from `b_1` on.
    fn recurrence(&self, w0: f64, w1: f64, b1: f64) -> impl Iterator<Item = Stage> {
        let (mut b_older, mut b_newer, mut a) = (b1, b1, 1.0 - b1 * w0);
        Chebyshev3::up_to(w0, self.stages).skip(2).map(move |t| {
            let b = b(t);
            let (mu, nu, mt) = (2.0 * b * w0 / b_newer, -b / b_older, 2.0 * b * w1 / b_newer);
            let gt = -a * mt;
            (b_older, b_newer, a) = (b_newer, b, 1.0 - b * t.value);
            Stage {
                newer: mu,
                older: nu,
                point: 1.0 - mu - nu,
                gradient: mt,
                first: gt,
            }
        })
    }
}

/// `b_j = T_j''/T_j'^2`
fn b(t: Chebyshev3) -> f64 {
    t.curvature / (t.slope * t.slope)
}

impl<T: Real> Method<T> for Chebyshev2 {
    type State = ();

    fn init(&self, _: &[T]) {}

    fn step(&self, at: Step<'_, T>, (): &mut ()) -> Result<(), NonFinite> {
        let (w0, w1) = self.w();
        // b_0 = b_1 = b_2: T_2'' = 4 and T_2' = 4 w0.
        let b1 = 1.0 / (4.0 * w0 * w0);
        let rate = self.rate * at.factor;
        stages::run(at, rate, b1 * w1, self.recurrence(w0, w1, b1))
    }

    fn rate(&self) -> f64 {
        self.rate
    }

    fn scratch(&self, len: usize) -> usize {
        stages::scratch(len)
    }

    fn validate(&self) -> Result<(), OptimError> {
        check_rate(NAME, "rate", self.rate)?;
        self.check_stages()
    }
}

impl Theory for Chebyshev2 {
    fn order(&self) -> Option<u32> {
        Some(2)
    }

    fn growth(&self, lambda: f64) -> Option<f64> {
        Some(self.stability_function(self.rate * lambda).abs())
    }

    fn limit(&self) -> Option<f64> {
        Some(self.largest() / self.rate)
    }

    fn gradients(&self) -> usize {
        self.stages
    }
}
