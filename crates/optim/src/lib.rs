//! Gradient flow on slices.

#![forbid(unsafe_code)]

mod adam;
mod clip;
mod descent;
mod error;
mod gradient_descent;
mod mask;
mod momentum;
mod objective;
mod optimiser;
mod rule;
mod schedule;
mod state;
mod stepper;
pub mod study;
mod trap;
mod update_rule;

pub use adam::{Adam, Moments};
pub use clip::Clip;
pub use descent::Descent;
pub use error::OptimError;
pub use gradient_descent::GradientDescent;
pub use mask::Mask;
pub use momentum::{MomentumAveraged, MomentumPhysical, MomentumSummed, Velocity};
pub use objective::Objective;
pub use optimiser::{Diverged, Optimiser, OptimiserState};
pub use rule::{Rule, RuleState};
pub use schedule::{Leg, Schedule};
pub use stepper::{NonFinite, OneGradient, OneGradientState, Stepper};
pub use trap::Trap;
pub use update_rule::{Constants, UpdateRule};
