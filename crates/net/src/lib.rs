#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod activations;
mod any_error;
mod arena;
mod average;
#[cfg(feature = "progress")]
mod bar;
mod builder;
mod checks;
mod engine;
mod error;
mod evaluation;
#[cfg(feature = "experiment")]
mod experiment;
#[cfg(feature = "file")]
mod file;
#[cfg(feature = "file")]
mod fnv;
mod folded;
mod history;
mod inspect;
#[cfg(feature = "file")]
mod keep;
mod logistic;
mod memory;
pub mod metrics;
mod minibatch;
mod model;
mod network;
mod observer;
#[cfg(feature = "onnx")]
pub mod onnx;
mod parameter;
mod patience;
mod pieces;
mod prediction;
mod prepared;
mod progress;
mod protocol;
mod record;
mod reduce;
mod risk;
mod run;
mod samples;
mod snapshot;
mod source;
#[cfg(feature = "strategies")]
pub mod strategies;
mod summary;
mod text;
mod trainable;
mod training_error;
mod tree;
mod values;

pub use gradflow_data as data;
#[cfg(feature = "gradcheck")]
pub use gradflow_gradcheck as gradcheck;
pub use gradflow_kernels as kernels;
pub use gradflow_layers as layers;
pub use gradflow_loss as loss;
pub use gradflow_optim as optim;
pub use gradflow_tensor as tensor;
#[cfg(feature = "nalgebra")]
pub use nalgebra;
pub use rand;

pub use gradflow_data::Dataset;
pub use gradflow_kernels::{Real, Workers};
pub use gradflow_layers::{
    Activation, Init, Join, Layer, LayerError, Padding, Recipe, Registry, Remainder, Window,
};
pub use gradflow_loss::{Cost, CostError, Criterion, Loss, Output, WeightOf};
pub use gradflow_tensor::{Batch, BatchMut, IntoShape, Shape};

pub use activations::Activations;
pub use any_error::Error;
pub use arena::Arena;
#[cfg(feature = "progress")]
pub use bar::ProgressBar;
pub use builder::NetworkBuilder;
pub use error::{ModelError, NetworkError};
pub use evaluation::{Evaluation, Together};
#[cfg(feature = "experiment")]
pub use experiment::{
    CsvFile, DataFile, DiskFiles, Experiment, ExperimentError, IdxFiles, NpyFiles, NpzFile,
    Outcome, PictureFolder, Prepare, Split, Trial,
};
#[cfg(feature = "file")]
pub use file::{CheckpointError, FileError, Foreign, Known, Loaded, LoadedRow, replace_file};
pub use history::{End, Epoch, History, Iteration, Note, Validation};
#[cfg(feature = "file")]
pub use keep::best_checkpoint;
pub use logistic::{
    LogisticEnd, LogisticFitError, LogisticLoss, LogisticModel, LogisticRegression, Several, Solver,
};
pub use metrics::ConfusionMatrix;
pub use model::Model;
pub use network::Network;
pub use observer::Observer;
pub use parameter::{Gradient, Parameter};
pub use prediction::Prediction;
pub use prepared::Prepared;
pub use protocol::{EarlyStopping, Plateau, Protocol};
pub use record::Record;
pub use reduce::{InProcess, PartialSum, Pieces, Reduce};
pub use risk::Risk;
pub use run::Run;
pub use samples::Samples;
pub use snapshot::Snapshot;
pub use source::{Gathered, Source, TargetKind, TargetsMut};
pub use summary::{Summary, SummaryRow};
pub use trainable::Trainable;
pub use training_error::{DataRole, TrainingError};
pub use tree::Tree;
pub use values::Values;
