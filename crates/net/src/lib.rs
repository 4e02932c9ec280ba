#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod builder;
mod early_stopping;
mod error;
mod evaluation;
mod history;
pub mod metrics;
mod minibatch;
mod model;
mod network;
mod risk;
#[cfg(feature = "strategies")]
pub mod strategies;
mod summary;
mod tape;
mod trainer;
mod training;
mod workspace;

pub use gradflow_data as data;
pub use gradflow_kernels as kernels;
pub use gradflow_layers as layers;
pub use gradflow_loss as loss;
pub use gradflow_optim as optim;
pub use gradflow_tensor as tensor;

pub use gradflow_data::Dataset;
pub use gradflow_kernels::{Real, Workers};
pub use gradflow_layers::{Activation, AvgPool, Conv, Dense, Init, Layer, LayerError, MaxPool};
pub use gradflow_layers::{Block, Pass};
pub use gradflow_loss::{Cost, CostError, Loss, Output};
pub use gradflow_tensor::{Batch, BatchMut, Shape};

pub use builder::NetworkBuilder;
pub use early_stopping::EarlyStopping;
pub use error::{ModelError, NetworkError, TrainingError};
pub use evaluation::Evaluation;
pub use history::{End, Epoch, History, Observer, Step, Validation};
pub use metrics::ConfusionMatrix;
pub use model::Model;
pub use network::Network;
pub use risk::Risk;
pub use summary::{Summary, SummaryRow};
pub use tape::Tape;
pub use trainer::Trainer;
pub use training::Training;
pub use workspace::Workspace;
