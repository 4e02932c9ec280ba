//! Shapes with checked sizes, tensors and batches of columns.

#![forbid(unsafe_code)]

mod batch;
mod shape;

pub use batch::{Batch, BatchError, BatchMut};
pub use shape::{Shape, ShapeError};
