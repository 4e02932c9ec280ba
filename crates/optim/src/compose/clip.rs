//! Gradient clipping.

use crate::OptimError;
use crate::error::check_rate;
use gradflow_kernels::{Real, slices, update};

/// Gradient clipping: a limit on the gradient, applied after the trap and before the rule.
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
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Clip {
    /// `J <- J min(1, c / |J|)`, which keeps the direction: `clip_grad_norm_` in PyTorch, `global_clipnorm` in Keras.
    Norm(f64),
    /// Each component to `[-c, c]`: `clip_grad_value_` in PyTorch, `clipvalue` in Keras.
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
            Self::Norm(c) => to_norm(j, c),
            Self::Value(c) => update::clamp(j, c),
        }
    }
}

/// `J <- J min(1, c / |J|)`, also where the norm is beyond the largest number or the factor below the smallest.
fn to_norm<T: Real>(j: &mut [T], c: f64) {
    /// A power of two: exact, and enough for the norm of as many largest numbers as memory holds.
    const DOWN: f64 = 1.0 / (1_u64 << 63) as f64;
    let mut norm = update::norm(j);
    // Not so for a NaN.
    if norm > c {
        if norm.is_infinite() {
            if !slices::all_finite(j) {
                return;
            }
            update::scale(j, DOWN);
            norm = update::norm(j);
        }
        let factor = c / norm;
        if factor >= T::MIN_POSITIVE.to_f64() {
            update::scale(j, factor);
        } else {
            // In two steps, each of which the numbers hold.
            let root = c.sqrt() / norm.sqrt();
            update::scale(j, root);
            update::scale(j, root);
        }
    }
}
