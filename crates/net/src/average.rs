//! The moving average of the parameters.

use gradflow_kernels::{Real, slices};

use crate::memory::reserve;
use crate::{Model, ModelError};

/// The moving average `E <- d E + (1 - d) theta` after each step, divided by `1 - d^n`, so that the start does not count; that of the
/// layers' state beside it. Where the model is evaluated, the average stands in its place.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub(crate) struct Average<T> {
    pub(crate) steps: u64,
    pub(crate) theta: Vec<T>,
    pub(crate) state: Vec<T>,
}

impl<T: Real> Average<T> {
    /// Before the first step: the parameters as they are.
    pub(crate) fn of(model: &Model<T>) -> Result<Self, ModelError> {
        let copy = |numbers: &[T]| {
            let mut copy = reserve(numbers.len(), "the average of the parameters")?;
            copy.copy_from_slice(numbers);
            Ok::<_, ModelError>(copy)
        };
        Ok(Self {
            steps: 0,
            theta: copy(model.theta())?,
            state: copy(model.state())?,
        })
    }

    /// Takes the parameters after a step in.
    ///
    /// What is kept is the average itself: `E_n/(1 - d^n)` moves by the share `(1 - d)/(1 - d^n)` of the way to `theta`.
    pub(crate) fn note(&mut self, decay: f64, model: &Model<T>) {
        self.steps = self.steps.saturating_add(1);
        let power = decay.powi(i32::try_from(self.steps).unwrap_or(i32::MAX));
        let share = T::from_f64((1.0 - decay) / (1.0 - power));
        if self.steps == 1 {
            self.theta.copy_from_slice(model.theta());
            self.state.copy_from_slice(model.state());
        } else {
            slices::approach(share, model.theta(), &mut self.theta);
            slices::approach(share, model.state(), &mut self.state);
        }
    }

    /// Exchanges the average with what the model has.
    pub(crate) fn swap(&mut self, model: &mut Model<T>) {
        model.swap(&mut self.theta, &mut self.state);
    }
}
