//! Runge-Kutta-Chebyshev of second order.

use crate::chebyshev::{ChebyshevStages, MOST_STAGES};
use crate::chebyshev_polynomial::Chebyshev3;
use crate::error::{check, check_rate};
use crate::stepper::evaluate;
use crate::{Constants, NonFinite, Objective, OptimError, Stepper};
use gradflow_kernels::{Real, Workers, update};
use serde::{Deserialize, Serialize};

/// Runge-Kutta-Chebyshev of second order: as accurate on the gradient flow as Heun's method, with long stable steps.
///
/// ```text
/// w0 = 1 + (2/13)/s^2 ;  w1 = T_s'(w0)/T_s''(w0) ;  b_j = T_j''/T_j'^2 (b_0 = b_1 = b_2) ;  a_j = 1 - b_j T_j
/// Y_0 = q ;  Y_1 = q - b_1 w1 rate J_0 ;  J_j = J(Y_j) ;  q <- Y_s
/// Y_j = (1 - mu - nu) q + mu Y_{j-1} + nu Y_{j-2} - mt rate J_{j-1} - gt rate J_0
/// mu = 2 b_j w0/b_{j-1} ;  nu = -b_j/b_{j-2} ;  mt = 2 b_j w1/b_{j-1} ;  gt = -a_{j-1} mt
/// ```
///
/// Stable up to `rate lambda` of 2.00, 6.18, 16.60, 64.74 for 2, 3, 5, 10 stages, roughly `0.653 (s^2 - 1)`: a third of
/// what [`Chebyshev`](crate::Chebyshev) allows for the same gradients, and its damping is weak, so to minimise take that
/// one. This one is for following a stiff flow. Sommeijer, Shampine, Verwer, J. Comput. Appl. Math. 88 (1998).
///
/// ```
/// use gradflow_optim::{Chebyshev2, Stop, minimise, study::Quadratic};
///
/// // To t = 1 in 40 steps of 3 gradients, across a curvature at which gradient descent needs 100 steps.
/// let rule = Chebyshev2 { rate: 1.0 / 40.0, stages: 3 };
/// let mut bowl = Quadratic::new(vec![1.0, 200.0]);
/// let end = minimise(&mut bowl, &[1.0, 1.0], rule, &Stop::after(40))?;
/// assert!((end.q[0] - (-1.0_f64).exp()).abs() < 1e-4);
/// assert!(end.q[1].abs() < 1e-3);
/// # Ok::<(), gradflow_optim::OptimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chebyshev2 {
    /// Learning rate.
    pub rate: f64,
    /// Number of stages, at least 2: gradients a step.
    pub stages: u32,
}

/// Damping of the method.
const EPSILON: f64 = 2.0 / 13.0;

impl Chebyshev2 {
    /// The method for curvatures up to `l`, at 95 % of its largest stable rate.
    ///
    /// # Errors
    /// [`OptimError::Constant`] unless `l` is finite and positive and `stages` from 2 to 100,000.
    pub fn below(l: f64, stages: u32) -> Result<Self, OptimError> {
        check_rate("Chebyshev2", "l", l)?;
        let shape = Self { rate: 1.0, stages };
        shape.validate()?;
        let limit = crate::stability::limit_of(|z| shape.stability_function(z).abs());
        Ok(Self {
            rate: 0.95 * limit / l,
            ..shape
        })
    }

    /// `w0` and `w1`.
    fn w(&self) -> (f64, f64) {
        let s = f64::from(self.stages);
        let w0 = 1.0 + EPSILON / (s * s);
        let t = Chebyshev3::at(w0, self.stages);
        (w0, t.slope / t.curvature)
    }

    /// `a_s + b_s T_s(w0 - w1 z)`: `q_n / q_{n-1}` on curvature `lambda`, with `z = rate lambda`.
    pub(crate) fn stability_function(&self, z: f64) -> f64 {
        let (w0, w1) = self.w();
        let t = Chebyshev3::at(w0, self.stages);
        let b = b(t);
        1.0 - b * t.value + b * Chebyshev3::at(w0 - w1 * z, self.stages).value
    }
}

/// `b_j = T_j''/T_j'^2`
fn b(t: Chebyshev3) -> f64 {
    t.curvature / (t.slope * t.slope)
}

impl Constants for Chebyshev2 {
    fn scaled(&self, factor: f64) -> Self {
        Self {
            rate: self.rate * factor,
            ..*self
        }
    }

    fn validate(&self) -> Result<(), OptimError> {
        check_rate("Chebyshev2", "rate", self.rate)?;
        let stages = 2..=MOST_STAGES;
        let (expected, found) = ("from 2 to 100,000", f64::from(self.stages));
        check(
            stages.contains(&self.stages),
            "Chebyshev2",
            "stages",
            expected,
            found,
        )
    }
}

impl<T: Real> Stepper<T> for Chebyshev2 {
    type State = ChebyshevStages<T>;

    fn start(&self, q: &[T]) -> ChebyshevStages<T> {
        let mut state = ChebyshevStages {
            older: vec![],
            newer: vec![],
            first: vec![],
            gradient: vec![],
        };
        state.prepare(q);
        state.first.resize(q.len(), T::ZERO);
        state
    }

    fn step<O: Objective<T> + ?Sized>(
        &self,
        workers: &Workers,
        state: &mut ChebyshevStages<T>,
        objective: &mut O,
        q: &mut [T],
    ) -> Result<f64, NonFinite> {
        state.prepare(q);
        state.first.resize(q.len(), T::ZERO);
        let ChebyshevStages {
            older,
            newer,
            first,
            gradient: j,
        } = state;
        let (w0, w1) = self.w();
        let mut polynomials = Chebyshev3::up_to(w0, self.stages).skip(2);
        let value = evaluate(objective, q, first)?;
        // b_0 = b_1 = b_2: T_2'' = 4 and T_2' = 4 w0; a_1 = 1 - b_1 T_1.
        let b1 = 1.0 / (4.0 * w0 * w0);
        let (mut b_older, mut b_newer, mut a) = (b1, b1, 1.0 - b1 * w0);
        update::combine(workers, newer, 1.0, &[(-b1 * w1 * self.rate, first)]);
        for t in &mut polynomials {
            evaluate(objective, newer, j)?;
            let b = b(t);
            let (mu, nu, mt) = (2.0 * b * w0 / b_newer, -b / b_older, 2.0 * b * w1 / b_newer);
            let gt = -a * mt;
            let terms: [(f64, &[T]); 4] = [
                (1.0 - mu - nu, q),
                (mu, newer),
                (-mt * self.rate, j),
                (-gt * self.rate, first),
            ];
            update::combine(workers, older, nu, &terms);
            core::mem::swap(older, newer);
            (b_older, b_newer, a) = (b_newer, b, 1.0 - b * t.value);
        }
        q.copy_from_slice(newer);
        Ok(value)
    }
}
