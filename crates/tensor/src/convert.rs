//! Between tensors, views of them and batches.

use crate::{Batch, Shape, Tensor, TensorError, TensorView};

impl<T, const R: usize> Tensor<T, R> {
    /// A batch whose samples run along the first axis.
    pub fn as_batch(&self) -> Batch<'_, T> {
        self.view().as_batch()
    }
}

impl<'a, T, const R: usize> TensorView<'a, T, R> {
    /// A batch whose samples run along the first axis; a tensor of rank 0 is one sample.
    pub fn as_batch(&self) -> Batch<'a, T> {
        let samples = self.shape().dims().first().copied().unwrap_or(1);
        Batch::trusted(self.as_slice(), self.shape().len() / samples)
    }

    /// A tensor that owns a copy of the elements.
    pub fn to_tensor(&self) -> Tensor<T, R>
    where
        T: Clone,
    {
        Tensor::trusted(self.shape(), self.as_slice().to_vec())
    }
}

impl<'a, T> Batch<'a, T> {
    /// The samples in order, as tensors of the shape given.
    ///
    /// # Errors
    /// [`TensorError::Length`] if the shape has another number of elements than a sample.
    pub fn tensors<const R: usize>(
        &self,
        shape: Shape<R>,
    ) -> Result<impl ExactSizeIterator<Item = TensorView<'a, T, R>> + use<'a, T, R>, TensorError>
    {
        TensorError::check(&shape, self.size())?;
        Ok(self.iter().map(move |s| TensorView::trusted(shape, s)))
    }
}
