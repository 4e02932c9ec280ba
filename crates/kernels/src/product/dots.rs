//! Products of rows with rows.

use crate::number::Number;
use core::ops::Range;

use super::operand::Finish;
use crate::dispatch::kernel;
use crate::simd::Simd;

/// Vectors of sums: element `j` of vector `i` stands at `at + i row + j`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sums<T> {
    at: *mut T,
    row: usize,
    count: usize,
}

// SAFETY: the pointer stands for the output of a product, of which each part writes its own elements.
unsafe impl<T: Send + Sync> Sync for Sums<T> {}

impl<T> Sums<T> {
    /// # Safety
    /// While this or a copy of it is used, `count` rows that lie `row` apart may be written, and nothing else
    /// touches the elements that are asked for.
    pub(super) unsafe fn new(at: *mut T, row: usize, count: usize) -> Self {
        Self { at, row, count }
    }

    /// Some of the vectors.
    ///
    /// # Panics
    /// If there are not so many.
    pub(super) fn part(self, vectors: Range<usize>) -> Self {
        assert!(vectors.start <= vectors.end && vectors.end <= self.count);
        Self {
            at: self.at.wrapping_add(vectors.start * self.row),
            count: vectors.len(),
            ..self
        }
    }
}

/// Rows of `w` and of `x`, all of length `k`. Those of `w` begin `apart` from one another, those of `x` follow one another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a, T> {
    pub(super) w: &'a [T],
    pub(super) apart: usize,
    pub(super) x: &'a [T],
    pub(super) k: usize,
}

kernel! {
    /// `y_ij = sum_l w_jl x_il` for each row `x_i`, and the rows `range` of `w`.
    pub(super) fn rows_times<T, S>(s: S; rows: Rows<'_, T>, y: Sums<T>, range: Range<usize>, how: Finish<'_, T>) {
        let Rows { w, apart, x, k } = rows;
        assert!(range.is_empty() || (range.end - 1) * apart + k <= w.len());
        assert!(y.count * k <= x.len());
        // SAFETY: rows of `w` and `x` hold `k` numbers by the assertions; `Sums::new` vouches for `y`.
        unsafe {
            if S::HALVES && k <= S::Half::LANES {
                all_dots(s.half(), rows, y, range.clone(), how);
            } else {
                all_dots(s, rows, y, range.clone(), how);
            }
        }
        for i in 0..y.count {
            // SAFETY: `Sums::new` vouches for `y`.
            let y = unsafe {
                core::slice::from_raw_parts_mut(y.at.add(i * y.row + range.start), range.len())
            };
            how.apply(y);
        }
    }
}

/// Rows that are taken together: 8 or 5, whichever leaves fewer of the last group's places empty.
#[inline(always)]
pub(super) fn group(rows: usize) -> usize {
    if rows.next_multiple_of(5) < rows.next_multiple_of(8) {
        5
    } else {
        8
    }
}

/// Takes `w` in groups of rows.
///
/// # Safety
/// The rows are there, and those of `y` may be written.
#[inline(always)]
unsafe fn all_dots<T: Number, S: Simd<T>>(
    s: S,
    rows: Rows<'_, T>,
    y: Sums<T>,
    range: Range<usize>,
    how: Finish<'_, T>,
) {
    // SAFETY: the caller's promise.
    unsafe {
        if group(range.len()) == 5 {
            grouped_dots::<T, S, 5>(s, rows, y, range, how);
        } else {
            grouped_dots::<T, S, 8>(s, rows, y, range, how);
        }
    }
}

