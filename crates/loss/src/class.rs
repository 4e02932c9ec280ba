//! Weights by class.

use gradflow_kernels::Real;
use gradflow_tensor::Batch;

use crate::CostError;
use crate::weights::{check_weights, convert_weight};

/// Class weights under which every class counts the same: `w_c = N / (C N_c)`, for `N` labels of `C` classes.
///
/// The samples' mean weight is 1.
///
/// ```
/// let labels = [0, 0, 0, 1]; // three samples of class 0, one of class 1
/// let weights = gradflow_loss::balanced(&labels, 2)?;
/// assert_eq!(weights, [2.0 / 3.0, 2.0]);
/// let samples: Vec<f32> = gradflow_loss::class_weights(&labels, &weights)?;
/// assert_eq!(samples[3], 2.0);
/// # Ok::<(), gradflow_loss::CostError>(())
/// ```
///
/// # Errors
/// [`CostError::Label`] for a label that is no class, [`CostError::EmptyClass`] for a class without samples.
pub fn balanced(labels: &[usize], classes: usize) -> Result<Vec<f64>, CostError> {
    // More classes than labels cannot all have samples: one of the first `labels.len() + 1` is empty, and
    // a number of classes out of a file does not decide how much is allocated.
    let mut counts = vec![0_usize; classes.min(labels.len() + 1)];
    for (sample, &label) in labels.iter().enumerate() {
        if label >= classes {
            return Err(CostError::Label {
                sample,
                label,
                classes,
            });
        }
        if let Some(count) = counts.get_mut(label) {
            *count += 1;
        }
    }
    if let Some(class) = counts.iter().position(|count| *count == 0) {
        return Err(CostError::EmptyClass { class });
    }
    let mean = labels.len() as f64 / classes as f64;
    Ok(counts.iter().map(|count| mean / *count as f64).collect())
}

/// The sample weights that class weights amount to: sample `s` weighs `weights[labels[s]]`.
///
/// # Errors
/// [`CostError::Label`] for a label without a weight; [`CostError::Weight`] and [`CostError::ZeroWeights`] for invalid weights.
pub fn class_weights<T: Real>(labels: &[usize], weights: &[f64]) -> Result<Vec<T>, CostError> {
    check_weights(weights.iter().copied())?;
    labels
        .iter()
        .enumerate()
        .map(|(sample, label)| match weights.get(*label) {
            Some(weight) => convert_weight(*label, *weight),
            None => Err(CostError::Label {
                sample,
                label: *label,
                classes: weights.len(),
            }),
        })
        .collect()
}

/// The same for one-hot or soft targets: sample `s` weighs `sum_a weights_a y_a`.
///
/// ```
/// use gradflow_tensor::Batch;
///
/// let targets = [0.0, 1.0, 0.5, 0.5];
/// let samples = gradflow_loss::class_weights_of_targets(Batch::new(&targets, 2)?, &[1.0, 3.0])?;
/// assert_eq!(samples, [3.0, 2.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`CostError::WeightCount`] unless there is a weight for each component; [`CostError::Weight`] and
/// [`CostError::ZeroWeights`] for invalid weights.
pub fn class_weights_of_targets<T: Real>(
    y: Batch<'_, T>,
    weights: &[f64],
) -> Result<Vec<T>, CostError> {
    check_weights(weights.iter().copied())?;
    if weights.len() != y.size() {
        return Err(CostError::WeightCount {
            expected: y.size(),
            found: weights.len(),
        });
    }
    let weigh = |y: &[T]| -> f64 { y.iter().zip(weights).map(|(y, w)| y.to_f64() * w).sum() };
    let samples = y.iter().enumerate();
    samples.map(|(s, y)| convert_weight(s, weigh(y))).collect()
}
