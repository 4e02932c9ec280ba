//! Memory that kernels keep between calls.

use core::cell::Cell;

use crate::Real;

/// A cache line.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; 64]);

/// Types that live in scratch.
///
/// # Safety
/// Every bit pattern is a value, there is no padding, and the alignment is a cache line at most.
pub(crate) unsafe trait Plain: Copy {}

// SAFETY: `f32` and `f64`, the only implementors of `Real`.
unsafe impl<T: Real> Plain for T {}
// SAFETY: an integer.
unsafe impl Plain for u32 {}
// SAFETY: as for the elements.
unsafe impl<P: Plain, const N: usize> Plain for [P; N] {}

thread_local! {
    /// The buffers that no call is using; calls nest like the elements of a stack.
    static BUFFERS: Cell<Vec<Vec<Line>>> = const { Cell::new(Vec::new()) };
}

/// Calls `f` with `len` numbers of this thread's memory, aligned to cache lines, holding anything.
///
/// Buffers grow to the largest request and stay, so that warm calls allocate nothing. Calls may nest: each level
/// of nesting has a buffer of its own.
#[inline]
pub(crate) fn with_scratch<T: Plain, R>(len: usize, f: impl FnOnce(&mut [T]) -> R) -> R {
    let mut buffers = BUFFERS.take();
    let mut lines = buffers.pop().unwrap_or_default();
    BUFFERS.set(buffers);
    let needed = (len * size_of::<T>()).div_ceil(size_of::<Line>());
    if lines.len() < needed {
        lines.resize(needed, Line([0; 64]));
    }
    // SAFETY: the lines hold at least `len` numbers, all initialised, and `T` accepts any bits; the buffer has
    // left the stack, so nobody else refers to it.
    let result = f(unsafe { core::slice::from_raw_parts_mut(lines.as_mut_ptr().cast(), len) });
    let mut buffers = BUFFERS.take();
    buffers.push(lines);
    BUFFERS.set(buffers);
    result
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
            with_scratch(10, |inner: &mut [u32]| inner.fill(3));
            assert!(outer.iter().all(|x| *x == 1.0));
        });
        with_scratch(100, |again: &mut [f32]| {
            assert_eq!(again.as_ptr(), outer_at)
        });
    }
}
