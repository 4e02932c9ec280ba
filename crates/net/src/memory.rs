//! Memory whose size a user or a file chose.

use gradflow_kernels::{Aligned, Real};

use crate::ModelError;

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
    check_room::<N>(len, what)?;
    Ok(vec![zero; len])
}

/// Whether the system would give room for so many numbers; it is given back.
pub(crate) fn check_room<N>(len: usize, what: &'static str) -> Result<(), ModelError> {
    let room = Vec::<N>::new().try_reserve_exact(len);
    room.map_err(|_| refused::<N>(len, what))
}

/// The error for so many elements that are not to be had.
pub(crate) fn refused<T>(len: usize, what: &'static str) -> ModelError {
    ModelError::Memory {
        what,
        bytes: len as u128 * size_of::<T>() as u128,
    }
}

/// So many zeros that begin at a cache line.
pub(crate) fn aligned<T: Real>(len: usize, what: &'static str) -> Result<Aligned<T>, ModelError> {
    let room = len.saturating_add(Aligned::<T>::LINE);
    Aligned::zeros(len).ok_or_else(|| refused::<T>(room, what))
}

/// A copy of these numbers that begins at a cache line.
pub(crate) fn aligned_copy<T: Real>(
    numbers: &[T],
    what: &'static str,
) -> Result<Aligned<T>, ModelError> {
    let mut copy = aligned(numbers.len(), what)?;
    copy.copy_from_slice(numbers);
    Ok(copy)
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
        let room = len.checked_add(Aligned::<T>::LINE);
        let room = room.ok_or_else(|| refused::<T>(usize::MAX, what))?;
        let mut memory = Vec::<T>::new();
        let reserved = memory.try_reserve_exact(room);
        reserved.map_err(|_| refused::<T>(room, what))?;
        let start = Aligned::start(&memory);
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
        Aligned::within(self.memory, self.len)
    }
}

#[cfg(all(test, feature = "file"))]
mod tests {
    use super::*;

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
}
