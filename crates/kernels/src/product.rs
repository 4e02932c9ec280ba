//! The matrix product in its four transpositions.

use crate::{Real, Unary, Workers};

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
/// Every element of `c` is summed in an order that depends on the shape alone.
///
/// # Panics
/// If a slice is not as long as its shape says.
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
    let (ar, ac) = if a.transposed { (1, m) } else { (k, 1) };
    let (br, bc) = if b.transposed { (1, k) } else { (n, 1) };
    workers.for_each_chunk(c, n, 2 * m * n * k, |i, row| {
        for (j, c) in row.iter_mut().enumerate() {
            let sum: T = (0..k)
                .map(|l| a.data[i * ar + l * ac] * b.data[l * br + j * bc])
                .sum();
            match finish {
                Finish::Overwrite => *c = sum,
                Finish::Add => *c += sum,
                Finish::Bias(bias, _) => *c = sum + bias[j],
            }
        }
        if let Finish::Bias(_, f) = finish {
            f.apply(row);
        }
    });
}
