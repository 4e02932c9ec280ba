#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod cifar10;
mod column;
mod dataset;
mod delimited;
mod error;
mod idx;
mod mnist;
mod one_hot;
mod pixels;
mod scaling;
mod source;
mod split;
#[cfg(feature = "strategies")]
pub mod strategies;
mod table;
mod targets;

pub use cifar10::{CIFAR10_CLASSES, cifar10, read_cifar10};
pub use column::{Column, Columns, Place};
pub use dataset::Dataset;
pub use delimited::Csv;
pub use error::{DataError, Part};
pub use idx::Idx;
pub use mnist::mnist;
pub use one_hot::{MAX_CLASSES, one_hot};
pub use scaling::Scaling;
pub use source::MAX_BYTES;
pub use targets::{Target, Targets};
