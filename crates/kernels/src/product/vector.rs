//! Products of vectors: rows with rows, a vector with columns, and sums of a single term.

use core::ops::Range;

use super::Finish;
use crate::dispatch::kernel;
use crate::scratch::Scratch;
use crate::simd::Simd;
use crate::sums::CHAIN;
use crate::{Real, Unary, elementwise};

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

/// Rows of numbers: row `i` has `len` and begins at element `i apart`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a, T> {
    pub(super) data: &'a [T],
    pub(super) apart: usize,
    pub(super) len: usize,
}

impl<T> Rows<'_, T> {
    /// Whether there are so many.
    #[inline(always)]
    fn are(&self, count: usize) -> bool {
        count == 0 || (count - 1) * self.apart + self.len <= self.data.len()
    }
}

kernel! {
    /// `y_ij = sum_l w_jl x_il` for each row `x_i` of `x`, and the rows `rows` of `w`; both are equally long.
    pub(super) fn rows_times<T, S>(
        s: S; w: Rows<'_, T>, x: Rows<'_, T>, y: Sums<T>, rows: Range<usize>, how: Finish<'_, T>,
    ) {
        assert!(w.are(rows.end) && x.are(y.count) && w.len == x.len);
        // SAFETY: the rows of `w` and `x` are there by the assertion; `Sums::new` vouches for `y`.
        unsafe {
            if w.len <= S::Half::LANES {
                all_dots(s.half(), w, x, y, rows.clone(), how);
            } else {
                all_dots(s, w, x, y, rows.clone(), how);
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

/// Takes `w` in groups of rows.
///
/// # Safety
/// The rows are there, and those of `y` may be written.
#[inline(always)]
unsafe fn all_dots<T: Real, S: Simd<T>>(
    s: S,
    w: Rows<'_, T>,
    x: Rows<'_, T>,
    y: Sums<T>,
    rows: Range<usize>,
    how: Finish<'_, T>,
) {
    // SAFETY: the caller's promise.
    unsafe {
        if group(rows.len()) == 5 {
            grouped_dots::<T, S, 5>(s, w, x, y, rows, how);
        } else {
            grouped_dots::<T, S, 8>(s, w, x, y, rows, how);
        }
    }
}

/// Takes `w` in groups of `G` rows, so that a group stays in the first-level cache for all `x_i`, and these a few at a
/// time, so that sums, a vector of each `x_i` and one of a row fit into the registers.
///
/// # Safety
/// As for [`all_dots`].
#[inline(always)]
unsafe fn grouped_dots<T: Real, S: Simd<T>, const G: usize>(
    s: S,
    w: Rows<'_, T>,
    x: Rows<'_, T>,
    y: Sums<T>,
    rows: Range<usize>,
    how: Finish<'_, T>,
) {
    let most = if S::REGISTERS >= 32 { 24 / G } else { 10 / G };
    let mut j = rows.start;
    while j < rows.end {
        let count = G.min(rows.end - j);
        let mut row = [w.data.as_ptr(); G];
        for (i, row) in row.iter_mut().enumerate() {
            // A short group repeats its last row.
            *row = row.wrapping_add((j + i.min(count - 1)) * w.apart);
        }
        let mut i = 0;
        while i < y.count {
            let (columns, rest) = (j..j + count, most.min(y.count - i));
            // SAFETY: the caller's promise.
            unsafe {
                i += match rest {
                    4 if most >= 4 => dots::<T, S, G, 4>(s, row, x, y, i, columns, how),
                    3 if most >= 3 => dots::<T, S, G, 3>(s, row, x, y, i, columns, how),
                    2 if most >= 2 => dots::<T, S, G, 2>(s, row, x, y, i, columns, how),
                    _ => dots::<T, S, G, 1>(s, row, x, y, i, columns, how),
                };
            }
        }
        j += count;
    }
}

/// The products of `G` rows with `X` rows of `x` from row `i0` on, finished and written to `columns` of the vectors of `y`
/// from there on. Each sum is one chain of vector multiply-adds, or a sum of chains if rows are long, reduced at the end.
/// Returns `X`.
///
/// # Safety
/// As for [`all_dots`]; each of `row` is as long as those of `x`.
#[inline(always)]
unsafe fn dots<T: Real, S: Simd<T>, const G: usize, const X: usize>(
    s: S,
    row: [*const T; G],
    x: Rows<'_, T>,
    y: Sums<T>,
    i0: usize,
    columns: Range<usize>,
    how: Finish<'_, T>,
) -> usize {
    let mut sum = [[s.zero(); G]; X];
    let full = x.len - x.len % S::LANES;
    // SAFETY: the caller's promise.
    unsafe {
        let at = x.data.as_ptr().add(i0 * x.apart);
        macro_rules! add {
            ($l:expr, $load:ident $(, $mask:ident)?) => {
                let mut v = [s.zero(); X];
                for i in 0..X {
                    v[i] = s.$load(at.add(i * x.apart + $l) $(, $mask)?);
                }
                for r in 0..G {
                    let w = s.$load(row[r].add($l) $(, $mask)?);
                    for i in 0..X {
                        sum[i][r] = s.mul_add(w, v[i], sum[i][r]);
                    }
                }
            };
        }
        let mut total = [[s.zero(); G]; X];
        let mut l = 0;
        loop {
            let end = full.min(l + CHAIN * S::LANES);
            while l < end {
                add!(l, load);
                l += S::LANES;
            }
            if l == full {
                break;
            }
            for i in 0..X {
                for r in 0..G {
                    total[i][r] = s.add(total[i][r], sum[i][r]);
                    sum[i][r] = s.zero();
                }
            }
        }
        if full < x.len {
            let last = s.first(x.len - full);
            add!(l, load_masked, last);
        }
        for i in 0..X {
            if full > CHAIN * S::LANES {
                for r in 0..G {
                    sum[i][r] = s.add(total[i][r], sum[i][r]);
                }
            }
            let mut eight = [s.zero(); 8];
            eight[..G].copy_from_slice(&sum[i]);
            let to = y.at.add((i0 + i) * y.row + columns.start);
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
    /// `y_j = sum_l x_l w_lj` for the columns of `y` from `first` on, of a row-major `w` with rows of `n`.
    pub(super) fn columns_times<T, S>(s: S; w: &[T], n: usize, x: &[T], y: &mut [T], first: usize, how: Finish<'_, T>) {
        assert!(x.len() * n <= w.len() && first + y.len() <= n);
        match how {
            Finish::Overwrite => y.fill(T::ZERO),
            Finish::Add => {}
            Finish::Bias([bias], _) => y.fill(*bias),
            Finish::Bias(bias, _) => y.copy_from_slice(&bias[first..first + y.len()]),
        }
        let (now, later) = x.split_at(x.len().min(CHAIN));
        // SAFETY: by the assertion, rows up to `x.len() - 1` and columns from `first` on lie inside `w`.
        unsafe { add_chain(s, w.as_ptr().add(first), n, now, y) };
        if !later.is_empty() {
            let mut scratch = Scratch::take::<T>(y.len());
            // SAFETY: the scratch holds so many numbers, and nobody else refers to it.
            let sums = unsafe { core::slice::from_raw_parts_mut(scratch.start(), y.len()) };
            for (i, x) in later.chunks(CHAIN).enumerate() {
                sums.fill(T::ZERO);
                // SAFETY: as above, from row `(i + 1) CHAIN` on.
                unsafe { add_chain(s, w.as_ptr().add((i + 1) * CHAIN * n + first), n, x, sums) };
                elementwise::zip(s, sums, y, #[inline(always)] |sum, y| s.add(y, sum));
            }
        }
        apply(how, y);
    }
}

/// `y = y + sum_l x_l row_l` for rows from `at` on that lie `n` apart.
///
/// # Safety
/// There are as many rows as `x` has numbers, each as long as `y`.
#[inline(always)]
unsafe fn add_chain<T: Real, S: Simd<T>>(s: S, at: *const T, n: usize, x: &[T], y: &mut [T]) {
    let mut l = 0;
    while l < x.len() {
        // SAFETY: the caller's promise.
        unsafe {
            let at = at.add(l * n);
            l += match x.len() - l {
                8.. => add_rows::<T, S, 8>(s, at, n, &x[l..], y),
                4.. => add_rows::<T, S, 4>(s, at, n, &x[l..], y),
                2.. => add_rows::<T, S, 2>(s, at, n, &x[l..], y),
                _ => add_rows::<T, S, 1>(s, at, n, &x[l..], y),
            };
        }
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
