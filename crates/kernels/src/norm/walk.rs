//! One walk over arrays for two sums of each channel.

use super::channels::{Channels, Total};
use crate::both::both;
use crate::number::Number;
use crate::simd::Simd;

/// Elements whose sums are taken in the arrays' own precision, at most.
const CHUNK: usize = 2048;

/// Rows of a chunk of short rows, at most.
const ROWS: usize = 128;

/// No vector is longer.
const WIDEST: usize = 16;

/// Rows up to this length are short, if many samples share what a tile of them costs.
pub(super) const SHORT: usize = 256;

/// Samples that are many.
const MANY: usize = 16;

/// Columns of a tile of short rows, at most.
const TILE: usize = SHORT;

/// Whether the positions of a channel fill vectors, or vectors hold several channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    Long,
    Short,
}

/// Two sums of each channel, over elements of `K` arrays. Methods are `#[inline(always)]`.
pub(super) trait Sums<T: Number, S: Simd<T>, const K: usize> {
    /// A constant of the chunk of a channel that begins at index `at`.
    fn near(&self, s: S, rows: Rows, channel: usize, at: usize) -> T;

    /// The sums with the elements at one place of all arrays. Also called on zeros with a constant of 0, in lanes beyond the
    /// end.
    fn add(&self, s: S, near: S::V, x: [S::V; K], sums: [S::V; 2]) -> [S::V; 2];

    /// Adds a chunk of so many elements to the total of its channel.
    fn join(&self, total: &mut Total, near: f64, sums: [f64; 2], count: f64);
}

/// Adds two sums to the `totals` of the channels from `first` on, chunk by chunk in a fixed order.
#[inline(always)]
pub(super) fn walk<T: Number, S: Simd<T>, const K: usize>(
    s: S,
    size: Channels,
    from: [&[T]; K],
    first: usize,
    totals: &mut [Total],
    sums: &impl Sums<T, S, K>,
) {
    assert!(from.iter().all(|x| x.len() == from[0].len()));
    assert!(first + totals.len() <= size.channels);
    let many = size.samples(from[0].len()) >= MANY;
    if size.positions < WIDEST || (size.positions <= SHORT && many) {
        short(s, size, from, first, totals, sums);
    } else {
        long(s, size, from, first, totals, sums);
    }
}

/// [`walk`] where a row fills vectors: sums of a channel are vectors.
#[inline(always)]
fn long<T: Number, S: Simd<T>, const K: usize>(
    s: S,
    size: Channels,
    from: [&[T]; K],
    first: usize,
    totals: &mut [Total],
    kind: &impl Sums<T, S, K>,
) {
    /// Channels that are walked over together.
    const GROUP: usize = 1024 / WIDEST;
    let n = size.sample();
    let samples = size.samples(from[0].len());
    let lanes = lane_numbers(s);
    let (mut constants, mut sums) = ([T::ZERO; GROUP], [[s.zero(); 2]; GROUP]);
    for (g, totals) in totals.chunks_mut(GROUP).enumerate() {
        let channel = first + g * GROUP;
        for piece in (0..size.positions).step_by(CHUNK) {
            let len = CHUNK.min(size.positions - piece);
            let rows = (CHUNK / len).min(ROWS);
            for start in (0..samples).step_by(rows) {
                let end = samples.min(start + rows);
                for c in 0..totals.len() {
                    let at = start * n + (channel + c) * size.positions + piece;
                    let rows = if len >= WIDEST {
                        Rows::Long
                    } else {
                        Rows::Short
                    };
                    constants[c] = kind.near(s, rows, channel + c, at);
                    sums[c] = [s.zero(); 2];
                }
                for sample in start..end {
                    for c in 0..totals.len() {
                        let at = sample * n + (channel + c) * size.positions + piece;
                        let row = from.map(
                            #[inline(always)]
                            |x| &x[at..at + len],
                        );
                        let [a, b] = row_sums(s, row, constants[c], lanes, kind);
                        sums[c] = [s.add(sums[c][0], a), s.add(sums[c][1], b)];
                    }
                }
                let count = ((end - start) * len) as f64;
                for (c, total) in totals.iter_mut().enumerate() {
                    let sums = sums[c].map(
                        #[inline(always)]
                        |v| s.reduce_add(v).to_f64(),
                    );
                    kind.join(total, constants[c].to_f64(), sums, count);
                }
            }
        }
    }
}

/// `0, 1, 2, ..`
#[inline(always)]
fn lane_numbers<T: Number, S: Simd<T>>(s: S) -> S::V {
    let mut numbers = [T::ZERO; WIDEST];
    for (i, number) in numbers.iter_mut().enumerate() {
        *number = T::from_f64(i as f64);
    }
    // SAFETY: no vector is longer than `WIDEST`.
    unsafe { s.load(numbers.as_ptr()) }
}

