//! Who does a command.

use anyhow::Result;
use gradflow::{Run, TrainingError};

/// The process that does a command, alone ([`Alone`]) or with others that do the same, each with its share of the work.
pub trait Crew {
    /// Whether there are others.
    fn is_alone(&self) -> bool {
        true
    }

    /// Whether this is the process that speaks, and writes files.
    fn is_first(&self) -> bool {
        true
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
