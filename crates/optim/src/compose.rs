//! What composes with a method: a trap, a limit on the gradient, a schedule of the rate, a proximal step.

mod clip;
mod composed;
mod descent;
mod l1;
mod mask;
mod schedule;
mod trap;

pub use clip::Clip;
pub(crate) use composed::Composed;
pub use descent::{Descent, IntoDescent};
pub use l1::L1;
pub use mask::Mask;
pub use schedule::{Leg, Schedule};
pub use trap::Trap;
