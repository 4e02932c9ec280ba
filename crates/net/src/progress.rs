//! How far a run has come.

use crate::average::Average;
use crate::patience::{Best, Patience};
use crate::{End, Epoch};

/// How far a run has come.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub(crate) struct Progress<T> {
    /// Finished epochs.
    pub(crate) epochs: Vec<Epoch>,
    /// Samples of the epoch at work that are done.
    pub(crate) position: usize,
    /// Sum of their costs.
    pub(crate) sum: f64,
    pub(crate) stopping: Patience,
    pub(crate) plateau: Patience,
    /// The plateau's factor on the rate.
    pub(crate) factor: f64,
    pub(crate) best: Option<Best<T>>,
    pub(crate) average: Option<Average<T>>,
    /// The rate of the last step.
    pub(crate) rate: f64,
    /// Seconds of the epoch at work, and of all.
    pub(crate) epoch_seconds: f64,
    pub(crate) seconds: f64,
}

impl<T> Progress<T> {
    /// Before the first step.
    pub(crate) fn start(average: Option<Average<T>>) -> Self {
        Self {
            epochs: Vec::new(),
            position: 0,
            sum: 0.0,
            stopping: Patience::default(),
            plateau: Patience::default(),
            factor: 1.0,
            best: None,
            average,
            rate: 0.0,
            epoch_seconds: 0.0,
            seconds: 0.0,
        }
    }

    /// The end of a run whose cost no longer falls.
    pub(crate) fn stopped(&self) -> End {
        let best = self.best.as_ref().map_or(0, |best| best.epoch);
        End::EarlyStopped { best }
    }
}
