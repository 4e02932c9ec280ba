//! Samples, wherever they are.

use std::borrow::Cow;

use gradflow_real::Real;
use gradflow_tensor::Shape;

use crate::{DataError, Dataset, DiskDataset, Outputs, Schema};

/// Samples in memory or on disk.
#[derive(Debug, Clone)]
pub enum AnyDataset<T> {
    /// In memory.
    Memory(Dataset<T>),
    /// In files, from which they are read when they are asked for.
    Disk(DiskDataset<T>),
}

impl<T> From<Dataset<T>> for AnyDataset<T> {
    fn from(data: Dataset<T>) -> Self {
        Self::Memory(data)
    }
}

impl<T> From<DiskDataset<T>> for AnyDataset<T> {
    fn from(data: DiskDataset<T>) -> Self {
        Self::Disk(data)
    }
}

impl<T> AnyDataset<T> {
    /// Number of samples, at least 1.
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        match self {
            Self::Memory(data) => data.len(),
            Self::Disk(data) => data.len(),
        }
    }

    /// Shape of the input of a sample.
    pub fn shape(&self) -> Shape<3> {
        match self {
            Self::Memory(data) => data.shape(),
            Self::Disk(data) => data.shape(),
        }
    }

    /// What the numbers mean.
    pub fn schema(&self) -> &Schema {
        match self {
            Self::Memory(data) => data.schema(),
            Self::Disk(data) => data.schema(),
        }
    }

    /// Number of classes; `None` if the targets are values.
    pub fn classes(&self) -> Option<usize> {
        match self.schema().outputs() {
            Outputs::Classes { count, .. } => Some(*count),
            Outputs::Values { .. } => None,
        }
    }
}

impl<T: Real> AnyDataset<T> {
    /// The samples, if they are in memory; of others the first `most`, which are read.
    ///
    /// # Errors
    /// [`DataError::Disk`] if they cannot be read.
    pub fn in_memory(&self, most: usize) -> Result<Cow<'_, Dataset<T>>, DataError> {
        Ok(match self {
            Self::Memory(data) => Cow::Borrowed(data),
            Self::Disk(data) => Cow::Owned(data.first(most)?),
        })
    }

    /// The first `n` samples, or all if there are fewer, in memory.
    ///
    /// # Errors
    /// [`DataError::Split`] for none, [`DataError::Disk`] if they cannot be read.
    pub fn first(&self, n: usize) -> Result<Dataset<T>, DataError> {
        Ok(match self {
            Self::Memory(data) => data.select(&(0..n.min(data.len())).collect::<Vec<_>>())?,
            Self::Disk(data) => data.first(n)?,
        })
    }

    /// The same samples after all that was done to others, such as the training part, and in their shape.
    ///
    /// # Errors
    /// Those of [`Dataset::like`] and [`DiskDataset::like`].
    pub fn like(self, other: &Self) -> Result<Self, DataError> {
        let (schema, shape) = (other.schema(), other.shape());
        Ok(match self {
            Self::Memory(data) => data.prepared(schema)?.shaped(shape)?.into(),
            Self::Disk(data) => data.prepared(schema)?.shaped(shape)?.into(),
        })
    }
}
