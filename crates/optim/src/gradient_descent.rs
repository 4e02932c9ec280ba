//! Gradient descent.

use crate::error::check_rate;
use crate::{Constants, OptimError, UpdateRule};
use gradflow_kernels::{Real, Workers, update};
use serde::{Deserialize, Serialize};

/// Gradient descent, the explicit Euler method on the gradient flow.
///
/// ```text
/// q_n = q_{n-1} - rate J_n                                      (2), (8), (12)
/// ```
///
/// On curvature `lambda` it multiplies the error by `1 - rate lambda` a step: stable if and only if
/// `0 < rate lambda < 2`, fastest at `rate = 2 / (lambda_max + lambda_min)`.
///
/// ```
/// use gradflow_optim::{GradientDescent, UpdateRule};
///
/// let mut q = [1.0, 2.0];
/// GradientDescent { rate: 0.5 }.update(&mut (), &mut q, &[2.0, -2.0]);
/// assert_eq!(q, [0.0, 3.0]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GradientDescent {
    /// Learning rate.
    pub rate: f64,
}

impl Constants for GradientDescent {
    fn scaled(&self, factor: f64) -> Self {
        Self {
            rate: self.rate * factor,
        }
    }

    fn validate(&self) -> Result<(), OptimError> {
        check_rate("GradientDescent", "rate", self.rate)
    }
}

impl<T: Real> UpdateRule<T> for GradientDescent {
    type State = ();

    fn init(&self, _q: &[T]) {}

    fn update(&self, state: &mut (), q: &mut [T], j: &[T]) {
        self.update_with(&Workers::inline(), state, q, j);
    }

    fn update_with(&self, workers: &Workers, _state: &mut (), q: &mut [T], j: &[T]) {
        update::descend(workers, q, j, self.rate);
    }
}
