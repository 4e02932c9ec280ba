//! Products of a vector with columns, and sums of a single term.

use super::operand::Finish;
use crate::dispatch::kernel;
use crate::number::Number;
use crate::simd::Simd;

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
        how.apply(y);
    }
}

/// `y = y + sum_r x_r row_r` for `R` rows that lie `n` apart; returns `R`.
#[inline(always)]
unsafe fn add_rows<T: Number, S: Simd<T>, const R: usize>(
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
        how.apply(c);
    }
}

/// `a b_j` and what `how` adds, for the lanes from `j` on that `load` reads.
///
/// # Safety
/// `load` may be called with the addresses of element `j` of `b`, of the row `c` and of the biases.
#[inline(always)]
unsafe fn scaled<T: Number, S: Simd<T>>(
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
