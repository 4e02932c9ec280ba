//! A sample that was predicted.

use crate::ModelError;
use crate::memory::refused;

/// A sample, and what the model says of it.
pub(super) struct Seen<'a, T> {
    pub(super) zeta: &'a [T],
    /// The class, or 0 for values.
    pub(super) label: usize,
    /// The target as the cost reads it.
    pub(super) y: &'a [T],
    pub(super) weight: f64,
}

/// Room for so many, or an error that says how many bytes were wanted.
pub(super) fn room<E>(len: usize) -> Result<Vec<E>, ModelError> {
    let mut room = Vec::new();
    let reserved = room.try_reserve_exact(len);
    reserved.map_err(|_| refused::<E>(len, "the outputs of a data set"))?;
    Ok(room)
}
