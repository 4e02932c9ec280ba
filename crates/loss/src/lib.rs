#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod chain_rule;
mod check;
mod class;
mod columns;
mod cost;
mod criterion;
mod custom;
mod entrywise;
mod error;
mod evaluate;
mod jacobian;
mod labels;
mod logistic;
mod loss;
mod losses;
mod output;
mod softmax;
#[cfg(feature = "strategies")]
pub mod strategies;
mod sums;
mod targets;
mod terms;
mod weights;
#[cfg(feature = "serde")]
mod written;

pub use class::{balanced, class_weights, class_weights_of_targets};
pub use cost::Cost;
pub use criterion::Criterion;
pub use custom::CustomLoss;
pub use error::CostError;
pub use jacobian::SoftmaxJacobian;
pub use loss::Loss;
pub use losses::Losses;
pub use output::Output;
pub use targets::Targets;
pub use weights::{check_sample_weights, mean_one_weights};
