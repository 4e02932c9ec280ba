//! Answers that do not exclude one another.

use gradflow_kernels::Real;

use super::MetricError;
use super::weights::{Mean, Weights, same_lengths};

/// Scores of several yes-or-no answers a sample, each "yes" iff its probability is at least 1/2, by (15).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MultiLabelScores {
    /// Answers of a sample.
    pub labels: usize,
    /// Fraction of all answers that are right: 1 less scikit-learn's `hamming_loss`.
    pub accuracy: f64,
    /// Fraction of the samples whose answers are all right: scikit-learn's `accuracy_score`.
    pub exact: f64,
    /// Plain mean of the answers' F1; 0 for an answer that is never "yes".
    pub f1_macro: f64,
    /// F1 of all answers together.
    pub f1_micro: f64,
}

/// Compares probabilities with targets in {0, 1}: `labels` numbers a sample.
///
/// ```text
/// F1 = 2 tp / (2 tp + fp + fn)
/// ```
/// ```
/// let (v, y) = ([0.9, 0.2, 0.6, 0.4], [1.0, 0.0, 1.0, 1.0]);
/// let scores = gradflow::metrics::multi_label_scores(2, &v, &y, None)?;
/// assert_eq!((scores.accuracy, scores.exact), (0.75, 0.5));
/// assert_eq!((scores.f1_micro, scores.f1_macro), (0.8, 0.5));
/// # Ok::<(), gradflow::metrics::MetricError>(())
/// ```
///
/// # Errors
/// [`MetricError::Lengths`], [`MetricError::Size`], [`MetricError::NotBinary`]; [`MetricError::WeightCount`],
/// [`MetricError::Weight`], [`MetricError::WeightSum`].
pub fn multi_label_scores<T: Real>(
    labels: usize,
    probabilities: &[T],
    targets: &[T],
    weights: Option<&[f64]>,
) -> Result<MultiLabelScores, MetricError> {
    same_lengths(probabilities.len(), targets.len())?;
    let came = targets.len();
    if labels == 0 || !came.is_multiple_of(labels) {
        return Err(MetricError::Size { came, size: labels });
    }
    let binary = |y: &T| *y == T::ZERO || *y == T::ONE;
    if let Some(index) = targets.iter().position(|y| !binary(y)) {
        return Err(MetricError::NotBinary { index });
    }
    let weights = Weights::new(weights, came / labels)?;
    let mut tally = MultiLabelTally::new(labels);
    let rows = probabilities.chunks_exact(labels);
    for (s, (p, y)) in rows.zip(targets.chunks_exact(labels)).enumerate() {
        tally.add(p, y, weights.of(s));
    }
    Ok(tally.scores())
}

/// All scores in one pass.
#[derive(Debug)]
pub(crate) struct MultiLabelTally {
    right: Mean,
    exact: Mean,
    /// Of each answer, the weights of true positives, and of false answers.
    answers: Vec<[f64; 2]>,
}

impl MultiLabelTally {
    pub(crate) fn new(labels: usize) -> Self {
        Self {
            right: Mean::default(),
            exact: Mean::default(),
            answers: vec![[0.0; 2]; labels],
        }
    }

    /// One sample.
    pub(crate) fn add<T: Real>(&mut self, probabilities: &[T], targets: &[T], weight: f64) {
        let mut right = 0_usize;
        for (sums, (p, y)) in self
            .answers
            .iter_mut()
            .zip(probabilities.iter().zip(targets))
        {
            let (said, is) = (p.to_f64() >= 0.5, *y == T::ONE);
            sums[0] += weight * f64::from(said && is);
            sums[1] += weight * f64::from(said != is);
            right += usize::from(said == is);
        }
        let labels = self.answers.len();
        self.right.add(right as f64 / labels as f64, weight);
        self.exact.add(f64::from(right == labels), weight);
    }

    pub(crate) fn scores(&self) -> MultiLabelScores {
        let f1 = |[hits, misses]: [f64; 2]| {
            let all = 2.0 * hits + misses;
            if all > 0.0 { 2.0 * hits / all } else { 0.0 }
        };
        let together = self.answers.iter().fold([0.0; 2], |[hits, misses], sums| {
            [hits + sums[0], misses + sums[1]]
        });
        let each = self.answers.iter().map(|sums| (f1(*sums), 1.0));
        MultiLabelScores {
            labels: self.answers.len(),
            accuracy: self.right.value(),
            exact: self.exact.value(),
            f1_macro: each.collect::<Mean>().value(),
            f1_micro: f1(together),
        }
    }
}
