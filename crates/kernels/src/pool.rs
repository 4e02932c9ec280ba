//! Maximum and average pooling and their gradients.
//!
//! Pooling moves numbers rather than computing with them, so plain loops do; the usual windows have loops of their own:
//! [`two`]. An average over more than [`SHORT`] elements, and a gradient of more than [`CHAIN`] windows, is a long sum.

mod shape;
mod two;

use crate::cpu;
use crate::dispatch::kernel;
use crate::number::Number;
use crate::scratch::with_plain;
use crate::simd::Simd;
use crate::slices::reduce::sum_in_parts;
use crate::sums::{CHAIN, Compensated};
use crate::{Real, Workers};
use two::{beats, gather, max_of_four, scatter, share_maxima};

use shape::Cells;
pub use shape::PoolShape;

/// Elements of a window that are just added one by one, at most.
const SHORT: usize = 32;

/// The pooling of one sample: `four` of the two rows of each window, if they are 2 x 2, else `window` of a plane and the
/// elements of a window.
#[inline(always)]
fn forward<T: Number, S: Simd<T>>(
    s: S,
    shape: &PoolShape,
    x: &[T],
    p: &mut [T],
    scratch: &mut [T],
    four: impl Fn([T; 2], [T; 2]) -> T,
    window: impl Fn(&[T], Cells) -> T,
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
                |k, cells| p[k] = window(x, cells),
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
            #[inline(always)] |x, cells| {
                let elements = cells.indices().map(|i| x[i]);
                elements.fold(x[cells.start], |m, y| if beats(y, m) { y } else { m })
            },
        );
    }
}

kernel! {
    /// One sample of [`avg_pool_forward`].
    fn avg_forward<T, S>(s: S; shape: &PoolShape, over: Over, x: &[T], p: &mut [T], scratch: &mut [T]) {
        let shares = Shares::<T>::new(shape, over);
        let share = shares.whole;
        forward(
            s, shape, x, p, scratch,
            #[inline(always)] |a, b| share * ((a[0] + a[1]) + (b[0] + b[1])),
            #[inline(always)] |x, cells| shares.of(cells) * if cells.count() <= SHORT {
                cells.indices().map(|i| x[i]).sum::<T>()
            } else {
                let mut sum = Compensated::of(T::ZERO, T::ZERO);
                match cells.runs() {
                    Some(runs) => runs.for_each(|run| sum_in_parts(s, &x[run], &mut sum)),
                    None => cells.indices().for_each(|i| sum.add(x[i])),
                }
                sum.parts().0
            },
        );
    }
}

/// The largest element of every window, for every sample of `x`, `samples x input` to `samples x output`:
/// `p_ijk = max_bc x_{i, b + j s_v, c + k s_h}`, where padding counts as `-inf`. A NaN in a window is its maximum.
///
/// # Panics
/// If the shape is not valid, or a slice is not as long as it says.
pub fn max_pool_forward<T: Real>(shape: &PoolShape, x: &[T], p: &mut [T], workers: &Workers) {
    let level = cpu::level();
    forward_by(shape, x, p, workers, |x, p, scratch| {
        max_forward(level, shape, x, p, scratch)
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
    let level = cpu::level();
    forward_by(shape, x, p, workers, |x, p, scratch| {
        avg_forward(level, shape, over, x, p, scratch);
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

/// What an element of a window counts for in its mean.
#[derive(Debug, Clone, Copy)]
struct Shares<T> {
    over: Over,
    /// Elements of a whole window, and what each counts for.
    count: usize,
    whole: T,
}

impl<T: Real> Shares<T> {
    #[inline(always)]
    fn new(shape: &PoolShape, over: Over) -> Self {
        let count = shape.window[0].saturating_mul(shape.window[1]);
        let whole = T::ONE / T::from_f64(count as f64);
        Self { over, count, whole }
    }

    #[inline(always)]
    fn of(&self, cells: Cells) -> T {
        let count = match self.over {
            Over::Inside => cells.count(),
            Over::Padded => cells.padded,
        };
        if count == self.count {
            self.whole
        } else {
            T::ONE / T::from_f64(count as f64)
        }
    }
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
                shape.for_each_window(#[inline(always)] |k, cells| {
                    let winner = cells
                        .indices()
                        .fold(cells.start, |m, i| if beats(x[i], x[m]) { i } else { m });
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
    fn avg_backward<T, S>(s: S; shape: &PoolShape, over: Over, p_bar: &[T], x_bar: &mut [T], scratch: &mut [T]) {
        let (n_in, n_out) = shape.planes();
        let shares = Shares::<T>::new(shape, over);
        let share = shares.whole;
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
                shape.for_each_window(#[inline(always)] |k, cells| {
                    let bar = shares.of(cells) * p_bar[k];
                    cells.indices().for_each(|i| gradients.add(i, bar));
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
    over: Over,
    p_bar: &[T],
    x_bar: &mut [T],
    workers: &Workers,
) {
    let [n_in, n_out] = shape.check(x_bar.len(), p_bar.len());
    let (level, scratch) = (cpu::level(), shape.backward_scratch_len());
    shape.each_sample(x_bar, n_in, scratch, workers, |s, x_bar, scratch| {
        avg_backward(
            level,
            shape,
            over,
            &p_bar[s * n_out..][..n_out],
            x_bar,
            scratch,
        );
    });
}

#[cfg(test)]
mod tests;