/// Takes `w` in groups of `G` rows, so that a group stays in the first-level cache for all `x_i`, and these a few at a
/// time, so that sums, a vector of each `x_i` and one of a row fit into the registers.
///
/// # Safety
/// As for [`all_dots`].
#[inline(always)]
unsafe fn grouped_dots<T: Number, S: Simd<T>, const G: usize>(
    s: S,
    rows: Rows<'_, T>,
    y: Sums<T>,
    range: Range<usize>,
    how: Finish<'_, T>,
) {
    let Rows { w, apart, x, k } = rows;
    let most = if S::WIDE { 24 / G } else { 10 / G };
    let mut j = range.start;
    while j < range.end {
        let count = G.min(range.end - j);
        let mut row = [w.as_ptr(); G];
        for (i, row) in row.iter_mut().enumerate() {
            // A short group repeats its last row.
            *row = row.wrapping_add((j + i.min(count - 1)) * apart);
        }
        let mut i = 0;
        while i < y.count {
            // SAFETY: the caller's promise.
            unsafe {
                let (x, to) = ((x.as_ptr().add(i * k), k), (y.at.add(i * y.row + j), y.row));
                let columns = j..j + count;
                i += match most.min(y.count - i) {
                    4 if most >= 4 => dots::<T, S, G, 4>(s, row, x, to, columns, how),
                    3 if most >= 3 => dots::<T, S, G, 3>(s, row, x, to, columns, how),
                    2 if most >= 2 => dots::<T, S, G, 2>(s, row, x, to, columns, how),
                    _ => dots::<T, S, G, 1>(s, row, x, to, columns, how),
                };
            }
        }
        j += count;
    }
}

/// The products of `G` rows with `X` vectors that lie `k` apart, all of length `k`, finished and written to `columns` of
/// outputs that begin at `to`, `apart` from one vector to the next. Each sum is one chain of vector multiply-adds, reduced
/// at the end. Returns `X`.
///
/// # Safety
/// As for [`all_dots`].
#[inline(always)]
unsafe fn dots<T: Number, S: Simd<T>, const G: usize, const X: usize>(
    s: S,
    row: [*const T; G],
    (x, k): (*const T, usize),
    (to, apart): (*mut T, usize),
    columns: Range<usize>,
    how: Finish<'_, T>,
) -> usize {
    let mut sum = [[s.zero(); G]; X];
    let full = k - k % S::LANES;
    let mut l = 0;
    // SAFETY: the caller's promise.
    unsafe {
        while l < full {
            let mut v = [s.zero(); X];
            for i in 0..X {
                v[i] = s.load(x.add(i * k + l));
            }
            for r in 0..G {
                let w = s.load(row[r].add(l));
                for i in 0..X {
                    sum[i][r] = s.mul_add(w, v[i], sum[i][r]);
                }
            }
            l += S::LANES;
        }
        if full < k {
            let last = s.first(k - full);
            let mut v = [s.zero(); X];
            for i in 0..X {
                v[i] = s.load_masked(x.add(i * k + l), last);
            }
            for r in 0..G {
                let w = s.load_masked(row[r].add(l), last);
                for i in 0..X {
                    sum[i][r] = s.mul_add(w, v[i], sum[i][r]);
                }
            }
        }
        for i in 0..X {
            let mut eight = [s.zero(); 8];
            eight[..G].copy_from_slice(&sum[i]);
            let to = to.add(i * apart);
            store(s.half(), s.reduce_add_8(eight), to, columns.clone(), how);
        }
    }
    X
}

/// Writes sums to `y`, the outputs of some columns; a bias is one number for each `j`, or one for all.
#[inline(always)]
unsafe fn store<T: Number, S: Simd<T>>(
    s: S,
    sums: [T; 8],
    y: *mut T,
    columns: Range<usize>,
    how: Finish<'_, T>,
) {
    let (j, count) = (columns.start, columns.len());
    let mut i = 0;
    while i < count {
        let mask = s.first(count - i);
        // SAFETY: the caller's promise; the mask ends at `count <= 8`.
        unsafe {
            let y = y.add(i);
            let sum = s.load_masked(sums.as_ptr().add(i), mask);
            let sum = match how {
                Finish::Overwrite => sum,
                Finish::Add => s.add(s.load_masked(y, mask), sum),
                Finish::Bias(bias, _) => {
                    let bias = match bias {
                        [bias] => s.splat(*bias),
                        _ => s.load_masked(bias[j + i..].as_ptr(), mask),
                    };
                    s.add(bias, sum)
                }
            };
            s.store_masked(y, mask, sum);
        }
        i += S::LANES;
    }
}
