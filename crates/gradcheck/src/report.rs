//! What a check found.

use core::fmt;

/// One component of a gradient beside its difference quotient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Component {
    /// Which component, counted from 0.
    pub index: usize,
    /// The gradient's value `a`.
    pub analytic: f64,
    /// The difference quotient `n`.
    pub numeric: f64,
    /// `|a - n|`
    pub absolute_error: f64,
    /// `|a - n| / max(|a|, |n|, max|g|)`; an error that rounding of the objective's values explains counts as 0.
    pub relative_error: f64,
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "component {}: analytic {:.9e}, numeric {:.9e}, absolute error {:.2e}, relative error {:.2e}",
            self.index, self.analytic, self.numeric, self.absolute_error, self.relative_error
        )
    }
}

/// How a gradient compares with differences of its function.
#[derive(Debug, Clone, PartialEq)]
pub struct GradientReport {
    /// The component with the largest relative error; `None` if no component was judged.
    pub worst: Option<Component>,
    /// `max|g|`, the largest magnitude in the analytic gradient.
    pub max_gradient: f64,
    /// Number of components that were judged.
    pub checked: usize,
    /// Number of components that were judged with a shorter step, because a kink lay within the usual one.
    pub shortened: usize,
    /// Components that were not judged: the function is not smooth there with any step.
    pub kinks: Vec<Component>,
}

impl GradientReport {
    /// Whether every judged component satisfies `|a - n| <= tol * max(|a|, |n|, max|g|)`.
    ///
    /// False if there were components, but all of them sit on kinks: such a check shows nothing.
    pub fn is_within(&self, tol: f64) -> bool {
        match &self.worst {
            Some(worst) => worst.relative_error <= tol,
            None => self.kinks.is_empty(),
        }
    }
}

impl fmt::Display for GradientReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} components checked, max|g| {:.3e}",
            self.checked, self.max_gradient
        )?;
        if let Some(worst) = &self.worst {
            write!(f, "; worst {worst}")?;
        }
        if self.shortened > 0 {
            write!(f, "; {} with a shorter step", self.shortened)?;
        }
        if !self.kinks.is_empty() {
            write!(f, "; on kinks:")?;
            self.kinks
                .iter()
                .try_for_each(|kink| write!(f, " {}", kink.index))?;
        }
        Ok(())
    }
}

/// Why a gradient is not accepted.
#[derive(Debug, Clone, PartialEq)]
pub enum GradientError {
    /// The gradient has another length than the point.
    Length {
        /// Components of the point.
        point: usize,
        /// Components of the gradient.
        gradient: usize,
    },
    /// The gradient, or a value of the function near the point, is infinite or NaN.
    NonFinite {
        /// Along which component.
        index: usize,
        /// The gradient's value there.
        analytic: f64,
        /// The difference quotient there.
        numeric: f64,
    },
    /// The gradient disagrees with the differences.
    Mismatch {
        /// The component that is worst.
        worst: Component,
        /// The relative error that was allowed.
        tolerance: f64,
        /// The whole report.
        report: Box<GradientReport>,
    },
    /// Every component sits on a kink, so nothing was judged.
    AllKinks {
        /// The whole report.
        report: Box<GradientReport>,
    },
}

impl fmt::Display for GradientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { point, gradient } => write!(
                f,
                "a gradient of {gradient} components at a point of {point} components"
            ),
            Self::NonFinite {
                index,
                analytic,
                numeric,
            } => write!(
                f,
                "component {index}: not finite: analytic {analytic:e}, numeric {numeric:e}"
            ),
            Self::Mismatch {
                worst,
                tolerance,
                report,
            } => write!(
                f,
                "{worst}, allowed {tolerance:.1e} (worst of {}, max|g| {:.3e})",
                report.checked, report.max_gradient
            ),
            Self::AllKinks { report } => write!(f, "nothing to judge: {report}"),
        }
    }
}

impl core::error::Error for GradientError {}
