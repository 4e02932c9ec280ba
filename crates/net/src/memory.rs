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

/// Numbers that begin at a cache line and arrive piece by piece: what is filled in order is cleared a piece at a time, in the cache.
#[cfg(feature = "file")]
#[derive(Debug)]
pub(crate) struct Filling<T> {
    memory: Vec<T>,
    start: usize,
    len: usize,
}

#[cfg(feature = "file")]
impl<T: Real> Filling<T> {
    /// Room for so many.
    pub(crate) fn new(len: usize, what: &'static str) -> Result<Self, ModelError> {
        let room = len.checked_add(LINE);
        let room = room.ok_or_else(|| refused::<T>(usize::MAX, what))?;
        let mut memory = Vec::<T>::new();
        let reserved = memory.try_reserve_exact(room);
        reserved.map_err(|_| refused::<T>(room, what))?;
        let start = memory.as_ptr().align_offset(64).min(LINE);
        memory.resize(start, T::ZERO);
        Ok(Self { memory, start, len })
    }

    /// Room for so many numbers from place `at` on, to be written. Pieces do not overlap and stay within the length.
    pub(crate) fn piece(&mut self, at: usize, count: usize) -> &mut [T] {
        let (at, end) = (self.start + at, self.start + at + count);
        if self.memory.len() < end {
            self.memory.resize(end, T::ZERO);
        }
        &mut self.memory[at..end]
    }

    /// The numbers; 0 where none were written.
    pub(crate) fn finish(mut self) -> Aligned<T> {
        self.memory.resize(self.start + self.len, T::ZERO);
        Aligned {
            memory: self.memory,
            start: self.start,
            len: self.len,
        }
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
    /// Not of the memory as it is: another block begins elsewhere, and may need more room before its first line.
    fn clone(&self) -> Self {
        let mut copy = Self::within(vec![T::ZERO; self.len + LINE], self.len);
        copy.copy_from_slice(self);
        copy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "file")]
    #[test]
    fn numbers_arrive_in_any_order() {
        for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0], [0, 2, 1]] {
            let mut filling = Filling::new(9, "numbers").expect("memory");
            for piece in order {
                let numbers = [0, 1, 2].map(|i| (3 * piece + i) as f32);
                filling.piece(3 * piece, 3).copy_from_slice(&numbers);
            }
            let numbers = filling.finish();
            assert!(numbers.iter().enumerate().all(|(i, x)| *x == i as f32));
            assert_eq!(numbers.as_ptr().align_offset(64), 0);
            // Blocks of the allocator begin at different places of a line.
            let copies: Vec<_> = (0..64).map(|_| numbers.clone()).collect();
            assert!(copies.iter().all(|copy| **copy == *numbers));
        }
        let mut some = Filling::new(4, "numbers").expect("memory");
        some.piece(1, 1)[0] = 1.0_f64;
        assert_eq!(*some.finish(), [0.0, 1.0, 0.0, 0.0]);
    }

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
