//! A line search for the strong Wolfe conditions, which goes on where values no longer tell points apart.

use super::vectors::{dot, noise};
use crate::{NonFinite, Objective, evaluate};
use gradflow_kernels::{Real, Workers, update};

/// Share of the first slope by which values must fall.
const DECREASE: f64 = 1e-4;
/// Share of the first slope that may be left.
const SLOPE: f64 = 0.9;
/// The same upwards where only slopes tell: Hager and Zhang's `1 - 2 delta`, `delta = 0.1`.
const UPHILL: f64 = 0.8;
/// Most evaluations of a search.
const MOST: usize = 30;

/// A point of the line: where, `V` and its slope there.
#[derive(Clone, Copy)]
struct Sample {
    t: f64,
    value: f64,
    slope: f64,
}

/// The line `q + t direction`, with memory for a point and the gradient there.
pub(super) struct Line<'a, T: Real> {
    pub(super) q: &'a [T],
    pub(super) direction: &'a [T],
    pub(super) point: &'a mut [T],
    pub(super) gradient: &'a mut [T],
    pub(super) workers: &'a Workers,
    pub(super) objective: &'a mut dyn Objective<T>,
}

impl<T: Real> Line<'_, T> {
    fn at(&mut self, t: f64) -> Result<Sample, NonFinite> {
        self.point.copy_from_slice(self.q);
        update::combine(self.point, 1.0, &[(t, self.direction)], self.workers);
        let value = evaluate(self.objective, self.point, self.gradient)?;
        let slope = dot(self.direction, self.gradient);
        if slope.is_finite() {
            Ok(Sample { t, value, slope })
        } else {
            Err(NonFinite { value })
        }
    }

    /// Looks for a point that fulfils the strong Wolfe conditions, from `t = first` on, where `V` is `value` and falls by
    /// `slope` at `t = 0`. If there is none, the lowest point that fulfils the first condition does. Whether there is such a
    /// point; it stands in `point` then, with its gradient in `gradient`.
    ///
    /// # Errors
    /// [`NonFinite`] if no point does, and one was not finite.
    pub(super) fn search(&mut self, value: f64, slope: f64, first: f64) -> Result<bool, NonFinite> {
        let start = Sample {
            t: 0.0,
            value,
            slope,
        };
        let noise = noise::<T>(value);
        let (mut low, mut high, mut bad) = (start, None, None);
        let (mut t, mut last) = (first, 0.0);
        for _ in 0..MOST {
            last = t;
            let before = low;
            match self.at(t) {
                Err(error) => {
                    bad = Some(error);
                    let (value, slope) = (f64::NAN, f64::NAN);
                    high = Some(Sample { t, value, slope });
                }
                Ok(at) if ends(start, at, noise) => return Ok(true),
                Ok(at) if too_far(start, low, at, noise) => high = Some(at),
                Ok(at) => low = at,
            }
            t = match high {
                None => beyond(before, low),
                Some(high) if high.t - low.t <= T::EPSILON.to_f64() * high.t => break,
                Some(high) => between(low, high, noise),
            };
        }
        let better = low.value < value || low.slope.abs() < slope.abs();
        if low.t == 0.0 || !better {
            return bad.map_or(Ok(false), Err);
        }
        if last != low.t {
            self.at(low.t)?;
        }
        Ok(true)
    }
}

/// The strong Wolfe conditions, or the approximate ones of Hager and Zhang where rounding hides the decrease.
fn ends(start: Sample, at: Sample, noise: f64) -> bool {
    let falls = at.value <= start.value + DECREASE * at.t * start.slope;
    let flat = at.slope.abs() <= -SLOPE * start.slope;
    let near = at.value <= start.value + noise;
    falls && flat || near && at.slope >= SLOPE * start.slope && at.slope <= -UPHILL * start.slope
}

/// Whether a point fulfilling the conditions lies before this one.
fn too_far(start: Sample, low: Sample, at: Sample, noise: f64) -> bool {
    at.slope >= 0.0
        || at.value > start.value + DECREASE * at.t * start.slope + noise
        || at.value > low.value + noise
}

/// Where the slope vanishes, by its last two values, but twice to ten times as far.
fn beyond(before: Sample, at: Sample) -> f64 {
    let zero = at.t - at.slope * (at.t - before.t) / (at.slope - before.slope);
    // Where the line does not bend upwards, as far as allowed; also for a NaN.
    if at.slope > before.slope {
        zero.clamp(2.0 * at.t, 10.0 * at.t)
    } else {
        10.0 * at.t
    }
}

/// The minimum of the cubic through both ends, or the zero of the slope where rounding hides the values; a tenth of the way
/// from either end at least.
fn between(low: Sample, high: Sample, noise: f64) -> f64 {
    let width = high.t - low.t;
    if !high.value.is_finite() {
        return low.t + 0.1 * width;
    }
    let share = if (high.value - low.value).abs() <= noise {
        low.slope / (low.slope - high.slope)
    } else {
        let d = low.slope + high.slope - 3.0 * (high.value - low.value) / width;
        let root = (d * d - low.slope * high.slope).sqrt();
        1.0 - (high.slope + root - d) / (high.slope - low.slope + 2.0 * root)
    };
    let share = if share.is_nan() { 0.5 } else { share };
    low.t + share.clamp(0.1, 0.9) * width
}
