//! What is gathered about samples with target values.

use gradflow_kernels::Real;

use super::seen::{Seen, room};
use crate::metrics::{MultiLabelTally, RegressionTally, regression_scores};
use crate::{Evaluation, Model, ModelError};

/// What is gathered about samples with target values.
pub(super) struct Valued<T> {
    size: usize,
    kept: Kept<T>,
    /// While all targets are answers, yes or no, to which outputs are probabilities.
    answers: Option<MultiLabelTally>,
}

/// Outputs and targets.
enum Kept<T> {
    All {
        outputs: Vec<T>,
        targets: Vec<T>,
        weights: Vec<f64>,
    },
    /// Sums of too many of them.
    Sums(RegressionTally),
}

impl<T: Real> Valued<T> {
    /// For so many samples of so many values.
    pub(super) fn new(model: &Model<T>, samples: usize, size: usize) -> Result<Self, ModelError> {
        let len = samples.saturating_mul(size);
        let kept = match len <= Evaluation::AT_ONCE {
            true => Kept::All {
                outputs: room(len)?,
                targets: room(len)?,
                weights: room(samples)?,
            },
            false => Kept::Sums(RegressionTally::new(size)),
        };
        Ok(Self {
            size,
            kept,
            answers: model.is_probable().then(|| MultiLabelTally::new(size)),
        })
    }

    pub(super) fn add(&mut self, seen: &Seen<'_, T>) {
        let Seen {
            zeta, y, weight, ..
        } = seen;
        match &mut self.kept {
            Kept::All {
                outputs,
                targets,
                weights,
            } => {
                outputs.extend_from_slice(zeta);
                targets.extend_from_slice(y);
                weights.push(*weight);
            }
            Kept::Sums(sums) => sums.add(zeta, y, *weight),
        }
        self.answers = self.answers.take().and_then(|mut tally| {
            let answers = y.iter().all(|y| *y == T::ZERO || *y == T::ONE);
            answers.then(|| {
                tally.add(zeta, y, *weight);
                tally
            })
        });
    }

    pub(super) fn finish(self, weighted: bool, cost: f64) -> Result<Evaluation, ModelError> {
        let regression = match self.kept {
            Kept::All {
                outputs,
                targets,
                weights,
            } => {
                let weights = weighted.then_some(&*weights);
                regression_scores(self.size, &outputs, &targets, weights)?
            }
            Kept::Sums(sums) => sums.scores(),
        };
        Ok(Evaluation {
            cost,
            regression: Some(regression),
            multi_label: self.answers.map(|tally| tally.scores()),
            ..Evaluation::default()
        })
    }
}
