//! Pictures in IDX files.

use std::path::{Path, PathBuf};

use gradflow_data::{DataError, Dataset, Idx};
use gradflow_kernels::Real;
use serde::{Deserialize, Serialize};

/// Pictures and their labels, in two IDX files, plain or gzip. The form of MNIST.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdxFiles {
    /// The pictures, bytes.
    pub images: PathBuf,
    /// The class of each, bytes.
    pub labels: PathBuf,
    /// How many classes there are; by default, as many as occur, counted from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<usize>,
    /// What pixels are divided by, 255 by default.
    #[serde(default = "full")]
    pub maximum: f64,
}

fn full() -> f64 {
    255.0
}

impl IdxFiles {
    /// Reads the samples.
    pub(super) fn open<T: Real>(
        &self,
        resolve: impl Fn(&Path) -> PathBuf,
    ) -> Result<Dataset<T>, DataError> {
        let (images, labels) = (
            Idx::open(resolve(&self.images))?,
            Idx::open(resolve(&self.labels))?,
        );
        let found = labels.as_slice().iter().max();
        let found = found.map_or(1, |most| usize::from(*most) + 1);
        let classes = self.classes.unwrap_or(found);
        Ok(Dataset::from_images(
            &images,
            &labels,
            classes,
            self.maximum,
        )?)
    }
}
