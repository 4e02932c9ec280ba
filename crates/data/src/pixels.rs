//! Bytes as numbers.

use gradflow_kernels::Real;

use crate::DataError;

/// The number for each byte: the byte divided by the value that becomes 1. All of them are finite.
pub(crate) struct Pixels<T>([T; 256]);

impl<T: Real> Pixels<T> {
    pub(crate) fn new(maximum: f64) -> Result<Self, DataError> {
        let mut table = [T::ZERO; 256];
        for (byte, number) in table.iter_mut().enumerate() {
            *number = T::from_f64(byte as f64 / maximum);
        }
        if maximum > 0.0 && maximum.is_finite() && table[255].is_finite() {
            Ok(Self(table))
        } else {
            Err(DataError::Maximum { maximum })
        }
    }

    pub(crate) fn numbers(&self, bytes: &[u8]) -> impl ExactSizeIterator<Item = T> {
        bytes.iter().map(|byte| self.0[usize::from(*byte)])
    }
}
