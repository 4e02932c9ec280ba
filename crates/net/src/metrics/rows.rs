//! Numbers of samples, one for each class.

use gradflow_kernels::Real;

use super::MetricError;

/// Scores or probabilities with the labels: `classes` numbers a sample, or for two classes one, that of class 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'r, T> {
    pub(super) width: usize,
    numbers: &'r [T],
    pub(super) labels: &'r [usize],
}

impl<'r, T: Real> Rows<'r, T> {
    pub(super) fn new(
        classes: usize,
        numbers: &'r [T],
        labels: &'r [usize],
    ) -> Result<Self, MetricError> {
        let (came, samples) = (numbers.len(), labels.len());
        let single = classes == 2 && came == samples;
        let width = if single { 1 } else { classes };
        if samples.checked_mul(width) != Some(came) || width == 0 && samples > 0 {
            return Err(MetricError::Scores {
                came,
                samples,
                classes,
            });
        }
        match labels.iter().find(|label| **label >= classes) {
            Some(&class) => Err(MetricError::Class { class, classes }),
            None => Ok(Self {
                width,
                numbers,
                labels,
            }),
        }
    }

    /// The numbers of each sample, with its label.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'r [T], usize)> + use<'r, T> {
        let rows = self.numbers.chunks_exact(self.width.max(1));
        rows.zip(self.labels.iter().copied())
    }

    /// Each sample's number for a class.
    pub(super) fn column(&self, column: usize) -> impl Iterator<Item = f64> + use<'r, T> {
        let column = self.numbers.iter().skip(column);
        column.step_by(self.width.max(1)).map(|v| v.to_f64())
    }

    /// The position of the first NaN.
    pub(super) fn nan(&self) -> Option<usize> {
        self.numbers.iter().position(|v| v.is_nan())
    }
}
