//! Networks and data that the measurements share.

#![forbid(unsafe_code)]

mod nets;

pub use nets::{Net, Samples};
