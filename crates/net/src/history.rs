//! What happened during training.

use core::fmt;

use gradflow_optim::Diverged;

/// The learning curve of a training run and how it ended.
///
/// It may be kept in a file (feature `serde`).
///
/// ```
/// use gradflow::History;
///
/// let history = History::default();
/// assert!(history.epochs.is_empty());
/// # #[cfg(feature = "file")]
/// # {
/// let text = serde_json::to_string(&history)?;
/// assert_eq!(serde_json::from_str::<History>(&text)?, history);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
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
    /// What else should be known, such as a run that was taken up on another kind of machine.
    pub notes: Vec<Note>,
}

/// What should be known of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Note {
    /// It was put down at one level of vector instructions and taken up at another: its last bits are those of neither.
    Level {
        /// The level that the snapshot names.
        then: String,
        /// The level here.
        now: String,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Level { then, now } => write!(
                f,
                "taken up at CPU level {now}, put down at {then}: results differ in the last bits; limit both to one level to have the same"
            ),
        }
    }
}

impl History {
    /// Samples trained on a second, over the finished epochs.
    pub fn samples_per_second(&self) -> f64 {
        let seconds: f64 = self.epochs.iter().map(|epoch| epoch.seconds).sum();
        (self.samples * self.epochs.len()) as f64 / seconds.max(f64::MIN_POSITIVE)
    }
}

/// Epochs that are printed at either end of a long history.
const EDGE: usize = 3;

/// The first and the last epochs, what should be known, and how the run ended.
impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As arrays do: the first and the last ones, where there are many.
        let more = self.epochs.len().saturating_sub(2 * EDGE);
        let middle = if more > 1 { EDGE..EDGE + more } else { 0..0 };
        for (e, epoch) in self.epochs.iter().enumerate() {
            if !middle.contains(&e) {
                writeln!(f, "{epoch}")?;
            } else if e == middle.start {
                writeln!(f, "… {more} more epochs")?;
            }
        }
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        write!(f, "{}", self.end)?;
        match (self.best, &self.end) {
            (None, _) | (_, End::EarlyStopped { .. }) => Ok(()),
            (Some(best), _) => write!(f, "; the model has the parameters after epoch {best}"),
        }
    }
}

/// One epoch.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Epoch {
    /// Which epoch, counted from 1.
    pub epoch: usize,
    /// Mean cost over the epoch's samples, each taken before the step of its mini-batch, with its weight and the trap's value.
    #[cfg_attr(feature = "serde", serde(with = "gradflow_optim::number"))]
    pub cost: f64,
    /// The model on the validation set after the epoch.
    pub validation: Option<Validation>,
    /// The learning rate of the epoch's last step, with all factors on it.
    pub rate: f64,
    /// Seconds of the epoch's training; 0 in the record that a model keeps.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_zero"))]
    pub seconds: f64,
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "epoch {}: cost {:.6}", self.epoch, self.cost)?;
        if let Some(validation) = self.validation {
            write!(f, ", {validation}")?;
        }
        write!(f, ", rate {:.3e}", self.rate)
    }
}

#[cfg(feature = "serde")]
fn is_zero(seconds: &f64) -> bool {
    *seconds == 0.0
}

/// A model on the validation set.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Validation {
    /// Mean cost (19).
    #[cfg_attr(feature = "serde", serde(with = "gradflow_optim::number"))]
    pub cost: f64,
    /// Fraction of right classes; `None` without labels.
    pub accuracy: Option<f64>,
}

impl fmt::Display for Validation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "validation cost {:.6}", self.cost)?;
        (self.accuracy).map_or(Ok(()), |a| write!(f, ", accuracy {:.2} %", 100.0 * a))
    }
}

/// One step of a training run, as those who watch it see it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Iteration {
    /// Which epoch, counted from 1.
    pub epoch: usize,
    /// Steps taken since the run began.
    pub taken: usize,
    /// Steps of the whole run.
    pub total: usize,
    /// Cost of the step's mini-batch before the step.
    #[cfg_attr(feature = "serde", serde(with = "gradflow_optim::number"))]
    pub cost: f64,
    /// The learning rate of the step, with all factors on it.
    pub rate: f64,
}

/// How a training run ended.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum End {
    /// All epochs are done.
    #[default]
    Completed,
    /// An observer, or whoever drives the run, ended it.
    Interrupted,
    /// The validation cost no longer fell; after [`Run::finish`](crate::Run::finish) or `stop` the parameters are those after epoch `best`.
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
            Self::Interrupted => write!(f, "ended before all epochs were done"),
            Self::EarlyStopped { best } => write!(f, "stopped early: epoch {best} was the best"),
            Self::Diverged {
                epoch,
                step,
                reason,
            } => write!(
                f,
                "diverged in epoch {epoch}, step {step}: {}",
                reason.explanation()
            ),
        }
    }
}
