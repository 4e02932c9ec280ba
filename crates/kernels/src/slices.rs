//! Element-wise passes and reductions.
//!
//! Sums run in 32 partial sums, whatever the length of a vector; these are added pairwise, upper half to lower half. Long
//! sums are sums of shorter ones, so that they lose next to nothing to rounding: below `1e-5` of the sum of magnitudes in
//! `f32`, whatever the length. The order of a sum depends on the length of the slice alone.

use core::ops::Range;

use crate::cpu::Level;
use crate::dispatch::kernel;
use crate::scratch::with_scratch;
use crate::simd::Simd;
use crate::sums::{CHAIN, Compensated, LONG, fold};
use crate::{Real, cpu, elementwise, math};

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
    sum_rows_by(cpu::level(), rows, out);
}

/// [`sum_rows`] at a level.
fn sum_rows_by<T: Real>(level: Level, rows: &[T], out: &mut [T]) {
    let n = out.len();
    let piece = LONG.saturating_mul(n);
    if rows.len() <= piece || n == 0 {
        return sum_rows_at(level, rows, out);
    }
    let (first, others) = rows.split_at(piece);
    sum_rows_at(level, first, out);
    with_scratch(2 * n, |scratch: &mut [T]| {
        let (sums, lost) = scratch.split_at_mut(n);
        lost.fill(T::ZERO);
        for rows in others.chunks(piece) {
            sum_rows_at(level, rows, sums);
            fold(level, sums, out, lost);
        }
    });
}

/// Adds the sum of `x` within a body that has been dispatched.
#[inline(always)]
pub(crate) fn sum_in_parts<T: Real, S: Simd<T>>(s: S, x: &[T], sum: &mut Compensated<T>) {
    for part in x.chunks(PART) {
        sum.add(reduce(
            s,
            [part],
            #[inline(always)]
            |sum, [x]| s.add(sum, x),
        ));
    }
}

/// Elements of a sum that is not halved.
const PART: usize = PARTIAL * LONG;

/// The sum over `0..n`, of sums of parts at most [`PART`] long, which `sum` gives, added as a tree.
fn pairwise<T: Real>(n: usize, sum: &impl Fn(Range<usize>) -> T) -> T {
    fn tree<T: Real>(at: Range<usize>, sum: &impl Fn(Range<usize>) -> T) -> T {
        let parts = at.len().div_ceil(PART);
        if parts <= 1 {
            return sum(at);
        }
        let middle = at.start + parts / 2 * PART;
        tree(at.start..middle, sum) + tree(middle..at.end, sum)
    }
    tree(0..n, sum)
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
        // `x - x` is 0 for finite numbers and else a NaN, which a sum keeps. (A multiplication by 0 would be slow for
        // denormal numbers on some processors.)
        reduce(s, [x], #[inline(always)] |sum, [x]| s.add(sum, s.sub(x, x))) == T::ZERO
    }
}

/// Partial sums of a reduction.
const PARTIAL: usize = 32;

