//! Arrays of NumPy.

use std::path::{Path, PathBuf};

use gradflow_data::Dataset;
use gradflow_kernels::Real;
use serde::{Deserialize, Serialize};

use crate::Error;

/// Arrays of NumPy in files of their own, `.npy`, with either labels or targets. Reading them into memory needs the feature `npy`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NpyFiles {
    /// The inputs, `[n, size]`, `[n, vertical, horizontal]` or `[n, depth, vertical, horizontal]`.
    pub inputs: PathBuf,
    /// The classes, whole numbers counted from 0 or texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<PathBuf>,
    /// How many classes there are; by default, as many as occur.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<usize>,
    /// The target values, `[n]` or `[n, size]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<PathBuf>,
    /// What inputs are divided by; 1 by default, 255 for bytes of pictures.
    #[serde(default = "one")]
    pub maximum: f64,
}

/// Arrays of NumPy in one archive, `.npz`, with either labels or targets. Reading them needs the feature `npy`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NpzFile {
    /// The archive.
    pub file: PathBuf,
    /// The name of the inputs, `x` by default; their dimensions are those of [`NpyFiles::inputs`].
    #[serde(default = "x")]
    pub inputs: String,
    /// The name of the classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<String>,
    /// The name of the target values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<String>,
    /// What inputs are divided by; 1 by default, 255 for bytes of pictures.
    #[serde(default = "one")]
    pub maximum: f64,
}

fn one() -> f64 {
    1.0
}

fn x() -> String {
    "x".to_owned()
}

/// What is said of answers, of which there is one: the classes, and yes, or else the values.
pub(super) fn answers<'a, A>(
    labels: &'a Option<A>,
    targets: &'a Option<A>,
) -> Result<(&'a A, bool), Error> {
    match (labels, targets) {
        (Some(labels), None) => Ok((labels, true)),
        (None, Some(targets)) => Ok((targets, false)),
        _ => Err(Error::other(
            "arrays have `labels`, the classes, or `targets`, the values",
        )),
    }
}

#[cfg(feature = "npy")]
mod read {
    use gradflow_data::{DataError, Npy, Npz};

    use super::*;

    fn dataset<T: Real>(
        (inputs, answers): (&Npy, &Npy),
        are_labels: bool,
        classes: Option<usize>,
        maximum: f64,
    ) -> Result<Dataset<T>, Error> {
        let data = match are_labels {
            true => Dataset::from_labelled_arrays(inputs, answers, classes, maximum),
            false => Dataset::from_arrays(inputs, answers, maximum),
        };
        Ok(data.map_err(DataError::from)?)
    }

    impl NpyFiles {
        pub(in super::super) fn open<T: Real>(
            &self,
            resolve: impl Fn(&Path) -> PathBuf,
        ) -> Result<Dataset<T>, Error> {
            let (of, are_labels) = answers(&self.labels, &self.targets)?;
            let (inputs, of) = (Npy::open(resolve(&self.inputs))?, Npy::open(resolve(of))?);
            dataset((&inputs, &of), are_labels, self.classes, self.maximum)
        }
    }

    impl NpzFile {
        pub(in super::super) fn open<T: Real>(
            &self,
            resolve: impl Fn(&Path) -> PathBuf,
        ) -> Result<Dataset<T>, Error> {
            let (of, are_labels) = answers(&self.labels, &self.targets)?;
            let archive = Npz::open(resolve(&self.file))?;
            let array = |name: &str| archive.array(name).map_err(DataError::from);
            dataset(
                (&array(&self.inputs)?, &array(of)?),
                are_labels,
                None,
                self.maximum,
            )
        }
    }
}

#[cfg(not(feature = "npy"))]
mod read {
    use super::*;

    const NONE: &str =
        "arrays of NumPy are not read by this build: build it with the feature `npy`";

    impl NpyFiles {
        pub(in super::super) fn open<T: Real>(
            &self,
            _: impl Fn(&Path) -> PathBuf,
        ) -> Result<Dataset<T>, Error> {
            Err(Error::other(NONE))
        }
    }

    impl NpzFile {
        pub(in super::super) fn open<T: Real>(
            &self,
            _: impl Fn(&Path) -> PathBuf,
        ) -> Result<Dataset<T>, Error> {
            Err(Error::other(NONE))
        }
    }
}
