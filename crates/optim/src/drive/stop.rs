//! When a minimisation ends.

use crate::error::check_weight;
use crate::{Diverged, OptimError};
use core::time::Duration;

/// When [`minimise`](crate::minimise) stops: at the first condition that holds. Conditions left out never hold.
///
/// ```
/// use gradflow_optim::Stop;
///
/// let stop = Stop { value: Some(1e-3), ..Stop::gradient_norm(1e-6) };
/// assert_eq!(stop.iterations, 100_000);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields, default)
)]
pub struct Stop {
    /// After this many steps; 100,000 unless said otherwise, since the gradient flow need not converge.
    pub iterations: usize,
    /// When `|J|` is at most this.
    pub gradient_norm: Option<f64>,
    /// When a step is at most this long.
    pub step: Option<f64>,
    /// When `V` is at most this.
    pub value: Option<f64>,
    /// When this many gradients have been evaluated: a method of several gradients a step ends its step first.
    pub gradients: Option<usize>,
    /// When this much time has passed; never on a target without a clock.
    pub time: Option<Duration>,
    /// Keep every point, for the trajectory.
    pub trajectory: bool,
}

impl Default for Stop {
    fn default() -> Self {
        Self::after(100_000)
    }
}

impl Stop {
    /// After `iterations` steps.
    pub const fn after(iterations: usize) -> Self {
        Self {
            iterations,
            gradient_norm: None,
            step: None,
            value: None,
            gradients: None,
            time: None,
            trajectory: false,
        }
    }

    /// When `|J|` is at most `norm`, or after 100,000 steps.
    pub const fn gradient_norm(norm: f64) -> Self {
        Self {
            gradient_norm: Some(norm),
            ..Self::after(100_000)
        }
    }

    /// Refuses limits that are negative or NaN.
    ///
    /// # Errors
    /// [`OptimError::Constant`].
    pub fn validate(&self) -> Result<(), OptimError> {
        check_weight("Stop", "gradient_norm", self.gradient_norm.unwrap_or(0.0))?;
        check_weight("Stop", "step", self.step.unwrap_or(0.0))?;
        let value = self.value.unwrap_or(0.0);
        crate::error::check(!value.is_nan(), "Stop", "value", "a number", value)
    }
}

/// Why a minimisation ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reason {
    /// The gradient's norm fell to the limit.
    GradientNorm,
    /// A step was at most as long as the limit.
    Step,
    /// The value fell to the limit.
    Value,
    /// All steps were made.
    Iterations,
    /// The gradients were used up.
    Gradients,
    /// The time was used up.
    Time,
    /// The observer asked for it.
    Observer,
    /// A value or gradient was not finite; the result holds the last finite parameters.
    Diverged(Diverged),
}

impl core::fmt::Display for Reason {
    fn fmt(&self, f: &mut core::fmt::Formatter) -> core::fmt::Result {
        f.write_str(match self {
            Self::GradientNorm => "the gradient's norm fell to its limit",
            Self::Step => "a step was no longer than its limit",
            Self::Value => "the value fell to its limit",
            Self::Iterations => "all steps were made",
            Self::Gradients => "the gradients were used up",
            Self::Time => "the time was used up",
            Self::Observer => "the observer asked for it",
            Self::Diverged(diverged) => return diverged.fmt(f),
        })
    }
}
