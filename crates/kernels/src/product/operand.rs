//! What goes into a product, and what becomes of its sums.

use crate::{Real, Unary};

/// One operand of a [`product`](crate::product): a row-major matrix, read as it stands or transposed.
#[derive(Debug, Clone, Copy)]
pub struct Operand<'a, T> {
    pub(super) data: &'a [T],
    pub(super) transposed: bool,
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

/// What a [`product`](crate::product) does with its sums.
#[derive(Debug, Clone, Copy)]
pub enum Finish<'a, T> {
    /// `c = a b`
    Overwrite,
    /// `c = c + a b`
    Add,
    /// `c_ij = f((a b)_ij + bias_j)`: a dense layer (17)-(18) with samples in rows.
    Bias(&'a [T], Unary<T>),
}

impl<T: Real> Finish<'_, T> {
    /// The element-wise function, if there is one.
    #[inline(always)]
    pub(super) fn function(self) -> Option<Unary<T>> {
        match self {
            Self::Bias(_, f) if f != Unary::Identity => Some(f),
            _ => None,
        }
    }

    /// Applies the element-wise function to finished outputs.
    #[inline(always)]
    pub(super) fn apply(self, y: &mut [T]) {
        if let Some(f) = self.function() {
            f.apply(y);
        }
    }
}

/// An [`Operand`] or some of its rows or columns; rows of what is stored begin `apart` from one another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Matrix<'a, T> {
    pub(super) data: &'a [T],
    pub(super) transposed: bool,
    pub(super) apart: usize,
}

impl<'a, T> Matrix<'a, T> {
    pub(super) fn new(operand: Operand<'a, T>, [rows, cols]: [usize; 2]) -> Self {
        Self {
            data: operand.data,
            transposed: operand.transposed,
            apart: if operand.transposed { rows } else { cols },
        }
    }

    /// How far apart rows and columns of the operand are.
    pub(super) fn strides(&self) -> (usize, usize) {
        match self.transposed {
            false => (self.apart, 1),
            true => (1, self.apart),
        }
    }

    /// The columns from `l` on.
    pub(super) fn columns(self, l: usize) -> Self {
        let data = &self.data[l * self.strides().1..];
        Self { data, ..self }
    }

    /// The rows from `l` on.
    pub(super) fn rows(self, l: usize) -> Self {
        let data = &self.data[l * self.strides().0..];
        Self { data, ..self }
    }
}
