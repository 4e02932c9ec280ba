//! Products whose sums are too long for one call of a kernel: sums of shorter ones.

use super::operand::{Finish, Matrix};
use super::short::{self, Family};
use crate::cpu::Level;
use crate::scratch::with_scratch;
use crate::sums::{RUN, fold};
use crate::update::parts::in_parts;
use crate::{Real, Unary, Workers};

/// A product of sums of more than [`RUN`] terms: of equal pieces, which are folded.
#[inline(never)]
pub(super) fn product<T: Real>(
    level: Level,
    (m, n, k): (usize, usize, usize),
    a: Matrix<'_, T>,
    b: Matrix<'_, T>,
    c: &mut [T],
    finish: Finish<'_, T>,
    workers: &Workers,
) {
    let piece = k.div_ceil(k.div_ceil(longest(level, (m, n, k), a, b)));
    if piece == k {
        return add_up(level, (m, n, k), a, b, c, finish, workers);
    }
    let (first, f) = match finish {
        Finish::Bias(bias, f) => (Finish::Bias(bias, Unary::Identity), f),
        _ => (finish, Unary::Identity),
    };
    add_up(level, (m, n, piece), a, b, c, first, workers);
    with_scratch(2 * m * n, |scratch: &mut [T]| {
        let (sums, lost) = scratch.split_at_mut(m * n);
        lost.fill(T::ZERO);
        for l in (piece..k).step_by(piece) {
            let (sizes, a, b) = ((m, n, piece.min(k - l)), a.columns(l), b.rows(l));
            add_up(level, sizes, a, b, sums, Finish::Overwrite, workers);
            in_parts(
                workers,
                [&mut *c, &mut *lost],
                [&*sums],
                |[c, lost], [sums]| {
                    fold(level, sums, c, lost);
                },
            );
        }
    });
    f.apply(c);
}

/// [`short::product`], compiled once for all pieces.
#[inline(never)]
fn add_up<T: Real>(
    level: Level,
    sizes: (usize, usize, usize),
    a: Matrix<'_, T>,
    b: Matrix<'_, T>,
    c: &mut [T],
    finish: Finish<'_, T>,
    workers: &Workers,
) {
    short::product(level, sizes, a, b, c, finish, workers);
}

/// Terms of a sum that one call of a kernel adds up, at most, when there are more than [`RUN`].
fn longest<T: Real>(
    level: Level,
    sizes: (usize, usize, usize),
    a: Matrix<'_, T>,
    b: Matrix<'_, T>,
) -> usize {
    match Family::of(level, sizes, a, b) {
        // So many in each lane.
        Family::Rows => RUN * (level.bytes() / size_of::<T>()),
        Family::Columns | Family::Outer => RUN,
        // Blocks begin new sums, which are added to the others.
        Family::Tiles => 16 * RUN,
    }
}
