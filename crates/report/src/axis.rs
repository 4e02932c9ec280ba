//! Axes: a range, ticks that people can read, a label.

use core::ops::Range;

use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};

use crate::text::{minus, short};

/// An axis.
#[derive(Debug, Clone)]
pub(crate) struct Axis {
    /// What is measured, with its unit.
    pub(crate) label: String,
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Where ticks stand, and what they say.
    ticks: Vec<(f64, String)>,
    logarithmic: bool,
}

/// Ticks that an axis aims at.
const TICKS: f64 = 6.0;
/// The part of an axis that is left free at either end.
const MARGIN: f64 = 0.04;
/// Most characters of a name at a tick.
const NAME: usize = 16;
/// Most names at an axis.
const NAMES: usize = 30;

impl Axis {
    /// From the least to the largest of the values.
    pub(crate) fn linear(label: &str, values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = extent(values);
        let margin = MARGIN * (high - low);
        Self::between(label, low - margin, high + margin)
    }

    /// From 0, or the least of the values where it is below, to the largest.
    pub(crate) fn from_zero(label: &str, values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = extent(values.into_iter().chain([0.0]));
        let margin = MARGIN * (high - low);
        let past = |end: f64| if end == 0.0 { 0.0 } else { margin };
        Self::between(label, low - past(low), high + past(high))
    }

    /// From 0 to 1.
    pub(crate) fn unit(label: &str) -> Self {
        Self::between(label, 0.0, 1.0)
    }

    /// Between two numbers, the first the lesser.
    pub(crate) fn between(label: &str, low: f64, high: f64) -> Self {
        let step = nice((high - low) / TICKS);
        let (first, last) = ((low / step).ceil(), (high / step).floor());
        let places = (0..=20)
            .map(|i| first + f64::from(i))
            .take_while(|k| *k <= last + 1e-9);
        let ticks = places.map(|k| (k * step, tick(k * step, step)));
        Self {
            label: label.to_owned(),
            low,
            high,
            ticks: ticks.collect(),
            logarithmic: false,
        }
    }

    /// Whole numbers.
    pub(crate) fn whole(label: &str, low: usize, high: usize) -> Self {
        let high = high.max(low + 1);
        let mut axis = Self::between(label, low as f64, high as f64);
        axis.ticks.retain(|(place, _)| place.fract() == 0.0);
        for (place, text) in &mut axis.ticks {
            *text = format!("{place}");
        }
        axis
    }

    /// Costs and the like: in decades where all are above 0 and the largest is more than twenty times the least.
    pub(crate) fn cost(label: &str, values: impl IntoIterator<Item = f64>) -> Self {
        let values: Vec<f64> = values.into_iter().filter(|v| v.is_finite()).collect();
        let (low, high) = extent(values.iter().copied());
        if values.iter().any(|v| *v <= 0.0) || values.is_empty() || high < 20.0 * low {
            return Self::from_zero(label, values);
        }
        let decades = low.log10().floor() as i32..=high.log10().ceil() as i32;
        let every = (decades.clone().count() as i32 / 6).max(1);
        let marks: &[f64] = if decades.clone().count() <= 3 {
            &[1.0, 2.0, 5.0]
        } else {
            &[1.0]
        };
        let places = decades
            .filter(|d| d % every == 0)
            .flat_map(|d| marks.iter().map(move |m| m * 10f64.powi(d)));
        let ticks = places.filter(|place| (low * 0.999..=high * 1.001).contains(place));
        let margin = (high / low).powf(MARGIN);
        Self {
            label: label.to_owned(),
            low: low / margin,
            high: high * margin,
            ticks: ticks.map(|place| (place, tick(place, place))).collect(),
            logarithmic: true,
        }
    }

    /// Names at 0, 1, 2, …, from one end to the other.
    pub(crate) fn names<S: AsRef<str>>(label: &str, names: &[S]) -> Self {
        let every = names.len().div_ceil(NAMES).max(1);
        let ticks = names.iter().enumerate().step_by(every);
        Self {
            label: label.to_owned(),
            low: -0.5,
            high: names.len().max(1) as f64 - 0.5,
            ticks: ticks
                .map(|(i, name)| (i as f64, short(name.as_ref(), NAME)))
                .collect(),
            logarithmic: false,
        }
    }

    /// The same axis between other ends.
    pub(crate) fn within(mut self, low: f64, high: f64) -> Self {
        (self.low, self.high) = (low, high);
        self
    }

    /// What a tick says.
    pub(crate) fn text(&self, place: f64) -> String {
        let found = self.ticks.iter().find(|(at, _)| *at == place);
        found.map_or_else(String::new, |(_, text)| text.clone())
    }

    /// Ticks that are drawn.
    pub(crate) fn ticks(&self) -> usize {
        self.ticks.len()
    }

    /// Characters of the longest tick.
    pub(crate) fn widest(&self) -> usize {
        let widths = self.ticks.iter().map(|(_, text)| text.chars().count());
        widths.max().unwrap_or(0)
    }
}

impl Ranged for Axis {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let of = |v: f64| {
            if self.logarithmic {
                v.max(f64::MIN_POSITIVE).ln()
            } else {
                v
            }
        };
        let share = (of(*value) - of(self.low)) / (of(self.high) - of(self.low));
        let length = f64::from(limit.1) - f64::from(limit.0);
        // Casts saturate: a value far outside stays outside.
        (f64::from(limit.0) + length * share.clamp(-1.0, 2.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() {
            return Vec::new();
        }
        self.ticks.iter().map(|(place, _)| *place).collect()
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

/// The least and the largest of the finite values, apart from one another.
fn extent(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let finite = values.into_iter().filter(|v| v.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
        (low.min(v), high.max(v))
    });
    match (low, high) {
        _ if low > high => (0.0, 1.0),
        _ if high - low > 1e-9 * high.abs().max(low.abs()) && (high - low).is_finite() => {
            (low, high)
        }
        (0.0, _) => (0.0, 1.0),
        _ => {
            let half = 0.5 * low.abs().min(1e300);
            (low - half, low + half)
        }
    }
}

/// 1, 2 or 5 times a power of ten, not much less than this.
fn nice(step: f64) -> f64 {
    let decade = 10f64.powf(step.log10().floor());
    let share = step / decade;
    let nice = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|nice| share <= nice * 1.001);
    nice.unwrap_or(10.0) * decade
}

/// What stands at a tick, where ticks are so far apart.
fn tick(place: f64, step: f64) -> String {
    let size = place.abs().max(step);
    if place == 0.0 || place.abs() < 1e-9 * step {
        return "0".to_owned();
    }
    if !(1e-4..1e5).contains(&size) {
        return minus(&format!("{:.1e}", place).replace(".0e", "e"));
    }
    let digits = (-(step * 1.001).log10().floor()).clamp(0.0, 6.0) as usize;
    minus(&format!("{place:.digits$}"))
}
