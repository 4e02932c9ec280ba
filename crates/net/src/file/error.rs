//! What can be wrong with a file of a model.

use std::io;
use std::path::{Path, PathBuf};

use gradflow_data::{FeatureError, SharedError};
use thiserror::Error;

use super::foreign::Foreign;
use crate::{CostError, ModelError, NetworkError};

/// Why a model cannot be read from a file, or written to one.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FileError {
    /// Something is wrong with this file.
    #[error("{}: {error}", path.display())]
    At {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        error: Box<FileError>,
    },
    /// The system refused.
    #[error("{doing} failed: {error}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// The reason.
        #[source]
        error: io::Error,
    },
    /// The folder of a file to be written is not there.
    #[error("there is no folder `{}`: make it first, or choose another path", folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// A file of another kind.
    #[error("a model in a safetensors file was expected, but this is {found}: {}", found.way_out())]
    Foreign {
        /// What it is.
        found: Foreign,
    },
    /// The file is shorter than it says.
    #[error(
        "the file has {came} bytes, but {what} {expected}: it was cut off, or is no safetensors file"
    )]
    Short {
        /// What needs more.
        what: &'static str,
        /// Bytes that are needed.
        expected: u64,
        /// Bytes of the file.
        came: u64,
    },
    /// The header is not what it should be.
    #[error("header, byte {at} of the file: {expected} was expected")]
    Header {
        /// Where, counted from 0 at the beginning of the file.
        at: u64,
        /// What was expected there.
        expected: &'static str,
    },
    /// A tensor is not what it should be.
    #[error("tensor {name:?}: {fault}")]
    Tensor {
        /// Its name, shortened if it is long.
        name: String,
        /// What is wrong with it, and the way out.
        fault: String,
    },
    /// Bytes behind or between the tensors.
    #[error("the bytes {from} to {to} of the data belong to no tensor")]
    Gap {
        /// The first byte, counted from the beginning of the data.
        from: u64,
        /// One behind the last byte.
        to: u64,
    },
    /// Tensors without a description of their network.
    #[error(
        "the file holds tensors only, and does not say which network they belong to: describe it, \
         `Network::builder(..)`, and use `Model::load_state_dict`"
    )]
    NoModel,
    /// A format that this version of the library does not know.
    #[error(
        "the file has format {came:?}, this version of gradflow reads formats 1 to {known}: use a newer version"
    )]
    Version {
        /// The format that the file names, shortened if it is long.
        came: String,
        /// The newest format that is read.
        known: u32,
    },
    /// The description of the model is not one.
    #[error("description of the model, line {line}, column {column}: {error}")]
    Description {
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1.
        column: usize,
        /// What is wrong.
        #[source]
        error: SharedError,
    },
    /// A description that would take more memory than the size of its file allows.
    #[error("the description of the model has more {what} than a file holds: at most {most}")]
    TooMuch {
        /// Layers and others, or brackets within one another.
        what: &'static str,
        /// The most there may be.
        most: u64,
    },
    /// A layer that no file can describe.
    #[error(
        "layer {layer} ({name}) has no recipe: return one from `Describe::recipe`, such as `Recipe::named`, and make the layer in a `Registry`"
    )]
    NoRecipe {
        /// Which layer, counted from 0.
        layer: usize,
        /// What it calls itself.
        name: String,
    },
    /// The layers described make no network.
    #[error("network: {0}")]
    Network(#[from] NetworkError),
    /// Network, cost and parameters do not go together.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The cost is one of the user's that nobody has named.
    #[error(transparent)]
    Cost(#[from] CostError),
    /// A step of the preprocessing is not one, or is known by name only.
    #[error(transparent)]
    Features(#[from] FeatureError),
}

impl FileError {
    /// The same error with the file in front.
    pub(crate) fn at(self, path: &Path) -> Self {
        Self::At {
            path: path.to_owned(),
            error: Box::new(self),
        }
    }

    /// What the system refused.
    pub(crate) fn io(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Io { doing, error }
    }

    /// Memory that cannot be had.
    pub(crate) fn memory(what: &'static str, bytes: u64) -> Self {
        let bytes = u128::from(bytes);
        Self::Model(ModelError::Memory { what, bytes })
    }

    /// What is wrong with a tensor.
    pub(crate) fn tensor(name: &str, fault: impl Into<String>) -> Self {
        Self::Tensor {
            name: crate::text::excerpt(name),
            fault: fault.into(),
        }
    }
}
