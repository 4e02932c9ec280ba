#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod checker;
mod quotient;
mod report;

pub use checker::{GradCheck, check};
pub use report::{Component, GradientError, GradientReport};
