//! Element-wise passes and reductions.

use crate::dispatch::kernel;
use crate::{Real, cpu, elementwise, math};

/// Replaces every `x` by `e^x`, within 2 units in the last place.
pub fn exp<T: Real>(x: &mut [T]) {
    exp_at(cpu::level(), x);
}

/// Replaces every `x` by its natural logarithm, within 2 units in the last place.
pub fn ln<T: Real>(x: &mut [T]) {
    ln_at(cpu::level(), x);
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

/// `y = y + a x`.
pub fn axpy<T: Real>(a: T, x: &[T], y: &mut [T]) {
    y.iter_mut().zip(x).for_each(|(y, x)| *y += a * *x);
}

/// `sum x_i y_i`, in an order that depends on the length alone.
pub fn dot<T: Real>(x: &[T], y: &[T]) -> T {
    x.iter().zip(y).map(|(x, y)| *x * *y).sum()
}

/// `sum x_i^2`.
pub fn sum_squares<T: Real>(x: &[T]) -> T {
    dot(x, x)
}

/// Whether every element is finite.
pub fn all_finite<T: Real>(x: &[T]) -> bool {
    all_finite_at(cpu::level(), x)
}

kernel! {
    fn all_finite_at<T, S>(s: S; x: &[T]) -> bool {
        // `0 x` is 0, or NaN where `x` is not finite, and a sum keeps a NaN: no branch, and enough sums to
        // not wait for one another.
        let mut sums = [T::ZERO; 64];
        let (blocks, rest) = x.as_chunks::<64>();
        for block in blocks {
            for (sum, x) in sums.iter_mut().zip(block) {
                *sum += T::ZERO * *x;
            }
        }
        for (sum, x) in sums.iter_mut().zip(rest) {
            *sum += T::ZERO * *x;
        }
        sums.iter().all(|sum| *sum == T::ZERO)
    }
}

/// `out_j = sum_i rows_ij` for `rows` of `out.len()` columns, row-major: sums over the samples of a batch.
pub fn sum_rows<T: Real>(rows: &[T], out: &mut [T]) {
    out.fill(T::ZERO);
    for row in rows.chunks(out.len()) {
        axpy(T::ONE, row, out);
    }
}
