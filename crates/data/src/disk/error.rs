//! Why samples cannot stay in a file.

use std::io;
use std::path::Path;
use std::sync::Arc;

use gradflow_tensor::ShapeError;
use thiserror::Error;

use crate::{
    DatasetError, FeatureError, MemoryError, MismatchError, Part, ScalingError, SharedError,
    SplitError,
};

/// Why samples that stay in a file cannot be had.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum DiskError {
    /// The file cannot be opened.
    #[error("{}: cannot be opened: {error}", path.display())]
    Open {
        /// The file.
        path: Arc<Path>,
        /// The reason.
        #[source]
        error: SharedError,
    },
    /// A directory or a pipe.
    #[error("{}: is no file that can be read at any place: samples that stay on disk need one", path.display())]
    NoFile {
        /// What it was.
        path: Arc<Path>,
    },
    /// The file is packed by gzip.
    #[error("{}: is packed by gzip, so that it cannot be read at any place: unpack it", path.display())]
    Packed {
        /// The file.
        path: Arc<Path>,
    },
    /// The header is not one of such a file.
    #[error("{}: {error}", path.display())]
    Header {
        /// The file.
        path: Arc<Path>,
        /// What was expected, and what came.
        #[source]
        error: SharedError,
    },
    /// The file is longer or shorter than its header says.
    #[error("{}: the header stands for {} bytes, but the file has {found}", path.display(), expected.map_or("more than can be counted".into(), |n| n.to_string()))]
    Length {
        /// The file.
        path: Arc<Path>,
        /// The bytes that it should have; `None` if they cannot be counted.
        expected: Option<u64>,
        /// The bytes that it has.
        found: u64,
    },
    /// The file has become shorter since it was opened.
    #[error("{}: cannot be read at byte {at}: the file had {len} bytes when it was opened and has become shorter", path.display())]
    Shrunk {
        /// The file.
        path: Arc<Path>,
        /// Where it was read.
        at: u64,
        /// Its length when it was opened.
        len: u64,
    },
    /// The file cannot be read there.
    #[error("{}: cannot be read at byte {at}: {error}", path.display())]
    Read {
        /// The file.
        path: Arc<Path>,
        /// Where it was read.
        at: u64,
        /// The reason.
        #[source]
        error: SharedError,
    },
    /// The file cannot be written.
    #[error("{}: cannot be written: {error}", path.display())]
    Write {
        /// The file.
        path: Arc<Path>,
        /// The reason.
        #[source]
        error: SharedError,
    },
    /// Inputs and targets are not as many.
    #[error("{}: {targets} targets for {inputs} inputs of {}", of_targets.display(), of_inputs.display())]
    Counts {
        /// The file of the inputs.
        of_inputs: Arc<Path>,
        /// Its rows.
        inputs: usize,
        /// The file of the targets.
        of_targets: Arc<Path>,
        /// Its rows.
        targets: usize,
    },
    /// A number is infinite or NaN, or too large for the type that is computed with.
    #[error("{}: row {row}: component {component} of the {part} is not finite", path.display())]
    NonFinite {
        /// The file.
        path: Arc<Path>,
        /// The row, counted from 0.
        row: usize,
        /// Inputs or targets.
        part: Part,
        /// Which component, counted from 0.
        component: usize,
    },
    /// A label is no class.
    #[error("{}: row {row}: {label} is not one of the {classes} classes, counted from 0", path.display())]
    Label {
        /// The file.
        path: Arc<Path>,
        /// The row, counted from 0.
        row: usize,
        /// What stands there.
        label: f64,
        /// Number of classes.
        classes: usize,
    },
    /// A row cannot become features.
    #[error("{}: row {row}: {error}", path.display())]
    Row {
        /// The file.
        path: Arc<Path>,
        /// The row, counted from 0.
        row: usize,
        /// What is wrong.
        #[source]
        error: FeatureError,
    },
    /// Features cannot be made of such samples.
    #[error(transparent)]
    Feature(#[from] FeatureError),
    /// Samples cannot be scaled like this.
    #[error(transparent)]
    Scaling(#[from] ScalingError),
    /// Samples cannot be divided like this.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// Two things do not belong together.
    #[error(transparent)]
    Mismatch(#[from] MismatchError),
    /// What the file says are no samples.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// There is no memory for it.
    #[error(transparent)]
    Memory(#[from] MemoryError),
}

impl From<ShapeError> for DiskError {
    fn from(error: ShapeError) -> Self {
        Self::Dataset(error.into())
    }
}

impl DiskError {
    pub(crate) fn open(path: &Path, error: io::Error) -> Self {
        Self::Open {
            path: path.into(),
            error: error.into(),
        }
    }

    pub(crate) fn header(path: &Path, error: impl Into<SharedError>) -> Self {
        Self::Header {
            path: path.into(),
            error: error.into(),
        }
    }
}
