#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod error;
mod fixed;
mod loops;
mod math;
mod plan;
mod planner;
mod print;
mod run;
mod source;
mod steps;
mod writer;

pub use error::CodegenError;
pub use fixed::{Fixed, Quantisation, Quantised};
pub use source::{c, rust};
