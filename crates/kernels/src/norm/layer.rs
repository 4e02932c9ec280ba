//! Normalisation over the elements of each sample.

use crate::dispatch::layer_kernel;
use crate::elementwise::{update, write};
use crate::scratch::with_scratch;
use crate::slices::reduce::reduce;
use crate::sums::{CHAIN, fold};
use crate::{Real, Workers, cpu};

/// Columns that one task sums.
const COLUMNS: usize = 256;

/// What normalises samples of `n` elements: a mean and `1/sqrt(variance + epsilon)` of each sample, a gain of each element.
#[derive(Debug, Clone, Copy)]
pub struct PerSample<'a, T> {
    /// The mean of each sample.
    pub mean: &'a [T],
    /// `1/sqrt(variance + epsilon)` of each sample.
    pub scale: &'a [T],
    /// The gain of each element.
    pub gain: &'a [T],
}

impl<T> PerSample<'_, T> {
    /// # Panics
    /// If an array has not as many numbers as there are elements of samples.
    fn check(&self, arrays: &[&[T]]) {
        let len = crate::sizes::count("samples", [self.mean.len(), self.gain.len()]);
        assert_eq!(self.mean.len(), self.scale.len());
        assert!(!self.gain.is_empty(), "samples without elements");
        let right = arrays.iter().all(|a| a.len() == len);
        assert!(right, "{} samples of {}", self.mean.len(), self.gain.len());
    }
}

/// `p = gain u + shift` with `u = (x - mean) scale`, mean and scale of each sample, gain and shift of each element.
pub fn layer_forward<T: Real>(
    by: PerSample<'_, T>,
    x: &[T],
    shift: &[T],
    p: &mut [T],
    workers: &Workers,
) {
    by.check(&[x, p]);
    assert_eq!(shift.len(), by.gain.len());
    let (n, work) = (by.gain.len(), p.len().saturating_mul(8));
    workers.for_each_chunk(p, n, work, |i, p| {
        forward_at(cpu::level(), by, i, &x[i * n..][..n], shift, p);
    });
}

layer_kernel! {
    /// Sample `i`.
    fn forward_at<T, S>(s: S; by: PerSample<'_, T>, i: usize, x: &[T], shift: &[T], p: &mut [T]) {
        let (mean, scale) = (s.splat(by.mean[i]), s.splat(by.scale[i]));
        write(s, p, [by.gain, shift], [x], #[inline(always)] |[gain, shift], [x]| {
            s.mul_add(gain, s.mul(s.sub(x, mean), scale), shift)
        });
    }
}

/// `x_bar = scale (y - mean y - u mean(y u))` with `y = gain p_bar`, and means over the elements of each sample.
pub fn layer_backward<T: Real>(
    by: PerSample<'_, T>,
    [x, p_bar]: [&[T]; 2],
    x_bar: &mut [T],
    workers: &Workers,
) {
    by.check(&[x, p_bar, x_bar]);
    let (n, work) = (by.gain.len(), x_bar.len().saturating_mul(16));
    workers.for_each_chunk(x_bar, n, work, |i, x_bar| {
        let from = [x, p_bar].map(|x| &x[i * n..][..n]);
        backward_at(cpu::level(), by, i, from, x_bar);
    });
}

layer_kernel! {
    /// Sample `i`.
    fn backward_at<T, S>(s: S; by: PerSample<'_, T>, i: usize, from: [&[T]; 2], x_bar: &mut [T]) {
        let [x, p_bar] = from;
        let (mean, scale) = (s.splat(by.mean[i]), s.splat(by.scale[i]));
        let (mut sum, mut product, mut count) = (0.0, 0.0, 0.0);
        for start in (0..x.len()).step_by(PART) {
            let part = start..x.len().min(start + PART);
            let [x, bar, gain] = [x, p_bar, by.gain].map(#[inline(always)] |x| &x[part.clone()]);
            sum += reduce(s, [bar, gain], #[inline(always)] |sum, [bar, gain]| s.mul_add(bar, gain, sum)).to_f64();
            product += reduce(s, [x, bar, gain], #[inline(always)] |sum, [x, bar, gain]| {
                s.mul_add(s.mul(bar, gain), s.mul(s.sub(x, mean), scale), sum)
            }).to_f64();
            count += x.len() as f64;
        }
        let means = [sum / count, product / count].map(#[inline(always)] |mean| s.splat(T::from_f64(mean)));
        write(s, x_bar, [by.gain], [x, p_bar], #[inline(always)] |[gain], [x, bar]| {
            let u = s.mul(s.sub(x, mean), scale);
            let rest = s.sub(s.mul(gain, bar), means[0]);
            s.mul(scale, s.sub(rest, s.mul(u, means[1])))
        });
    }
}

/// Elements of a sum in the arrays' own precision.
const PART: usize = 4096;

/// `gain_bar = sum p_bar u` and `shift_bar = sum p_bar` over samples, for each element.
pub fn layer_backward_parameters<T: Real>(
    by: PerSample<'_, T>,
    [x, p_bar]: [&[T]; 2],
    [gain_bar, shift_bar]: [&mut [T]; 2],
    workers: &Workers,
) {
    by.check(&[x, p_bar]);
    assert!(gain_bar.len() == by.gain.len() && shift_bar.len() == by.gain.len());
    crate::slices::sum_rows(p_bar, shift_bar);
    let (n, level) = (by.gain.len(), cpu::level());
    let work = x.len().saturating_mul(8);
    workers.for_each_chunk(gain_bar, COLUMNS, work, |i, gain_bar| {
        let columns = gain_bar.len();
        gain_bar.fill(T::ZERO);
        with_scratch(2 * columns, |scratch: &mut [T]| {
            let (sums, lost) = scratch.split_at_mut(columns);
            lost.fill(T::ZERO);
            for start in (0..by.mean.len()).step_by(CHAIN) {
                sums.fill(T::ZERO);
                for sample in start..by.mean.len().min(start + CHAIN) {
                    let from = [x, p_bar].map(|x| &x[sample * n + i * COLUMNS..][..columns]);
                    add_at(level, by, sample, from, sums);
                }
                fold(level, sums, gain_bar, lost);
            }
        });
    });
}

layer_kernel! {
    /// Adds the products of a sample.
    fn add_at<T, S>(s: S; by: PerSample<'_, T>, i: usize, from: [&[T]; 2], sums: &mut [T]) {
        let (mean, scale) = (s.splat(by.mean[i]), s.splat(by.scale[i]));
        update(s, [sums], from, #[inline(always)] |[sum], [x, bar]| {
            [s.mul_add(bar, s.mul(s.sub(x, mean), scale), sum)]
        });
    }
}
