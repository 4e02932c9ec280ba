//! Explicit Runge-Kutta methods.

use super::butcher::{self, Butcher, MAX_STAGES};
use crate::error::check_rate;
use crate::theory::{Theory, limit_of};
use crate::{Method, NonFinite, OptimError, Step, evaluate};
use gradflow_kernels::{Real, Workers, update};

/// An explicit Runge-Kutta method on the gradient flow: several gradients a step, one after another.
///
/// ```text
/// Heun:  k_1 = J(q), k_2 = J(q − rate k_1) ;  q ← q − rate (k_1 + k_2) / 2
/// RK4:   k_1 = J(q), k_2 = J(q − rate/2 k_1), k_3 = J(q − rate/2 k_2), k_4 = J(q − rate k_3) ;
///        q ← q − rate (k_1 + 2 k_2 + 2 k_3 + k_4) / 6
/// any:   k_i = J(q − rate Σ_{l<i} a_il k_l) ;  q ← q − rate Σ_i b_i k_i
/// ```
///
/// The higher the order, the closer the path keeps to the gradient flow (1); the steps are hardly longer. On curvature
/// `lambda`, Heun is stable for `rate lambda < 2` with two gradients, RK4 for `rate lambda < 2.785` with four:
/// to minimise, one and 0.70 per gradient against the 2 of gradient descent. Stabilised methods
/// ([`Chebyshev`](crate::Chebyshev)) are what lengthens steps. All stages of a step see the same mini-batch.
///
/// ```
/// use gradflow_optim::{RungeKutta, Stop, Tableau, minimise, study::Quadratic};
///
/// let rule = RungeKutta { rate: 0.1, table: Tableau::Rk4 };
/// let end = minimise(&mut Quadratic::new(vec![1.0]), &[1.0], rule, &Stop::after(10))?;
/// assert!((end.q[0] - (-1.0_f64).exp()).abs() < 1e-6); // q(1) = e^-1 on the flow
/// # Ok::<(), gradflow_optim::OptimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct RungeKutta {
    /// Learning rate.
    pub rate: f64,
    /// The method.
    pub table: Tableau,
}

/// A Butcher table by name.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Tableau {
    /// The midpoint method: order 2, two stages.
    Midpoint,
    /// Heun's method: order 2, two stages.
    Heun,
    /// Ralston's method: order 2, two stages, least error bound.
    Ralston,
    /// Kutta's method: order 3, three stages.
    Kutta3,
    /// The classical method: order 4, four stages.
    Rk4,
    /// Kutta's 3/8 rule: order 4, four stages.
    ThreeEighths,
    /// A table of your own; it has no name and so cannot be serialised.
    #[cfg_attr(feature = "serde", serde(skip))]
    Custom(&'static Butcher),
}

impl Tableau {
    /// The tables that have a name.
    pub const NAMED: [Self; 6] = [
        Self::Midpoint,
        Self::Heun,
        Self::Ralston,
        Self::Kutta3,
        Self::Rk4,
        Self::ThreeEighths,
    ];

    /// The table.
    pub fn butcher(&self) -> &'static Butcher {
        match self {
            Self::Midpoint => &butcher::MIDPOINT,
            Self::Heun => &butcher::HEUN,
            Self::Ralston => &butcher::RALSTON,
            Self::Kutta3 => &butcher::KUTTA_3,
            Self::Rk4 => &butcher::RK4,
            Self::ThreeEighths => &butcher::THREE_EIGHTHS,
            Self::Custom(table) => table,
        }
    }
}

impl RungeKutta {
    /// `q_n / q_{n-1}` on curvature `lambda`, with `z = rate lambda`: the method's stability polynomial at `-z`.
    fn stability_function(&self, z: f64) -> f64 {
        let table = self.table.butcher();
        let mut k = [0.0; MAX_STAGES];
        for i in 0..table.stages() {
            k[i] = 1.0 - z * dot(table.row(i), &k);
        }
        1.0 - z * dot(table.weights(), &k)
    }
}

fn dot(a: &[f64], k: &[f64]) -> f64 {
    a.iter().zip(k).map(|(a, k)| a * k).sum()
}

impl<T: Real> Method<T> for RungeKutta {
    type State = ();

    fn init(&self, _: &[T]) {}

    fn step(&self, at: Step<'_, T>, (): &mut ()) -> Result<(), NonFinite> {
        let Step {
            q,
            j,
            workers,
            more,
            ..
        } = at;
        let (table, n, rate) = (self.table.butcher(), q.len(), self.rate * at.factor);
        let (point, k) = at.scratch.split_at_mut(n);
        for i in 1..table.stages() {
            let (done, next) = k.split_at_mut((i - 1) * n);
            point.copy_from_slice(q);
            along(workers, point, -rate, table.row(i), j, done);
            evaluate(more, point, &mut next[..n])?;
        }
        along(workers, q, -rate, table.weights(), j, k);
        Ok(())
    }

    fn rate(&self) -> f64 {
        self.rate
    }

    /// A point, and all gradients but the first.
    fn scratch(&self, len: usize) -> usize {
        len.saturating_mul(self.table.butcher().stages())
    }

    fn validate(&self) -> Result<(), OptimError> {
        check_rate("RungeKutta", "rate", self.rate)
    }
}

impl Theory for RungeKutta {
    fn order(&self) -> Option<u32> {
        Some(self.table.butcher().order())
    }

    fn growth(&self, lambda: f64) -> Option<f64> {
        Some(self.stability_function(self.rate * lambda).abs())
    }

    fn limit(&self) -> Option<f64> {
        Some(limit_of(|z| self.stability_function(z).abs()) / self.rate)
    }

    fn gradients(&self) -> usize {
        self.table.butcher().stages()
    }
}

/// `q = q + factor sum_l a_l k_l`, where `k_1 = j` and `rest` holds the others one after another.
fn along<T: Real>(workers: &Workers, q: &mut [T], factor: f64, a: &[f64], j: &[T], rest: &[T]) {
    let mut terms: [(f64, &[T]); MAX_STAGES] = [(0.0, &[]); MAX_STAGES];
    let mut used = 0;
    let k = core::iter::once(j).chain(rest.chunks_exact(q.len()));
    for (a, k) in a.iter().zip(k).filter(|(a, _)| **a != 0.0) {
        terms[used] = (factor * a, k);
        used += 1;
    }
    update::combine(q, 1.0, &terms[..used], workers);
}
