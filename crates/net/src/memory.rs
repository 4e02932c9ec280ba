//! Memory whose size a user or a file chose.

use core::ops::{Deref, DerefMut};

use gradflow_kernels::Real;

use crate::ModelError;

/// Elements of a cache line in `f32`, and of two in `f64`.
pub(crate) const LINE: usize = 16;

/// Zeros, or an error that says how many bytes were wanted.
///
/// The room is asked for first and given back, so that what comes then is memory that the system clears when it is touched.
pub(crate) fn reserve<T: Real>(len: usize, what: &'static str) -> Result<Vec<T>, ModelError> {
    filled(T::ZERO, len, what)
}

/// The same for numbers of any kind.
pub(crate) fn filled<N: Clone>(
    zero: N,
    len: usize,
    what: &'static str,
) -> Result<Vec<N>, ModelError> {
    let room = Vec::<N>::new().try_reserve_exact(len);
    room.map_err(|_| refused::<N>(len, what))?;
    Ok(vec![zero; len])
}

/// The error for so many elements that are not to be had.
pub(crate) fn refused<T>(len: usize, what: &'static str) -> ModelError {
    ModelError::Memory {
        what,
        bytes: len as u128 * size_of::<T>() as u128,
    }
}

/// Numbers that begin at a cache line, so that no vector of them crosses one.
///
/// The system's allocator begins large blocks 16 bytes behind a line; a prediction of one sample, which reads every weight once,
/// takes up to 1.8 times as long from there.
#[derive(Debug)]
pub(crate) struct Aligned<T> {
    memory: Vec<T>,
    start: usize,
    len: usize,
}

impl<T: Real> Aligned<T> {
    /// So many zeros.
    pub(crate) fn zeros(len: usize, what: &'static str) -> Result<Self, ModelError> {
        let room = len.checked_add(LINE);
        let room = room.ok_or_else(|| refused::<T>(usize::MAX, what))?;
        Ok(Self::within(reserve(room, what)?, len))
    }

    /// A copy of these numbers.
    pub(crate) fn of(numbers: &[T], what: &'static str) -> Result<Self, ModelError> {
        let mut aligned = Self::zeros(numbers.len(), what)?;
        aligned.copy_from_slice(numbers);
        Ok(aligned)
    }

    fn within(memory: Vec<T>, len: usize) -> Self {
        // Where alignment cannot be had, the numbers begin where they may.
        let start = memory.as_ptr().align_offset(64).min(LINE);
        Self { memory, start, len }
    }
}

impl<T> Deref for Aligned<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.memory[self.start..][..self.len]
    }
}

impl<T> DerefMut for Aligned<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.memory[self.start..][..self.len]
    }
}

impl<T: Real> Clone for Aligned<T> {
    /// Not of the memory as it is: another block begins elsewhere.
    fn clone(&self) -> Self {
        let mut copy = Self::within(vec![T::ZERO; self.memory.len()], self.len);
        copy.copy_from_slice(self);
        copy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_their_copies_begin_at_a_line() {
        for len in [0, 1, 902, 100_000] {
            let numbers: Vec<f32> = (0..len).map(|i| i as f32).collect();
            let aligned = Aligned::of(&numbers, "numbers").expect("memory");
            for aligned in [aligned.clone(), aligned] {
                assert_eq!(*aligned, numbers[..]);
                assert_eq!(aligned.as_ptr().align_offset(64), 0);
            }
        }
    }
}
