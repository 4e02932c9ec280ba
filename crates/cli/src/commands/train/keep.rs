//! The checkpoint of `gradflow train`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use gradflow::{CheckpointError, Experiment, TrainingError, best_checkpoint};

use crate::written::Written;

/// The checkpoint of a training.
pub(super) struct Keep {
    pub(super) path: PathBuf,
    /// The experiment wants it, and when all is done too.
    pub(super) always: bool,
    /// It is written after every epoch, and beside it the best epoch.
    pub(super) each_epoch: bool,
}

impl Keep {
    /// Of several processes one may die at any time, without a word; one that is alone saves what it has when it is told to end.
    pub(super) fn of(experiment: &Experiment, model: &Path, is_alone: bool) -> Self {
        let named = experiment.checkpoint_path();
        Self {
            always: named.is_some(),
            each_epoch: named.is_some() || !is_alone,
            path: named.unwrap_or_else(|| {
                // Behind the whole name, so that no other model has the same.
                let mut name = model.as_os_str().to_owned();
                name.push(".checkpoint.ron");
                name.into()
            }),
        }
    }

    /// Makes sure that there is one to go on with, or none that would be lost, and that it can be written.
    pub(super) fn check(&self, resume: bool, force: bool, written: &mut Written) -> Result<()> {
        let again = resume || force;
        let best = best_checkpoint(&self.path);
        // What is no file is told by what it is.
        let holds = |path: &Path| path.is_file();
        written.add(&self.path, "the checkpoint", again || holds(&self.path))?;
        if self.each_epoch {
            let what = "the checkpoint of the best epoch";
            written.add(&best, what, again || holds(&best))?;
        }
        let path = self.path.display();
        match (resume, self.path.exists()) {
            (true, false) => bail!(
                "there is no training to go on with: `{path}` is not there; leave --resume away"
            ),
            (false, true) if !force => bail!(
                "`{path}` is there already: if it is the checkpoint of a training that was begun, go on with it by --resume, or begin anew with \
                 --force; if not, choose another name"
            ),
            (false, _) if !force && self.each_epoch && best.exists() => bail!(
                "`{}` is there already, where the best epoch is kept: begin anew with --force, which replaces it, or choose another name for the \
                 checkpoint",
                best.display()
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
            TrainingError::Checkpoint { error, .. } => Some(fault(error)),
            TrainingError::Snapshot(_)
            | TrainingError::NoAverage { .. }
            | TrainingError::Position { .. } => Some(error.to_string()),
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
        if self.always {
            return Ok(());
        }
        let best = self.each_epoch.then(|| best_checkpoint(&self.path));
        for path in best.iter().chain([&self.path]) {
            if path.exists() {
                std::fs::remove_file(path)
                    .with_context(|| format!("`{}` cannot be removed", path.display()))?;
            }
        }
        Ok(())
    }
}

/// What is wrong with a checkpoint, where the library's way out is none of a command.
fn fault(error: &CheckpointError) -> String {
    match error {
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
        CheckpointError::Damaged => "the checkpoint is damaged, since its digest is not that of what stands in it: bring back a whole one".into(),
        // Their ways out are those of a command too, if they have one.
        _ => error.to_string(),
    }
}
