#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod activate;
mod activation;
mod batch_norm;
mod branches;
mod chain;
mod child;
mod constants;
mod conv;
mod custom;
mod dense;
mod draw;
mod dropout;
mod error;
mod fault;
mod init;
mod join;
mod layer;
mod layer_norm;
mod mode;
mod place;
mod pointer;
mod pool;
mod recipe;
mod registry;
mod rescale;
mod room;
mod slide;
mod spec;
#[cfg(feature = "strategies")]
pub mod strategies;
mod upsample;
mod window;

pub use activate::ActivationLayer;
pub use activation::Activation;
pub use batch_norm::BatchNorm;
pub use branches::{Branches, residual};
pub use chain::Chain;
pub use constants::Constants;
pub use conv::Conv;
pub use custom::CustomActivation;
pub use dense::Dense;
pub use draw::Draw;
pub use dropout::Dropout;
pub use error::LayerError;
pub use fault::LayerFault;
pub use init::Init;
pub use join::Join;

pub use layer::{Cx, Describe, Layer, Own, Pass, Plan};
pub use layer_norm::LayerNorm;
pub use mode::Mode;
pub use pool::{Avg, AvgPool, Kind, Max, MaxPool, Pool};
pub use recipe::Recipe;
pub use registry::Registry;
pub use rescale::Rescale;
pub use room::Room;
pub use spec::{Block, Spec};
pub use upsample::Upsample;
pub use window::{Padding, Remainder, Window};
