//! Bytes as numbers.

use gradflow_real::Real;

use crate::memory::reserve;
use crate::{IdxError, MemoryError};

/// The number for each byte: the byte divided by the value that becomes 1. All of them are finite.
#[derive(Debug)]
pub(crate) struct Pixels<T>([T; 256]);

impl<T: Real> Pixels<T> {
    pub(crate) fn new(maximum: f64) -> Result<Self, IdxError> {
        let mut table = [T::ZERO; 256];
        for (byte, number) in table.iter_mut().enumerate() {
            *number = T::from_f64(byte as f64 / maximum);
        }
        // Pixels neither overflow nor vanish.
        if maximum > 0.0 && table[255].is_finite() && table[1] > T::ZERO {
            Ok(Self(table))
        } else {
            Err(IdxError::Maximum { maximum })
        }
    }

    /// Bytes from 0 to 1.
    pub(crate) fn unit() -> Self {
        Self(core::array::from_fn(|byte| {
            T::from_f64(byte as f64 / 255.0)
        }))
    }

    /// Writes a number for each byte.
    pub(crate) fn write(&self, bytes: &[u8], to: &mut [T]) {
        for (x, byte) in to.iter_mut().zip(bytes) {
            *x = self.0[usize::from(*byte)];
        }
    }

    /// Appends a number for each byte.
    pub(crate) fn append(&self, bytes: &[u8], to: &mut Vec<T>) -> Result<(), MemoryError> {
        reserve(to, bytes.len())?;
        to.extend(bytes.iter().map(|byte| self.0[usize::from(*byte)]));
        Ok(())
    }
}
