//! A run put down, to be taken up again.

use gradflow_optim::OptimiserState;

use crate::progress::Progress;

/// All that changes in a [`Run`](crate::Run), as plain data: parameters, layer state, the method's memory, how far the run has come, its
/// history, the best parameters.
///
/// It serialises where the method's memory does. Taken up by [`Run::resume`](crate::Run::resume) with the same protocol, network and data, the run
/// ends with the same bits as one that was never put down, on any number of threads. `serde_json` keeps bits with its feature
/// `float_roundtrip` only; RON always does.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Snapshot<T, S> {
    /// Samples of an epoch.
    pub(crate) samples: usize,
    /// The level of vector instructions that the run was at.
    pub(crate) level: String,
    pub(crate) theta: Vec<T>,
    pub(crate) state: Vec<T>,
    pub(crate) optimiser: OptimiserState<S>,
    pub(crate) progress: Progress<T>,
}

impl<T, S> Snapshot<T, S> {
    /// Epochs that are finished.
    pub fn epochs(&self) -> usize {
        self.progress.epochs.len()
    }

    /// Steps of the method.
    pub fn steps(&self) -> usize {
        self.optimiser.steps
    }

    /// The parameters.
    pub fn theta(&self) -> &[T] {
        &self.theta
    }
}
