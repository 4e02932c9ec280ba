//! Sums that keep their accuracy, and products that drop what does not count.

use gradflow_kernels::Real;

/// Samples of so many components are added up in `T`, larger ones in double precision: the roundings of a sum stay below
/// `NARROW/2 EPSILON` of the sum of magnitudes, however large the sample.
pub(crate) const NARROW: usize = 64;

/// A term in the type that adds up, `T` or double precision, where it is exact.
#[inline(always)]
pub(crate) fn widen<T: Real, A: Real>(term: T) -> A {
    A::from_f64(term.to_f64())
}

/// `sum_a x_a`.
#[inline(always)]
pub(crate) fn sum<T: Real>(x: &[T]) -> T {
    if x.len() <= NARROW {
        x.iter().copied().sum()
    } else {
        T::from_f64(x.iter().map(|x| x.to_f64()).sum())
    }
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
