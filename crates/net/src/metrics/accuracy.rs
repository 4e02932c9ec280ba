//! How often the right class was named.

use gradflow_kernels::Real;

use super::MetricError;
use super::rows::Rows;
use super::weights::{Mean, Weights, same_lengths};

/// Fraction of the labels that were predicted; 0 for no labels at all.
///
/// ```text
/// Σₛ wₛ [predicted_s = label_s] / Σₛ wₛ
/// ```
/// ```
/// use gradflow::metrics::accuracy;
/// assert_eq!(accuracy(&[0, 1, 1, 2], &[0, 1, 2, 2], None), Ok(0.75));
/// assert_eq!(accuracy(&[0, 1], &[0, 2], Some(&[3.0, 1.0])), Ok(0.75));
/// ```
///
/// # Errors
/// [`MetricError::Lengths`]; [`MetricError::WeightCount`], [`MetricError::Weight`], [`MetricError::WeightSum`].
pub fn accuracy(
    predicted: &[usize],
    labels: &[usize],
    weights: Option<&[f64]>,
) -> Result<f64, MetricError> {
    same_lengths(predicted.len(), labels.len())?;
    let weights = Weights::new(weights, labels.len())?;
    let pairs = predicted.iter().zip(labels).enumerate();
    let hits = pairs.map(|(s, (p, l))| (f64::from(p == l), weights.of(s)));
    Ok(hits.collect::<Mean>().value())
}

/// Fraction of the labels that are among the `k` classes of largest score; 0 for no labels at all.
///
/// Of classes with equal scores the one of smaller number comes first, as in [`Model::predict_class`](crate::Model::predict_class).
/// (scikit-learn lets the larger number come first.) Two classes may be given by one number a sample, the probability of class 1.
///
/// ```
/// use gradflow::metrics::top_k_accuracy;
/// let scores = [0.5, 0.3, 0.2, 0.1, 0.2, 0.7]; // two samples of three classes
/// assert_eq!(top_k_accuracy(3, 1, &scores, &[1, 2], None), Ok(0.5));
/// assert_eq!(top_k_accuracy(3, 2, &scores, &[1, 2], None), Ok(1.0));
/// ```
///
/// # Errors
/// [`MetricError::TopZero`], [`MetricError::Scores`], [`MetricError::Class`]; for weights as [`accuracy`].
pub fn top_k_accuracy<T: Real>(
    classes: usize,
    k: usize,
    scores: &[T],
    labels: &[usize],
    weights: Option<&[f64]>,
) -> Result<f64, MetricError> {
    if k == 0 {
        return Err(MetricError::TopZero);
    }
    let rows = Rows::new(classes, scores, labels)?;
    let weights = Weights::new(weights, labels.len())?;
    let hits = rows.iter().enumerate().map(|(s, (row, label))| {
        let rank = match row {
            [p] if classes == 2 => usize::from((p.to_f64() >= 0.5) != (label == 1)),
            _ => rank(row, label),
        };
        (f64::from(rank < k), weights.of(s))
    });
    Ok(hits.collect::<Mean>().value())
}

/// How many classes come before the label: a larger score, or the same and a smaller number. A NaN in front counts as the largest,
/// as where classes are predicted.
pub(crate) fn rank<T: Real>(scores: &[T], label: usize) -> usize {
    let own = scores[label];
    let (before, after) = (&scores[..label], &scores[label..]);
    let smaller = before.iter().filter(|z| **z < own).count();
    label - smaller + after.iter().filter(|z| **z > own).count()
}
