//! How long sums keep their digits.
//!
//! A running sum of `n` terms is off by up to `n` half units in the last place, of the sum of magnitudes: in `f32` that is
//! 60 % at ten million terms. So no kernel adds more than [`CHAIN`] terms to one number that runs, or [`RUN`] where the
//! innermost loops of products and convolutions do. The sums of chains are added to a second number, and where there are
//! too many of those for that, to a third, which is compensated: [`fold`]. All together stay below 170 half units for any
//! number of terms, that is `1e-5` in `f32`; products and filter gradients below 600 for terms of any kind, and below
//! `1e-5` for equal ones.
//!
//! Where a chain ends depends on sizes alone, so that no number of threads changes a bit.

use crate::dispatch::kernel;
use crate::number::Number;
use crate::simd::Simd;
use crate::{Real, elementwise, math};

/// Terms of a running sum, and its sums in the next one, at most.
pub(crate) const CHAIN: usize = 128;

/// Terms of a running sum in products and convolutions, at most: as many as their innermost loops add in one go. Equal
/// terms then lose less than `1e-5`, terms of any kind at most `RUN` half units.
pub(crate) const RUN: usize = 512;

/// Terms of a sum in two steps, of chains of [`CHAIN`] and of their sums, at most: so many chains leave its error where it
/// should be.
pub(crate) const LONG: usize = 48 * CHAIN;

kernel! {
    /// `sum = sum + x`, with what that loses to rounding kept in `lost` for the next time: the error of any number of
    /// calls is that of two. `lost` begins with zeros. An infinite sum stays infinite.
    pub(crate) fn fold<T, S>(s: S; x: &[T], sum: &mut [T], lost: &mut [T]) {
        elementwise::update(s, [sum, lost], [x], #[inline(always)] |sum, [x]| fold_vector(s, x, sum));
    }
}

/// [`fold`] for a vector: the sum with `x` in it, and what that loses.
#[inline(always)]
pub(crate) fn fold_vector<T: Number, S: Simd<T>>(
    s: S,
    x: S::V,
    [sum, lost]: [S::V; 2],
) -> [S::V; 2] {
    let term = s.add(x, lost);
    let new = s.add(sum, term);
    let lost = s.sub(term, s.sub(new, sum));
    let lost = s.select_less(math::abs(s, new), s.splat(T::INFINITY), lost, s.zero());
    [new, lost]
}

/// A single sum as [`fold`] has it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Compensated<T> {
    sum: T,
    lost: T,
}

impl<T: Real> Compensated<T> {
    #[inline(always)]
    pub(crate) fn of(sum: T, lost: T) -> Self {
        Self { sum, lost }
    }

    #[inline(always)]
    pub(crate) fn add(&mut self, x: T) {
        let term = x + self.lost;
        let new = self.sum + term;
        let lost = term - (new - self.sum);
        self.lost = if new.is_finite() { lost } else { T::ZERO };
        self.sum = new;
    }

    #[inline(always)]
    pub(crate) fn parts(self) -> (T, T) {
        (self.sum, self.lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::available;

    #[test]
    fn ten_million_terms_keep_their_digits() {
        for level in available() {
            let (mut sum, mut lost) = ([0.0_f32; 3], [0.0; 3]);
            for _ in 0..10_000_000 / 100 {
                (0..100).for_each(|_| fold(level, &[0.1, 1.0, -3e-3], &mut sum, &mut lost));
            }
            for (sum, term) in sum.iter().zip([0.1_f32, 1.0, -3e-3]) {
                assert!((f64::from(*sum) / f64::from(term) / 1e7 - 1.0).abs() < 1e-7);
            }
        }
    }

    #[test]
    fn an_infinite_sum_stays_infinite() {
        for level in available() {
            let (mut sum, mut lost) = ([f32::MAX], [0.0]);
            for x in [f32::MAX, 1.0, -1.0, f32::MAX] {
                fold(level, &[x], &mut sum, &mut lost);
                assert_eq!(sum, [f32::INFINITY]);
            }
            fold(level, &[f32::NEG_INFINITY], &mut sum, &mut lost);
            assert!(sum[0].is_nan());
        }
    }
}
