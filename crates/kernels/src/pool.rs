//! Maximum and average pooling and their gradients.
//!
//! Pooling moves numbers rather than computing with them, so plain loops do ([`windows`]); the usual windows of 2 x 2 have loops
//! of their own ([`two`]).

mod shape;
mod two;
mod windows;

use crate::cpu;
use crate::dispatch::layer_kernel;
use crate::number::Number;
use crate::scratch::with_plain;
use crate::simd::Simd;
use crate::{Real, Workers};
use two::{gather, max_of_four, scatter, share_maxima};

pub use shape::PoolShape;

/// The pooling of one sample by windows of 2 x 2: `four` of the two rows of each.
#[inline(always)]
fn forward<T: Number, S: Simd<T>>(
    s: S,
    shape: &PoolShape,
    x: &[T],
    p: &mut [T],
    scratch: &mut [T],
    four: impl Fn([T; 2], [T; 2]) -> T,
) {
    let (n_in, n_out) = shape.planes();
    for (x, p) in x.chunks_exact(n_in).zip(p.chunks_exact_mut(n_out)) {
        let [upper, lower] = gather(s, shape, x, scratch);
        for ((p, a), b) in p.iter_mut().zip(upper).zip(lower) {
            *p = four(*a, *b);
        }
    }
}

