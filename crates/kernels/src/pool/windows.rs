//! Windows of any size and stride: plain loops over their elements, compiled once for all levels.
//!
//! An average over more than [`SHORT`] elements, and a gradient of more than [`CHAIN`] windows, is a long sum.

use super::Over;
use super::shape::{Cells, PoolShape};
use super::two::beats;
use crate::Real;
use crate::dispatch::kernel;
use crate::number::Number;
use crate::simd::{Portable, Simd};
use crate::slices::reduce::sum_in_parts;
use crate::sums::{CHAIN, Compensated};

/// Elements of a window that are just added one by one, at most.
const SHORT: usize = 32;

kernel! {
    /// The maxima of one sample.
    pub(super) fn max_forward<T>(shape: &PoolShape, x: &[T], p: &mut [T]) {
        let (n_in, n_out) = shape.planes();
        for (x, p) in x.chunks_exact(n_in).zip(p.chunks_exact_mut(n_out)) {
            shape.for_each_window(|k, cells| {
                let elements = cells.indices().map(|i| x[i]);
                p[k] = elements.fold(x[cells.start], |m, y| if beats(y, m) { y } else { m });
            });
        }
    }
}

kernel! {
    /// The means of one sample.
    pub(super) fn avg_forward<T>(shape: &PoolShape, over: Over, x: &[T], p: &mut [T]) {
        let (n_in, n_out) = shape.planes();
        let shares = Shares::<T>::new(shape, over);
        for (x, p) in x.chunks_exact(n_in).zip(p.chunks_exact_mut(n_out)) {
            shape.for_each_window(|k, cells| p[k] = shares.of(cells) * sum(x, cells));
        }
    }
}

/// The sum of the elements of a window.
#[inline(always)]
fn sum<T: Number>(x: &[T], cells: Cells) -> T
where
    Portable: Simd<T>,
{
    if cells.count() <= SHORT {
        return cells.indices().map(|i| x[i]).sum::<T>();
    }
    let mut sum = Compensated::of(T::ZERO, T::ZERO);
    match cells.runs() {
        Some(runs) => runs.for_each(|run| sum_in_parts(Portable, &x[run], &mut sum)),
        None => cells.indices().for_each(|i| sum.add(x[i])),
    }
    sum.parts().0
}

kernel! {
    /// The gradient of one sample through maxima.
    pub(super) fn max_backward<T>(
        shape: &PoolShape, x: &[T], p_bar: &[T], x_bar: &mut [T], scratch: &mut [T],
    ) {
        let (n_in, n_out) = shape.planes();
        let planes = x.chunks_exact(n_in).zip(p_bar.chunks_exact(n_out));
        for ((x, p_bar), x_bar) in planes.zip(x_bar.chunks_exact_mut(n_in)) {
            let mut gradients = Gradients::new(shape, x_bar, scratch);
            shape.for_each_window(|k, cells| {
                let better = |m, i| if beats(x[i], x[m]) { i } else { m };
                gradients.add(cells.indices().fold(cells.start, better), p_bar[k]);
            });
        }
    }
}

kernel! {
    /// The gradient of one sample through means.
    pub(super) fn avg_backward<T>(
        shape: &PoolShape, over: Over, p_bar: &[T], x_bar: &mut [T], scratch: &mut [T],
    ) {
        let (n_in, n_out) = shape.planes();
        let shares = Shares::<T>::new(shape, over);
        for (p_bar, x_bar) in p_bar.chunks_exact(n_out).zip(x_bar.chunks_exact_mut(n_in)) {
            let mut gradients = Gradients::new(shape, x_bar, scratch);
            shape.for_each_window(|k, cells| {
                let bar = shares.of(cells) * p_bar[k];
                cells.indices().for_each(|i| gradients.add(i, bar));
            });
        }
    }
}

/// What an element of a window counts for in its mean.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shares<T> {
    over: Over,
    /// Elements of a whole window, and what each counts for.
    count: usize,
    pub(super) whole: T,
}

impl<T: Real> Shares<T> {
    #[inline(always)]
    pub(super) fn new(shape: &PoolShape, over: Over) -> Self {
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
