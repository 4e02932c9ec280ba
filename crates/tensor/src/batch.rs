//! Batches: samples side by side as columns.

use thiserror::Error;

use crate::Shape;

/// A read-only batch: column `s` is sample `s`, its elements stand next to one another in memory.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Batch<'a, T> {
    data: &'a [T],
    size: usize,
}

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
    #[error("{len} elements are not a whole number of samples of {size} elements")]
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

    /// The samples in order.
    pub fn iter(&self) -> core::slice::ChunksExact<'a, T> {
        self.data.chunks_exact(self.size)
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
    /// Views the front of `data` as `samples` columns of this shape, without a check that can fail at run time
    /// once the buffer is large enough: how a network cuts its buffers.
    ///
    /// # Panics
    /// If `data` is shorter than `samples * self.len()`.
    pub fn columns<'a, T>(&self, data: &'a [T], samples: usize) -> Batch<'a, T> {
        Batch {
            data: &data[..samples * self.len()],
            size: self.len(),
        }
    }

    /// Like [`Shape::columns`], writable.
    ///
    /// # Panics
    /// If `data` is shorter than `samples * self.len()`.
    pub fn columns_mut<'a, T>(&self, data: &'a mut [T], samples: usize) -> BatchMut<'a, T> {
        BatchMut {
            data: &mut data[..samples * self.len()],
            size: self.len(),
        }
    }
}
