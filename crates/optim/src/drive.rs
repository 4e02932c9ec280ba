//! What makes steps: one at a time, or until a stopping rule holds.

mod limits;
mod minimise;
mod optimiser;
mod stop;

pub(crate) use limits::{holds_rate, largest_rate};
pub use minimise::{Minimum, Progress, minimise};
pub use optimiser::{Cause, Diverged, Optimiser, OptimiserState};
pub use stop::{Reason, Stop};
