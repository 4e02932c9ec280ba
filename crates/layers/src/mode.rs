//! Training or prediction.

use crate::Draw;

/// Whether a pass trains or predicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A forward pass alone.
    Predict,
    /// A forward pass that a backward pass may follow, and the random numbers that both use.
    Train(Draw),
}
