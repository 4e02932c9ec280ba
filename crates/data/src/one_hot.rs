//! Classes as vectors.

use gradflow_kernels::Real;

use crate::DataError;

/// The most classes that a data set may have: 1,048,576.
///
/// Whatever is kept for each class (a count, a name, an output of a network) would otherwise take any amount of memory
/// from a single stray label.
pub const MAX_CLASSES: usize = 1 << 20;

/// The unit vectors of the labels, one after another: `y_a = 1` where `a` is the label, else 0.
///
/// ```
/// let targets: Vec<f32> = gradflow_data::one_hot(&[2, 0], 3)?;
/// assert_eq!(targets, [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
/// # Ok::<(), gradflow_data::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::Label`] for a label that is not less than `classes`, [`DataError::OneHot`] if the vectors do not fit
/// in memory.
pub fn one_hot<T: Real>(labels: &[usize], classes: usize) -> Result<Vec<T>, DataError> {
    let too_large = || DataError::OneHot {
        classes,
        samples: labels.len(),
        scalar: T::NAME,
    };
    if let Some(sample) = labels.iter().position(|label| *label >= classes) {
        return Err(DataError::Label {
            sample,
            label: labels[sample],
            classes,
        });
    }
    let len = labels.len().checked_mul(classes).ok_or_else(too_large)?;
    let mut targets = Vec::new();
    targets.try_reserve_exact(len).map_err(|_| too_large())?;
    targets.resize(len, T::ZERO);
    for (sample, label) in labels.iter().enumerate() {
        targets[sample * classes + label] = T::ONE;
    }
    Ok(targets)
}
