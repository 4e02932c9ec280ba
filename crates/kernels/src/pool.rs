//! Maximum and average pooling and their gradients.
//!
//! Pooling moves numbers rather than computing with them, so plain loops do; the usual windows have loops of their own:
//! [`two`]. An average over more than [`CHAIN`] elements, and a gradient of more than so many windows, is a long sum.

mod shape;
mod two;

use crate::cpu::{self, Level};
use crate::dispatch::kernel;
use crate::number::Number;
use crate::scratch::with_plain;
use crate::simd::Simd;
use crate::slices::reduce::sum_in_parts;
use crate::sums::{CHAIN, Compensated};
use crate::{Real, Workers};
use two::{beats, gather, max_of_four, scatter, share_maxima};

pub use shape::PoolShape;

/// The pooling of one sample: `four` of the two rows of each window, if they are 2 x 2, else `window` of a plane and the
/// start of a window.
#[inline(always)]
fn forward<T: Number, S: Simd<T>>(
    s: S,
    shape: &PoolShape,
    x: &[T],
    p: &mut [T],
    scratch: &mut [T],
    four: impl Fn([T; 2], [T; 2]) -> T,
    window: impl Fn(&[T], usize) -> T,
) {
    let (n_in, n_out) = shape.planes();
    for (x, p) in x.chunks_exact(n_in).zip(p.chunks_exact_mut(n_out)) {
        if shape.is_two_by_two() {
            let [upper, lower] = gather(s, shape, x, scratch);
            for ((p, a), b) in p.iter_mut().zip(upper).zip(lower) {
                *p = four(*a, *b);
            }
        } else {
            shape.for_each_window(
                #[inline(always)]
                |k, start| p[k] = window(x, start),
            );
        }
    }
}

kernel! {
    /// One sample of [`max_pool_forward`].
    fn max_forward<T, S>(s: S; shape: &PoolShape, x: &[T], p: &mut [T], scratch: &mut [T]) {
        forward(
            s, shape, x, p, scratch,
            #[inline(always)] |a, b| max_of_four(a, b).0,
            #[inline(always)] |x, start| {
                let elements = shape.window_at(start).map(|i| x[i]);
                elements.fold(x[start], |m, y| if beats(y, m) { y } else { m })
            },
        );
    }
}

kernel! {
    /// One sample of [`avg_pool_forward`].
    fn avg_forward<T, S>(s: S; shape: &PoolShape, x: &[T], p: &mut [T], scratch: &mut [T]) {
        let count = shape.window[0] * shape.window[1];
        let share = T::ONE / T::from_f64(count as f64);
        forward(
            s, shape, x, p, scratch,
            #[inline(always)] |a, b| share * ((a[0] + a[1]) + (b[0] + b[1])),
            #[inline(always)] |x, start| share * if count <= CHAIN {
                shape.window_at(start).map(|i| x[i]).sum::<T>()
            } else {
                let mut sum = Compensated::of(T::ZERO, T::ZERO);
                shape.rows_at(start).for_each(|row| sum_in_parts(s, &x[row], &mut sum));
                sum.parts().0
            },
        );
    }
}

/// The largest element of every window, for every sample of `x`, `samples x input` to `samples x output`:
/// `p_ijk = max_bc x_{i, b + j s_v, c + k s_h}`. A NaN in a window is its maximum.
///
/// # Panics
/// If the shape is not valid, or a slice is not as long as it says.
pub fn max_pool_forward<T: Real>(shape: &PoolShape, x: &[T], p: &mut [T], workers: &Workers) {
    forward_by(max_forward, shape, x, p, workers);
}

/// The average of every window, for every sample of `x`, `samples x input` to `samples x output`:
/// `p_ijk = (sum_bc x_{i, b + j s_v, c + k s_h}) / (w_v w_h)`.
///
/// # Panics
/// If the shape is not valid, or a slice is not as long as it says.
pub fn avg_pool_forward<T: Real>(shape: &PoolShape, x: &[T], p: &mut [T], workers: &Workers) {
    forward_by(avg_forward, shape, x, p, workers);
}

/// Pools every sample by the kernel of one.
fn forward_by<T: Real>(
    kernel: fn(Level, &PoolShape, &[T], &mut [T], &mut [T]),
    shape: &PoolShape,
    x: &[T],
    p: &mut [T],
    workers: &Workers,
) {
    let [n_in, n_out] = shape.check(x.len(), p.len());
    let level = cpu::level();
    shape.each_sample(p, n_out, shape.scratch_len(), workers, |s, p, scratch| {
        kernel(level, shape, &x[s * n_in..][..n_in], p, scratch);
    });
}

