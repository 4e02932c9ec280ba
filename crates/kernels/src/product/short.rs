//! Products whose sums one call of a kernel adds up: the choice of kernels, and how they share the work.

use super::block::{self, Rectangle};
use super::dots::{self, Rows, Sums};
use super::operand::{Finish, Matrix};
use super::plan::{self, Plan};
use super::vector;
use crate::cpu::Level;
use crate::{Real, Workers};

/// A product of sums that one call of a kernel adds up. Always inlined, as a tiny product takes hardly longer than a call.
#[inline(always)]
pub(super) fn product<T: Real>(
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
pub(super) enum Family {
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
    pub(super) fn of<T: Real>(
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

/// Less work than this is not split.
const SHARED_WORK: usize = 128 * 1024;

/// Floating-point operations of a product, by which threads share it. A number beyond all time may wrap: it decides nothing else.
fn work((m, n, k): (usize, usize, usize)) -> usize {
    m.wrapping_mul(n).wrapping_mul(k).wrapping_mul(2)
}