/// Starts `PARTIAL` sums at 0, replaces each by `f(sum, elements)` for every `PARTIAL`-th element, and adds them; after
/// [`CHAIN`] of these, others start at 0. `f` leaves a sum alone where the elements are 0.
#[inline(always)]
fn reduce<T: Real, S: Simd<T>, const K: usize>(
    s: S,
    x: [&[T]; K],
    f: impl Fn(S::V, [S::V; K]) -> S::V,
) -> T {
    let n = x.iter().map(|x| x.len()).min().unwrap_or(0);
    let vectors = PARTIAL / S::LANES;
    // As many vectors as the shortest ones (of two numbers) need.
    let mut sums = [s.zero(); PARTIAL / 2];
    let mut total = [s.zero(); PARTIAL / 2];
    let whole = n - n % PARTIAL;
    let mut start = 0;
    loop {
        let end = whole.min(start + CHAIN * PARTIAL);
        for i in (start..end).step_by(PARTIAL) {
            for k in 0..vectors {
                // SAFETY: every slice has at least `n` elements, and `i + PARTIAL <= n`.
                let x = x.map(
                    #[inline(always)]
                    |x| unsafe { s.load(x.as_ptr().add(i + k * S::LANES)) },
                );
                sums[k] = f(sums[k], x);
            }
        }
        if end == whole {
            break;
        }
        for k in 0..vectors {
            total[k] = s.add(total[k], sums[k]);
            sums[k] = s.zero();
        }
        start = end;
    }
    for k in 0..vectors {
        let i = whole + k * S::LANES;
        if i < n {
            let rest = s.first((n - i).min(S::LANES));
            // SAFETY: every slice has at least `n` elements, and `rest` selects those from `i` up to `n`.
            let x = x.map(
                #[inline(always)]
                |x| unsafe { s.load_masked(x.as_ptr().add(i), rest) },
            );
            sums[k] = f(sums[k], x);
        }
    }
    if start > 0 {
        for k in 0..vectors {
            sums[k] = s.add(total[k], sums[k]);
        }
    }
    let mut half = vectors / 2;
    while half > 0 {
        for k in 0..half {
            sums[k] = s.add(sums[k], sums[k + half]);
        }
        half /= 2;
    }
    s.reduce_add(sums[0])
}

kernel! {
    fn sum_rows_at<T, S>(s: S; rows: &[T], out: &mut [T]) {
        let n = out.len();
        let mut j = 0;
        while j + 8 * S::LANES <= n {
            sum_columns::<T, S, 8>(s, rows, j, s.first(S::LANES), out);
            j += 8 * S::LANES;
        }
        while j + 2 * S::LANES <= n {
            sum_columns::<T, S, 2>(s, rows, j, s.first(S::LANES), out);
            j += 2 * S::LANES;
        }
        while j < n {
            sum_columns::<T, S, 1>(s, rows, j, s.first(n - j), out);
            j += S::LANES;
        }
    }
}

/// Sums the columns of `K` vectors from column `j` on, all of which `out` has; of a single vector those of `last`.
#[inline(always)]
fn sum_columns<T: Real, S: Simd<T>, const K: usize>(
    s: S,
    rows: &[T],
    j: usize,
    last: S::Mask,
    out: &mut [T],
) {
    let n = out.len();
    let mut total = [s.zero(); K];
    for rows in rows.chunks(CHAIN * n) {
        let mut sums = [s.zero(); K];
        for row in rows.chunks_exact(n) {
            // SAFETY: a row has `n` elements, and the vectors, the last one masked, end there at the latest.
            let row = unsafe { load_columns::<T, S, K>(s, row.as_ptr().add(j), last) };
            for k in 0..K {
                sums[k] = s.add(sums[k], row[k]);
            }
        }
        for k in 0..K {
            total[k] = s.add(total[k], sums[k]);
        }
    }
    // SAFETY: as above, for `out`.
    unsafe {
        let out = out.as_mut_ptr().add(j);
        for k in 0..K - 1 {
            s.store(out.add(k * S::LANES), total[k]);
        }
        s.store_masked(out.add((K - 1) * S::LANES), last, total[K - 1]);
    }
}

/// `K` vectors from `at` on; a single one has the lanes of `last`.
///
/// # Safety
/// They are there.
#[inline(always)]
unsafe fn load_columns<T: Real, S: Simd<T>, const K: usize>(
    s: S,
    at: *const T,
    last: S::Mask,
) -> [S::V; K] {
    let mut row = [s.zero(); K];
    // SAFETY: the caller's promise.
    unsafe {
        for k in 0..K - 1 {
            row[k] = s.load(at.add(k * S::LANES));
        }
        let at = at.add((K - 1) * S::LANES);
        row[K - 1] = if K > 1 {
            s.load(at)
        } else {
            s.load_masked(at, last)
        };
    }
    row
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
                sum_rows_at(level, &rows, &mut out);
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
