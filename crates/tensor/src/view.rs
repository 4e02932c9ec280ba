//! Tensors that borrow their elements.

use core::ops::Index;

use crate::shape::out_of_range;
use crate::{Shape, TensorError};

/// An array of rank `R` that borrows its elements, row-major: a whole [`Tensor`](crate::Tensor), a part of one, a sample of a [`Batch`](crate::Batch).
///
/// Sub-views along the first axis ([`at`](TensorView::at), [`outer_iter`](TensorView::outer_iter)) exist for ranks 2 to 5
/// and have one rank less.
///
/// ```
/// use gradflow_tensor::{Shape, TensorView};
///
/// let pixels = [0, 1, 2, 3, 4, 5, 6, 7];
/// let picture = TensorView::new(Shape::new([2, 2, 2])?, &pixels)?;
/// let row = picture.at(1).and_then(|channel| channel.at(0)).map(|row| row.as_slice());
/// assert_eq!(row, Some([4, 5].as_slice()));
/// assert_eq!(picture.at(2), None);
/// let channels = picture.outer_iter();
/// let sums: Vec<i32> = channels.map(|channel| channel.as_slice().iter().sum()).collect();
/// assert_eq!(sums, [6, 22]);
/// # Ok::<(), gradflow_tensor::TensorError>(())
/// ```
#[derive(Debug, PartialEq)]
pub struct TensorView<'a, T, const R: usize> {
    shape: Shape<R>,
    data: &'a [T],
}

// Not derived: a view can be copied even if its elements cannot.
impl<T, const R: usize> Clone for TensorView<'_, T, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, const R: usize> Copy for TensorView<'_, T, R> {}

impl<'a, T, const R: usize> TensorView<'a, T, R> {
    /// Views the elements, row-major.
    ///
    /// # Errors
    /// [`TensorError::Length`] if there are more or fewer than the shape has.
    pub fn new(shape: Shape<R>, data: &'a [T]) -> Result<Self, TensorError> {
        TensorError::check(&shape, data.len())?;
        Ok(Self { shape, data })
    }

    /// The caller has checked that the length is the shape's.
    pub(crate) fn trusted(shape: Shape<R>, data: &'a [T]) -> Self {
        debug_assert_eq!(shape.len(), data.len());
        Self { shape, data }
    }

    /// The shape.
    pub fn shape(&self) -> Shape<R> {
        self.shape
    }

    /// The element at an index; `None` if it is out of range.
    pub fn get(&self, index: [usize; R]) -> Option<&'a T> {
        self.shape.flatten(index).map(|i| &self.data[i])
    }

    /// The elements, row-major.
    pub fn as_slice(&self) -> &'a [T] {
        self.data
    }

    /// The elements with their indices, in flat order.
    pub fn indexed_iter(
        &self,
    ) -> impl ExactSizeIterator<Item = ([usize; R], &'a T)> + use<'a, T, R> {
        let data = self.data;
        self.shape.indices().zip(data)
    }

    /// The same elements in the same flat order under another shape.
    ///
    /// # Errors
    /// [`TensorError::Length`] if the new shape has another number of elements.
    pub fn reshape<const S: usize>(
        &self,
        shape: Shape<S>,
    ) -> Result<TensorView<'a, T, S>, TensorError> {
        TensorView::new(shape, self.data)
    }
}

impl<T, const R: usize> Index<[usize; R]> for TensorView<'_, T, R> {
    type Output = T;

    /// # Panics
    /// If the index is out of range, like a slice; [`TensorView::get`] returns an option.
    fn index(&self, index: [usize; R]) -> &T {
        match self.get(index) {
            Some(element) => element,
            None => out_of_range(index, self.shape),
        }
    }
}

/// Stable Rust cannot write `R - 1` in a type, so the ranks are listed.
macro_rules! first_axis {
    ($($rank:literal -> $less:literal),*) => {$(
        impl<'a, T> TensorView<'a, T, $rank> {
            /// Part `i` along the first axis (a row, a channel, a sample); `None` if it is out of range.
            pub fn at(&self, i: usize) -> Option<TensorView<'a, T, $less>> {
                self.outer_iter().nth(i)
            }

            /// The parts along the first axis in order.
            pub fn outer_iter(&self) -> impl ExactSizeIterator<Item = TensorView<'a, T, $less>> + use<'a, T> {
                let part = self.shape.tail();
                self.data.chunks_exact(part.len()).map(move |data| TensorView::trusted(part, data))
            }
        }

        impl Shape<$rank> {
            /// Without the first axis; the count divides, so it needs no check.
            fn tail(&self) -> Shape<$less> {
                let [_, tail @ ..] = self.dims();
                Shape::trusted(tail)
            }
        }
    )*};
}

first_axis!(2 -> 1, 3 -> 2, 4 -> 3, 5 -> 4);
