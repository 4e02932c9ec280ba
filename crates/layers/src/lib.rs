#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod activation;
mod conv;
mod custom;
mod dense;
mod error;
mod init;
mod layer;
mod pointer;
mod pool;
#[cfg(feature = "strategies")]
pub mod strategies;
mod window;

pub use activation::Activation;
pub use conv::Conv;
pub use custom::CustomActivation;
pub use dense::Dense;
pub use error::LayerError;
pub use init::Init;
pub use layer::{Block, Layer, Pass};
pub use pool::{AvgPool, MaxPool};
