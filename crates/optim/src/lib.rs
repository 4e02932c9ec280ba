#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod adam;
mod adamw;
mod amsgrad;
mod butcher;
mod chebyshev;
mod chebyshev2;
mod chebyshev_polynomial;
mod clip;
mod curvature;
mod descent;
mod error;
#[cfg(feature = "full-matrix")]
mod full_matrix;
mod gradient_descent;
mod mask;
mod minimise;
mod momentum;
mod multistep;
mod multistep_table;
mod nesterov;
mod objective;
mod optimiser;
mod roots;
mod rule;
mod runge_kutta;
mod schedule;
mod squares;
mod stability;
mod state;
mod stepper;
mod stop;
pub mod study;
mod trap;
mod update_rule;

pub use adam::{Adam, Moments};
pub use adamw::AdamW;
pub use amsgrad::{AmsGrad, LargestMoments};
pub use butcher::{Butcher, ButcherError};
pub use chebyshev::{Chebyshev, ChebyshevStages};
pub use chebyshev2::Chebyshev2;
pub use clip::Clip;
pub use curvature::{Curvature, curvature};
pub use descent::Descent;
pub use error::OptimError;
#[cfg(feature = "full-matrix")]
pub use full_matrix::{FullMatrixAdaGrad, GradientProducts, Memory, Statistic};
pub use gradient_descent::GradientDescent;
pub use mask::Mask;
pub use minimise::{Minimum, Progress, minimise};
pub use momentum::{MomentumAveraged, MomentumPhysical, MomentumSummed, Velocity};
pub use multistep::{AdamsBashforth2, AdamsBashforth3, History, ThreeStep, TwoStepMidpoint};
pub use nesterov::Nesterov;
pub use objective::Objective;
pub use optimiser::{Diverged, Optimiser, OptimiserState};
pub use rule::{Rule, RuleState};
pub use runge_kutta::{RungeKutta, Stages, Tableau};
pub use schedule::{Leg, Schedule};
pub use squares::{AdaGradMean, AdaGradSum, RmsProp, RmsPropUnbiased, SquareState};
pub use stability::Stability;
pub use stepper::{NonFinite, OneGradient, OneGradientState, Stepper};
pub use stop::{Reason, Stop};
pub use trap::Trap;
pub use update_rule::{Constants, UpdateRule};
