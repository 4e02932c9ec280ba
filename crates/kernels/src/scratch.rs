//! Memory that kernels keep between calls.

use core::cell::Cell;

use crate::Real;
use crate::sizes::count;

/// A cache line.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; 64]);

/// Types that live in scratch beside [`Real`] numbers.
///
/// # Safety
/// Every bit pattern is a value, there is no padding, and the alignment is a cache line at most.
pub(crate) unsafe trait Plain: Copy {}

// SAFETY: an integer.
unsafe impl Plain for u32 {}
// SAFETY: as for the elements.
unsafe impl<P: Plain, const N: usize> Plain for [P; N] {}

thread_local! {
    /// The buffers that no call is using; calls nest like the elements of a stack.
    static BUFFERS: Cell<Vec<Vec<Line>>> = const { Cell::new(Vec::new()) };
}

/// Memory of this thread, aligned to cache lines, until dropped.
///
/// Buffers grow to the largest request and stay, so that warm calls allocate nothing. Calls may nest: each level
/// of nesting has a buffer of its own.
///
/// A guard, for kernels: in a closure that is not inlined their code would be compiled without the level's instructions.
/// Elsewhere [`with_scratch`] is safer.
#[derive(Debug)]
pub(crate) struct Scratch(Vec<Line>);

impl Scratch {
    /// Room for `len` numbers that may be anything.
    ///
    /// # Panics
    /// If there cannot be so many.
    #[inline]
    pub(crate) fn take<T>(len: usize) -> Self {
        if len == 0 {
            return Self(Vec::new());
        }
        let mut buffers = BUFFERS.take();
        let mut lines = buffers.pop().unwrap_or_default();
        BUFFERS.set(buffers);
        let needed = count("scratch", [len, size_of::<T>()]).div_ceil(size_of::<Line>());
        if lines.len() < needed {
            lines.resize(needed, Line([0; 64]));
        }
        Self(lines)
    }

    /// Its beginning.
    #[inline]
    pub(crate) fn start<T>(&mut self) -> *mut T {
        self.0.as_mut_ptr().cast()
    }
}

impl Drop for Scratch {
    #[inline]
    fn drop(&mut self) {
        if !self.0.is_empty() {
            let mut buffers = BUFFERS.take();
            buffers.push(core::mem::take(&mut self.0));
            BUFFERS.set(buffers);
        }
    }
}

/// Calls `f` with `len` numbers of this thread's memory, aligned to cache lines, holding anything.
///
/// # Panics
/// If there cannot be so many.
#[inline]
pub(crate) fn with_scratch<T: Real, R>(len: usize, f: impl FnOnce(&mut [T]) -> R) -> R {
    // SAFETY: `T` is `f32` or `f64`, the only implementors of `Real`, which accept any bits.
    unsafe { with_any(len, f) }
}

/// The same for other types.
///
/// # Panics
/// If there cannot be so many.
#[inline]
pub(crate) fn with_plain<P: Plain, R>(len: usize, f: impl FnOnce(&mut [P]) -> R) -> R {
    // SAFETY: the promise of `Plain`.
    unsafe { with_any(len, f) }
}

/// # Safety
/// What [`Plain`] says holds for `T`.
#[inline]
unsafe fn with_any<T, R>(len: usize, f: impl FnOnce(&mut [T]) -> R) -> R {
    let mut scratch = Scratch::take::<T>(len);
    // SAFETY: the buffer holds at least `len` values, all initialised, by the caller's promise; it has left the stack, so
    // nobody else refers to it.
    f(unsafe { core::slice::from_raw_parts_mut(scratch.start(), len) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_buffers_are_apart_and_come_back() {
        let mut outer_at = core::ptr::null();
        with_scratch(100, |outer: &mut [f32]| {
            outer.fill(1.0);
            outer_at = outer.as_ptr();
            assert_eq!(outer_at as usize % 64, 0);
            with_scratch(1000, |inner: &mut [f64]| inner.fill(2.0));
            with_plain(10, |inner: &mut [u32]| inner.fill(3));
            assert!(outer.iter().all(|x| *x == 1.0));
        });
        with_scratch(100, |again: &mut [f32]| {
            assert_eq!(again.as_ptr(), outer_at)
        });
    }

    /// In bytes the length would wrap to 16, or to a length of 2^63, which no slice has.
    #[test]
    fn lengths_that_wrap_are_refused() {
        for len in [(1 << (usize::BITS - 3)) + 2, usize::MAX / 8] {
            let wrapped = std::panic::catch_unwind(|| {
                with_scratch(len, |scratch: &mut [f64]| scratch.len());
            });
            assert!(wrapped.is_err());
        }
        with_scratch(3, |scratch: &mut [f64]| assert_eq!(scratch.len(), 3));
    }
}
