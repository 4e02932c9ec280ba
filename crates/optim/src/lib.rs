#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod compose;
mod drive;
mod error;
mod method;
mod methods;
#[cfg(feature = "serde")]
pub mod number;
mod objective;
mod rule;
mod rules;
mod theory;

pub use compose::{Clip, Descent, IntoDescent, L1, Leg, Mask, Schedule, Trap};
pub use drive::{
    Cause, Diverged, Minimum, Optimiser, OptimiserState, Progress, Reason, Stop, minimise,
};
pub use error::OptimError;
pub use method::{Method, NonFinite, Step, evaluate};
pub use methods::{
    AdamsBashforth2, AdamsBashforth3, Butcher, ButcherError, Chebyshev, Chebyshev2, Lbfgs,
    NewtonCg, Pairs, Past, RungeKutta, Tableau, ThreeStep, TrustRegion, TwoStepMidpoint,
};
pub use objective::{Closure, Objective};
pub use rule::{IntoRule, Rule, RuleState};
pub use rules::{
    AdaGradMean, AdaGradSum, Adam, AdamW, AmsGrad, GradientDescent, LargestMomentState,
    MomentState, MomentumAveraged, MomentumPhysical, MomentumSummed, Nesterov, RmsProp,
    RmsPropUnbiased, SquareState, Velocity,
};
#[cfg(feature = "full-matrix")]
pub use rules::{FullMatrixAdaGrad, GradientProducts, Memory, Statistic};
pub use theory::{Curvature, Stability, curvature, study};
