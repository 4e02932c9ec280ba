//! Tensors that own their elements.

use core::ops::{Index, IndexMut};

use crate::shape::out_of_range;
use crate::{Shape, TensorError, TensorView};

/// An array of rank `R` that owns its elements, row-major: the last index varies fastest.
///
/// ```
/// use gradflow_tensor::{Shape, Tensor};
///
/// let mut t = Tensor::from_fn(Shape::new([2, 3])?, |[i, j]| 10 * i + j);
/// assert_eq!(t.as_slice(), [0, 1, 2, 10, 11, 12]);
/// t[[1, 2]] = 7;
/// assert_eq!(t.get([1, 2]), Some(&7));
/// assert_eq!(t.get([2, 0]), None);
///
/// let t = t.reshape(Shape::new([3, 2, 1])?)?;
/// assert_eq!(t[[2, 1, 0]], 7);
/// assert_eq!(t.flatten().into_vec(), [0, 1, 2, 10, 11, 7]);
/// # Ok::<(), gradflow_tensor::TensorError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor<T, const R: usize> {
    shape: Shape<R>,
    data: Vec<T>,
}

/// A picture: `[depth, vertical, horizontal]`.
pub type Tensor3<T> = Tensor<T, 3>;

/// Pictures or filters: `[samples or outputs, depth, vertical, horizontal]`.
pub type Tensor4<T> = Tensor<T, 4>;

impl<T, const R: usize> Tensor<T, R> {
    /// The tensor with these elements, row-major.
    ///
    /// # Errors
    /// [`TensorError::Length`] if there are more or fewer than the shape has.
    pub fn from_vec(shape: Shape<R>, data: Vec<T>) -> Result<Self, TensorError> {
        TensorError::check(&shape, data.len())?;
        Ok(Self { shape, data })
    }

    /// The caller has checked that the length is the shape's.
    pub(crate) fn trusted(shape: Shape<R>, data: Vec<T>) -> Self {
        debug_assert_eq!(shape.len(), data.len());
        Self { shape, data }
    }

    /// The tensor whose element at each index is the function's value there.
    pub fn from_fn(shape: Shape<R>, f: impl FnMut([usize; R]) -> T) -> Self {
        Self {
            shape,
            data: shape.indices().map(f).collect(),
        }
    }

    /// The shape.
    pub fn shape(&self) -> Shape<R> {
        self.shape
    }

    /// The element at an index; `None` if it is out of range.
    pub fn get(&self, index: [usize; R]) -> Option<&T> {
        self.shape.flatten(index).map(|i| &self.data[i])
    }

    /// The element at an index, writable; `None` if it is out of range.
    pub fn get_mut(&mut self, index: [usize; R]) -> Option<&mut T> {
        self.shape.flatten(index).map(|i| &mut self.data[i])
    }

    /// The whole tensor, borrowed. [`TensorView`] has the sub-views.
    pub fn view(&self) -> TensorView<'_, T, R> {
        TensorView::trusted(self.shape, &self.data)
    }

    /// The elements with their indices, in flat order.
    pub fn indexed_iter(&self) -> impl ExactSizeIterator<Item = ([usize; R], &T)> {
        self.view().indexed_iter()
    }

    /// The elements, row-major.
    pub fn as_slice(&self) -> &[T] {
        &self.data
    }

    /// The elements, row-major and writable.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.data
    }

    /// The elements, row-major.
    pub fn into_vec(self) -> Vec<T> {
        self.data
    }

    /// The same elements in the same flat order under another shape.
    ///
    /// # Errors
    /// [`TensorError::Length`] if the new shape has another number of elements.
    pub fn reshape<const S: usize>(self, shape: Shape<S>) -> Result<Tensor<T, S>, TensorError> {
        Tensor::from_vec(shape, self.data)
    }

    /// The same elements as a vector: element `I` of equation (41) is element `[I]`.
    pub fn flatten(self) -> Tensor<T, 1> {
        Tensor {
            shape: Shape::trusted([self.data.len()]),
            data: self.data,
        }
    }
}

impl<T, const R: usize> Index<[usize; R]> for Tensor<T, R> {
    type Output = T;

    /// # Panics
    /// If the index is out of range, like a slice; [`Tensor::get`] returns an option.
    fn index(&self, index: [usize; R]) -> &T {
        match self.shape.flatten(index) {
            Some(i) => &self.data[i],
            None => out_of_range(index, self.shape),
        }
    }
}

impl<T, const R: usize> IndexMut<[usize; R]> for Tensor<T, R> {
    /// # Panics
    /// If the index is out of range, like a slice; [`Tensor::get_mut`] returns an option.
    fn index_mut(&mut self, index: [usize; R]) -> &mut T {
        match self.shape.flatten(index) {
            Some(i) => &mut self.data[i],
            None => out_of_range(index, self.shape),
        }
    }
}
