//! Classes as vectors.

use gradflow_real::Real;

use crate::memory::filled;
use crate::{DatasetError, MemoryError};

/// The unit vectors of the labels, one after another: `y_a = 1` where `a` is the label, else 0.
///
/// ```
/// let targets: Vec<f32> = gradflow_data::one_hot(&[2, 0], 3)?;
/// assert_eq!(targets, [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
/// # Ok::<(), gradflow_data::DataError>(())
/// ```
///
/// # Errors
/// [`DatasetError::Label`] for a label that is not less than `classes`, [`DatasetError::OneHot`] if the vectors do not fit in
/// memory.
pub fn one_hot<T: Real>(labels: &[usize], classes: usize) -> Result<Vec<T>, DatasetError> {
    for (sample, &label) in labels.iter().enumerate() {
        if label >= classes {
            return Err(DatasetError::Label {
                sample,
                label,
                classes,
            });
        }
    }
    let too_large = |source| DatasetError::OneHot {
        samples: labels.len(),
        classes,
        source,
    };
    let uncounted = || too_large(MemoryError { bytes: usize::MAX });
    let len = labels.len().checked_mul(classes).ok_or_else(uncounted)?;
    let mut targets = filled(len, T::ZERO).map_err(too_large)?;
    for (target, label) in targets.chunks_exact_mut(classes.max(1)).zip(labels) {
        target[*label] = T::ONE;
    }
    Ok(targets)
}
