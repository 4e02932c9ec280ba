//! Steps and epochs of a run.

use core::ops::ControlFlow;

use gradflow_kernels::{Clock, Real};
use gradflow_optim::Method;

use crate::minibatch::Side;
use crate::patience::Best;
use crate::pieces::samples_of;
use crate::progress::Progress;
use crate::{DataRole, End, Epoch, History, Iteration, Record, Run, TrainingError, Validation};

impl<T: Real, M: Method<T>> Run<'_, T, M> {
    /// Takes one step on a batch of your own: inputs `x` and targets `y`, sample after sample. Returns the cost before the step.
    /// It belongs to no epoch; batches larger than the protocol's are taken in pieces.
    ///
    /// ```
    /// use gradflow::{Activation, Cost, Model, Network, Protocol, Run, optim::Adam};
    ///
    /// let network = Network::<f32>::builder([2, 1, 1]).dense(1, Activation::Identity).build()?;
    /// let mut model = Model::new(network, Cost::regression(), 1)?;
    /// let mut run = Run::online(Protocol::new(Adam::new(0.1)).batch(2), &mut model)?;
    /// let (x, y) = ([0.0, 1.0, 1.0, 0.0], [1.0, -1.0]); // two samples of two inputs, one output
    /// let first = run.step_on(&x, &y)?;
    /// for _ in 0..200 {
    ///     run.step_on(&x, &y)?;
    /// }
    /// assert!(run.step_on(&x, &y)? < first);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`TrainingError::Data`] if the batch does not fit the model, or a target is one for which the loss is not defined;
    /// [`TrainingError::Diverged`] if cost or gradient are not finite: the model then keeps the parameters it had.
    pub fn step_on(&mut self, x: &[T], y: &[T]) -> Result<f64, TrainingError> {
        let of = |error| TrainingError::Data {
            role: DataRole::Batch,
            error,
        };
        let samples = self.model.check_samples(x, y).map_err(of)?;
        let (network, cost) = (self.model.network(), self.model.cost());
        let side = Side {
            x: network.input().columns(x, samples),
            y: network.output().columns(y, samples),
            weights: None,
        };
        (cost.check_targets(side.y)).map_err(|error| of(error.into()))?;
        (self.engine).make_room(network, samples, &mut *self.reduce)?;
        let factor = self.factor();
        let parts = self.model.parts();
        let cost = (self.engine)
            .descend(parts, &mut *self.reduce, side, factor)
            .map_err(TrainingError::Diverged)?;
        self.note_average();
        Ok(cost)
    }

    /// Takes the next step of the epoch at work; the last one finishes it. `None` when the run is over: [`Run::end`] says how.
    ///
    /// # Errors
    /// [`TrainingError`] if the source fails.
    pub fn step(&mut self) -> Result<Option<Iteration>, TrainingError> {
        let clock = Clock::start();
        let step = self.next();
        self.count(clock);
        let step = step?;
        if step.is_some() {
            self.close()?;
        }
        Ok(step)
    }

    /// Takes the steps that are left of the epoch at work. `None` when the run was over, or ended within the epoch.
    ///
    /// # Errors
    /// As [`Run::step`].
    pub fn epoch(&mut self) -> Result<Option<Epoch>, TrainingError> {
        let clock = Clock::start();
        let steps = self.steps();
        self.count(clock);
        steps?;
        if self.close()? {
            Ok(self.progress.epochs.last().cloned())
        } else {
            Ok(None)
        }
    }

    /// Goes on to the end, and gives the model the best parameters if the protocol stops early.
    ///
    /// # Errors
    /// As [`Run::step`]; the model then has the parameters after the last step.
    pub fn finish(mut self) -> Result<History, TrainingError> {
        while self.end.is_none() {
            self.epoch()?;
        }
        Ok(self.close_run())
    }

    /// Ends the run where it is: [`End::Interrupted`] unless it was over. The model gets the best parameters if the protocol stops
    /// early, as by [`Run::finish`]; a run that is merely dropped leaves it those of its last step.
    pub fn stop(mut self) -> History {
        self.close_run()
    }

    fn close_run(&mut self) -> History {
        self.swap_average();
        let progress = core::mem::replace(&mut self.progress, Progress::start(None));
        let best = (self.protocol.early_stopping).and(progress.best);
        if let Some(best) = &best {
            self.model.put(&best.theta, &best.state);
        }
        let (best, end) = (
            best.map(|best| best.epoch),
            self.end.take().unwrap_or(End::Interrupted),
        );
        let outcome = (progress.epochs.as_slice(), best, &end);
        let record = Record::of(self.samples, &self.protocol, outcome, self.model.record());
        self.model.put_record(Some(record));
        History {
            best,
            epochs: progress.epochs,
            end,
            seconds: progress.seconds,
            samples: self.samples,
            notes: core::mem::take(&mut self.notes),
        }
    }

    /// Samples of a whole mini-batch.
    pub(crate) fn batch(&self) -> usize {
        self.batch
    }

    fn count(&mut self, clock: Clock) {
        let seconds = clock.elapsed().as_secs_f64();
        self.progress.epoch_seconds += seconds;
        self.progress.seconds += seconds;
    }

    /// What the protocol multiplies the rate by, beside the descent's schedule.
    fn factor(&self) -> f64 {
        self.protocol.by_epoch.factor(self.progress.epochs.len()) * self.progress.factor
    }

    fn steps(&mut self) -> Result<(), TrainingError> {
        while self.next()?.is_some() {
            if self.progress.position >= self.samples {
                break;
            }
        }
        Ok(())
    }

    /// One step of the epoch at work, without what follows the last one.
    fn next(&mut self) -> Result<Option<Iteration>, TrainingError> {
        let factor = self.factor();
        let (Some(source), Some(assembly)) = (&mut self.source, &mut self.assembly) else {
            self.end.get_or_insert(End::Completed);
            return Ok(None);
        };
        let progress = &mut self.progress;
        let epoch = progress.epochs.len() + 1;
        if self.end.is_some() || epoch > self.protocol.epochs {
            self.end.get_or_insert(End::Completed);
            return Ok(None);
        }
        if self.protocol.early_stopping.is_some() && self.validation.is_none() {
            return Err(TrainingError::NoValidation);
        }
        assembly.shuffle(self.protocol.seed, epoch);
        let samples = self.batch.min(self.samples - progress.position);
        let model = &mut *self.model;
        let position = progress.position;
        let pieces = self.engine.pieces(samples);
        let part = samples_of(samples, pieces, self.reduce.share(pieces));
        let batch = position..position + samples;
        let side = assembly.gather(&mut **source, model.cost(), batch, part, model.workers())?;
        let optimiser = &self.engine.optimiser;
        let rate = optimiser.descent().rule.rate();
        let rate = rate * optimiser.rate_factor() * factor;
        let cost = match (self.engine).descend(model.parts(), &mut *self.reduce, side, factor) {
            Ok(cost) => cost,
            Err(reason) => {
                let step = position / self.batch + 1;
                self.end = Some(End::Diverged {
                    epoch,
                    step,
                    reason,
                });
                return Ok(None);
            }
        };
        self.note_average();
        let progress = &mut self.progress;
        progress.sum += cost * samples as f64;
        progress.position += samples;
        progress.rate = rate;
        let steps = self.samples.div_ceil(self.batch);
        let step = Iteration {
            epoch,
            taken: (epoch - 1) * steps + progress.position.div_ceil(self.batch),
            total: self.protocol.epochs.saturating_mul(steps),
            cost,
            rate,
        };
        for observer in &mut self.observers {
            observer.step(&step);
        }
        Ok(Some(step))
    }

    /// Takes the parameters after a step into their average.
    fn note_average(&mut self) {
        if let (Some(decay), Some(average)) = (self.protocol.average, &mut self.progress.average) {
            average.note(decay, self.model);
        }
    }

    /// Gives the model the average of its parameters, and the average those of the model: twice, and all is as before.
    pub(super) fn swap_average(&mut self) {
        if let Some(average) = &mut self.progress.average {
            average.swap(self.model);
        }
    }

    /// Finishes the epoch if all its steps are done; whether it did.
    fn close(&mut self) -> Result<bool, TrainingError> {
        if self.samples == 0 || self.progress.position < self.samples {
            return Ok(false);
        }
        self.swap_average();
        let epoch = self.judge();
        if let Ok(epoch) = &epoch {
            for observer in &mut self.observers {
                observer.model(epoch.epoch, self.model);
            }
        }
        self.swap_average();
        let epoch = epoch?;
        let number = epoch.epoch;
        for observer in &mut self.observers {
            if observer.epoch(&epoch) == ControlFlow::Break(()) {
                self.end.get_or_insert(End::Interrupted);
            }
        }
        let progress = &mut self.progress;
        progress.epochs.push(epoch);
        (progress.position, progress.sum, progress.epoch_seconds) = (0, 0.0, 0.0);
        if number >= self.protocol.epochs {
            self.end.get_or_insert(End::Completed);
        }
        #[cfg(feature = "file")]
        self.keep_epoch()?;
        Ok(true)
    }

    /// The epoch whose steps are done, validated and compared with those before.
    fn judge(&mut self) -> Result<Epoch, TrainingError> {
        let validation = match &mut self.validation {
            Some((samples, judge)) => Some(judge.brief(self.model, samples)?),
            None => None,
        };
        let epoch = Epoch {
            epoch: self.progress.epochs.len() + 1,
            cost: self.progress.sum / self.samples as f64,
            validation,
            rate: self.progress.rate,
            seconds: self.progress.epoch_seconds,
        };
        self.compare(&epoch);
        Ok(epoch)
    }

    /// Plateau, early stopping and the best parameters, after an epoch.
    fn compare(&mut self, epoch: &Epoch) {
        let progress = &mut self.progress;
        let watched = epoch.validation.map_or(epoch.cost, |v: Validation| v.cost);
        if let Some(plateau) = self.protocol.plateau {
            progress.factor = plateau.next(&mut progress.plateau, progress.factor, watched);
        }
        if let Some(early) = self.protocol.early_stopping {
            Best::note(&mut progress.best, epoch.epoch, watched, self.model);
            if early.is_over(&mut progress.stopping, watched) {
                self.end.get_or_insert(progress.stopped());
            }
        }
    }
}