/// Gradients of the elements of a plane, each a sum over the windows that it lies in; long sums keep what they lose.
struct Gradients<'a, T> {
    sums: &'a mut [T],
    /// Empty where sums are short.
    lost: &'a mut [T],
}

impl<'a, T: Real> Gradients<'a, T> {
    /// Zeros.
    #[inline(always)]
    fn new(shape: &PoolShape, sums: &'a mut [T], scratch: &'a mut [T]) -> Self {
        sums.fill(T::ZERO);
        let lost = if shape.overlaps() > CHAIN {
            scratch
        } else {
            &mut []
        };
        lost.fill(T::ZERO);
        Self { sums, lost }
    }

    #[inline(always)]
    fn add(&mut self, i: usize, bar: T) {
        match self.lost.get_mut(i) {
            None => self.sums[i] += bar,
            Some(lost) => {
                let mut sum = Compensated::of(self.sums[i], *lost);
                sum.add(bar);
                (self.sums[i], *lost) = sum.parts();
            }
        }
    }
}

kernel! {
    /// One sample of [`max_pool_backward`].
    fn max_backward<T, S>(
        s: S; shape: &PoolShape, x: &[T], p_bar: &[T], x_bar: &mut [T], scratch: &mut [T], winners: &mut [u32],
    ) {
        let (n_in, n_out) = shape.planes();
        let planes = x.chunks_exact(n_in).zip(p_bar.chunks_exact(n_out));
        for ((x, p_bar), x_bar) in planes.zip(x_bar.chunks_exact_mut(n_in)) {
            if shape.is_two_by_two() {
                x_bar.fill(T::ZERO);
                let windows = gather(s, shape, x, scratch);
                share_maxima(shape, windows, p_bar, x_bar, winners);
            } else {
                let mut gradients = Gradients::new(shape, x_bar, scratch);
                shape.for_each_window(#[inline(always)] |k, start| {
                    let winner = shape
                        .window_at(start)
                        .fold(start, |m, i| if beats(x[i], x[m]) { i } else { m });
                    gradients.add(winner, p_bar[k]);
                });
            }
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
    let (level, scratch) = (cpu::level(), shape.backward_scratch_len());
    shape.each_sample(x_bar, n_in, scratch, workers, |s, x_bar, scratch| {
        let (x, p_bar) = (&x[s * n_in..][..n_in], &p_bar[s * n_out..][..n_out]);
        with_plain(shape.scratch_len() / 4, |winners| {
            max_backward(level, shape, x, p_bar, x_bar, scratch, winners);
        });
    });
}

kernel! {
    /// One sample of [`avg_pool_backward`].
    fn avg_backward<T, S>(s: S; shape: &PoolShape, p_bar: &[T], x_bar: &mut [T], scratch: &mut [T]) {
        let (n_in, n_out) = shape.planes();
        let share = T::ONE / T::from_f64((shape.window[0] * shape.window[1]) as f64);
        for (p_bar, x_bar) in p_bar.chunks_exact(n_out).zip(x_bar.chunks_exact_mut(n_in)) {
            if shape.is_two_by_two() {
                let (upper, lower) = scratch.split_at_mut(2 * n_out);
                for (pair, bar) in upper.as_chunks_mut().0.iter_mut().zip(p_bar) {
                    *pair = [share * *bar; 2];
                }
                lower.copy_from_slice(upper);
                scatter(s, shape, scratch, x_bar);
            } else {
                let mut gradients = Gradients::new(shape, x_bar, scratch);
                shape.for_each_window(#[inline(always)] |k, start| {
                    let bar = share * p_bar[k];
                    shape.window_at(start).for_each(|i| gradients.add(i, bar));
                });
            }
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
    p_bar: &[T],
    x_bar: &mut [T],
    workers: &Workers,
) {
    let [n_in, n_out] = shape.check(x_bar.len(), p_bar.len());
    let (level, scratch) = (cpu::level(), shape.backward_scratch_len());
    shape.each_sample(x_bar, n_in, scratch, workers, |s, x_bar, scratch| {
        avg_backward(level, shape, &p_bar[s * n_out..][..n_out], x_bar, scratch);
    });
}

#[cfg(test)]
mod tests;
