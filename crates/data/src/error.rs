//! What can be wrong with data: one error a reader, and one over all of them.

use core::fmt;
use std::io;
use std::path::{Path, PathBuf};

use gradflow_tensor::{Shape, ShapeError};
use thiserror::Error;

use crate::{
    CifarError, CsvError, DatasetError, DiskError, FeatureError, IdxError, MismatchError,
    ReadError, ScalingError, SplitError,
};

/// Why data was refused: any error of this crate, with the file in front where there is one.
///
/// Every message is complete in one line: what was expected, what came, where, and where it helps the way out.
///
/// ```
/// use gradflow_data::{Csv, CsvError, DataError, Dataset};
///
/// fn load(text: &str) -> Result<Dataset<f32>, DataError> {
///     let data = Csv::regression(["y"]).read(text.as_bytes())?; // a `CsvError`
///     let (train, _) = data.split(0.5, 1)?; // a `SplitError`
///     Ok(train)
/// }
///
/// assert!(matches!(load("x,y\n1,one\n"), Err(DataError::Csv(CsvError::NotANumber { .. }))));
/// assert!(matches!(load("x,y\n1,1\n"), Err(DataError::Split(_))));
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataError {
    /// Something is wrong with what this file holds.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        error: Box<DataError>,
    },
    /// A file cannot be opened.
    #[error("{}: cannot be opened: {error}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        error: io::Error,
    },
    /// The directory of a well-known data set is not complete.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The bytes of a file were refused, whatever they mean.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A CSV file was refused.
    #[error(transparent)]
    Csv(#[from] CsvError),
    /// An IDX file was refused.
    #[error(transparent)]
    Idx(#[from] IdxError),
    /// A file of CIFAR-10 was refused.
    #[error(transparent)]
    Cifar(#[from] CifarError),
    /// An array of NumPy was refused.
    #[cfg(feature = "npy")]
    #[error(transparent)]
    Npy(#[from] crate::NpyError),
    /// A picture, or a folder of pictures, was refused.
    #[cfg(feature = "images")]
    #[error(transparent)]
    Picture(#[from] crate::PictureError),
    /// Inputs and targets are not a data set.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// Samples that stay in files cannot be had.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// A data set cannot be divided like this.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// Data cannot be scaled like this.
    #[error(transparent)]
    Scaling(#[from] ScalingError),
    /// Features cannot be made of these inputs.
    #[error(transparent)]
    Feature(#[from] FeatureError),
    /// Two things do not belong together.
    #[error(transparent)]
    Mismatch(#[from] MismatchError),
    /// The dimensions are no shape.
    #[error(transparent)]
    Shape(#[from] ShapeError),
}

impl DataError {
    /// The same error with the file in front.
    pub(crate) fn in_file(self, path: &Path) -> Self {
        Self::File {
            path: path.to_owned(),
            error: Box::new(self),
        }
    }
}

/// Why a directory does not hold a well-known data set.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// There is no such directory.
    #[error("there is no directory `{}`{}", directory.display(), if directory.is_relative() { "; a relative path begins where the program is started" } else { "" })]
    NoDirectory {
        /// Where it was looked for.
        directory: PathBuf,
    },
    /// A file is not where it was looked for.
    #[error("the directory `{}` has no file {}, plain or with `.gz` behind it{}", directory.display(), Names(names), way_out(names))]
    Missing {
        /// Where it was looked for.
        directory: PathBuf,
        /// The names under which it is known, without `.gz`.
        names: &'static [&'static str],
    },
    /// The images for training and for testing differ in size.
    #[error(
        "the training images are {train}, but the test images are {test}: are the files of one data set?"
    )]
    ImageShapes {
        /// Shape of the training images.
        train: Shape<3>,
        /// Shape of the test images.
        test: Shape<3>,
    },
}

/// `` `a` or `b` ``
struct Names(&'static [&'static str]);

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, name) in self.0.iter().enumerate() {
            write!(f, "{}`{name}`", if i == 0 { "" } else { " or " })?;
        }
        Ok(())
    }
}

/// Which directory is meant, where that is known.
fn way_out(names: &[&str]) -> &'static str {
    match names {
        [name, ..] if name.ends_with(".bin") => {
            ": hand over the directory `cifar-10-batches-bin` of the binary version (the version for Python, without `.bin`, is not read)"
        }
        _ => "",
    }
}
