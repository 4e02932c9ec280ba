#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod batch;
mod convert;
mod display;
mod error;
mod into_shape;
#[cfg(feature = "nalgebra")]
mod matrix;
pub mod names;
mod shape;
#[cfg(feature = "strategies")]
pub mod strategies;
mod tensor;
mod view;

pub use batch::{Batch, BatchError, BatchMut};
pub use error::TensorError;
pub use into_shape::IntoShape;
pub use shape::{Shape, ShapeError};
pub use tensor::{Tensor, Tensor3, Tensor4};
pub use view::TensorView;
