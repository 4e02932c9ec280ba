//! Numbers that begin at a cache line, so that no vector of them crosses one.

use core::ops::{Deref, DerefMut};

use crate::Real;

/// Owned numbers, of a length that stays.
#[derive(Debug)]
pub(crate) struct Aligned<T> {
    memory: Vec<T>,
    start: usize,
    len: usize,
}

impl<T: Real> Aligned<T> {
    /// So many zeros; `None` if there is no memory for them.
    pub(crate) fn zeros(len: usize) -> Option<Self> {
        let line = 64 / size_of::<T>();
        let room = len.checked_add(line)?;
        let mut memory = Vec::new();
        memory.try_reserve_exact(room).ok()?;
        memory.resize(room, T::ZERO);
        // Where alignment cannot be had, the numbers begin where they may.
        let start = memory.as_ptr().align_offset(64).min(line);
        Some(Self { memory, start, len })
    }

    /// A copy of these numbers.
    pub(crate) fn of(numbers: &[T]) -> Option<Self> {
        let mut copy = Self::zeros(numbers.len())?;
        copy.copy_from_slice(numbers);
        Some(copy)
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
