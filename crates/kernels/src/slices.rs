//! Element-wise passes and reductions.
//!
//! Sums run in 32 partial sums, whatever the length of a vector; these are added pairwise, upper half to lower half. Long
//! sums are sums of shorter ones, so that they lose next to nothing to rounding: below `1e-5` of the sum of magnitudes in
//! `f32`, whatever the length. The order of a sum depends on the length of the slice alone.

pub(crate) mod reduce;
mod rows;

use crate::dispatch::kernel;
use crate::{Real, cpu, elementwise, math};
use reduce::{pairwise, reduce};

/// Replaces every `x` by `e^x`, within 2 units in the last place; a NaN stays.
///
/// ```
/// let mut x = [0.0, f64::NEG_INFINITY];
/// gradflow_kernels::slices::exp(&mut x);
/// assert_eq!(x, [1.0, 0.0]);
/// ```
#[inline]
pub fn exp<T: Real>(x: &mut [T]) {
    exp_at(cpu::level(), x);
}

/// Replaces every `x` by its natural logarithm, within 2 units in the last place; a NaN stays, a negative number
/// becomes one.
#[inline]
pub fn ln<T: Real>(x: &mut [T]) {
    ln_at(cpu::level(), x);
}

/// `x = a x`.
#[inline]
pub fn scale<T: Real>(a: T, x: &mut [T]) {
    scale_at(cpu::level(), a, x);
}

/// `y = y + a x`, as far as both slices go.
///
/// ```
/// let mut y = [1.0, 2.0];
/// gradflow_kernels::slices::axpy(10.0, &[1.0, -1.0], &mut y);
/// assert_eq!(y, [11.0, -8.0]);
/// ```
#[inline]
pub fn axpy<T: Real>(a: T, x: &[T], y: &mut [T]) {
    axpy_at(cpu::level(), a, x, y);
}

/// `y = y + a (x - y)`, as far as both slices go: a step of a moving average. With `a = 1`, `y = x`, where rounding allows.
///
/// ```
/// let mut y = [0.0, 8.0];
/// gradflow_kernels::slices::approach(0.25, &[4.0, 4.0], &mut y);
/// assert_eq!(y, [1.0, 7.0]);
/// ```
#[inline]
pub fn approach<T: Real>(a: T, x: &[T], y: &mut [T]) {
    approach_at(cpu::level(), a, x, y);
}

/// `sum x_i`.
#[inline]
pub fn sum<T: Real>(x: &[T]) -> T {
    let level = cpu::level();
    pairwise(x.len(), &|part| sum_at(level, &x[part]))
}

/// `sum x_i y_i`, as far as both slices go.
#[inline]
pub fn dot<T: Real>(x: &[T], y: &[T]) -> T {
    let level = cpu::level();
    let n = x.len().min(y.len());
    pairwise(n, &|part| dot_at(level, &x[part.clone()], &y[part]))
}

/// `sum x_i^2`.
#[inline]
pub fn sum_squares<T: Real>(x: &[T]) -> T {
    dot(x, x)
}

/// Whether every element is finite.
///
/// ```
/// use gradflow_kernels::slices::all_finite;
///
/// assert!(all_finite(&[1.0, -2.0]));
/// assert!(!all_finite(&[1.0, f32::NAN]));
/// ```
#[inline]
pub fn all_finite<T: Real>(x: &[T]) -> bool {
    all_finite_at(cpu::level(), x)
}

/// `out_j = sum_i rows_ij` for whole `rows` of `out.len()` columns, row-major: sums over the samples of a batch,
/// first sample first, or of such sums, if there are many.
///
/// ```
/// let mut out = [0.0; 2];
/// gradflow_kernels::slices::sum_rows(&[1.0, 2.0, 10.0, 20.0], &mut out);
/// assert_eq!(out, [11.0, 22.0]);
/// ```
#[inline]
pub fn sum_rows<T: Real>(rows: &[T], out: &mut [T]) {
    rows::sum(cpu::level(), rows, out);
}

