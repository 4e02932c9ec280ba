//! The weights of samples.

use super::MetricError;

/// Weights that were checked, or 1 for every sample.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weights<'w>(Option<&'w [f64]>);

impl<'w> Weights<'w> {
    /// For so many samples.
    pub(super) fn new(weights: Option<&'w [f64]>, samples: usize) -> Result<Self, MetricError> {
        let Some(given) = weights else {
            return Ok(Self(None));
        };
        if given.len() != samples {
            return Err(MetricError::WeightCount {
                expected: samples,
                came: given.len(),
            });
        }
        if let Some(index) = given.iter().position(|w| !(w.is_finite() && *w >= 0.0)) {
            return Err(MetricError::Weight { index });
        }
        let sum: f64 = given.iter().sum();
        if samples > 0 && !(sum > 0.0 && sum.is_finite()) {
            return Err(MetricError::WeightSum);
        }
        Ok(Self(weights))
    }

    /// The weight of a sample.
    pub(super) fn of(self, sample: usize) -> f64 {
        self.0.map_or(1.0, |weights| weights[sample])
    }
}

/// As many predictions as targets.
pub(super) fn same_lengths(predicted: usize, targets: usize) -> Result<(), MetricError> {
    if predicted == targets {
        return Ok(());
    }
    Err(MetricError::Lengths { predicted, targets })
}

/// `sum w x / sum w`; 0 for nothing at all.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mean {
    sum: f64,
    weight: f64,
}

impl Mean {
    pub(super) fn add(&mut self, x: f64, weight: f64) {
        self.sum += weight * x;
        self.weight += weight;
    }

    pub(super) fn value(self) -> f64 {
        if self.weight > 0.0 {
            self.sum / self.weight
        } else {
            0.0
        }
    }
}

impl FromIterator<(f64, f64)> for Mean {
    fn from_iter<I: IntoIterator<Item = (f64, f64)>>(pairs: I) -> Self {
        let mut mean = Self::default();
        for (x, weight) in pairs {
            mean.add(x, weight);
        }
        mean
    }
}
