//! The matrix product in its four transpositions.

mod block;
mod dots;
mod further;
mod long;
mod operand;
mod pack;
mod plan;
#[cfg(test)]
mod tests;
mod tile;
mod vector;

use crate::cpu::{self, Level};
use crate::sums::RUN;
use crate::{Real, Workers};
use block::Rectangle;
use dots::{Rows, Sums};
use operand::Matrix;
use plan::Plan;

pub use operand::{Finish, Operand};

/// Computes `c = op(a) op(b)` with `op(a)` of shape `m x k`, `op(b)` of `k x n`, `c` of `m x n`, all row-major and dense.
///
/// ```text
/// c_ij = start_ij + sum_l op(a)_il op(b)_lj,   l = 0 … k-1
/// ```
///
/// The start is 0, the old `c_ij` or a bias, as `finish` says. The order of summation depends on the sizes, the
/// transpositions and [`cpu::level`] alone: neither on the number of threads, nor on alignment or values. In any
/// order the error is at most `(k + 1) eps sum_l |a_il b_lj|`, the start included in the sum. Long sums are sums of shorter
/// ones, with errors of at most `600 eps/2` for any `k`; equal terms, whose roundings all go the same way, stay below
/// `1e-5` in `f32`.
///
/// No memory is allocated once each thread has met its largest product.
///
/// # Panics
/// If a slice is not as long as its shape says, also where that is more than any slice can be.
///
/// # Example
/// Two samples through a dense layer with two inputs, three outputs, and the weights `w[output][input]`:
///
/// ```
/// use gradflow_kernels::{Finish, Operand, Unary, Workers, product};
///
/// let (samples, inputs, outputs) = (2, 2, 3);
/// let x = [1.0, 2.0, -1.0, 0.0];
/// let w = [1.0, 1.0, 0.0, 1.0, -1.0, 0.0];
/// let bias = [0.5, 0.0, 0.0];
/// let mut p = [0.0; 6];
/// product(
///     (samples, outputs, inputs),
///     Operand::plain(&x),
///     Operand::transposed(&w),
///     &mut p,
///     Finish::Bias(&bias, Unary::Relu),
///     &Workers::inline(),
/// );
/// assert_eq!(p, [3.5, 2.0, 0.0, 0.0, 0.0, 1.0]);
/// ```
pub fn product<T: Real>(
    (m, n, k): (usize, usize, usize),
    a: Operand<'_, T>,
    b: Operand<'_, T>,
    c: &mut [T],
    finish: Finish<'_, T>,
    workers: &Workers,
) {
    // A product that wraps is no length.
    let is = |slice: &[T], rows: usize, cols: usize| rows.checked_mul(cols) == Some(slice.len());
    assert!(
        is(a.data, m, k),
        "left operand of a {m}x{k} times {k}x{n} product: {} numbers",
        a.data.len()
    );
    assert!(
        is(b.data, k, n),
        "right operand of a {m}x{k} times {k}x{n} product: {} numbers",
        b.data.len()
    );
    assert!(
        is(c, m, n),
        "output of a {m}x{k} times {k}x{n} product: {} numbers",
        c.len()
    );
    if let Finish::Bias(bias, _) = finish {
        assert_eq!(bias.len(), n, "biases of a {m}x{k} times {k}x{n} product");
    }
    product_at(cpu::level(), (m, n, k), a, b, c, finish, workers);
}

/// Less work than this is not split.
const SHARED_WORK: usize = 128 * 1024;

/// Floating-point operations of a product, by which threads share it. A number beyond all time may wrap: it decides nothing else.
fn work((m, n, k): (usize, usize, usize)) -> usize {
    m.wrapping_mul(n).wrapping_mul(k).wrapping_mul(2)
}

/// [`product`] at a given level, after the checks.
fn product_at<T: Real>(
    level: Level,
    (m, n, k): (usize, usize, usize),
    a: Operand<'_, T>,
    b: Operand<'_, T>,
    c: &mut [T],
    finish: Finish<'_, T>,
    workers: &Workers,
) {
    if m == 0 || n == 0 {
        return;
    }
    let (a, b) = (Matrix::new(a, [m, k]), Matrix::new(b, [k, n]));
    if k <= RUN {
        in_one(level, (m, n, k), a, b, c, finish, workers);
    } else {
        long::product(level, (m, n, k), a, b, c, finish, workers);
    }
}

