#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod batch;
mod display;
mod into_shape;
#[cfg(feature = "nalgebra")]
mod matrix;
mod shape;
#[cfg(feature = "strategies")]
pub mod strategies;
mod tensor;
mod view;

pub use batch::{Batch, BatchError, BatchMut};
pub use into_shape::IntoShape;
pub use shape::{Shape, ShapeError};
pub use tensor::{Tensor, Tensor3, Tensor4, TensorError};
pub use view::TensorView;
