#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod class;
mod cost;
mod entrywise;
mod error;
mod evaluate;
mod jacobian;
mod logistic;
mod output;
mod softmax;
#[cfg(feature = "strategies")]
pub mod strategies;

pub use class::{balanced, class_weights, class_weights_of_targets};
pub use cost::{Cost, Loss, check_sample_weights};
pub use error::CostError;
pub use jacobian::SoftmaxJacobian;
pub use output::Output;
