//! Update rules: one gradient a step, one file a family.

mod adam;
#[cfg(feature = "full-matrix")]
mod full_matrix;
mod gradient_descent;
mod momentum;
mod nesterov;
mod squares;
mod usual;

pub use adam::{Adam, AdamW, AmsGrad, LargestMomentState, MomentState};
#[cfg(feature = "full-matrix")]
pub use full_matrix::{FullMatrixAdaGrad, GradientProducts, Memory, Statistic};
pub use gradient_descent::GradientDescent;
pub use momentum::{MomentumAveraged, MomentumPhysical, MomentumSummed, Velocity};
pub use nesterov::Nesterov;
pub use squares::{AdaGradMean, AdaGradSum, RmsProp, RmsPropUnbiased, SquareState};
