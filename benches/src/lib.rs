//! Networks, shapes and data that the measurements share.

#![forbid(unsafe_code)]

mod nets;
mod shapes;

pub use nets::{Net, Samples};
pub use shapes::{CONVOLUTIONS, PRODUCTS, ramp};
