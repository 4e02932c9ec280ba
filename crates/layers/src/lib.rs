//! Layers with hand-derived backpropagation.

#![forbid(unsafe_code)]

mod layer;

pub use layer::{Block, Layer, Pass};
