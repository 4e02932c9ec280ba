//! What happened during training.

use core::fmt;
use core::ops::ControlFlow;

use gradflow_optim::Diverged;

/// The learning curve of a training run and how it ended.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// One entry for each finished epoch.
    pub epochs: Vec<Epoch>,
    /// How the run ended.
    pub end: End,
    /// With early stopping, the epoch whose parameters the model has now: the one with the lowest validation cost.
    pub best: Option<usize>,
    /// Seconds of training alone, without validation.
    pub seconds: f64,
    /// Samples in an epoch.
    pub samples: usize,
}

impl History {
    /// Samples trained on a second, over the finished epochs.
    pub fn samples_per_second(&self) -> f64 {
        let seconds: f64 = self.epochs.iter().map(|epoch| epoch.seconds).sum();
        (self.samples * self.epochs.len()) as f64 / seconds.max(f64::MIN_POSITIVE)
    }
}

/// One epoch.
#[derive(Debug, Clone, PartialEq)]
pub struct Epoch {
    /// Which epoch, counted from 1.
    pub epoch: usize,
    /// Mean cost over the epoch's mini-batches, each taken before its step.
    pub cost: f64,
    /// The model on the validation set after the epoch.
    pub validation: Option<Validation>,
    /// Seconds of the epoch's training.
    pub seconds: f64,
}

/// A model on the validation set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Validation {
    /// Mean cost (19).
    pub cost: f64,
    /// Fraction of right classes; `None` without labels.
    pub accuracy: Option<f64>,
}

/// One step of a training run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Which epoch, counted from 1.
    pub epoch: usize,
    /// Steps taken since the run began.
    pub taken: usize,
    /// Steps of the whole run.
    pub total: usize,
    /// Cost of the step's mini-batch before the step.
    pub cost: f64,
}

/// How a training run ended.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// All epochs are done.
    Completed,
    /// The observer ended it.
    Interrupted,
    /// The validation cost no longer fell; the parameters are those after epoch `best`.
    EarlyStopped {
        /// The epoch with the lowest validation cost; 0 if no epoch had a finite one.
        best: usize,
    },
    /// Cost or gradient were not finite; the parameters are the last finite ones.
    Diverged {
        /// Which epoch, counted from 1.
        epoch: usize,
        /// Which step of the epoch, counted from 1.
        step: usize,
        /// What was not finite.
        reason: Diverged,
    },
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Completed => write!(f, "all epochs are done"),
            Self::Interrupted => write!(f, "ended by the observer"),
            Self::EarlyStopped { best } => write!(f, "stopped early: epoch {best} was the best"),
            Self::Diverged {
                epoch,
                step,
                reason,
            } => {
                let what = if reason.value.is_finite() {
                    "gradient"
                } else {
                    "cost"
                };
                write!(
                    f,
                    "diverged in epoch {epoch}, step {step}: the {what} is not finite"
                )?;
                reason
                    .caution
                    .map_or(Ok(()), |caution| write!(f, "; {caution}"))
            }
        }
    }
}

/// Somebody who watches a training run. Closures that take an [`Epoch`] are observers too.
pub trait Observer {
    /// Called after each step; keep it short.
    fn step(&mut self, step: &Step) {
        let _ = step;
    }

    /// Called after each epoch; [`ControlFlow::Break`] ends the training.
    fn epoch(&mut self, epoch: &Epoch) -> ControlFlow<()>;
}

impl<F: FnMut(&Epoch) -> ControlFlow<()>> Observer for F {
    fn epoch(&mut self, epoch: &Epoch) -> ControlFlow<()> {
        self(epoch)
    }
}
