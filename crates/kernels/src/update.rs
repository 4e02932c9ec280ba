//! Fused update passes: one walk over the parameters that reads and writes each array once.
//!
//! Every pass works element by element, so its bits do not depend on the number of threads. Adam's use fused
//! multiply-add where the processor has it; all others have the same bits on every processor.
//! Running state below the smallest normal number is flushed to zero: a gradient that stays zero decays its averages
//! for ever, and arithmetic on denormal numbers is many times slower.
//! A parameter that would overflow stops at the largest finite number, so that a divergence is found by the next
//! evaluation and not by a NaN that has replaced the parameters.
//!
//! All passes panic when their arrays differ in length.

mod combine;
mod gradient;
mod moments;
mod parts;
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

/// `x`, or the nearest finite number.
#[inline(always)]
fn finite<T: Real>(x: T) -> T {
    let x = if x > -T::MAX { x } else { -T::MAX };
    if x < T::MAX { x } else { T::MAX }
}

/// An epsilon as it is added to a root: with `eps = 0` a parameter that never had a gradient shall not move, and
/// `0 / 0` shall not make it a NaN. The least normal number changes no root but that of 0.
fn nonzero<T: Real>(epsilon: f64) -> T {
    T::from_f64(epsilon).max(T::MIN_POSITIVE)
}
