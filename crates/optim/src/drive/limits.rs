//! What numbers and memory can hold.

use crate::OptimError;
use gradflow_kernels::Real;

/// Whether numbers of type `T` hold a rate and its products with constants of the methods.
pub(crate) fn holds_rate<T: Real>(rate: f64) -> bool {
    rate.abs() <= largest_rate::<T>()
}

/// Far enough below the largest number that bias corrections and coefficients of tables do not make it infinite.
pub(crate) fn largest_rate<T: Real>() -> f64 {
    T::MAX.to_f64() * T::EPSILON.to_f64()
}

/// Room for `len` numbers, or how many bytes there are not.
pub(super) fn reserved<T: Real>(len: usize) -> Result<Vec<T>, OptimError> {
    let mut room = Vec::new();
    room.try_reserve_exact(len)
        .map_err(|_| OptimError::Memory {
            bytes: len.saturating_mul(size_of::<T>()),
        })?;
    Ok(room)
}

/// So many zeros.
pub(super) fn zeros<T: Real>(len: usize) -> Result<Vec<T>, OptimError> {
    let mut zeros = reserved(len)?;
    zeros.resize(len, T::ZERO);
    Ok(zeros)
}
