//! What has no source.

use gradflow::ModelError;
use thiserror::Error;

/// Why a model cannot be written as a source file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CodegenError {
    /// A layer that only its maker knows.
    #[error("layer {layer} ({name}) has no source: only layers of the library do")]
    Layer {
        /// Where, such as `3` or `3.0`.
        layer: String,
        /// What it calls itself.
        name: String,
    },
    /// An activation of the user's.
    #[error("layer {layer}: the activation `{name}` has no source: only those of the library do")]
    Activation {
        /// Where, such as `3` or `3.0`.
        layer: String,
        /// Its name.
        name: String,
    },
    /// A map from raw inputs that has no source.
    #[error(
        "the step {step} of the preprocessing ({map}) has no source: only scales and columns of a table do; map inputs before, and train on the features"
    )]
    Features {
        /// Which step, counted from 0.
        step: usize,
        /// What it is.
        map: String,
    },
    /// A layer that cannot be computed in fixed point.
    #[error("layer {layer} is not for fixed point: {reason}")]
    Fixed {
        /// Where, and what.
        layer: String,
        /// Why.
        reason: &'static str,
    },
    /// An input of another length.
    #[error("{expected} numbers are read, {came} came")]
    Input {
        /// What is read.
        expected: usize,
        /// What came.
        came: usize,
    },
    /// A name that is no identifier.
    #[error("`{name}` is no identifier of C: letters, digits and underscores, the first no digit")]
    Name {
        /// The name.
        name: String,
    },
    /// The model cannot be folded.
    #[error(transparent)]
    Model(#[from] ModelError),
}
