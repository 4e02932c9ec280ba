//! Memory whose size a user or a file chose.

use gradflow_kernels::Real;

use crate::ModelError;

/// Zeros, or an error that says how many bytes were wanted.
///
/// The room is asked for first and given back, so that what comes then is memory that the system clears when it is touched.
pub(crate) fn reserve<T: Real>(len: usize, what: &'static str) -> Result<Vec<T>, ModelError> {
    let room = Vec::<T>::new().try_reserve_exact(len);
    room.map_err(|_| refused::<T>(len, what))?;
    Ok(vec![T::ZERO; len])
}

/// The error for so many elements that are not to be had.
pub(crate) fn refused<T>(len: usize, what: &'static str) -> ModelError {
    ModelError::Memory {
        what,
        bytes: len as u128 * size_of::<T>() as u128,
    }
}