/// A product of sums that one call of a kernel adds up. Always inlined, as a tiny product takes hardly longer than a call.
#[inline(always)]
fn in_one<T: Real>(
    level: Level,
    (m, n, k): (usize, usize, usize),
    a: Matrix<'_, T>,
    b: Matrix<'_, T>,
    c: &mut [T],
    finish: Finish<'_, T>,
    workers: &Workers,
) {
    let work = work((m, n, k));
    match Family::of(level, (m, n, k), a, b) {
        Family::Rows => rows_by_rows(level, (m, n, k), a, b, c, finish, workers),
        Family::Columns => {
            let (w, x) = if m == 1 { (b, a) } else { (a, b) };
            let (len, size) = (c.len(), share(c.len(), 64, work, workers));
            let x = &x.data[..k];
            workers.for_each_chunk(c, size, work, |i, y| {
                vector::columns_times(level, w.data, len, x, y, i * size, finish);
            });
        }
        Family::Outer => {
            let rows = share(m, 1, work, workers);
            workers.for_each_chunk(c, rows * n, work, |i, c| {
                let a = &a.data[i * rows..][..c.len() / n];
                vector::outer(level, a, &b.data[..n], c, finish);
            });
        }
        Family::Tiles => {
            let plan = Plan::new(level, (m, n, k), a, b, c, finish);
            let (size, parts) = plan.split(threads(work, workers));
            workers.run(parts, work, |i| {
                // SAFETY: the operands and `c` are borrowed until `run` returns, and parts are disjoint.
                let part = unsafe { Rectangle::new(&plan, plan.part(size, i)) };
                block::fill(level, part);
            });
        }
    }
}

/// The kernels that a product may be computed with.
enum Family {
    /// Products of rows with rows.
    Rows,
    /// A vector with columns.
    Columns,
    /// Sums of a single term.
    Outer,
    Tiles,
}

impl Family {
    #[inline(always)]
    fn of<T: Real>(
        level: Level,
        (m, n, k): (usize, usize, usize),
        a: Matrix<'_, T>,
        b: Matrix<'_, T>,
    ) -> Self {
        let rows = || a.apart == k && plan::as_vectors::<T>(level, (m, n, k));
        if n == 1 && !a.transposed
            || m == 1 && b.transposed
            || !a.transposed && b.transposed && rows()
        {
            Self::Rows
        } else if m == 1 || n == 1 {
            Self::Columns
        } else if k == 1 && a.strides().0 == 1 && b.strides().1 == 1 {
            Self::Outer
        } else {
            Self::Tiles
        }
    }
}

/// A product whose sums are products of rows of `a` with rows of what `b` is the transpose of; with one column, that is a
/// row anyway.
#[inline(always)]
fn rows_by_rows<T: Real>(
    level: Level,
    (m, n, k): (usize, usize, usize),
    a: Matrix<'_, T>,
    b: Matrix<'_, T>,
    c: &mut [T],
    finish: Finish<'_, T>,
    workers: &Workers,
) {
    // Rows of `w` are taken in groups, and each group meets all of `x`.
    let (w, len, x, count) = if n == 1 { (a, m, b, 1) } else { (b, n, a, m) };
    let (w, apart, x) = (w.data, w.apart, x.data);
    // SAFETY: `c` holds `count` rows of `len`, is borrowed until `run` returns, and parts are disjoint.
    let y = unsafe { Sums::new(c.as_mut_ptr(), len, count) };
    let work = work((m, n, k));
    // What is shared is what has more parts to share.
    if len.div_ceil(ROWS_OF_W) >= count.div_ceil(ROWS_OF_X) {
        let size = share(len, ROWS_OF_W, work, workers);
        workers.run(len.div_ceil(size), work, |i| {
            let (rows, range) = (Rows { w, apart, x, k }, i * size..((i + 1) * size).min(len));
            dots::rows_times(level, rows, y, range, finish);
        });
    } else {
        let size = share(count, ROWS_OF_X, work, workers);
        workers.run(count.div_ceil(size), work, |i| {
            let part = i * size..((i + 1) * size).min(count);
            let x = &x[part.start * k..part.end * k];
            dots::rows_times(level, Rows { w, apart, x, k }, y.part(part), 0..len, finish);
        });
    }
}

/// Rows of the two operands that a thread takes at least, in products of rows with rows.
const ROWS_OF_W: usize = 16;
const ROWS_OF_X: usize = 4;

/// Threads among which so much work is shared.
fn threads(work: usize, workers: &Workers) -> usize {
    if work < SHARED_WORK {
        1
    } else {
        workers.threads()
    }
}

/// Length of equal shares of `len`, in whole units.
fn share(len: usize, unit: usize, work: usize, workers: &Workers) -> usize {
    match threads(work, workers) {
        1 => len,
        threads => len.div_ceil(threads).next_multiple_of(unit),
    }
}
