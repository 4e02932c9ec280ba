//! The checkpoint of `gradflow train`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use gradflow::{CheckpointError, Experiment, TrainingError};

use crate::output::beside;

/// The checkpoint of a training.
pub(super) struct Keep {
    pub(super) path: PathBuf,
    /// The experiment wants it after every epoch, and when all is done.
    pub(super) always: bool,
}

impl Keep {
    pub(super) fn of(experiment: &Experiment, model: &Path) -> Self {
        let named = experiment.checkpoint_path();
        Self {
            always: named.is_some(),
            path: named.unwrap_or_else(|| beside(model, "checkpoint.ron")),
        }
    }

    /// Whether there is one to go on with, and none that would be lost.
    pub(super) fn check(&self, resume: bool, force: bool) -> Result<()> {
        let path = self.path.display();
        match (resume, self.path.exists()) {
            (true, false) => bail!(
                "there is no training to go on with: `{path}` is not there; leave --resume away"
            ),
            (false, true) if !force => bail!(
                "`{path}` is the checkpoint of a training that was begun: go on with it by --resume, or begin anew with --force"
            ),
            _ => Ok(()),
        }
    }

    /// Why the checkpoint is not taken up, with the ways out that a command has.
    pub(super) fn refused(&self, error: TrainingError, experiment: &Experiment) -> anyhow::Error {
        let fault = match &error {
            TrainingError::Epochs { done, begun, asked } => {
                let begun = if *begun {
                    " and another one is begun"
                } else {
                    ""
                };
                Some(format!(
                    "{done} epochs are done{begun}, but {asked} are asked for: ask for more, --set epochs=N"
                ))
            }
            TrainingError::Checkpoint { error, .. } => fault(error),
            _ => None,
        };
        match fault {
            Some(fault) => anyhow!(
                "{}: {fault}, or begin anew with --force in place of --resume",
                self.path.display()
            ),
            None => experiment.explain(error).into(),
        }
    }

    /// A model that is saved needs no checkpoint.
    pub(super) fn finished(&self) -> Result<()> {
        if self.always || !self.path.exists() {
            return Ok(());
        }
        std::fs::remove_file(&self.path)
            .with_context(|| format!("`{}` cannot be removed", self.path.display()))
    }
}

/// What is wrong with a checkpoint, where the library's way out is none of a command.
fn fault(error: &CheckpointError) -> Option<String> {
    Some(match error {
        CheckpointError::Text {
            line,
            column,
            error,
        } => format!(
            "this is no checkpoint, or a damaged one (line {line}, column {column}: {error}): bring back a whole one"
        ),
        CheckpointError::Another { what, then, now } => format!(
            "the checkpoint belongs to another training: `{what}` was {then} in the checkpoint, but is {now} now: set it back to go on"
        ),
        CheckpointError::OtherData | CheckpointError::OtherValidation => {
            let what = match error {
                CheckpointError::OtherData => "training",
                _ => "validation",
            };
            format!(
                "the checkpoint belongs to a training with other {what} samples: bring back the files as they were to go on"
            )
        }
        _ => return None,
    })
}
