//! The ends of the range of numbers, and what becomes of what leaves it.

use crate::Real;
use crate::number::is_single;

/// `x`, or zero where it is denormal.
#[inline(always)]
pub(super) fn flush<T: Real>(x: T) -> T {
    if x.abs() < T::MIN_POSITIVE {
        T::ZERO
    } else {
        x
    }
}

/// `x`, or `most` if that is less; a NaN stays.
#[inline(always)]
pub(super) fn at_most<T: Real>(most: T, x: T) -> T {
    if x > most { most } else { x }
}

/// `x` within `[-most, most]`; a NaN stays.
#[inline(always)]
pub(super) fn within<T: Real>(most: T, x: T) -> T {
    at_most(most, if x < -most { -most } else { x })
}

/// `x`, or the nearest finite number; a NaN stays.
#[inline(always)]
pub(super) fn finite<T: Real>(x: T) -> T {
    within(T::MAX, x)
}

/// The largest gradient whose square is a quarter of the largest number at most: `2^63` for `f32`, `2^511` for `f64`.
/// A mean of such squares is finite, and so is what a bias correction makes of it.
#[inline(always)]
pub(super) fn largest<T: Real>() -> T {
    let exponent = if is_single::<T>() { 63 } else { 511 };
    T::from_f64(f64::from_bits((1023 + exponent) << 52))
}

/// What the squares must be for a parameter to move, when new ones enter with the factor `gain`: any number, or, with an
/// epsilon that is no larger than a root that may have been flushed, a number that was not.
pub(super) fn least_squares<T: Real>(gain: f64, epsilon: f64) -> T {
    let flushed = (T::MIN_POSITIVE.to_f64() / gain).sqrt();
    if epsilon > flushed {
        T::ZERO
    } else {
        T::MIN_POSITIVE
    }
}

/// An epsilon as it is added to a root: with `eps = 0` a parameter that never had a gradient shall not move, and
/// `0 / 0` shall not make it a NaN. The least normal number changes no root but that of 0.
pub(super) fn nonzero<T: Real>(epsilon: f64) -> T {
    T::from_f64(epsilon).max(T::MIN_POSITIVE)
}
