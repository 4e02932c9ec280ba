//! Windows of 2 x 2 side by side, which most networks have: loops without branches that compilers vectorise, over a whole
//! plane, because rows are shorter than an unrolled loop. Its even rows and its odd rows are therefore copied to each
//! other's side first.

use super::shape::PoolShape;
use crate::Real;
use crate::elementwise::copy;
use crate::number::Number;
use crate::simd::Simd;

/// Whether `y` takes the place of the maximum `m`, which comes before it: a NaN does, a tie does not.
#[inline(always)]
pub(super) fn beats<T: Real>(y: T, m: T) -> bool {
    (y > m) | (y.is_nan() & !m.is_nan())
}

/// The winner of a window of 2 x 2, and whether it is in the second row, in the second place of its row.
#[inline(always)]
pub(super) fn max_of_four<T: Real>(a: [T; 2], b: [T; 2]) -> (T, bool, [bool; 2]) {
    let right = [beats(a[1], a[0]), beats(b[1], b[0])];
    let max = |x: [T; 2], right: bool| if right { x[1] } else { x[0] };
    let (top, bottom) = (max(a, right[0]), max(b, right[1]));
    let low = beats(bottom, top);
    (if low { bottom } else { top }, low, right)
}

/// Copies what windows of 2 x 2 hold: their upper halves, then their lower halves.
#[inline(always)]
pub(super) fn gather<'a, T: Number, S: Simd<T>>(
    s: S,
    shape: &PoolShape,
    plane: &[T],
    scratch: &'a mut [T],
) -> [&'a [[T; 2]]; 2] {
    let ([_, _, ih], [_, ov, oh]) = (shape.input, shape.output);
    let (upper, lower) = scratch.split_at_mut(2 * ov * oh);
    let rows = (upper.chunks_exact_mut(2 * oh)).zip(lower.chunks_exact_mut(2 * oh));
    for (rows, (upper, lower)) in plane.chunks(2 * ih).zip(rows) {
        copy(s, &rows[..2 * oh], upper);
        copy(s, &rows[ih..][..2 * oh], lower);
    }
    [upper.as_chunks().0, lower.as_chunks().0]
}

/// The inverse of [`gather`]; elements that no window holds become 0.
#[inline(always)]
pub(super) fn scatter<T: Number, S: Simd<T>>(
    s: S,
    shape: &PoolShape,
    scratch: &[T],
    plane: &mut [T],
) {
    let ([_, _, ih], [_, ov, oh]) = (shape.input, shape.output);
    let (upper, lower) = scratch.split_at(2 * ov * oh);
    let rows = (upper.chunks_exact(2 * oh)).zip(lower.chunks_exact(2 * oh));
    for (plane, (upper, lower)) in plane.chunks_mut(2 * ih).zip(rows) {
        copy(s, upper, plane);
        plane[2 * oh..ih].fill(T::ZERO);
        copy(s, lower, &mut plane[ih..]);
        plane[ih + 2 * oh..].fill(T::ZERO);
    }
    plane[2 * ov * ih..].fill(T::ZERO);
}

/// Gives each gradient of a plane to the winner of its window of 2 x 2, in two loops: the first is vectorised, the
/// second has no branch, which nothing could predict.
#[inline(always)]
pub(super) fn share_maxima<T: Real>(
    shape: &PoolShape,
    [upper, lower]: [&[[T; 2]]; 2],
    p_bar: &[T],
    x_bar: &mut [T],
    winners: &mut [u32],
) {
    let ([_, _, ih], oh) = (shape.input, shape.output[2]);
    for ((winner, a), b) in winners.iter_mut().zip(upper).zip(lower) {
        let (_, low, right) = max_of_four(*a, *b);
        let right = (low & right[1]) | (!low & right[0]);
        *winner = 2 * u32::from(low) + u32::from(right);
    }
    let places = [0, 1, ih, ih + 1];
    let rows = (winners.chunks_exact(oh)).zip(p_bar.chunks_exact(oh));
    for (x_bar, (winners, p_bar)) in x_bar.chunks_mut(2 * ih).zip(rows) {
        for (k, (winner, bar)) in winners.iter().zip(p_bar).enumerate() {
            x_bar[2 * k + places[*winner as usize % 4]] = *bar;
        }
    }
}
