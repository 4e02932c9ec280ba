//! Products with a vector: one sample, one output, or a sum of a single term.

use core::ops::Range;

use super::Finish;
use crate::dispatch::kernel;
use crate::simd::Simd;
use crate::{Real, Unary};

/// How `y_j` is finished: `bias` holds either one number for each `j`, or one for all.
#[inline(always)]
fn finish<T: Real>(finish: Finish<'_, T>, j: usize, y: T, sum: T) -> T {
    match finish {
        Finish::Overwrite => sum,
        Finish::Add => y + sum,
        Finish::Bias(bias, _) => sum + bias[if bias.len() == 1 { 0 } else { j }],
    }
}

/// Applies the element-wise function of a finished output.
#[inline(always)]
fn apply<T: Real>(finish: Finish<'_, T>, y: &mut [T]) {
    if let Finish::Bias(_, f) = finish
        && f != Unary::Identity
    {
        f.apply(y);
    }
}

kernel! {
    /// `y = W x` for the rows `rows` of a row-major `W` with `x.len()` columns.
    pub(super) fn rows_times<T, S>(s: S; w: &[T], x: &[T], y: &mut [T], rows: Range<usize>, how: Finish<'_, T>) {
        let k = x.len();
        let full = k - k % S::LANES;
        let last = s.first(k - full);
        let end = rows.end;
        for (group, y8) in y.chunks_mut(8).enumerate() {
            let j0 = rows.start + 8 * group;
            // SAFETY: rows up to `end - 1` lie inside `w` (a short group repeats the last one), vectors inside rows.
            let sums = unsafe {
                let mut row = [w.as_ptr(); 8];
                for (i, row) in row.iter_mut().enumerate() {
                    *row = w.as_ptr().add((j0 + i).min(end - 1) * k);
                }
                let mut sum = [s.zero(); 8];
                let mut l = 0;
                while l < full {
                    let x = s.load(x.as_ptr().add(l));
                    for i in 0..8 {
                        sum[i] = s.mul_add(s.load(row[i].add(l)), x, sum[i]);
                    }
                    l += S::LANES;
                }
                if full < k {
                    let x = s.load_masked(x.as_ptr().add(l), last);
                    for i in 0..8 {
                        sum[i] = s.mul_add(s.load_masked(row[i].add(l), last), x, sum[i]);
                    }
                }
                s.reduce_add_8(sum)
            };
            for (i, y) in y8.iter_mut().enumerate() {
                *y = finish(how, j0 + i, *y, sums[i]);
            }
        }
        apply(how, y);
    }
}

kernel! {
    /// `y_j = sum_l x_l W_lj` for the columns `cols` of a row-major `W` with rows of `n`.
    pub(super) fn columns_times<T, S>(s: S; w: &[T], n: usize, x: &[T], y: &mut [T], cols: Range<usize>, how: Finish<'_, T>) {
        match how {
            Finish::Overwrite => y.fill(T::ZERO),
            Finish::Add => {}
            Finish::Bias(bias, _) if bias.len() == 1 => y.fill(bias[0]),
            Finish::Bias(bias, _) => y.copy_from_slice(&bias[cols.clone()]),
        }
        let mut l = 0;
        while l < x.len() {
            let rows = match x.len() - l {
                8.. => 8,
                4.. => 4,
                2.. => 2,
                _ => 1,
            };
            // SAFETY: `rows` rows from row `l` on lie inside `w`, and columns from `cols.start` on inside rows.
            unsafe {
                let at = w.as_ptr().add(l * n + cols.start);
                match rows {
                    8 => add_rows::<T, S, 8>(s, at, n, &x[l..], y),
                    4 => add_rows::<T, S, 4>(s, at, n, &x[l..], y),
                    2 => add_rows::<T, S, 2>(s, at, n, &x[l..], y),
                    _ => add_rows::<T, S, 1>(s, at, n, &x[l..], y),
                }
            }
            l += rows;
        }
        apply(how, y);
    }
}

/// `y = y + sum_r x_r row_r` for `R` rows that lie `n` apart.
#[inline(always)]
unsafe fn add_rows<T: Real, S: Simd<T>, const R: usize>(
    s: S,
    at: *const T,
    n: usize,
    x: &[T],
    y: &mut [T],
) {
    let mut row = [at; R];
    let mut factor = [s.zero(); R];
    for r in 0..R {
        row[r] = at.wrapping_add(r * n);
        factor[r] = s.splat(x[r]);
    }
    let full = y.len() - y.len() % S::LANES;
    let last = s.first(y.len() - full);
    // SAFETY: the caller's promise; `y` and each row hold `y.len()` numbers.
    unsafe {
        let y_at = y.as_mut_ptr();
        let mut j = 0;
        while j < full {
            let mut sum = s.load(y_at.add(j));
            for r in 0..R {
                sum = s.mul_add(factor[r], s.load(row[r].add(j)), sum);
            }
            s.store(y_at.add(j), sum);
            j += S::LANES;
        }
        if full < y.len() {
            let mut sum = s.load_masked(y_at.add(j), last);
            for r in 0..R {
                sum = s.mul_add(factor[r], s.load_masked(row[r].add(j), last), sum);
            }
            s.store_masked(y_at.add(j), last, sum);
        }
    }
}

kernel! {
    /// `c_ij = a_i b_j` for whole rows, finished.
    pub(super) fn outer<T, S>(s: S; a: &[T], b: &[T], c: &mut [T], how: Finish<'_, T>) {
        for (&a, c) in a.iter().zip(c.chunks_mut(b.len())) {
            match how {
                Finish::Overwrite => c.iter_mut().zip(b).for_each(|(c, &b)| *c = a * b),
                Finish::Add => c.iter_mut().zip(b).for_each(|(c, &b)| *c = s.fma(a, b, *c)),
                Finish::Bias(bias, _) => {
                    for ((c, &b), &bias) in c.iter_mut().zip(b).zip(bias) {
                        *c = s.fma(a, b, bias);
                    }
                }
            }
        }
        apply(how, c);
    }
}