layer_kernel! {
    /// One sample of [`max_pool_forward`] by windows of 2 x 2.
    fn max_forward<T, S>(s: S; shape: &PoolShape, x: &[T], p: &mut [T], scratch: &mut [T]) {
        forward(s, shape, x, p, scratch, #[inline(always)] |a, b| max_of_four(a, b).0);
    }
}

layer_kernel! {
    /// One sample of [`avg_pool_forward`] by windows of 2 x 2.
    fn avg_forward<T, S>(s: S; shape: &PoolShape, x: &[T], p: &mut [T], scratch: &mut [T]) {
        let share = T::from_f64(0.25);
        forward(s, shape, x, p, scratch, #[inline(always)] |a, b| share * ((a[0] + a[1]) + (b[0] + b[1])));
    }
}

/// The largest element of every window, for every sample of `x`, `samples x input` to `samples x output`:
/// `p_ijk = max_bc x_{i, b + j s_v, c + k s_h}`, where padding counts as `-inf`. A NaN in a window is its maximum.
///
/// # Panics
/// If the shape is not valid, or a slice is not as long as it says.
pub fn max_pool_forward<T: Real>(shape: &PoolShape, x: &[T], p: &mut [T], workers: &Workers) {
    let (level, usual) = (cpu::level(), shape.is_two_by_two());
    forward_by(shape, x, p, workers, |x, p, scratch| match usual {
        true => max_forward(level, shape, x, p, scratch),
        false => windows::max_forward(shape, x, p),
    });
}

/// The average of every window, for every sample of `x`, `samples x input` to `samples x output`:
/// `p_ijk = (sum_bc x_{i, b + j s_v, c + k s_h}) / n`, with `n` the number of elements [`Over`] which the mean is taken.
///
/// # Panics
/// If the shape is not valid, or a slice is not as long as it says.
pub fn avg_pool_forward<T: Real>(
    shape: &PoolShape,
    over: Over,
    x: &[T],
    p: &mut [T],
    workers: &Workers,
) {
    let (level, usual) = (cpu::level(), shape.is_two_by_two());
    forward_by(shape, x, p, workers, |x, p, scratch| match usual {
        true => avg_forward(level, shape, x, p, scratch),
        false => windows::avg_forward(shape, over, x, p),
    });
}

/// Pools every sample by the kernel of one.
fn forward_by<T: Real>(
    shape: &PoolShape,
    x: &[T],
    p: &mut [T],
    workers: &Workers,
    kernel: impl Fn(&[T], &mut [T], &mut [T]) + Sync,
) {
    let [n_in, n_out] = shape.check(x.len(), p.len());
    shape.each_sample(p, n_out, shape.scratch_len(), workers, |s, p, scratch| {
        kernel(&x[s * n_in..][..n_in], p, scratch);
    });
}

/// What the mean of a window that leaves the input is taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// The elements inside the input.
    Inside,
    /// Those and the zeros of the padding.
    Padded,
}

layer_kernel! {
    /// One sample of [`max_pool_backward`] by windows of 2 x 2.
    fn max_backward<T, S>(
        s: S; shape: &PoolShape, x: &[T], p_bar: &[T], x_bar: &mut [T], scratch: &mut [T], winners: &mut [u32],
    ) {
        let (n_in, n_out) = shape.planes();
        let planes = x.chunks_exact(n_in).zip(p_bar.chunks_exact(n_out));
        for ((x, p_bar), x_bar) in planes.zip(x_bar.chunks_exact_mut(n_in)) {
            x_bar.fill(T::ZERO);
            let windows = gather(s, shape, x, scratch);
            share_maxima(shape, windows, p_bar, x_bar, winners);
        }
    }
}

/// The gradient through [`max_pool_forward`]: `x_bar`, overwritten, from `p_bar = dL/dp` and the input `x`.
///
/// The maximum of each window takes its whole gradient; on a tie the first in row-major order does, and so does
/// the first NaN. Where windows overlap, their shares add up.
///
/// # Panics
/// If the shape is not valid, or a slice is not as long as it says.
pub fn max_pool_backward<T: Real>(
    shape: &PoolShape,
    x: &[T],
    p_bar: &[T],
    x_bar: &mut [T],
    workers: &Workers,
) {
    let [n_in, n_out] = shape.check(x_bar.len(), p_bar.len());
    assert_eq!(x.len(), x_bar.len(), "input of {shape:?}");
    let (level, usual) = (cpu::level(), shape.is_two_by_two());
    let scratch = shape.backward_scratch_len();
    shape.each_sample(x_bar, n_in, scratch, workers, |s, x_bar, scratch| {
        let (x, p_bar) = (&x[s * n_in..][..n_in], &p_bar[s * n_out..][..n_out]);
        if !usual {
            return windows::max_backward(shape, x, p_bar, x_bar, scratch);
        }
        with_plain(shape.scratch_len() / 4, |winners| {
            max_backward(level, shape, x, p_bar, x_bar, scratch, winners);
        });
    });
}

layer_kernel! {
    /// One sample of [`avg_pool_backward`] by windows of 2 x 2.
    fn avg_backward<T, S>(s: S; shape: &PoolShape, p_bar: &[T], x_bar: &mut [T], scratch: &mut [T]) {
        let ((n_in, n_out), share) = (shape.planes(), T::from_f64(0.25));
        for (p_bar, x_bar) in p_bar.chunks_exact(n_out).zip(x_bar.chunks_exact_mut(n_in)) {
            let (upper, lower) = scratch.split_at_mut(2 * n_out);
            for (pair, bar) in upper.as_chunks_mut().0.iter_mut().zip(p_bar) {
                *pair = [share * *bar; 2];
            }
            lower.copy_from_slice(upper);
            scatter(s, shape, scratch, x_bar);
        }
    }
}

/// The gradient through [`avg_pool_forward`]: `x_bar`, overwritten, from `p_bar = dL/dp`.
///
/// Every element of a window takes an equal share of its gradient; where windows overlap, shares add up.
///
/// # Panics
/// If the shape is not valid, or a slice is not as long as it says.
pub fn avg_pool_backward<T: Real>(
    shape: &PoolShape,
    over: Over,
    p_bar: &[T],
    x_bar: &mut [T],
    workers: &Workers,
) {
    let [n_in, n_out] = shape.check(x_bar.len(), p_bar.len());
    let (level, usual) = (cpu::level(), shape.is_two_by_two());
    let scratch = shape.backward_scratch_len();
    shape.each_sample(x_bar, n_in, scratch, workers, |s, x_bar, scratch| {
        let p_bar = &p_bar[s * n_out..][..n_out];
        match usual {
            true => avg_backward(level, shape, p_bar, x_bar, scratch),
            false => windows::avg_backward(shape, over, p_bar, x_bar, scratch),
        }
    });
}

#[cfg(test)]
mod tests;
