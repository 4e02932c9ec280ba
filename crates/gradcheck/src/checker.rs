//! The checker.

use gradflow_real::Real;

use crate::quotient::Quotient;
use crate::{Component, GradientError, GradientReport};

/// How often the step is shortened, each time by eight: three times cover two and a half decades.
const ATTEMPTS: usize = 3;

/// Compares a gradient with difference quotients of its function; [`check`] is the short form.
///
/// ```
/// use gradflow_gradcheck::GradCheck;
///
/// // V(q) = max(q0, 0) + q1^2 / 2 has a kink at q0 = 0: it is named, and q1 is judged.
/// let v = |q: &[f64]| q[0].max(0.0) + 0.5 * q[1] * q[1];
/// let report = GradCheck::new().step(1e-3).tolerance(1e-8).check(v, &[0.0, 3.0], &[0.0, 3.0])?;
/// assert_eq!(report.checked, 1);
/// assert_eq!(report.kinks[0].index, 0);
/// # Ok::<(), gradflow_gradcheck::GradientError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct GradCheck {
    step: Option<f64>,
    tolerance: Option<f64>,
}

impl GradCheck {
    /// The usual step and tolerance: `1e-4` and `1e-6` for `f64`, `1e-2` and `1e-3` for `f32`.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the step; component `i` is moved by up to `2 step max(1, |q_i|)`.
    #[must_use]
    pub fn step(self, step: f64) -> Self {
        Self {
            step: Some(step),
            ..self
        }
    }

    /// Sets the relative error that is allowed.
    #[must_use]
    pub fn tolerance(self, tolerance: f64) -> Self {
        Self {
            tolerance: Some(tolerance),
            ..self
        }
    }

    /// Accepts or refuses `gradient` as the gradient of `f` at `q`.
    ///
    /// ```text
    /// |aᵢ − nᵢ| ≤ tol * max(|aᵢ|, |nᵢ|, maxⱼ |aⱼ|)
    /// ```
    /// Differences below the resolution of the quotient (twice the rounding error of `T`, times the largest value of
    /// `f` met, over the step) count as zero. `f` is called `4 q.len() + 1` times, and more often near kinks.
    ///
    /// # Errors
    /// [`GradientError`]: the lengths differ, something is not finite, a component disagrees, or all sit on kinks.
    pub fn check<T: Real>(
        &self,
        f: impl FnMut(&[T]) -> f64,
        q: &[T],
        gradient: &[T],
    ) -> Result<GradientReport, GradientError> {
        let report = Box::new(self.report(f, q, gradient)?);
        let tolerance = self.tolerance_for::<T>();
        match report.worst {
            _ if report.is_within(tolerance) => Ok(*report),
            Some(worst) => Err(GradientError::Mismatch {
                worst,
                tolerance,
                report,
            }),
            None => Err(GradientError::AllKinks { report }),
        }
    }

    /// Compares `gradient` with the differences of `f` at `q` and leaves the judgement to the caller.
    ///
    /// # Errors
    /// [`GradientError::Length`] and [`GradientError::NonFinite`].
    pub fn report<T: Real>(
        &self,
        mut f: impl FnMut(&[T]) -> f64,
        q: &[T],
        gradient: &[T],
    ) -> Result<GradientReport, GradientError> {
        if q.len() != gradient.len() {
            return Err(GradientError::Length {
                point: q.len(),
                gradient: gradient.len(),
            });
        }
        let mut report = GradientReport {
            worst: None,
            max_gradient: gradient
                .iter()
                .fold(0.0, |max, a| f64::max(max, a.to_f64().abs())),
            checked: 0,
            shortened: 0,
            kinks: Vec::new(),
        };
        let mut q = q.to_vec();
        let centre = f(&q);
        for (index, a) in gradient.iter().enumerate() {
            let (component, verdict) =
                self.component(&mut f, &mut q, centre, index, a.to_f64(), &report)?;
            if verdict == Verdict::Kink {
                report.kinks.push(component);
                continue;
            }
            report.checked += 1;
            report.shortened += usize::from(verdict == Verdict::Shortened);
            if report
                .worst
                .is_none_or(|worst| component.relative_error > worst.relative_error)
            {
                report.worst = Some(component);
            }
        }
        Ok(report)
    }

    /// Judges one component, with shorter steps as long as a kink is what explains the disagreement.
    fn component<T: Real>(
        &self,
        f: &mut impl FnMut(&[T]) -> f64,
        q: &mut [T],
        centre: f64,
        index: usize,
        analytic: f64,
        report: &GradientReport,
    ) -> Result<(Component, Verdict), GradientError> {
        let tolerance = self.tolerance_for::<T>();
        let mut step = self.step_for::<T>() * q[index].to_f64().abs().max(1.0);
        let mut attempt = 0;
        loop {
            let quotient = Quotient::new(f, q, index, step, centre);
            let numeric = quotient.derivative;
            // The centre's value is part of the roughness, so that a NaN there is noticed as well.
            if !(analytic.is_finite() && numeric.is_finite() && quotient.roughness.is_finite()) {
                return Err(GradientError::NonFinite {
                    index,
                    analytic,
                    numeric,
                });
            }
            let scale = analytic.abs().max(numeric.abs()).max(report.max_gradient);
            let absolute_error = (analytic - numeric).abs();
            let beyond_rounding = (absolute_error - quotient.resolution).max(0.0);
            let component = Component {
                index,
                analytic,
                numeric,
                absolute_error,
                // 0/0 is agreement: both are zero.
                relative_error: if beyond_rounding == 0.0 {
                    0.0
                } else {
                    beyond_rounding / scale
                },
            };
            let verdict = if attempt == 0 {
                Verdict::Judged
            } else {
                Verdict::Shortened
            };
            // A step so short that rounding hides any error must not be what acquits.
            let blind = attempt > 0 && quotient.resolution > tolerance * scale;
            let smooth = quotient.roughness <= 0.5 * absolute_error
                || quotient.roughness <= 4.0 * quotient.resolution;
            if !blind && (component.relative_error <= tolerance || smooth) {
                return Ok((component, verdict));
            }
            if blind || attempt == ATTEMPTS {
                return Ok((component, Verdict::Kink));
            }
            attempt += 1;
            step /= 8.0;
        }
    }

    fn step_for<T: Real>(&self) -> f64 {
        self.step
            .unwrap_or(if is_double::<T>() { 1e-4 } else { 1e-2 })
    }

    fn tolerance_for<T: Real>(&self) -> f64 {
        self.tolerance
            .unwrap_or(if is_double::<T>() { 1e-6 } else { 1e-3 })
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Verdict {
    Judged,
    Shortened,
    Kink,
}

fn is_double<T: Real>() -> bool {
    T::EPSILON.to_f64() < 1e-10
}

/// Accepts or refuses `gradient` as the gradient of `f` at `q`, with the usual step and tolerance.
///
/// ```
/// let v = |q: &[f64]| q[0].sin() * q[1].exp();
/// let q = [0.4_f64, -0.7];
/// let gradient = [q[0].cos() * q[1].exp(), q[0].sin() * q[1].exp()];
/// gradflow_gradcheck::check(v, &q, &gradient)?;
/// # Ok::<(), gradflow_gradcheck::GradientError>(())
/// ```
///
/// # Errors
/// As [`GradCheck::check`].
pub fn check<T: Real>(
    f: impl FnMut(&[T]) -> f64,
    q: &[T],
    gradient: &[T],
) -> Result<GradientReport, GradientError> {
    GradCheck::new().check(f, q, gradient)
}
