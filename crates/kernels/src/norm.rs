//! Normalisation: moments of channels or samples, and the passes that use them.
//!
//! A *channel* is `positions` neighbouring elements of every sample; sums run over samples and positions. Whoever wants sums
//! over all elements of a sample takes each sample for a channel of a single one.
//!
//! Every pass walks over its arrays once: batch normalisation takes two reads and a write forward ([`moments`], [`scale_shift`]),
//! and four reads and a write backward ([`sums`], [`backward`]).
//!
//! All passes panic when their arrays do not fit the sizes.

mod channels;
mod layer;
mod passes;
mod walk;

#[cfg(test)]
mod tests;

use crate::dispatch::layer_kernel;
use crate::number::Number;
use crate::scratch::with_scratch;
use crate::simd::Simd;
use crate::sizes::count;
use crate::{Real, Workers, cpu};

pub use channels::Channels;
pub use layer::{PerSample, layer_backward, layer_backward_parameters, layer_forward};
pub use passes::{backward, scale_shift};

use channels::{TOTAL, Total};
use walk::{Rows, Sums, walk};

/// Mean and biased variance of each channel over samples and positions, `N` elements:
///
/// ```text
/// mean = (1/N) sum x,   variance = (1/N) sum (x - mean)^2
/// ```
///
/// In one walk: elements are taken relative to one of their neighbours, so that a large mean costs no digits, and the sums of
/// some 2000 elements are joined in double precision (Chan, Golub, LeVeque 1983). Without samples both are NaN.
///
/// ```
/// use gradflow_kernels::{Workers, norm};
///
/// let size = norm::Channels { channels: 2, positions: 1 };
/// let (mut mean, mut variance) = ([0.0; 2], [0.0; 2]);
/// norm::moments(size, &[1.0, 5.0, 3.0, 5.0], [&mut mean, &mut variance], &Workers::inline());
/// assert_eq!((mean, variance), ([2.0, 5.0], [1.0, 0.0]));
/// ```
pub fn moments<T: Real>(
    size: Channels,
    x: &[T],
    [mean, variance]: [&mut [T]; 2],
    workers: &Workers,
) {
    size.check(&[mean, variance]);
    let n = (size.samples(x.len()) as f64) * size.positions as f64;
    let add = |first, totals: &mut [Total]| moments_at(cpu::level(), size, x, first, totals);
    each_total(
        size,
        x.len(),
        workers,
        add,
        |c, [start, sum, squares, _]| {
            let away = sum / n;
            let v = (squares - sum * away) / n;
            mean[c] = T::from_f64(start + away);
            // Rounding may leave less than nothing; a NaN stays.
            variance[c] = T::from_f64(if v < 0.0 { 0.0 } else { v });
        },
    );
}

/// The sums of the backward pass of each channel over samples and positions: `sum p_bar` and `sum p_bar (x - mean)`.
pub fn sums<T: Real>(
    size: Channels,
    [x, p_bar]: [&[T]; 2],
    mean: &[T],
    [sum, product]: [&mut [T]; 2],
    workers: &Workers,
) {
    size.check(&[mean, sum, product]);
    size.samples(x.len());
    assert_eq!(x.len(), p_bar.len());
    let add = |first, totals: &mut [Total]| {
        sums_at(cpu::level(), size, [x, p_bar], mean, first, totals);
    };
    each_total(size, x.len(), workers, add, |c, [plain, with_x, ..]| {
        sum[c] = T::from_f64(plain);
        product[c] = T::from_f64(with_x);
    });
}

/// Has `add(first, totals)` fill the totals of the channels from `first` on, on the threads that there are, and then calls
/// `each(channel, total)`.
fn each_total(
    size: Channels,
    elements: usize,
    workers: &Workers,
    add: impl Fn(usize, &mut [Total]) + Sync,
    mut each: impl FnMut(usize, Total),
) {
    let len = count("totals of channels", [TOTAL, size.channels]);
    with_scratch(len, |totals: &mut [f64]| {
        totals.fill(0.0);
        // Channels that together read some 4 kB in a row.
        let part = (1024 / size.positions).max(1);
        let work = elements.saturating_mul(8);
        workers.for_each_chunk(totals, TOTAL * part, work, |i, totals| {
            add(i * part, totals.as_chunks_mut().0);
        });
        for (c, total) in totals.as_chunks().0.iter().enumerate() {
            each(c, *total);
        }
    });
}

layer_kernel! {
    /// [`moments`] of the channels from `first` on: of each a number near them, and relative to it the sum of the elements
    /// and of their squares.
    fn moments_at<T, S>(s: S; size: Channels, x: &[T], first: usize, totals: &mut [Total]) {
        walk(s, size, [x], first, totals, &PowerSums { x });
    }
}

layer_kernel! {
    /// [`sums`] of the channels from `first` on.
    fn sums_at<T, S>(s: S; size: Channels, from: [&[T]; 2], mean: &[T], first: usize, totals: &mut [Total]) {
        walk(s, size, from, first, totals, &Products { mean });
    }
}

/// Relative to a number near them: the sum of elements and of their squares.
struct PowerSums<'a, T> {
    x: &'a [T],
}

impl<T: Number, S: Simd<T>> Sums<T, S, 1> for PowerSums<'_, T> {
    #[inline(always)]
    fn near(&self, s: S, rows: Rows, _: usize, at: usize) -> T {
        match rows {
            // The mean of a vector.
            Rows::Long => {
                let row = &self.x[at..at + S::LANES];
                // SAFETY: the row holds a vector.
                let sum = unsafe { s.reduce_add(s.load(row.as_ptr())) };
                sum / T::from_f64(S::LANES as f64)
            }
            Rows::Short => self.x[at],
        }
    }

    #[inline(always)]
    fn add(&self, s: S, near: S::V, [x]: [S::V; 1], [sum, squares]: [S::V; 2]) -> [S::V; 2] {
        let d = s.sub(x, near);
        [s.add(sum, d), s.mul_add(d, d, squares)]
    }

    #[inline(always)]
    fn join(&self, total: &mut Total, near: f64, sums: [f64; 2], count: f64) {
        join(total, near, sums, count);
    }
}

/// The sum of `p_bar`, and of its products with `x - mean`.
struct Products<'a, T> {
    mean: &'a [T],
}

impl<T: Number, S: Simd<T>> Sums<T, S, 2> for Products<'_, T> {
    #[inline(always)]
    fn near(&self, _: S, _: Rows, channel: usize, _: usize) -> T {
        self.mean[channel]
    }

    #[inline(always)]
    fn add(&self, s: S, mean: S::V, [x, bar]: [S::V; 2], [sum, product]: [S::V; 2]) -> [S::V; 2] {
        [s.add(sum, bar), s.mul_add(bar, s.sub(x, mean), product)]
    }

    #[inline(always)]
    fn join(&self, total: &mut Total, _: f64, [sum, product]: [f64; 2], _: f64) {
        total[0] += sum;
        total[1] += product;
    }
}

/// Adds `n` elements whose sum and squares relative to `near` are these to a total `[start, sum, squares, count]`, relative
/// to its own `start`, or to theirs if they are the first.
#[inline(always)]
fn join(total: &mut Total, near: f64, [sum, squares]: [f64; 2], n: f64) {
    if total[3] == 0.0 {
        total[0] = near;
    }
    total[3] += n;
    let away = sum / n;
    let far = near - total[0] + away;
    total[1] += n * far;
    total[2] += (squares - sum * away) + n * (far * far);
}
