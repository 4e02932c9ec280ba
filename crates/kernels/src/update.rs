//! Fused update passes: one walk over the parameters that reads and writes each array once.
//!
//! Every pass works element by element, so its bits do not depend on the number of threads. Adam's use fused
//! multiply-add where the processor has it; all others have the same bits on every processor.
//! Running state below the smallest normal number is flushed to zero: a gradient that stays zero decays its averages
//! for ever, and arithmetic on denormal numbers is many times slower.
//! A parameter that would overflow stops at the largest finite number, so that a divergence is found by the next
//! evaluation. A NaN stays one.
//!
//! Rules that divide by the root of squares take care of both ends of the range, so that no step is longer because a
//! square was not representable. A gradient beyond `2^63` (`f64`: `2^511`), whose square is near
//! the largest number, counts as that, and a sum of squares stops at the largest finite number: an infinite one would hold
//! its parameter for ever. Where the squares were flushed to zero,
//! and epsilon is too small to matter in their place, the parameter rests: `J / sqrt(J^2)` is at most 1, but
//! `J / epsilon` would be anything.
//!
//! All passes panic when their arrays differ in length.

mod combine;
mod gradient;
mod moments;
pub(crate) mod parts;
mod squares;
mod velocity;

pub use combine::{Keep, combine, multistep};
pub use gradient::{clamp, norm, scale, trap, trap_value};
pub use moments::{Moments, adam, amsgrad, bias_correction};
pub use squares::{Squares, adaptive};
pub use velocity::{Momentum, descend, momentum, nesterov};

use crate::Real;

/// `x`, or zero where it is denormal.
#[inline(always)]
fn flush<T: Real>(x: T) -> T {
    if x.abs() < T::MIN_POSITIVE {
        T::ZERO
    } else {
        x
    }
}

/// `x`, or `most` if that is less; a NaN stays.
#[inline(always)]
fn at_most<T: Real>(most: T, x: T) -> T {
    if x > most { most } else { x }
}

/// `x` within `[-most, most]`; a NaN stays.
#[inline(always)]
fn within<T: Real>(most: T, x: T) -> T {
    at_most(most, if x < -most { -most } else { x })
}

/// `x`, or the nearest finite number; a NaN stays.
#[inline(always)]
fn finite<T: Real>(x: T) -> T {
    within(T::MAX, x)
}

/// The largest gradient whose square is a quarter of the largest number at most: `2^63` for `f32`, `2^511` for `f64`.
/// A mean of such squares is finite, and so is what a bias correction makes of it.
#[inline(always)]
fn largest<T: Real>() -> T {
    let exponent = if T::SINGLE { 63 } else { 511 };
    T::from_f64(f64::from_bits((1023 + exponent) << 52))
}

/// What the squares must be for a parameter to move, when new ones enter with the factor `gain`: any number, or, with an
/// epsilon that is no larger than a root that may have been flushed, a number that was not.
fn least_squares<T: Real>(gain: f64, epsilon: f64) -> T {
    let flushed = (T::MIN_POSITIVE.to_f64() / gain).sqrt();
    if epsilon > flushed {
        T::ZERO
    } else {
        T::MIN_POSITIVE
    }
}

/// An epsilon as it is added to a root: with `eps = 0` a parameter that never had a gradient shall not move, and
/// `0 / 0` shall not make it a NaN. The least normal number changes no root but that of 0.
fn nonzero<T: Real>(epsilon: f64) -> T {
    T::from_f64(epsilon).max(T::MIN_POSITIVE)
}
