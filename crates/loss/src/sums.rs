//! Sums that keep their accuracy, and products that drop what does not count.

use gradflow_kernels::Real;

/// `sum_a x_a`, added up in double precision: soft-max may have many classes.
#[inline(always)]
pub(crate) fn sum<T: Real>(x: &[T]) -> T {
    T::from_f64(x.iter().map(|x| x.to_f64()).sum())
}

/// `factor x`, and 0 where the factor is, also of an infinite `x`.
#[inline(always)]
pub(crate) fn times<T: Real>(factor: T, x: T) -> T {
    if factor == T::ZERO {
        T::ZERO
    } else {
        factor * x
    }
}

/// `largest - z`, and 0 for the largest itself, also where it is infinite.
#[inline(always)]
pub(crate) fn below<T: Real>(largest: T, z: T) -> T {
    if z == largest { T::ZERO } else { largest - z }
}
