//! What makes steps: one at a time, or until a stopping rule holds.

mod diverged;
mod limits;
mod minimise;
mod optimiser;
mod stop;

pub use diverged::{Cause, Diverged};
pub(crate) use limits::{holds_rate, largest_rate};
pub use minimise::{Minimum, Progress, minimise};
pub use optimiser::{Optimiser, OptimiserState};
pub use stop::{Reason, Stop};
