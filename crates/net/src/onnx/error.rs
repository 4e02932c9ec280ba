//! Why a model is no ONNX file, or a file no model.

use std::io;
use std::path::PathBuf;

use gradflow_data::{FeatureError, SharedError};
use gradflow_layers::LayerError;
use gradflow_tensor::ShapeError;
use thiserror::Error;

use crate::{ModelError, NetworkError};

/// Why a model cannot be written as ONNX, or an ONNX file cannot be read. Nodes are called by their name in the file, or by that of their
/// first output where they have none.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OnnxError {
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A layer, an activation or features of the user's, for which there is no operator.
    #[error(
        "{at}: {name} is not of this library, and there is no operator for it: replace it before exporting, or export the layers before it"
    )]
    Own {
        /// Its place.
        at: String,
        /// Its name.
        name: String,
    },
    /// A layer that is not written.
    #[error("{at}: there is no operator for {layer}")]
    Layer {
        /// Its place.
        at: String,
        /// The layer.
        layer: String,
    },
    /// A loss of the user's on the whole output has an output map of its own.
    #[error(
        "the loss {name:?} maps outputs by code of its own: write the outputs before that map, `OnnxExport::outputs`"
    )]
    Criterion {
        /// The name of the loss.
        name: String,
    },
    /// Protobuf knows files of up to 2 GiB.
    #[error(
        "the file would have {bytes} bytes, but ONNX in one file has at most {}",
        i32::MAX
    )]
    TooLarge {
        /// Its bytes.
        bytes: usize,
    },
    /// The file is a text.
    #[error("an ONNX file was expected, but this is a text: is it the right file?")]
    Text,
    /// The bytes are no ONNX file.
    #[error("this is no ONNX file, or it is damaged: {reason}")]
    NotOnnx {
        /// What is wrong.
        #[source]
        reason: SharedError,
    },
    /// A file that would need far more memory than it has bytes.
    #[error("{what}, far more than a file of {bytes} bytes should need")]
    Memory {
        /// What would need it.
        what: String,
        /// Bytes of the file.
        bytes: usize,
    },
    /// Operators of a version, or of makers, that are not known.
    #[error("operators of {domain:?}, version {version}: {allowed} are read")]
    Version {
        /// Whose operators.
        domain: String,
        /// Which version.
        version: i64,
        /// What is known.
        allowed: &'static str,
    },
    /// A constant tensor is not as it must be.
    #[error("tensor {tensor:?}: expected {expected}, found {came}")]
    Tensor {
        /// Its name.
        tensor: String,
        /// What was expected.
        expected: String,
        /// What was found.
        came: String,
    },
    /// Inputs, outputs or names of the graph are not as they must be.
    #[error("value {value:?}: expected {expected}, found {came}")]
    Value {
        /// The name of the value.
        value: String,
        /// What was expected.
        expected: String,
        /// What was found.
        came: String,
    },
    /// There is no layer for an operator.
    #[error(
        "node {node:?}: there is no layer for the operator {operator}; `gradflow::onnx` lists those that are read"
    )]
    Operator {
        /// The node.
        node: String,
        /// Its operator.
        operator: String,
    },
    /// An operator in a form for which there is no layer.
    #[error("node {node:?} ({operator}): expected {expected}, found {came}")]
    Node {
        /// The node.
        node: String,
        /// Its operator.
        operator: String,
        /// What was expected.
        expected: String,
        /// What was found.
        came: String,
    },
    /// Features do not fit.
    #[error(transparent)]
    Features(Box<FeatureError>),
    /// Numbers are no shape.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// A layer of the file cannot be built.
    #[error(transparent)]
    Layers(Box<LayerError>),
    /// The file's layers do not make a network.
    #[error(transparent)]
    Network(Box<NetworkError>),
    /// The file's numbers do not make a model.
    #[error(transparent)]
    Model(Box<ModelError>),
}

/// Errors that are large stand in boxes.
macro_rules! boxed {
    ($($variant:ident($error:ty)),*) => {$(
        impl From<$error> for OnnxError {
            fn from(error: $error) -> Self {
                Self::$variant(Box::new(error))
            }
        }
    )*};
}

boxed!(
    Features(FeatureError),
    Layers(LayerError),
    Network(NetworkError),
    Model(ModelError)
);
