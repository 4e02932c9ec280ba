//! Gradient clipping.

use crate::OptimError;
use crate::error::check_rate;
use gradflow_kernels::{Real, update};
use serde::{Deserialize, Serialize};

/// A limit on the gradient, applied after the trap and before the rule.
///
/// A gradient that is not finite is left alone: clipping must not hide a divergence.
///
/// ```
/// use gradflow_optim::Clip;
///
/// let mut j = [3.0, 4.0];
/// Clip::Norm(1.0).apply(&mut j);
/// assert!((j[0] - 0.6_f64).abs() < 1e-15 && (j[1] - 0.8).abs() < 1e-15);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Clip {
    /// `J <- J min(1, c / |J|)`: keeps the direction.
    Norm(f64),
    /// Each component to `[-c, c]`.
    Value(f64),
}

impl Clip {
    /// Refuses a limit that is not finite and positive.
    ///
    /// # Errors
    /// [`OptimError::Constant`].
    pub fn validate(&self) -> Result<(), OptimError> {
        match *self {
            Self::Norm(c) => check_rate("Clip", "Norm", c),
            Self::Value(c) => check_rate("Clip", "Value", c),
        }
    }

    /// Limits `j`.
    pub fn apply<T: Real>(&self, j: &mut [T]) {
        match *self {
            Self::Norm(c) => {
                let norm = update::norm(j);
                if norm > c && norm.is_finite() {
                    update::scale(j, c / norm);
                }
            }
            Self::Value(c) => update::clamp(j, c),
        }
    }
}