/// The sums of a row of at most [`CHUNK`] elements, lane by lane.
#[inline(always)]
fn row_sums<T: Number, S: Simd<T>, const K: usize>(
    s: S,
    row: [&[T]; K],
    constant: T,
    lanes: S::V,
    kind: &impl Sums<T, S, K>,
) -> [S::V; 2] {
    /// Sums that run side by side, so that none waits for the one before.
    const SIDE: usize = 4;
    let n = row[0].len();
    let near = s.splat(constant);
    let mut sums = [[s.zero(); 2]; SIDE];
    let mut x = [s.zero(); K];
    let (sides, whole) = (n - n % (SIDE * S::LANES), n - n % S::LANES);
    // SAFETY: all rows have `n` elements, and every vector ends there at the latest.
    unsafe {
        for i in (0..sides).step_by(SIDE * S::LANES) {
            for side in 0..SIDE {
                for k in 0..K {
                    x[k] = s.load(row[k].as_ptr().add(i + side * S::LANES));
                }
                sums[side] = kind.add(s, near, x, sums[side]);
            }
        }
        for i in (sides..whole).step_by(S::LANES) {
            for k in 0..K {
                x[k] = s.load(row[k].as_ptr().add(i));
            }
            sums[0] = kind.add(s, near, x, sums[0]);
        }
        if whole < n {
            let rest = s.first(n - whole);
            for k in 0..K {
                x[k] = s.load_masked(row[k].as_ptr().add(whole), rest);
            }
            let end = s.splat(T::from_f64((n - whole) as f64));
            let near = s.select_less(lanes, end, near, s.zero());
            sums[1] = kind.add(s, near, x, sums[1]);
        }
    }
    let [a, b, c, d] = sums;
    both(
        #[inline(always)]
        |k| s.add(s.add(a[k], b[k]), s.add(c[k], d[k])),
    )
}

/// [`walk`] where rows are short: every column has sums of its own, which lie in memory that stays near.
#[inline(always)]
fn short<T: Number, S: Simd<T>, const K: usize>(
    s: S,
    size: Channels,
    from: [&[T]; K],
    first: usize,
    totals: &mut [Total],
    kind: &impl Sums<T, S, K>,
) {
    let n = size.sample();
    let samples = size.samples(from[0].len());
    let tile = TILE / size.positions;
    let mut constants = [T::ZERO; TILE];
    for (t, totals) in totals.chunks_mut(tile).enumerate() {
        let channel = first + t * tile;
        let (column, columns) = (channel * size.positions, totals.len() * size.positions);
        for start in (0..samples).step_by(ROWS) {
            let end = samples.min(start + ROWS);
            let rows = constants.chunks_exact_mut(size.positions);
            for (c, row) in rows.take(totals.len()).enumerate() {
                let at = start * n + column + c * size.positions;
                row.fill(kind.near(s, Rows::Short, channel + c, at));
            }
            let mut sums = [[T::ZERO; TILE]; 2];
            let mut sample = start;
            while sample < end {
                let at = [sample * n + column, n, columns];
                if sample + 4 <= end {
                    add_rows::<T, S, K, 4>(s, from, at, &constants, &mut sums, kind);
                    sample += 4;
                } else {
                    add_rows::<T, S, K, 1>(s, from, at, &constants, &mut sums, kind);
                    sample += 1;
                }
            }
            let count = ((end - start) * size.positions) as f64;
            for (c, total) in totals.iter_mut().enumerate() {
                let row = c * size.positions..(c + 1) * size.positions;
                let near = constants[row.start].to_f64();
                let sums = both(
                    #[inline(always)]
                    |k| sums[k][row.clone()].iter().map(|x| x.to_f64()).sum(),
                );
                kind.join(total, near, sums, count);
            }
        }
    }
}

/// Adds `R` rows of some columns, `stride` apart, to the columns' sums.
#[inline(always)]
fn add_rows<T: Number, S: Simd<T>, const K: usize, const R: usize>(
    s: S,
    from: [&[T]; K],
    [at, stride, columns]: [usize; 3],
    constants: &[T; TILE],
    sums: &mut [[T; TILE]; 2],
    kind: &impl Sums<T, S, K>,
) {
    assert!(columns <= TILE);
    assert!(
        from.iter()
            .all(|x| at + (R - 1) * stride + columns <= x.len())
    );
    let mut x = [s.zero(); K];
    for j in (0..columns).step_by(S::LANES) {
        let lanes = s.first((columns - j).min(S::LANES));
        // SAFETY: the columns lie within the constants, the sums, and every row of every array.
        unsafe {
            let near = s.load_masked(constants.as_ptr().add(j), lanes);
            let mut pair = [
                s.load_masked(sums[0].as_ptr().add(j), lanes),
                s.load_masked(sums[1].as_ptr().add(j), lanes),
            ];
            for r in 0..R {
                for k in 0..K {
                    x[k] = s.load_masked(from[k].as_ptr().add(at + r * stride + j), lanes);
                }
                pair = kind.add(s, near, x, pair);
            }
            s.store_masked(sums[0].as_mut_ptr().add(j), lanes, pair[0]);
            s.store_masked(sums[1].as_mut_ptr().add(j), lanes, pair[1]);
        }
    }
}
