//! Gradient flow on slices.

#![forbid(unsafe_code)]

mod objective;

pub use objective::Objective;
