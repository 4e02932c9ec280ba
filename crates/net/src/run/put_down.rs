//! A run put down, and taken up again.

use gradflow_kernels::Real;
use gradflow_optim::{Method, Optimiser};

use crate::record::level;
use crate::{ModelError, Note, Run, Snapshot, TrainingError};

impl<T: Real, M: Method<T>> Run<'_, T, M> {
    /// The run as it is now, between two steps.
    pub fn snapshot(&self) -> Snapshot<T, M::State> {
        Snapshot {
            samples: self.samples,
            level: level(),
            theta: self.model.theta().to_vec(),
            state: self.model.state().to_vec(),
            optimiser: self.engine.optimiser.state(),
            progress: self.progress.clone(),
        }
    }

    /// Goes on where the snapshot was taken, in the middle of an epoch too. At another level of vector instructions than the
    /// snapshot's the last bits differ; [`Run::notes`] then says so.
    ///
    /// # Errors
    /// [`TrainingError`] if the snapshot is of another network, method or data set, or not sound in itself; the run and the
    /// model then stay as they are.
    pub fn resume(&mut self, snapshot: Snapshot<T, M::State>) -> Result<(), TrainingError> {
        self.check_snapshot(&snapshot)?;
        let Snapshot {
            samples: _,
            level: then,
            theta,
            state,
            optimiser,
            progress,
        } = snapshot;
        let descent = self.engine.optimiser.descent().clone();
        let optimiser = Optimiser::restore(descent, optimiser, &theta)?;
        self.engine.optimiser = optimiser.with_workers(self.model.workers().clone());
        self.model.put(&theta, &state);
        self.progress = progress;
        // A run that had stopped early stays so, unless it is given more patience.
        self.end = (self.protocol.early_stopping)
            .filter(|early| self.progress.stopping.waited >= early.patience.max(1))
            .map(|_| self.progress.stopped());
        self.notes.clear();
        let now = level();
        if then != now {
            self.notes.push(Note::Level { then, now });
        }
        Ok(())
    }

    fn check_snapshot(&self, snapshot: &Snapshot<T, M::State>) -> Result<(), TrainingError> {
        let of = TrainingError::Snapshot;
        let (expected, came) = (self.samples, snapshot.samples);
        if expected != came {
            return Err(of(ModelError::Samples { expected, came }));
        }
        self.model.check_theta(&snapshot.theta).map_err(of)?;
        self.model.check_state(&snapshot.state).map_err(of)?;
        let progress = &snapshot.progress;
        if progress.average.is_some() != self.protocol.average.is_some() {
            return Err(TrainingError::NoAverage {
                expected: self.protocol.average.is_some(),
            });
        }
        if let Some(average) = &progress.average {
            self.model.check_theta(&average.theta).map_err(of)?;
            self.model.check_state(&average.state).map_err(of)?;
        }
        if let Some(best) = &progress.best {
            self.model.check_theta(&best.theta).map_err(of)?;
            self.model.check_state(&best.state).map_err(of)?;
        }
        let (done, asked) = (progress.epochs.len(), self.protocol.epochs);
        let begun = progress.position > 0;
        if done + usize::from(begun) > asked {
            return Err(TrainingError::Epochs { done, begun, asked });
        }
        let whole = progress.position.is_multiple_of(self.batch().max(1));
        let sound = progress.position < self.samples.max(1)
            && whole
            && progress.sum.is_finite()
            && progress.factor > 0.0
            && progress.factor <= 1.0
            && (progress.epochs.iter().enumerate()).all(|(e, epoch)| epoch.epoch == e + 1);
        if sound {
            Ok(())
        } else {
            Err(TrainingError::Position {
                position: progress.position,
                batch: self.batch(),
                samples: self.samples,
            })
        }
    }
}
