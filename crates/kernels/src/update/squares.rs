//! The pass of rules that divide by the root of a mean or sum of squares.

use super::parts::in_parts;
use super::range::{at_most, finite, flush, largest, least_squares, nonzero, within};
use crate::dispatch::kernel;
use crate::{Real, Workers, cpu};

/// Constants of [`adaptive`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Squares {
    /// Learning rate.
    pub rate: f64,
    /// What is kept of the squares.
    pub keep: f64,
    /// Weight of the new square.
    pub gain: f64,
    /// Factor of the squares in the root: 1, or a bias correction.
    pub unbias: f64,
    /// Added to the square root.
    pub epsilon: f64,
}

/// `a = keep a + gain J^2 ; q = q - rate J / (sqrt(unbias a) + eps)`. Equations (9) and (10) are choices of the constants.
/// At either end of the range as described in [`update`](super).
pub fn adaptive<T: Real>(q: &mut [T], a: &mut [T], j: &[T], k: Squares, workers: &Workers) {
    let limits = [
        largest(),
        nonzero(k.epsilon),
        least_squares(k.gain, k.epsilon),
    ];
    let k = [k.rate, k.keep, k.gain, k.unbias.sqrt()].map(T::from_f64);
    in_parts(workers, [q, a], [j], |[q, a], [j]| {
        adaptive_at(cpu::level(), q, a, j, k, limits);
    });
}

kernel! {
    fn adaptive_at<T, S>(s: S; q: &mut [T], a: &mut [T], j: &[T], k: [T; 4], limits: [T; 3]) {
        if limits[2] > T::ZERO {
            adaptive_with::<T, true>(q, a, j, k, limits);
        } else {
            adaptive_with::<T, false>(q, a, j, k, limits);
        }
    }
}

/// With `RESTS`, parameters without squares rest.
#[inline(always)]
fn adaptive_with<T: Real, const RESTS: bool>(
    q: &mut [T],
    a: &mut [T],
    j: &[T],
    [rate, keep, gain, root_unbias]: [T; 4],
    [most, epsilon, least]: [T; 3],
) {
    for ((q, a), j) in q.iter_mut().zip(a).zip(j) {
        let j = within(most, *j);
        let squares = flush(at_most(T::MAX, keep * *a + gain * (j * j)));
        let root = root_unbias * squares.sqrt() + epsilon;
        let moved = if RESTS && squares < least { T::ZERO } else { j };
        *q = finite(*q - rate * moved / root);
        *a = squares;
    }
}
