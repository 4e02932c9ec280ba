//! Objectives for the study of rules.

mod quadratic;

pub use quadratic::Quadratic;
