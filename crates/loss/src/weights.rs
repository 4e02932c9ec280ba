//! Weights of samples and components: what is refused, and a mean of 1.

use gradflow_kernels::Real;

use crate::CostError;

/// Sample weights scaled to a mean of 1 over the training set: `w_s <- w_s N / sum w`.
///
/// Done once, over the whole training set; then the plain mean `(1/|B|) sum_{s in B} w_s L_s` of any mini-batch is an
/// unbiased estimate of the whole set's `sum w_s L_s / sum w_s`, also for a batch of one.
///
/// ```
/// use gradflow_loss::mean_one_weights;
///
/// let weights = mean_one_weights(4, &[1.0_f32, 9.0, 1.0, 9.0])?;
/// assert_eq!(weights, [0.2, 1.8, 0.2, 1.8]);
/// assert!(mean_one_weights(4, &[1e308; 4]).is_err()); // the sum overflows
/// # Ok::<(), gradflow_loss::CostError>(())
/// ```
///
/// # Errors
/// What [`check_sample_weights`] says; [`CostError::WeightVanishes`] if a weight that is not zero becomes too small for `T`.
pub fn mean_one_weights<T: Real>(samples: usize, weights: &[T]) -> Result<Vec<T>, CostError> {
    check_sample_weights(samples, weights)?;
    let sum: f64 = weights.iter().map(|w| w.to_f64()).sum();
    let mean = sum / samples as f64;
    let scaled = |(index, w): (usize, &T)| convert_weight(index, w.to_f64() / mean);
    weights.iter().enumerate().map(scaled).collect()
}

/// Whether there is a weight for each of `samples` samples: finite, not negative, not zero for all, of finite sum.
///
/// ```
/// use gradflow_loss::{CostError, check_sample_weights};
///
/// assert!(check_sample_weights(2, &[0.0, 1.0]).is_ok());
/// let error = check_sample_weights(2, &[0.0, -1.0]).unwrap_err();
/// assert!(matches!(error, CostError::Weight { index: 1, .. }));
/// ```
///
/// # Errors
/// [`CostError::SampleWeightCount`], [`CostError::Weight`], [`CostError::ZeroWeights`], [`CostError::WeightSum`].
pub fn check_sample_weights<T: Real>(samples: usize, weights: &[T]) -> Result<(), CostError> {
    if weights.len() != samples {
        return Err(CostError::SampleWeightCount {
            expected: samples,
            found: weights.len(),
        });
    }
    check_weights(weights.iter().map(|w| w.to_f64()))
}

/// Weights of components, samples or classes: finite, not negative, not all zero, of finite sum.
pub(crate) fn check_weights(weights: impl Iterator<Item = f64>) -> Result<(), CostError> {
    let mut sum = 0.0;
    for (index, value) in weights.enumerate() {
        if !(value.is_finite() && value >= 0.0) {
            return Err(CostError::Weight { index, value });
        }
        sum += value;
    }
    if !f64::is_finite(sum) {
        return Err(CostError::WeightSum { number: "f64" });
    }
    if sum > 0.0 {
        Ok(())
    } else {
        Err(CostError::ZeroWeights)
    }
}

/// Component weights that have passed [`check_weights`], as numbers of type `T`.
pub(crate) fn check_component_weights<T: Real>(weights: &[f64]) -> Result<(), CostError> {
    let mut sum = T::ZERO;
    for (index, value) in weights.iter().enumerate() {
        sum += convert_weight(index, *value)?;
    }
    if sum.is_finite() {
        Ok(())
    } else {
        Err(CostError::WeightSum { number: T::NAME })
    }
}

/// A weight in `T`: neither infinite there nor, unless it is zero, lost below the smallest normal number.
pub(crate) fn convert_weight<T: Real>(index: usize, value: f64) -> Result<T, CostError> {
    let weight = T::from_f64(value);
    if value > 0.0 && weight < T::MIN_POSITIVE {
        return Err(CostError::WeightVanishes {
            index,
            value,
            number: T::NAME,
        });
    }
    if !weight.is_finite() {
        return Err(CostError::WeightSum { number: T::NAME });
    }
    Ok(weight)
}
