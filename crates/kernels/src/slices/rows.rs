//! Sums over the rows of a matrix.

use crate::Real;
use crate::cpu::Level;
use crate::dispatch::kernel;
use crate::number::Number;
use crate::scratch::with_scratch;
use crate::simd::Simd;
use crate::sums::{CHAIN, fold};

/// [`sum_rows`](super::sum_rows) at a level.
#[inline]
pub(super) fn sum<T: Real>(level: Level, rows: &[T], out: &mut [T]) {
    if rows.len() <= CHAIN.saturating_mul(out.len()) {
        sum_few(level, rows, out);
    } else {
        sum_many(level, rows, out);
    }
}

/// [`sum`] of more than [`CHAIN`] rows.
#[inline(never)]
fn sum_many<T: Real>(level: Level, rows: &[T], out: &mut [T]) {
    let n = out.len();
    if n == 0 {
        return;
    }
    let (first, others) = rows.split_at(CHAIN * n);
    sum_few(level, first, out);
    with_scratch(2 * n, |scratch: &mut [T]| {
        let (sums, lost) = scratch.split_at_mut(n);
        lost.fill(T::ZERO);
        for rows in others.chunks(CHAIN * n) {
            sum_few(level, rows, sums);
            fold(level, sums, out, lost);
        }
    });
}

kernel! {
    /// [`sum`] of at most [`CHAIN`] rows.
    fn sum_few<T, S>(s: S; rows: &[T], out: &mut [T]) {
        let n = out.len();
        let mut j = 0;
        while j + 8 * S::LANES <= n {
            sum_columns::<T, S, 8>(s, rows, j, s.first(S::LANES), out);
            j += 8 * S::LANES;
        }
        while j + 2 * S::LANES <= n {
            sum_columns::<T, S, 2>(s, rows, j, s.first(S::LANES), out);
            j += 2 * S::LANES;
        }
        while j < n {
            sum_columns::<T, S, 1>(s, rows, j, s.first(n - j), out);
            j += S::LANES;
        }
    }
}

/// Sums the columns of `K` vectors from column `j` on, all of which `out` has; of a single vector those of `last`.
#[inline(always)]
fn sum_columns<T: Number, S: Simd<T>, const K: usize>(
    s: S,
    rows: &[T],
    j: usize,
    last: S::Mask,
    out: &mut [T],
) {
    let n = out.len();
    let mut sums = [s.zero(); K];
    for row in rows.chunks_exact(n) {
        // SAFETY: a row has `n` elements, and the vectors, the last one masked, end there at the latest.
        let row = unsafe { load_columns::<T, S, K>(s, row.as_ptr().add(j), last) };
        for k in 0..K {
            sums[k] = s.add(sums[k], row[k]);
        }
    }
    // SAFETY: as above, for `out`.
    unsafe {
        let out = out.as_mut_ptr().add(j);
        for k in 0..K - 1 {
            s.store(out.add(k * S::LANES), sums[k]);
        }
        s.store_masked(out.add((K - 1) * S::LANES), last, sums[K - 1]);
    }
}

/// `K` vectors from `at` on; a single one has the lanes of `last`.
///
/// # Safety
/// They are there.
#[inline(always)]
unsafe fn load_columns<T: Number, S: Simd<T>, const K: usize>(
    s: S,
    at: *const T,
    last: S::Mask,
) -> [S::V; K] {
    let mut row = [s.zero(); K];
    // SAFETY: the caller's promise.
    unsafe {
        for k in 0..K - 1 {
            row[k] = s.load(at.add(k * S::LANES));
        }
        let at = at.add((K - 1) * S::LANES);
        row[K - 1] = if K > 1 {
            s.load(at)
        } else {
            s.load_masked(at, last)
        };
    }
    row
}
