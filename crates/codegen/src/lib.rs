#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod error;
mod math;
mod plan;
mod planner;
mod print;
mod source;
mod steps;
mod writer;

pub use error::CodegenError;
pub use source::{c, rust};
