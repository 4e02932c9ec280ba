//! What makes steps: one at a time, or until a stopping rule holds.

mod clock;
mod minimise;
mod optimiser;
mod stop;

pub use minimise::{Minimum, Progress, minimise};
pub use optimiser::{Diverged, Optimiser, OptimiserState};
pub(crate) use optimiser::{holds_rate, largest_rate};
pub use stop::{Reason, Stop};
