//! Runs that save themselves.

use std::path::{Path, PathBuf};

use gradflow_kernels::Real;
use gradflow_optim::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::file::checkpoint::{read, text, write};
use crate::keep::Keep;
use crate::{Run, Snapshot, TrainingError};

impl<T: Real, M: Method<T>> Run<'_, T, M>
where
    Snapshot<T, M::State>: Serialize + DeserializeOwned,
{
    /// Has the run save itself at this path: after every so many epochs, at its end, and whenever [`Run::save`] is called. The
    /// epoch of the lowest cost, on the validation set if there is one, is kept beside it: `run.best.ron` beside `run.ron`.
    ///
    /// A file is replaced as a whole, so that a run that is killed leaves the last one; [`Run::resume_from`] takes it up. It is a text in RON,
    /// a [`Snapshot`] and what the run is of: network, cost, rule, constants, data, validation.
    ///
    /// ```
    /// use gradflow::optim::Adam;
    /// use gradflow::{Activation, Cost, Dataset, Model, Network, Protocol, Run};
    ///
    /// # let folder = std::env::temp_dir().join(format!("gradflow-checkpoint-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let path = folder.join("run.ron");
    /// # let data = Dataset::<f32>::regression(1, vec![0.0, 1.0], 1, vec![0.0, 2.0])?;
    /// # let network = Network::builder(1).dense(1, Activation::Identity).build()?;
    /// let protocol = Protocol::new(Adam::new(0.1)).epochs(10);
    /// let mut model = Model::new(network, Cost::regression(), 1)?;
    /// let mut run = Run::new(protocol.clone(), &mut model, &data)?.checkpoint(&path, 2)?;
    /// for _ in 0..5 {
    ///     run.epoch()?;
    /// }
    /// drop(run); // killed: four epochs are saved
    ///
    /// let mut run = Run::new(protocol, &mut model, &data)?.checkpoint(&path, 2)?;
    /// run.resume_from(&path)?;
    /// assert_eq!(run.epochs().len(), 4);
    /// run.finish()?;
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`TrainingError`] if the source fails, of which some samples are looked at. What fails later is told by the step that it belongs to.
    pub fn checkpoint(
        mut self,
        path: impl Into<PathBuf>,
        every: usize,
    ) -> Result<Self, TrainingError> {
        self.keep = Some(Keep {
            path: path.into(),
            every: every.max(1),
            run: self.identity()?,
            text: |run, snapshot| text(run, snapshot),
        });
        Ok(self)
    }

    /// Goes on where the checkpoint at this path was saved, in the middle of an epoch too; see [`Run::resume`].
    ///
    /// # Errors
    /// [`TrainingError::Checkpoint`] if there is none, it is damaged, or of a run with another network, cost, rule, constant, data or validation set:
    /// the error names what. [`TrainingError::Epochs`] if more epochs are done than the protocol asks for. Run and model then stay as they are.
    pub fn resume_from(&mut self, path: impl AsRef<Path>) -> Result<(), TrainingError> {
        let path = path.as_ref();
        let snapshot = match &self.keep {
            Some(keep) => read(path, &keep.run),
            None => read(path, &self.identity()?),
        };
        let snapshot = snapshot.map_err(|error| TrainingError::Checkpoint {
            path: path.to_owned(),
            error: Box::new(error),
        })?;
        self.resume(snapshot)
    }
}

impl<T: Real, M: Method<T>> Run<'_, T, M> {
    /// Saves the run now, between two steps, at the path of [`Run::checkpoint`]; nothing without one.
    ///
    /// # Errors
    /// [`TrainingError::Checkpoint`] if that fails; what was there before is still there.
    pub fn save(&self) -> Result<(), TrainingError> {
        match &self.keep {
            Some(keep) => self.save_at(&[&keep.path]),
            None => Ok(()),
        }
    }

    /// Saves the epoch that has just been finished, if it is one to be saved.
    pub(super) fn keep_epoch(&self) -> Result<(), TrainingError> {
        let (Some(keep), Some(last)) = (&self.keep, self.progress.epochs.last()) else {
            return Ok(());
        };
        let watched =
            |epoch: &crate::Epoch| epoch.validation.as_ref().map_or(epoch.cost, |v| v.cost);
        let before = &self.progress.epochs[..self.progress.epochs.len() - 1];
        let best = before.iter().all(|epoch| watched(last) < watched(epoch));
        let due = last.epoch % keep.every == 0 || self.end.is_some();
        let best = best.then(|| keep.best());
        let due = due.then_some(&keep.path);
        let paths: Vec<&PathBuf> = best.iter().chain(due).collect();
        self.save_at(&paths)
    }

    /// Saves the run in each of these files.
    fn save_at(&self, paths: &[&PathBuf]) -> Result<(), TrainingError> {
        let (Some(keep), Some(first)) = (&self.keep, paths.first()) else {
            return Ok(());
        };
        let failed = |path: &Path, error| TrainingError::Checkpoint {
            path: path.to_owned(),
            error: Box::new(error),
        };
        let text = (keep.text)(&keep.run, &self.snapshot());
        let text = text.map_err(|error| failed(first, error))?;
        for path in paths {
            write(path, &text).map_err(|error| failed(path, error))?;
        }
        Ok(())
    }
}
