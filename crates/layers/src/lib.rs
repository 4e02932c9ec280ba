//! Layers with hand-derived backpropagation.

#![forbid(unsafe_code)]

mod activation;
mod conv;
mod dense;
mod error;
mod init;
mod layer;
mod pool;
mod window;

pub use activation::{Activation, CustomActivation};
pub use conv::Conv;
pub use dense::Dense;
pub use error::LayerError;
pub use init::Init;
pub use layer::{Block, Layer, Pass};
pub use pool::{AvgPool, MaxPool};
