//! Models in fixed point.

mod helpers;
mod lower;
mod number;
mod plan;
mod print;
mod quantised;
mod report;
mod run;
mod sizes;
mod steps;

pub use number::Fixed;
pub use quantised::Quantised;
pub use report::Quantisation;
