//! Samples that stay in files.

mod ahead;
mod error;
mod figures;
mod idx;
mod npy;
mod parts;
mod reader;
mod rows;
#[cfg(feature = "rows")]
pub(crate) mod rows_file;
mod selection;
mod store;

use std::sync::Arc;

use gradflow_real::Real;
use gradflow_tensor::{IntoShape, Shape};

pub use self::error::DiskError;
pub use self::reader::{DiskReader, Fetched};
use self::selection::Selection;
use self::store::Store;
use crate::element::Element;
use crate::pixels::Pixels;
use crate::{DatasetError, Outputs, Schema};

/// Samples that stay in files, for data larger than memory: they are read when they are asked for, by number.
///
/// What is done to them (splits, scalings, features) is done when they are read, with the bits of a [`Dataset`](crate::Dataset) of the same numbers. A file is
/// looked at when it is opened: its header, and whether its length is that which the header stands for. The numbers themselves are looked at
/// when they are read: one that is not finite, or a label that is no class, is an error then.
///
/// The files must not change while they are used. One that becomes shorter is an error; other changes are not noticed.
///
/// ```
/// use gradflow_data::{Dataset, DiskDataset, Idx};
///
/// # let folder = std::env::temp_dir().join(format!("gradflow-disk-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// // Two pictures of 1 x 2 pixels, and their labels.
/// let images = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 255, 255, 0];
/// let labels = [0, 0, 8, 1, 0, 0, 0, 2, 1, 0];
/// std::fs::write(folder.join("images"), images)?;
/// std::fs::write(folder.join("labels"), labels)?;
///
/// let data = DiskDataset::<f32>::open_idx(folder.join("images"), folder.join("labels"), None, 255.0)?;
/// assert_eq!(data.len(), 2);
/// let first: Dataset<f32> = data.first(1)?;
/// assert_eq!(first.inputs().data(), [0.0, 1.0]);
/// assert_eq!(first.labels(), Some([1].as_slice()));
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct DiskDataset<T> {
    store: Arc<Store>,
    /// What bytes stand for, where inputs are bytes.
    pixels: Option<Arc<Pixels<T>>>,
    selection: Selection,
    shape: Shape<3>,
    /// What the numbers mean; its steps are done when samples are read.
    schema: Arc<Schema>,
}

impl<T: Real> DiskDataset<T> {
    /// All rows of files whose counts fit.
    fn new(store: Store, shape: Shape<3>, schema: Schema) -> Result<Self, DiskError> {
        if let Some(targets) = &store.targets
            && targets.count != store.inputs.count
        {
            return Err(DiskError::Counts {
                of_inputs: store.inputs.path().clone(),
                inputs: store.inputs.count,
                of_targets: targets.path().clone(),
                targets: targets.count,
            });
        }
        if store.inputs.count == 0 {
            return Err(DatasetError::Empty.into());
        }
        let pixels = (store.inputs.element == Element::BYTE).then(|| Pixels::new(store.maximum));
        let pixels = pixels.transpose();
        let pixels =
            pixels.map_err(|error| DiskError::header(store.inputs.path(), error.to_string()))?;
        Ok(Self {
            selection: Selection::all(store.inputs.count),
            store: Arc::new(store),
            pixels: pixels.map(Arc::new),
            shape,
            schema: Arc::new(schema),
        })
    }

    /// The same samples with inputs of another shape, such as pictures that a table holds as rows.
    ///
    /// # Errors
    /// [`DatasetError::Shape`], or [`DatasetError::InputShape`] if the shape has another number of elements.
    pub fn with_shape(mut self, shape: impl IntoShape) -> Result<Self, DatasetError> {
        let (shape, size) = (shape.into_shape()?, self.shape.len());
        if shape.len() != size {
            return Err(DatasetError::InputShape { shape, size });
        }
        self.shape = shape;
        Ok(self)
    }
}

impl<T> DiskDataset<T> {
    /// Number of samples, at least 1.
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.selection.len()
    }

    /// Shape of the input of a sample.
    pub fn shape(&self) -> Shape<3> {
        self.shape
    }

    /// What the numbers mean: names of the columns, what is done to them, what the targets are.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Number of classes; `None` if the targets are values.
    pub fn classes(&self) -> Option<usize> {
        match self.schema.outputs() {
            Outputs::Classes { count, .. } => Some(*count),
            Outputs::Values { .. } => None,
        }
    }

    fn with(&self, selection: Selection) -> Self {
        Self {
            store: Arc::clone(&self.store),
            pixels: self.pixels.clone(),
            selection,
            shape: self.shape,
            schema: Arc::clone(&self.schema),
        }
    }
}
