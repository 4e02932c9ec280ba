//! A quadratic of a given spectrum.

use crate::Objective;
use gradflow_kernels::Real;

/// `V(q) = 1/2 sum_i lambda_i q_i^2`: curvature `lambda_i` along axis `i`, minimum (for positive ones) at the origin.
///
/// Every method that commutes with rotations does on any quadratic what it does on this one.
///
/// ```
/// use gradflow_optim::{Objective, study::Quadratic};
///
/// let mut bowl = Quadratic::log_spaced(3, 1.0, 100.0);
/// assert!((bowl.curvatures()[1] - 10.0).abs() < 1e-12);
/// assert!((bowl.value(&[1.0, 1.0, 1.0]) - 55.5).abs() < 1e-12);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Quadratic {
    curvatures: Vec<f64>,
}

impl Quadratic {
    /// The quadratic with the given curvatures; negative ones make a saddle.
    pub fn new(curvatures: Vec<f64>) -> Self {
        Self { curvatures }
    }

    /// `n` curvatures from `mu` to `l` in equal ratios.
    pub fn log_spaced(n: usize, mu: f64, l: f64) -> Self {
        let last = n.saturating_sub(1).max(1) as f64;
        Self::new(
            (0..n)
                .map(|i| mu * (l / mu).powf(i as f64 / last))
                .collect(),
        )
    }

    /// The curvatures.
    pub fn curvatures(&self) -> &[f64] {
        &self.curvatures
    }
}

impl<T: Real> Objective<T> for Quadratic {
    fn dimension(&self) -> usize {
        self.curvatures.len()
    }

    fn value(&mut self, q: &[T]) -> f64 {
        let square = |q: &T| q.to_f64() * q.to_f64();
        self.curvatures
            .iter()
            .zip(q)
            .map(|(l, q)| l * square(q))
            .sum::<f64>()
            / 2.0
    }

    fn value_and_gradient(&mut self, q: &[T], j: &mut [T]) -> f64 {
        for ((l, q), j) in self.curvatures.iter().zip(q).zip(j) {
            *j = T::from_f64(*l) * *q;
        }
        self.value(q)
    }

    fn curvature(&mut self, _: &[T], v: &[T], hv: &mut [T]) -> bool {
        for ((l, v), hv) in self.curvatures.iter().zip(v).zip(hv) {
            *hv = T::from_f64(*l) * *v;
        }
        true
    }
}
