//! What can be wrong with pictures.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::{DatasetError, MemoryError, ReadError, SharedError};

/// Why a picture, or a folder of pictures, was refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PictureError {
    /// The bytes were refused, whatever they mean.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file begins like neither PNG nor JPEG nor PGM.
    #[error("the file is neither PNG nor JPEG nor PGM by its first bytes: convert it")]
    Kind,
    /// The file is damaged, or of a kind that is not read.
    #[error("the {kind} cannot be read: {error}")]
    Damaged {
        /// PNG, JPEG or PGM.
        kind: &'static str,
        /// What is wrong with it.
        #[source]
        error: SharedError,
    },
    /// A picture has at least one pixel.
    #[error(
        "a picture of {v} x {h} pixels (vertical x horizontal): it has 1 at least, and 67108864 at most"
    )]
    Size {
        /// Vertical.
        v: usize,
        /// Horizontal.
        h: usize,
    },
    /// The header promises more pixels than a picture may have.
    #[error(
        "a picture of {v} x {h} pixels (vertical x horizontal), more than the limit of {most} pixels, or of 65535 for a side: set a higher one by `Pictures::limit` if you trust it"
    )]
    TooLarge {
        /// Vertical.
        v: usize,
        /// Horizontal.
        h: usize,
        /// The limit.
        most: usize,
    },
    /// The pictures of a folder differ in size.
    #[error(
        "a picture of {found_v} x {found_h} pixels (vertical x horizontal), but `{}` has {v} x {h}: say a size that all are resized to", first.display()
    )]
    Sizes {
        /// The first picture of the folder.
        first: PathBuf,
        /// Its vertical size.
        v: usize,
        /// Its horizontal size.
        h: usize,
        /// Vertical size of this one.
        found_v: usize,
        /// Horizontal size of this one.
        found_h: usize,
    },
    /// Some pictures of a folder are grey and some are coloured.
    #[error(
        "the picture is {}, but `{}` is not: say whether all become grey or coloured", if *grey { "grey" } else { "coloured" }, first.display()
    )]
    Mixture {
        /// The first picture of the folder.
        first: PathBuf,
        /// This one is grey.
        grey: bool,
    },
    /// A folder cannot be listed.
    #[error("the folder cannot be listed: {error}")]
    List {
        /// The reason.
        #[source]
        error: io::Error,
    },
    /// There is no folder of a class.
    #[error(
        "no folder of a class: pictures stand in one folder for each class, such as `cat/1.png` and `dog/1.png`"
    )]
    NoClass,
    /// There is nothing to tell apart.
    #[error(
        "`{name}` is the only class: pictures stand in one folder for each class, and there are two at least"
    )]
    OneClass {
        /// Its name.
        name: String,
    },
    /// A picture stands beside the folders of the classes.
    #[error(
        "a picture beside the folders of the classes: put it into that of its class, or take it away"
    )]
    Beside,
    /// A folder stands where pictures are expected.
    #[error("a folder stands in the folder of a class, where pictures are expected{}", if *part { ": read the part of the data set that is meant, such as `train`" } else { "" })]
    Nested {
        /// The folder around it is called like a part of a data set, such as `train`.
        part: bool,
    },
    /// A file in the folder of a class is no picture.
    #[error(
        "the name of the file ends in none of `.png`, `.jpg`, `.jpeg`, `.pgm`: convert it, or take it away"
    )]
    Other,
    /// A class has no picture.
    #[error("the folder has no picture (`.png`, `.jpg`, `.jpeg`, `.pgm`): a class has 1 at least")]
    EmptyClass,
    /// The name of a folder is no text.
    #[error("the folder's name is no text in Unicode: rename it")]
    Name,
    /// Pictures and classes are not a data set.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
}

impl PictureError {
    pub(super) fn damaged(kind: &'static str, error: impl Into<SharedError>) -> Self {
        Self::Damaged {
            kind,
            error: error.into(),
        }
    }
}

impl From<MemoryError> for PictureError {
    fn from(error: MemoryError) -> Self {
        Self::Read(error.into())
    }
}