kernel! {
    pub(crate) fn exp_at<T, S>(s: S; x: &mut [T]) {
        elementwise::map(s, x, #[inline(always)] |x| math::exp(s, x));
    }
}

kernel! {
    pub(crate) fn ln_at<T, S>(s: S; x: &mut [T]) {
        elementwise::map(s, x, #[inline(always)] |x| math::ln(s, x));
    }
}

kernel! {
    fn scale_at<T, S>(s: S; a: T, x: &mut [T]) {
        let a = s.splat(a);
        elementwise::map(s, x, #[inline(always)] |x| s.mul(a, x));
    }
}

kernel! {
    fn axpy_at<T, S>(s: S; a: T, x: &[T], y: &mut [T]) {
        let a = s.splat(a);
        elementwise::zip(s, x, y, #[inline(always)] |x, y| s.mul_add(a, x, y));
    }
}

kernel! {
    fn approach_at<T, S>(s: S; a: T, x: &[T], y: &mut [T]) {
        let a = s.splat(a);
        elementwise::zip(s, x, y, #[inline(always)] |x, y| s.mul_add(a, s.sub(x, y), y));
    }
}

kernel! {
    fn sum_at<T, S>(s: S; x: &[T]) -> T {
        reduce(s, [x], #[inline(always)] |sum, [x]| s.add(sum, x))
    }
}

kernel! {
    fn dot_at<T, S>(s: S; x: &[T], y: &[T]) -> T {
        reduce(s, [x, y], #[inline(always)] |sum, [x, y]| s.mul_add(x, y, sum))
    }
}

kernel! {
    fn all_finite_at<T, S>(s: S; x: &[T]) -> bool {
        // `x - x` is 0 where `x` is finite and a NaN where it is not, and a sum with a NaN in it is one: so the sum is 0 if
        // all are finite. (`0 x` would do as well, but is slow for denormal numbers on some processors.)
        reduce(s, [x], #[inline(always)] |sum, [x]| s.add(sum, s.sub(x, x))) == T::ZERO
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cpu::available;

    fn numbers(len: core::ops::Range<usize>) -> impl Strategy<Value = Vec<f64>> {
        prop::collection::vec(-1.0..1.0_f64, len)
    }

    proptest! {
        /// Each of the `n` products and additions is off by half an epsilon of a partial sum at most.
        #[test]
        fn reductions(x in numbers(0..300), y in numbers(0..300)) {
            for level in available() {
                let exact: f64 = x.iter().sum();
                prop_assert!((sum_at(level, &x) - exact).abs() <= 1e-13);
                let exact: f64 = x.iter().zip(&y).map(|(x, y)| x * y).sum();
                prop_assert!((dot_at(level, &x, &y) - exact).abs() <= 1e-13);
                let (x, y): (Vec<_>, Vec<_>) = (x.iter().map(|x| *x as f32).collect(), y.iter().map(|y| *y as f32).collect());
                let exact: f64 = x.iter().zip(&y).map(|(x, y)| f64::from(x * y)).sum();
                prop_assert!((f64::from(dot_at(level, &x, &y)) - exact).abs() <= 1e-4);
                // Without products nothing depends on the level.
                prop_assert_eq!(sum_at(level, &x), sum_at(cpu::Level::Portable, &x));
            }
        }

        #[test]
        fn passes(a in -2.0..2.0_f64, x in numbers(0..80), y in numbers(0..80)) {
            for level in available() {
                let mut z = y.clone();
                axpy_at(level, a, &x, &mut z);
                for (i, z) in z.iter().enumerate() {
                    let exact = y[i] + x.get(i).map_or(0.0, |x| a * x);
                    prop_assert!((z - exact).abs() <= 4.0 * f64::EPSILON, "{z} not {exact}");
                }
                let mut z = y.clone();
                approach_at(level, a, &x, &mut z);
                for (i, z) in z.iter().enumerate() {
                    let exact = x.get(i).map_or(y[i], |x| y[i] + a * (x - y[i]));
                    prop_assert!((z - exact).abs() <= 8.0 * f64::EPSILON, "{z} not {exact}");
                }
                let mut z = y.clone();
                scale_at(level, a, &mut z);
                prop_assert!(z.iter().zip(&y).all(|(z, y)| *z == a * y));
            }
        }

        #[test]
        fn rows_are_summed_in_order(n in 0..200_usize, m in 0..9_usize, seed: u32) {
            let mut state = seed;
            let rows: Vec<f32> = (0..n * m).map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / 1e6 - 8.0
            }).collect();
            for level in available() {
                let mut out = vec![f32::NAN; n];
                rows::sum(level, &rows, &mut out);
                for (j, out) in out.iter().enumerate() {
                    let naive = (0..m).fold(0.0, |sum, i| sum + rows[i * n + j]);
                    prop_assert_eq!(*out, naive);
                }
            }
        }

        #[test]
        fn one_bad_element_is_found(x in numbers(1..200), at: prop::sample::Index) {
            for level in available() {
                prop_assert!(all_finite_at(level, &x));
                for bad in [f64::NAN, f64::INFINITY, -f64::INFINITY] {
                    let mut x = x.clone();
                    let at = at.index(x.len());
                    x[at] = bad;
                    prop_assert!(!all_finite_at(level, &x));
                    let x: Vec<f32> = x.iter().map(|x| *x as f32).collect();
                    prop_assert!(!all_finite_at(level, &x));
                }
            }
        }
    }

    #[test]
    fn the_largest_and_the_smallest_numbers_are_finite() {
        for level in available() {
            assert!(all_finite_at(level, &[f32::MAX; 100]));
            assert!(all_finite_at(level, &[f64::from_bits(1); 33]));
            assert!(all_finite_at::<f32>(level, &[]));
        }
    }
}
