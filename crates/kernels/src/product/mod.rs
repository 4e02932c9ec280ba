//! The matrix product in its four transpositions.

mod block;
mod dots;
mod further;
mod long;
mod operand;
mod pack;
mod plan;
mod short;
#[cfg(test)]
mod tests;
mod tile;
mod vector;

use crate::cpu::{self, Level};
use crate::sums::RUN;
use crate::{Real, Workers};
use operand::Matrix;

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
        short::product(level, (m, n, k), a, b, c, finish, workers);
    } else {
        long::product(level, (m, n, k), a, b, c, finish, workers);
    }
}
