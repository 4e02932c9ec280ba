#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod activate;
mod activation;
mod branches;
mod chain;
mod child;
mod conv;
mod custom;
mod dense;
mod draw;
mod error;
mod init;
mod layer;
mod place;
mod pointer;
mod pool;
mod recipe;
mod registry;
mod spec;
#[cfg(feature = "strategies")]
pub mod strategies;
mod window;

pub use activate::ActivationLayer;
pub use activation::Activation;
pub use branches::{Branches, Join, residual};
pub use chain::Chain;
pub use conv::Conv;
pub use custom::CustomActivation;
pub use dense::Dense;
pub use draw::Draw;
pub use error::{LayerError, LayerFault};
pub use init::Init;
pub use layer::{Cx, Describe, Layer, Mode, Own, Pass};
pub use pool::{Avg, AvgPool, Kind, Max, MaxPool, Pool};
pub use recipe::Recipe;
pub use registry::Registry;
pub use spec::{Block, Room, Spec};
