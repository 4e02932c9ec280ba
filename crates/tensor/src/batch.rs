//! Batches: samples side by side as columns.

use thiserror::Error;

use crate::Shape;

/// A read-only batch: column `s` is sample `s`, its elements stand next to one another in memory.
///
/// ```
/// use gradflow_tensor::{Batch, Shape};
///
/// // Two samples, each a picture of 1 x 2 x 2 pixels.
/// let pixels = [1, 2, 3, 4, 5, 6, 7, 8];
/// let batch = Batch::new(&pixels, 4)?;
/// assert_eq!(batch.samples(), 2);
/// assert_eq!(batch.sample(1), Some([5, 6, 7, 8].as_slice()));
///
/// let mut pictures = batch.tensors(Shape::new([1, 2, 2])?)?;
/// assert_eq!(pictures.next().unwrap().get([0, 1, 0]), Some(&3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, PartialEq)]
pub struct Batch<'a, T> {
    data: &'a [T],
    size: usize,
}

// Not derived: a batch can be copied even if its elements cannot.
impl<T> Clone for Batch<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Batch<'_, T> {}

/// A writable batch; see [`Batch`].
#[derive(Debug, PartialEq)]
pub struct BatchMut<'a, T> {
    data: &'a mut [T],
    size: usize,
}

/// Why a slice is not a batch.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BatchError {
    /// A sample must have at least one element.
    #[error("a batch of samples of size 0")]
    ZeroSize,
    /// The slice does not hold a whole number of samples.
    #[error(
        "a batch of {len} elements is not a whole number of samples of {size} elements each: the size to give is the number of elements of one sample"
    )]
    Partial {
        /// Elements in the slice.
        len: usize,
        /// Elements of a sample.
        size: usize,
    },
}

fn check(len: usize, size: usize) -> Result<(), BatchError> {
    match len.checked_rem(size) {
        None => Err(BatchError::ZeroSize),
        Some(0) => Ok(()),
        Some(_) => Err(BatchError::Partial { len, size }),
    }
}

impl<'a, T> Batch<'a, T> {
    /// Views `data` as samples of `size` elements each.
    ///
    /// # Errors
    /// [`BatchError`] if `size` is 0 or does not divide the length.
    pub fn new(data: &'a [T], size: usize) -> Result<Self, BatchError> {
        check(data.len(), size)?;
        Ok(Self { data, size })
    }

    /// The caller has checked that the length is a multiple of the size, which is not 0.
    pub(crate) fn trusted(data: &'a [T], size: usize) -> Self {
        debug_assert_eq!(check(data.len(), size), Ok(()));
        Self { data, size }
    }

    /// One sample.
    ///
    /// # Errors
    /// [`BatchError::ZeroSize`] if it is empty.
    pub fn single(sample: &'a [T]) -> Result<Self, BatchError> {
        Self::new(sample, sample.len())
    }

    /// Elements of one sample.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Number of samples.
    pub fn samples(&self) -> usize {
        self.data.len() / self.size
    }

    /// All elements, sample after sample.
    pub fn data(&self) -> &'a [T] {
        self.data
    }

    /// Sample `s`; `None` if there are fewer.
    pub fn sample(&self, s: usize) -> Option<&'a [T]> {
        (s < self.samples()).then(|| &self.data[s * self.size..(s + 1) * self.size])
    }

    /// The samples in order.
    pub fn iter(&self) -> core::slice::ChunksExact<'a, T> {
        self.data.chunks_exact(self.size)
    }
}

impl<'a, T> IntoIterator for Batch<'a, T> {
    type Item = &'a [T];
    type IntoIter = core::slice::ChunksExact<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, T> BatchMut<'a, T> {
    /// Views `data` as samples of `size` elements each.
    ///
    /// # Errors
    /// [`BatchError`] if `size` is 0 or does not divide the length.
    pub fn new(data: &'a mut [T], size: usize) -> Result<Self, BatchError> {
        check(data.len(), size)?;
        Ok(Self { data, size })
    }

    /// Elements of one sample.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Number of samples.
    pub fn samples(&self) -> usize {
        self.data.len() / self.size
    }

    /// All elements, sample after sample.
    pub fn data(&mut self) -> &mut [T] {
        self.data
    }

    /// The same batch for a shorter while.
    pub fn reborrow(&mut self) -> BatchMut<'_, T> {
        BatchMut {
            data: self.data,
            size: self.size,
        }
    }

    /// The same batch, read-only.
    pub fn as_batch(&self) -> Batch<'_, T> {
        Batch {
            data: self.data,
            size: self.size,
        }
    }

    /// The samples in order.
    pub fn iter_mut(&mut self) -> core::slice::ChunksExactMut<'_, T> {
        self.data.chunks_exact_mut(self.size)
    }
}

impl<const R: usize> Shape<R> {
    /// Views the front of `data` as `samples` columns of this shape: how a network cuts its buffers, which it made
    /// large enough.
    ///
    /// # Panics
    /// If `data` is shorter than `samples * self.len()`.
    pub fn columns<'a, T>(&self, data: &'a [T], samples: usize) -> Batch<'a, T> {
        Batch {
            data: &data[..samples.saturating_mul(self.len())],
            size: self.len(),
        }
    }

    /// Like [`Shape::columns`], writable.
    ///
    /// # Panics
    /// If `data` is shorter than `samples * self.len()`.
    pub fn columns_mut<'a, T>(&self, data: &'a mut [T], samples: usize) -> BatchMut<'a, T> {
        BatchMut {
            data: &mut data[..samples.saturating_mul(self.len())],
            size: self.len(),
        }
    }
}
