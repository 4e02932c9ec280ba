//! Fused update passes: one walk over the parameters that reads and writes each array once.
//!
//! Every pass works element by element, so its bits do not depend on the number of threads. Adam's use fused
//! multiply-add where the processor has it; all others have the same bits on every processor.
//! Running state below the smallest normal number is flushed to zero: a gradient that stays zero decays its averages
//! for ever, and arithmetic on denormal numbers is many times slower.
//! A parameter that would overflow stops at the largest finite number, so that a divergence is found by the next
//! evaluation; so does a velocity, which would hold its parameter for ever if it were infinite. A NaN stays one.
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
mod range;
mod squares;
mod velocity;

pub use combine::{Keep, combine, multistep};
pub use gradient::{clamp, norm, scale, trap, trap_value};
pub use moments::{Moments, adam, amsgrad, bias_correction};
pub use squares::{Squares, adaptive};
pub use velocity::{Momentum, descend, momentum, nesterov};
