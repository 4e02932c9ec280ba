//! The matrix product in its four transpositions.

mod block;
mod pack;
mod plan;
#[cfg(test)]
mod tests;
mod tile;
mod vector;

use crate::cpu::{self, Level};
use crate::{Real, Unary, Workers};
use block::Part;
use plan::Plan;
use vector::Sums;

/// One operand of a [`product`]: a row-major matrix, read as it stands or transposed.
#[derive(Debug, Clone, Copy)]
pub struct Operand<'a, T> {
    data: &'a [T],
    transposed: bool,
}

impl<'a, T> Operand<'a, T> {
    /// The matrix as it stands.
    pub fn plain(data: &'a [T]) -> Self {
        Self {
            data,
            transposed: false,
        }
    }

    /// The transpose of the stored matrix.
    pub fn transposed(data: &'a [T]) -> Self {
        Self {
            data,
            transposed: true,
        }
    }
}

/// What a [`product`] does with its sums.
#[derive(Debug, Clone, Copy)]
pub enum Finish<'a, T> {
    /// `c = a b`
    Overwrite,
    /// `c = c + a b`
    Add,
    /// `c_ij = f((a b)_ij + bias_j)`: a dense layer (17)-(18) with samples in rows.
    Bias(&'a [T], Unary<T>),
}

/// Computes `c = op(a) op(b)` with `op(a)` of shape `m x k`, `op(b)` of `k x n`, `c` of `m x n`, all row-major and dense.
///
/// ```text
/// c_ij = start_ij + sum_l op(a)_il op(b)_lj,   l = 0 … k-1
/// ```
///
/// The start is 0, the old `c_ij` or a bias, as `finish` says. The order of summation depends on the sizes, the
/// transpositions and [`cpu::level`] alone: neither on the number of threads, nor on alignment or values. In any
/// order the error is at most `(k + 1) eps sum_l |a_il b_lj|`, the start included in the sum.
///
/// No memory is allocated once each thread has met its largest product.
///
/// # Panics
/// If a slice is not as long as its shape says.
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
    assert_eq!(
        a.data.len(),
        m * k,
        "left operand of a {m}x{k} times {k}x{n} product"
    );
    assert_eq!(
        b.data.len(),
        k * n,
        "right operand of a {m}x{k} times {k}x{n} product"
    );
    assert_eq!(c.len(), m * n, "output of a {m}x{k} times {k}x{n} product");
    if let Finish::Bias(bias, _) = finish {
        assert_eq!(bias.len(), n, "biases of a {m}x{k} times {k}x{n} product");
    }
    product_at(cpu::level(), (m, n, k), a, b, c, finish, workers);
}

/// Less work than this is not split.
const SHARED_WORK: usize = 128 * 1024;

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
    let work = 2 * m * n * k;
    let threads = if work < SHARED_WORK {
        1
    } else {
        workers.threads()
    };
    // Lengths of equal shares of `len`; one share needs no division.
    let share = |len: usize, unit: usize| match threads {
        1 => len,
        _ => len.div_ceil(threads).next_multiple_of(unit),
    };
    let few = !a.transposed && b.transposed && plan::as_vectors::<T>(level, (m, n, k));
    if n == 1 && !a.transposed || m == 1 && b.transposed || few {
        // Rows of the longer operand times rows of the other one.
        let (w, len, x, count) = if n == 1 {
            (a.data, m, b.data, 1)
        } else {
            (b.data, n, a.data, m)
        };
        // SAFETY: `c` holds `count` rows of `len`, is borrowed until `run` returns, and parts are disjoint.
        let y = unsafe { Sums::new(c.as_mut_ptr(), len, count) };
        if len >= count {
            let size = share(len, 16);
            workers.run(len.div_ceil(size), work, |i| {
                let rows = i * size..((i + 1) * size).min(len);
                vector::rows_times(level, w, k, x, y, rows, finish);
            });
        } else {
            let size = share(count, 4);
            workers.run(count.div_ceil(size), work, |i| {
                let part = i * size..((i + 1) * size).min(count);
                let x = &x[part.start * k..part.end * k];
                vector::rows_times(level, w, k, x, y.part(part), 0..len, finish);
            });
        }
    } else if m == 1 || n == 1 {
        let (w, x) = if m == 1 { (b, a) } else { (a, b) };
        let (len, size) = (c.len(), share(c.len(), 64));
        workers.for_each_chunk(c, size, work, |i, y| {
            vector::columns_times(level, w.data, len, x.data, y, i * size, finish);
        });
    } else if k == 1 {
        let rows = share(m, 1);
        workers.for_each_chunk(c, rows * n, work, |i, c| {
            let a = &a.data[i * rows..][..c.len() / n];
            vector::outer(level, a, b.data, c, finish);
        });
    } else {
        let plan = Plan::new(level, (m, n, k), a, b, c, finish);
        let (size, parts) = plan.split(threads);
        workers.run(parts, work, |i| {
            // SAFETY: the operands and `c` are borrowed until `run` returns, and parts are disjoint.
            let part = unsafe { Part::new(&plan, plan.part(size, i)) };
            block::run_part(level, part);
        });
    }
}
