//! What is accepted as the values of a parameter.

use gradflow_kernels::Real;
use gradflow_tensor::{Tensor, TensorView};

/// Values for [`Model::set_parameter`](crate::Model::set_parameter): a slice, a vector or an array, whose length has to be that of
/// the parameter, or a tensor or a matrix, whose dimensions have to be the parameter's.
#[diagnostic::on_unimplemented(
    message = "`{Self}` holds no values for a parameter of `{T}`",
    note = "hand over `&[{T}]`, `Vec<{T}>`, an array, a `Tensor` or its view, or with the feature `nalgebra` a `DMatrix` or `DVector`"
)]
pub trait Values<T: Real> {
    /// The dimensions, if there are any, and the values in row-major order.
    fn into_values(self) -> (Option<Vec<usize>>, Vec<T>);
}

impl<T: Real> Values<T> for Vec<T> {
    fn into_values(self) -> (Option<Vec<usize>>, Vec<T>) {
        (None, self)
    }
}

impl<T: Real> Values<T> for &Vec<T> {
    fn into_values(self) -> (Option<Vec<usize>>, Vec<T>) {
        (None, self.clone())
    }
}

impl<T: Real> Values<T> for &[T] {
    fn into_values(self) -> (Option<Vec<usize>>, Vec<T>) {
        (None, self.to_vec())
    }
}

impl<T: Real, const N: usize> Values<T> for [T; N] {
    fn into_values(self) -> (Option<Vec<usize>>, Vec<T>) {
        (None, self.to_vec())
    }
}

impl<T: Real, const N: usize> Values<T> for &[T; N] {
    fn into_values(self) -> (Option<Vec<usize>>, Vec<T>) {
        (None, self.to_vec())
    }
}

impl<T: Real, const R: usize> Values<T> for TensorView<'_, T, R> {
    fn into_values(self) -> (Option<Vec<usize>>, Vec<T>) {
        (Some(self.shape().dims().to_vec()), self.as_slice().to_vec())
    }
}

impl<T: Real, const R: usize> Values<T> for Tensor<T, R> {
    fn into_values(self) -> (Option<Vec<usize>>, Vec<T>) {
        (Some(self.shape().dims().to_vec()), self.into_vec())
    }
}

impl<T: Real, const R: usize> Values<T> for &Tensor<T, R> {
    fn into_values(self) -> (Option<Vec<usize>>, Vec<T>) {
        self.view().into_values()
    }
}

#[cfg(feature = "nalgebra")]
mod matrix {
    use gradflow_kernels::Real;
    use nalgebra::{DMatrix, DVector, Scalar};

    use super::Values;

    impl<T: Real + Scalar> Values<T> for &DMatrix<T> {
        fn into_values(self) -> (Option<Vec<usize>>, Vec<T>) {
            // nalgebra stores columns: those of the transpose are the rows.
            let values = self.transpose().data.into();
            (Some(vec![self.nrows(), self.ncols()]), values)
        }
    }

    impl<T: Real + Scalar> Values<T> for DMatrix<T> {
        fn into_values(self) -> (Option<Vec<usize>>, Vec<T>) {
            (&self).into_values()
        }
    }

    impl<T: Real + Scalar> Values<T> for &DVector<T> {
        fn into_values(self) -> (Option<Vec<usize>>, Vec<T>) {
            (Some(vec![self.len()]), self.as_slice().to_vec())
        }
    }

    impl<T: Real + Scalar> Values<T> for DVector<T> {
        fn into_values(self) -> (Option<Vec<usize>>, Vec<T>) {
            (&self).into_values()
        }
    }
}
