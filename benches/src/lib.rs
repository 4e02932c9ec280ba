//! Networks, shapes and data that the measurements share.

#![forbid(unsafe_code)]

mod by_hand;
mod level;
mod nets;
mod shapes;
mod timing;

pub use by_hand::ByHand;
pub use level::Level;
pub use nets::{Net, Samples};
pub use shapes::{CONVOLUTIONS, PRODUCTS, ramp};
pub use timing::{best_seconds, cpu_times, median_seconds};
