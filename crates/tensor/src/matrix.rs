//! Conversions to and from nalgebra (feature `nalgebra`).
//!
//! nalgebra stores columns: a batch is a matrix as it lies in memory, a tensor of rank 2 (rows) is copied.

use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut, DVector, Scalar};

use crate::{Batch, BatchError, BatchMut, Shape, Tensor, TensorError, TensorView};

impl<T: Scalar> From<Tensor<T, 1>> for DVector<T> {
    /// The elements of a flat tensor; [`Tensor::flatten`] makes any tensor flat.
    fn from(tensor: Tensor<T, 1>) -> Self {
        DVector::from_vec(tensor.into_vec())
    }
}

impl<T: Scalar> TryFrom<DVector<T>> for Tensor<T, 1> {
    type Error = TensorError;

    /// A flat tensor; an empty vector has no shape.
    fn try_from(vector: DVector<T>) -> Result<Self, TensorError> {
        let shape = Shape::new([vector.len()])?;
        Self::from_vec(shape, vector.data.into())
    }
}

impl<T: Scalar> From<TensorView<'_, T, 1>> for DVector<T> {
    /// A copy of the elements.
    fn from(view: TensorView<'_, T, 1>) -> Self {
        DVector::from_column_slice(view.as_slice())
    }
}

impl<T: Scalar> TryFrom<&DVector<T>> for Tensor<T, 1> {
    type Error = TensorError;

    /// A flat tensor; an empty vector has no shape.
    fn try_from(vector: &DVector<T>) -> Result<Self, TensorError> {
        Self::from_vec(Shape::new([vector.len()])?, vector.as_slice().to_vec())
    }
}

impl<T: Scalar> From<TensorView<'_, T, 2>> for DMatrix<T> {
    /// Row `i` of the matrix is part `i` of the tensor.
    ///
    /// ```
    /// use gradflow_tensor::{Shape, Tensor, Tensor3};
    /// use nalgebra::DMatrix;
    ///
    /// let t = Tensor::from_vec(Shape::new([2, 3])?, vec![1, 2, 3, 4, 5, 6])?;
    /// let matrix = DMatrix::from(t.view());
    /// assert_eq!(matrix, DMatrix::from_row_slice(2, 3, &[1, 2, 3, 4, 5, 6]));
    /// assert_eq!(Tensor::try_from(&matrix)?, t);
    ///
    /// // A channel of a picture.
    /// let picture = Tensor3::from_vec(Shape::new([2, 2, 2])?, vec![1, 2, 3, 4, 5, 6, 7, 8])?;
    /// let channel = picture.view().at(1).map(DMatrix::from);
    /// assert_eq!(channel, Some(DMatrix::from_row_slice(2, 2, &[5, 6, 7, 8])));
    /// # Ok::<(), gradflow_tensor::TensorError>(())
    /// ```
    fn from(view: TensorView<'_, T, 2>) -> Self {
        let [rows, columns] = view.shape().dims();
        DMatrix::from_row_slice(rows, columns, view.as_slice())
    }
}

impl<T: Scalar> From<Tensor<T, 2>> for DMatrix<T> {
    /// Row `i` of the matrix is part `i` of the tensor.
    fn from(tensor: Tensor<T, 2>) -> Self {
        tensor.view().into()
    }
}

impl<T: Scalar> TryFrom<&DMatrix<T>> for Tensor<T, 2> {
    type Error = TensorError;

    /// Part `i` of the tensor is row `i` of the matrix; an empty matrix has no shape.
    fn try_from(matrix: &DMatrix<T>) -> Result<Self, TensorError> {
        let shape = Shape::new(matrix.shape().into())?;
        // The columns of the transpose are the rows.
        Self::from_vec(shape, matrix.transpose().data.into())
    }
}

impl<T: Scalar> TryFrom<DMatrix<T>> for Tensor<T, 2> {
    type Error = TensorError;

    /// Part `i` of the tensor is row `i` of the matrix; an empty matrix has no shape.
    fn try_from(matrix: DMatrix<T>) -> Result<Self, TensorError> {
        (&matrix).try_into()
    }
}

impl<'a, T: Scalar> Batch<'a, T> {
    /// The batch as a matrix whose columns are the samples, without a copy.
    ///
    /// ```
    /// use gradflow_tensor::Batch;
    /// use nalgebra::DMatrix;
    ///
    /// let batch = Batch::new(&[1, 2, 3, 4, 5, 6], 3)?;
    /// let matrix = DMatrix::from_columns(&[vec![1, 2, 3].into(), vec![4, 5, 6].into()]);
    /// assert_eq!(batch.to_matrix(), matrix);
    /// assert_eq!(Batch::from_matrix(&matrix)?, batch);
    /// # Ok::<(), gradflow_tensor::BatchError>(())
    /// ```
    pub fn to_matrix(&self) -> DMatrixView<'a, T> {
        DMatrixView::from_slice(self.data(), self.size(), self.samples())
    }

    /// The columns of a matrix as samples, without a copy.
    ///
    /// # Errors
    /// [`BatchError::ZeroSize`] if the matrix has no rows.
    pub fn from_matrix(matrix: &'a DMatrix<T>) -> Result<Self, BatchError> {
        Self::new(matrix.as_slice(), matrix.nrows())
    }
}

impl<'a, T: Scalar> BatchMut<'a, T> {
    /// The batch as a writable matrix whose columns are the samples, without a copy.
    pub fn to_matrix(&mut self) -> DMatrixViewMut<'_, T> {
        let (size, samples) = (self.size(), self.samples());
        DMatrixViewMut::from_slice(self.data(), size, samples)
    }

    /// The columns of a matrix as writable samples, without a copy.
    ///
    /// # Errors
    /// [`BatchError::ZeroSize`] if the matrix has no rows.
    pub fn from_matrix(matrix: &'a mut DMatrix<T>) -> Result<Self, BatchError> {
        let rows = matrix.nrows();
        Self::new(matrix.as_mut_slice(), rows)
    }
}
