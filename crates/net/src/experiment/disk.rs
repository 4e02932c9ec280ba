//! Samples of an experiment that stay on disk.

use std::path::{Path, PathBuf};

use gradflow_data::{DiskDataset, DiskError};
use gradflow_kernels::Real;
use serde::{Deserialize, Serialize};

use super::arrays::{NpyFiles, answers};
use super::images::IdxFiles;
use crate::Error;

/// Files whose samples are read when they are asked for, for data larger than memory. They are not packed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum DiskFiles {
    /// A table that was converted, by `gradflow convert` or [`Csv::convert`](gradflow_data::Csv::convert).
    Rows(PathBuf),
    /// Pictures and their labels in two IDX files.
    Idx(IdxFiles),
    /// Inputs and answers in two NumPy arrays; labels are numbers.
    Npy(NpyFiles),
}

impl DiskFiles {
    /// The files, as they are called in the experiment.
    pub fn paths(&self) -> Vec<&Path> {
        let paths = match self {
            Self::Rows(path) => vec![Some(path)],
            Self::Idx(files) => vec![Some(&files.images), Some(&files.labels)],
            Self::Npy(files) => vec![
                Some(&files.inputs),
                files.labels.as_ref(),
                files.targets.as_ref(),
            ],
        };
        paths.into_iter().flatten().map(PathBuf::as_path).collect()
    }

    /// Opens the files.
    pub(super) fn open<T: Real>(
        &self,
        resolve: impl Fn(&Path) -> PathBuf,
    ) -> Result<DiskDataset<T>, Error> {
        let of = |error: DiskError| gradflow_data::DataError::from(error);
        let opened = match self {
            Self::Rows(path) => DiskDataset::open_rows(resolve(path)),
            Self::Idx(files) => DiskDataset::open_idx(
                resolve(&files.images),
                resolve(&files.labels),
                files.classes,
                files.maximum,
            ),
            Self::Npy(files) => {
                let inputs = resolve(&files.inputs);
                match answers(&files.labels, &files.targets)? {
                    (labels, true) => DiskDataset::open_npy_labels(
                        inputs,
                        resolve(labels),
                        files.classes,
                        files.maximum,
                    ),
                    (targets, false) => {
                        DiskDataset::open_npy_values(inputs, resolve(targets), files.maximum)
                    }
                }
            }
        };
        Ok(opened.map_err(of)?)
    }
}
