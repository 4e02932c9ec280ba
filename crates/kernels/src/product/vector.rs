//! Products of vectors: rows with rows, a vector with columns, and sums of a single term.

use core::ops::Range;

use super::Finish;
use crate::dispatch::kernel;
use crate::simd::Simd;
use crate::{Real, Unary};

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

/// Applies the element-wise function of a finished output.
#[inline(always)]
fn apply<T: Real>(how: Finish<'_, T>, y: &mut [T]) {
    if let Finish::Bias(_, f) = how
        && f != Unary::Identity
    {
        f.apply(y);
    }
}

kernel! {
    /// `y_ij = sum_l W_jl x_il` for each row `x_i` of `x`, and the rows `rows` of a row-major `W` with `k` columns.
    pub(super) fn rows_times<T, S>(s: S; w: &[T], k: usize, x: &[T], y: Sums<T>, rows: Range<usize>, how: Finish<'_, T>) {
        assert!(rows.end * k <= w.len() && y.count * k <= x.len());
        // SAFETY: rows of `w` and `x` hold `k` numbers by the assertion; `Sums::new` vouches for `y`.
        unsafe {
            if k <= S::Half::LANES {
                all_dots(s.half(), w, k, x, y, rows.clone(), how);
            } else {
                all_dots(s, w, k, x, y, rows.clone(), how);
            }
        }
        for i in 0..y.count {
            // SAFETY: `Sums::new` vouches for `y`.
            let y = unsafe {
                core::slice::from_raw_parts_mut(y.at.add(i * y.row + rows.start), rows.len())
            };
            apply(how, y);
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

/// Takes `W` in groups of rows.
#[inline(always)]
unsafe fn all_dots<T: Real, S: Simd<T>>(
    s: S,
    w: &[T],
    k: usize,
    x: &[T],
    y: Sums<T>,
    rows: Range<usize>,
    how: Finish<'_, T>,
) {
    // SAFETY: the caller's promise.
    unsafe {
        if group(rows.len()) == 5 {
            grouped_dots::<T, S, 5>(s, w, k, x, y, rows, how);
        } else {
            grouped_dots::<T, S, 8>(s, w, k, x, y, rows, how);
        }
    }
}

/// Takes `W` in groups of `G` rows, so that a group stays in the first-level cache for all `x_i`, and these a few at a
/// time, so that sums, a vector of each `x_i` and one of a row fit into the registers.
#[inline(always)]
unsafe fn grouped_dots<T: Real, S: Simd<T>, const G: usize>(
    s: S,
    w: &[T],
    k: usize,
    x: &[T],
    y: Sums<T>,
    rows: Range<usize>,
    how: Finish<'_, T>,
) {
    let most = if S::REGISTERS >= 32 { 24 / G } else { 10 / G };
    let mut j = rows.start;
    while j < rows.end {
        let count = G.min(rows.end - j);
        let mut row = [w.as_ptr(); G];
        for (i, row) in row.iter_mut().enumerate() {
            // A short group repeats its last row.
            *row = row.wrapping_add((j + i.min(count - 1)) * k);
        }
        let mut i = 0;
        while i < y.count {
            // SAFETY: the caller's promise.
            unsafe {
                let (x, to) = (x.as_ptr().add(i * k), y.at.add(i * y.row + j));
                let columns = j..j + count;
                i += match most.min(y.count - i) {
                    4 if most >= 4 => dots::<T, S, G, 4>(s, row, x, k, to, y.row, columns, how),
                    3 if most >= 3 => dots::<T, S, G, 3>(s, row, x, k, to, y.row, columns, how),
                    2 if most >= 2 => dots::<T, S, G, 2>(s, row, x, k, to, y.row, columns, how),
                    _ => dots::<T, S, G, 1>(s, row, x, k, to, y.row, columns, how),
                };
            }
        }
        j += count;
    }
}

/// The products of `G` rows with `X` vectors that lie `k` apart, all of length `k`, finished and written to `columns` of
/// outputs that begin at `to`, `apart` from one vector to the next. Each sum is one chain of vector multiply-adds, reduced
/// at the end. Returns `X`.
#[inline(always)]
unsafe fn dots<T: Real, S: Simd<T>, const G: usize, const X: usize>(
    s: S,
    row: [*const T; G],
    x: *const T,
    k: usize,
    to: *mut T,
    apart: usize,
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
unsafe fn store<T: Real, S: Simd<T>>(
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

kernel! {
    /// `y_j = sum_l x_l W_lj` for the columns of `y` from `first` on, of a row-major `W` with rows of `n`.
    pub(super) fn columns_times<T, S>(s: S; w: &[T], n: usize, x: &[T], y: &mut [T], first: usize, how: Finish<'_, T>) {
        assert!(x.len() * n <= w.len() && first + y.len() <= n);
        match how {
            Finish::Overwrite => y.fill(T::ZERO),
            Finish::Add => {}
            Finish::Bias([bias], _) => y.fill(*bias),
            Finish::Bias(bias, _) => y.copy_from_slice(&bias[first..first + y.len()]),
        }
        let mut l = 0;
        while l < x.len() {
            // SAFETY: by the assertion, rows up to `x.len() - 1` and columns from `first` on lie inside `w`.
            unsafe {
                let at = w.as_ptr().add(l * n + first);
                l += match x.len() - l {
                    8.. => add_rows::<T, S, 8>(s, at, n, &x[l..], y),
                    4.. => add_rows::<T, S, 4>(s, at, n, &x[l..], y),
                    2.. => add_rows::<T, S, 2>(s, at, n, &x[l..], y),
                    _ => add_rows::<T, S, 1>(s, at, n, &x[l..], y),
                };
            }
        }
        apply(how, y);
    }
}

/// `y = y + sum_r x_r row_r` for `R` rows that lie `n` apart; returns `R`.
#[inline(always)]
unsafe fn add_rows<T: Real, S: Simd<T>, const R: usize>(
    s: S,
    at: *const T,
    n: usize,
    x: &[T],
    y: &mut [T],
) -> usize {
    let mut row = [at; R];
    let mut factor = [s.zero(); R];
    for r in 0..R {
        row[r] = at.wrapping_add(r * n);
        factor[r] = s.splat(x[r]);
    }
    let full = y.len() - y.len() % S::LANES;
    let y_at = y.as_mut_ptr();
    let mut j = 0;
    // SAFETY: the caller's promise; `y` and each row hold `y.len()` numbers.
    unsafe {
        while j < full {
            let mut sum = s.load(y_at.add(j));
            for r in 0..R {
                sum = s.mul_add(factor[r], s.load(row[r].add(j)), sum);
            }
            s.store(y_at.add(j), sum);
            j += S::LANES;
        }
        if full < y.len() {
            let last = s.first(y.len() - full);
            let mut sum = s.load_masked(y_at.add(j), last);
            for r in 0..R {
                sum = s.mul_add(factor[r], s.load_masked(row[r].add(j), last), sum);
            }
            s.store_masked(y_at.add(j), last, sum);
        }
    }
    R
}

kernel! {
    /// `c_ij = a_i b_j` for whole rows, finished.
    pub(super) fn outer<T, S>(s: S; a: &[T], b: &[T], c: &mut [T], how: Finish<'_, T>) {
        let n = b.len();
        assert!(a.len() * n <= c.len());
        if let Finish::Bias(bias, _) = how {
            assert!(bias.len() >= n);
        }
        let (whole, rest) = (n - n % S::LANES, s.first(n % S::LANES));
        for (i, &a) in a.iter().enumerate() {
            let a = s.splat(a);
            // SAFETY: row `i` of `c` lies inside by the assertion.
            let c = unsafe { c.as_mut_ptr().add(i * n) };
            for j in (0..whole).step_by(S::LANES) {
                // SAFETY: `j + LANES <= n`.
                unsafe { s.store(c.add(j), scaled(s, a, b, c, j, how, #[inline(always)] |p| s.load(p))) };
            }
            if whole < n {
                // SAFETY: the mask ends with the row.
                unsafe {
                    let v = scaled(s, a, b, c, whole, how, #[inline(always)] |p| s.load_masked(p, rest));
                    s.store_masked(c.add(whole), rest, v);
                }
            }
        }
        apply(how, c);
    }
}

/// `a b_j` and what `how` adds, for the lanes from `j` on that `load` reads.
///
/// # Safety
/// `load` may be called with the addresses of element `j` of `b`, of the row `c` and of the biases.
#[inline(always)]
unsafe fn scaled<T: Real, S: Simd<T>>(
    s: S,
    a: S::V,
    b: &[T],
    c: *const T,
    j: usize,
    how: Finish<'_, T>,
    load: impl Fn(*const T) -> S::V,
) -> S::V {
    // SAFETY: the caller's promise.
    unsafe {
        let b = load(b.as_ptr().add(j));
        match how {
            Finish::Overwrite => s.mul(a, b),
            Finish::Add => s.mul_add(a, b, load(c.add(j))),
            Finish::Bias(bias, _) => s.mul_add(a, b, load(bias.as_ptr().add(j))),
        }
    }
}
