//! What can be wrong with a training run.

use std::io;

use gradflow_data::DataError;
use gradflow_optim::{Diverged, OptimError};
use thiserror::Error;

use crate::ModelError;

/// What the data are that do not suit a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataRole {
    /// What the model is trained on.
    Training,
    /// What cost and accuracy are taken on after each epoch.
    Validation,
    /// A batch handed to a single step.
    Batch,
}

impl core::fmt::Display for DataRole {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Training => "training data",
            Self::Validation => "validation data",
            Self::Batch => "batch",
        })
    }
}

/// Why a training run cannot start or go on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrainingError {
    /// Model and data do not go together.
    #[error("{role}: {error}")]
    Data {
        /// Which data.
        role: DataRole,
        /// What is wrong.
        #[source]
        error: ModelError,
    },
    /// The model cannot be trained like this.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The constants of the method, its trap, clipping or schedule are invalid, or its memory is another method's.
    #[error(transparent)]
    Method(#[from] OptimError),
    /// A batch of no samples.
    #[error("batch size 0: a mini-batch has at least 1 sample")]
    EmptyBatch,
    /// A mini-batch in no pieces.
    #[error("0 pieces: a mini-batch has at least 1")]
    NoPieces,
    /// A decay of the moving average of the parameters that is not in (0, 1).
    #[error(
        "the decay of the average must be in (0, 1), not {decay}: 0.999 averages over about a thousand steps"
    )]
    Decay {
        /// The decay asked for.
        decay: f64,
    },
    /// A least decrease that is negative or not finite.
    #[error("min_decrease must be finite and not negative, not {min_decrease}")]
    MinDecrease {
        /// The least decrease asked for.
        min_decrease: f64,
    },
    /// A frozen layer that does not exist.
    #[error("layer {layer} cannot be frozen: the network has {}", if *last == 0 { "layer 0 only".into() } else { format!("layers 0 to {last}") })]
    NoSuchLayer {
        /// The layer asked for.
        layer: usize,
        /// The last layer.
        last: usize,
    },
    /// A single step met a cost or a gradient that is not finite; the model keeps the parameters it had.
    #[error(transparent)]
    Diverged(Diverged),
    /// Early stopping watches a validation set.
    #[error(
        "early stopping watches a validation set: train by `Run::new(protocol, &mut model, &data)?.validate(&others)?.finish()?`"
    )]
    NoValidation,
    /// A snapshot is of another network or data set.
    #[error("snapshot: {0}")]
    Snapshot(#[source] ModelError),
    /// A snapshot has a moving average of the parameters, or none, other than its run.
    #[error("snapshot: {}", if *expected { "it has no average of the parameters, which the protocol asks for: leave `average` out, or begin anew" } else { "it has an average of the parameters: give the protocol its `average`" })]
    NoAverage {
        /// Whether the protocol asks for one.
        expected: bool,
    },
    /// A snapshot is of a run that has come further than it is asked to go.
    #[error(
        "snapshot: {done} epochs are done{}, but the protocol asks for {asked}: ask for at least {least}, or begin anew without it",
        if *begun { " and another one is begun" } else { "" },
        least = done + usize::from(*begun)
    )]
    Epochs {
        /// Finished epochs.
        done: usize,
        /// Whether the next one is begun.
        begun: bool,
        /// Epochs of the protocol.
        asked: usize,
    },
    /// A snapshot says that the run stands where it cannot.
    #[error("snapshot: no run stands at sample {position} of {samples} in mini-batches of {batch}")]
    Position {
        /// Where it says that the run stands.
        position: usize,
        /// Samples of a mini-batch.
        batch: usize,
        /// Samples of an epoch.
        samples: usize,
    },
    /// A checkpoint cannot be written, read or taken up.
    #[cfg(feature = "file")]
    #[error("{}: {error}", path.display())]
    Checkpoint {
        /// Its file.
        path: std::path::PathBuf,
        /// What is wrong.
        #[source]
        error: Box<crate::file::CheckpointError>,
    },
    /// Samples cannot be had from a source.
    #[error("the source of the samples failed: {0}")]
    Source(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// So that `?` works in a [`Source`](crate::Source) of one's own that reads files.
impl From<io::Error> for TrainingError {
    fn from(error: io::Error) -> Self {
        Self::Source(error.into())
    }
}

/// So that `?` works in a [`Source`](crate::Source) of one's own that reads data sets.
impl From<DataError> for TrainingError {
    fn from(error: DataError) -> Self {
        Self::Source(error.into())
    }
}
