//! Numbers that begin at a cache line, so that no vector of them crosses one.

use core::ops::{Deref, DerefMut};

use crate::Real;

/// Owned numbers that begin at a cache line, of a length that stays.
///
/// The system's allocator begins large blocks 16 bytes behind a line; a prediction of one sample, which reads every weight once,
/// takes up to 1.8 times as long from there.
///
/// ```
/// let numbers = gradflow_kernels::Aligned::of(&[1.0_f32, 2.0]).ok_or("no memory")?;
/// assert_eq!(*numbers, [1.0, 2.0]);
/// assert_eq!(numbers.as_ptr().align_offset(64), 0);
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug)]
pub struct Aligned<T> {
    memory: Vec<T>,
    start: usize,
    len: usize,
}

impl<T> Aligned<T> {
    /// Elements of a cache line in `f32`, and of two in `f64`: the room beside the numbers in which the line is looked for.
    pub const LINE: usize = 16;

    /// Where the first line of some memory begins; where alignment cannot be had, the numbers begin where they may.
    pub fn start(memory: &[T]) -> usize {
        memory.as_ptr().align_offset(64).min(Self::LINE)
    }
}

impl<T: Real> Aligned<T> {
    /// So many zeros; `None` if there is no memory for them.
    pub fn zeros(len: usize) -> Option<Self> {
        let room = len.checked_add(Self::LINE)?;
        // Asked for first and given back, so that what comes then is memory that the system clears when it is touched.
        Vec::<T>::new().try_reserve_exact(room).ok()?;
        Some(Self::within(vec![T::ZERO; room], len))
    }

    /// A copy of these numbers; `None` if there is no memory for them.
    pub fn of(numbers: &[T]) -> Option<Self> {
        let mut copy = Self::zeros(numbers.len())?;
        copy.copy_from_slice(numbers);
        Some(copy)
    }

    /// So many numbers from the [first line](Aligned::start) of this memory on.
    ///
    /// # Panics
    /// If it has fewer behind it.
    pub fn within(memory: Vec<T>, len: usize) -> Self {
        let start = Self::start(&memory);
        assert!(memory.len() - start >= len, "{len} numbers behind a line");
        Self { memory, start, len }
    }
}

impl<T> Deref for Aligned<T> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        &self.memory[self.start..][..self.len]
    }
}

impl<T> DerefMut for Aligned<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.memory[self.start..][..self.len]
    }
}

impl<T: Real> Clone for Aligned<T> {
    /// Not of the memory as it is: another block begins elsewhere, and may need more room before its first line.
    fn clone(&self) -> Self {
        let mut copy = Self::within(vec![T::ZERO; self.len + Self::LINE], self.len);
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
            let aligned = Aligned::of(&numbers).expect("memory");
            for aligned in [aligned.clone(), aligned] {
                assert_eq!(*aligned, numbers[..]);
                assert_eq!(aligned.as_ptr().align_offset(64), 0);
            }
        }
    }
}
