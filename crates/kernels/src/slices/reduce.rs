//! Sums over a slice.

use crate::number::Number;
use core::ops::Range;

use crate::Real;
use crate::simd::Simd;
use crate::sums::{CHAIN, Compensated, LONG};

/// Elements of a sum that is not halved.
const PART: usize = PARTIAL * LONG;

/// The sum over `0..n`, of sums of parts at most [`PART`] long, which `sum` gives, added as a tree.
pub(super) fn pairwise<T: Real>(n: usize, sum: &impl Fn(Range<usize>) -> T) -> T {
    fn tree<T: Real>(at: Range<usize>, sum: &impl Fn(Range<usize>) -> T) -> T {
        let parts = at.len().div_ceil(PART);
        if parts <= 1 {
            return sum(at);
        }
        let middle = at.start + parts / 2 * PART;
        tree(at.start..middle, sum) + tree(middle..at.end, sum)
    }
    tree(0..n, sum)
}

/// Partial sums of a reduction.
const PARTIAL: usize = 32;

/// Starts `PARTIAL` sums at 0, replaces each by `f(sum, elements)` for every `PARTIAL`-th element, and adds them; after
/// [`CHAIN`] of these, others start at 0. `f` leaves a sum alone where the elements are 0.
#[inline(always)]
pub(crate) fn reduce<T: Number, S: Simd<T>, const K: usize>(
    s: S,
    x: [&[T]; K],
    f: impl Fn(S::V, [S::V; K]) -> S::V,
) -> T {
    let n = x.iter().map(|x| x.len()).min().unwrap_or(0);
    let vectors = PARTIAL / S::LANES;
    // As many vectors as the shortest ones (of two numbers) need.
    let mut sums = [s.zero(); PARTIAL / 2];
    let mut total = [s.zero(); PARTIAL / 2];
    let mut elements = [s.zero(); K];
    let whole = n - n % PARTIAL;
    let mut start = 0;
    loop {
        let end = whole.min(start + CHAIN * PARTIAL);
        for i in (start..end).step_by(PARTIAL) {
            for k in 0..vectors {
                for j in 0..K {
                    // SAFETY: every slice has at least `n` elements, and `i + PARTIAL <= n`.
                    elements[j] = unsafe { s.load(x[j].as_ptr().add(i + k * S::LANES)) };
                }
                sums[k] = f(sums[k], elements);
            }
        }
        if end == whole {
            break;
        }
        for k in 0..vectors {
            total[k] = s.add(total[k], sums[k]);
            sums[k] = s.zero();
        }
        start = end;
    }
    for k in 0..vectors {
        let i = whole + k * S::LANES;
        if i < n {
            let rest = s.first((n - i).min(S::LANES));
            for j in 0..K {
                // SAFETY: every slice has at least `n` elements, and `rest` selects those from `i` up to `n`.
                elements[j] = unsafe { s.load_masked(x[j].as_ptr().add(i), rest) };
            }
            sums[k] = f(sums[k], elements);
        }
    }
    if start > 0 {
        for k in 0..vectors {
            sums[k] = s.add(total[k], sums[k]);
        }
    }
    let mut half = vectors / 2;
    while half > 0 {
        for k in 0..half {
            sums[k] = s.add(sums[k], sums[k + half]);
        }
        half /= 2;
    }
    s.reduce_add(sums[0])
}

/// Adds the sum of `x` within a body that has been dispatched.
#[inline(always)]
pub(crate) fn sum_in_parts<T: Number, S: Simd<T>>(s: S, x: &[T], sum: &mut Compensated<T>) {
    for part in x.chunks(PART) {
        sum.add(reduce(
            s,
            [part],
            #[inline(always)]
            |sum, [x]| s.add(sum, x),
        ));
    }
}
