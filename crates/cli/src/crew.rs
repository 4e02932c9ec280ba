//! Who does a command.

use anyhow::Result;
use gradflow::{Evaluation, Model, Run, Samples, TrainingError};

/// The process that does a command, alone ([`Alone`]) or with others that do the same, each with its share of the work.
pub trait Crew {
    /// Whether there are others.
    fn is_alone(&self) -> bool {
        true
    }

    /// The number of this process, from 0, and how many there are.
    fn place(&self) -> (usize, usize) {
        (0, 1)
    }

    /// Whether this is the process that speaks, and writes files.
    fn is_first(&self) -> bool {
        self.place().0 == 0
    }

    /// What all processes have written, one behind another, at the first; nothing at the others.
    fn gather(&self, own: Vec<u8>) -> Vec<u8> {
        own
    }

    /// Judges a model, each its share of the samples.
    ///
    /// # Errors
    /// Those of [`Model::evaluate`].
    fn evaluate(&self, model: &Model<f32>, data: Samples<'_, f32>) -> Result<Evaluation> {
        Ok(model.evaluate(data)?)
    }

    /// Has the others take part in a run.
    ///
    /// # Errors
    /// [`TrainingError`] if there is no room for it.
    fn join<'a>(&'a self, run: Run<'a, f32>) -> Result<Run<'a, f32>, TrainingError> {
        Ok(run)
    }

    /// Waits for the others: they go on together, or none does. All come here at the same place of a command.
    ///
    /// # Errors
    /// The process's own, or that another one could not do it.
    fn agree<R>(&self, result: Result<R>) -> Result<R> {
        result
    }
}

/// One process, without others.
#[derive(Debug, Clone, Copy)]
pub struct Alone;

impl Crew for Alone {}
