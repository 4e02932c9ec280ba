//! Classes as vectors.

use gradflow_kernels::Real;

use crate::DataError;

/// The most classes that a data set may have: 65,536.
///
/// The targets are one-hot, so that a single stray label would otherwise ask for any amount of memory.
pub const MAX_CLASSES: usize = 1 << 16;

/// The unit vectors of the labels, one after another: `y_a = 1` where `a` is the label, else 0.
///
/// ```
/// let targets: Vec<f32> = gradflow_data::one_hot(&[2, 0], 3)?;
/// assert_eq!(targets, [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
/// # Ok::<(), gradflow_data::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::Label`] for a label that is not less than `classes`, [`DataError::TooManyClasses`] if there are more
/// than [`MAX_CLASSES`] or the vectors do not fit in memory.
pub fn one_hot<T: Real>(labels: &[usize], classes: usize) -> Result<Vec<T>, DataError> {
    let too_many = || DataError::TooManyClasses {
        classes,
        samples: labels.len(),
        limit: MAX_CLASSES,
    };
    if classes > MAX_CLASSES {
        return Err(too_many());
    }
    if let Some(sample) = labels.iter().position(|label| *label >= classes) {
        return Err(DataError::Label {
            sample,
            label: labels[sample],
            classes,
        });
    }
    let len = labels.len().checked_mul(classes).ok_or_else(too_many)?;
    let mut targets = Vec::new();
    targets.try_reserve_exact(len).map_err(|_| too_many())?;
    targets.resize(len, T::ZERO);
    for (sample, label) in labels.iter().enumerate() {
        targets[sample * classes + label] = T::ONE;
    }
    Ok(targets)
}
