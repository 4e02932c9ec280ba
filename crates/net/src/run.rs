//! A training run, from step to step.

use core::fmt;
use core::ops::ControlFlow;

use gradflow_kernels::Real;
use gradflow_optim::{Method, Rule};
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::engine::{Engine, Side};
use crate::evaluation::Judge;
use crate::minibatch::Assembly;
use crate::patience::{Best, Patience};
use crate::pieces::{InOrder, Reduce};
use crate::samples::same_classes;
use crate::{
    DataRole, End, Epoch, History, Model, Note, Observer, Protocol, Samples, Source, Step,
    TrainingError, Validation,
};

/// A [`Protocol`] at work on a model: it owns what changes, and goes on step by step, epoch by epoch, or to the end.
///
/// ```
/// use gradflow::data::Dataset;
/// use gradflow::optim::Adam;
/// use gradflow::{Activation, Cost, Model, Network, Protocol, Run, Shape};
///
/// let inputs = vec![1.0, 0.3, -1.0, 0.1, 0.7, -0.4, -0.6, 0.9];
/// let data = Dataset::<f32>::classification(Shape::vector(2)?, inputs, vec![1, 0, 1, 0], 2)?;
/// let network = Network::builder([2, 1, 1]).dense(2, Activation::Identity).build()?;
/// let mut model = Model::new(network, Cost::classification(), 1)?;
///
/// let protocol = Protocol::new(Adam::new(0.1)).epochs(5).batch(2);
/// let mut run = Run::new(protocol.clone(), &mut model, &data)?;
/// run.step()?; // one mini-batch
/// run.epoch()?; // the rest of the first epoch
/// let snapshot = serde_json::to_string(&run.snapshot())?; // put down …
/// drop(run);
///
/// let mut run = Run::new(protocol, &mut model, &data)?;
/// run.resume(serde_json::from_str(&snapshot)?)?; // … and taken up again, with the same bits
/// let history = run.finish()?;
/// assert_eq!(history.epochs.len(), 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Run<'a, T: Real, M: Method<T> = Rule> {
    pub(crate) protocol: Protocol<M>,
    pub(crate) model: &'a mut Model<T>,
    source: Option<Box<dyn Source<T> + 'a>>,
    assembly: Option<Assembly<T>>,
    pub(crate) samples: usize,
    batch: usize,
    pub(crate) engine: Engine<T, M>,
    reduce: Box<dyn Reduce<T> + 'a>,
    validation: Option<(Samples<'a, T>, Judge<T>)>,
    observers: Vec<Box<dyn Observer + 'a>>,
    pub(crate) progress: Progress<T>,
    pub(crate) notes: Vec<Note>,
    pub(crate) end: Option<End>,
}

/// How far a run has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Progress<T> {
    /// Finished epochs.
    pub(crate) epochs: Vec<Epoch>,
    /// Samples of the epoch at work that are done.
    pub(crate) position: usize,
    /// Sum of their costs.
    pub(crate) sum: f64,
    pub(crate) stopping: Patience,
    pub(crate) plateau: Patience,
    /// The plateau's factor on the rate.
    pub(crate) factor: f64,
    pub(crate) best: Option<Best<T>>,
    /// The rate of the last step.
    pub(crate) rate: f64,
    /// Seconds of the epoch at work, and of all.
    pub(crate) epoch_seconds: f64,
    pub(crate) seconds: f64,
}

impl<T> Progress<T> {
    fn start() -> Self {
        Self {
            epochs: Vec::new(),
            position: 0,
            sum: 0.0,
            stopping: Patience::default(),
            plateau: Patience::default(),
            factor: 1.0,
            best: None,
            rate: 0.0,
            epoch_seconds: 0.0,
            seconds: 0.0,
        }
    }
}

impl<T> Progress<T> {
    /// The end of a run whose cost no longer falls.
    pub(crate) fn stopped(&self) -> End {
        let best = self.best.as_ref().map_or(0, |best| best.epoch);
        End::EarlyStopped { best }
    }
}

impl<'a, T: Real, M: Method<T>> Run<'a, T, M> {
    /// A run before its first step. The model goes on from its parameters and layer state; the method's memory and the
    /// schedules begin anew.
    ///
    /// # Errors
    /// [`TrainingError`] if protocol, model and source do not go together; the model is then as it was.
    pub fn new(
        protocol: Protocol<M>,
        model: &'a mut Model<T>,
        source: impl Source<T> + 'a,
    ) -> Result<Self, TrainingError> {
        protocol.check()?;
        let of = |error| TrainingError::Data {
            role: DataRole::Training,
            error,
        };
        model.check_source(&source).map_err(of)?;
        let (samples, batch) = (source.len(), protocol.batch.min(source.len()));
        let assembly = Assembly::new(&source, model.network(), batch)?;
        let mut run = Self::online_of(protocol, model, batch)?;
        // The pieces of whole mini-batches, and of the last one of an epoch.
        for size in [batch, samples % batch] {
            if size > 0 {
                (run.model.network()).check_piece(size, run.engine.piece(size))?;
            }
        }
        run.source = Some(Box::new(source));
        run.assembly = Some(assembly);
        run.samples = samples;
        Ok(run)
    }

    /// A run without a source: only for steps on batches of your own, by [`Run::step_on`].
    ///
    /// # Errors
    /// As [`Run::new`].
    pub fn online(protocol: Protocol<M>, model: &'a mut Model<T>) -> Result<Self, TrainingError> {
        protocol.check()?;
        let batch = protocol.batch;
        Self::online_of(protocol, model, batch)
    }

    fn online_of(
        protocol: Protocol<M>,
        model: &'a mut Model<T>,
        batch: usize,
    ) -> Result<Self, TrainingError> {
        let engine = Engine::new(&protocol, model, batch)?;
        Ok(Self {
            protocol,
            model,
            source: None,
            assembly: None,
            samples: 0,
            batch,
            engine,
            reduce: Box::new(InOrder),
            validation: None,
            observers: Vec::new(),
            progress: Progress::start(),
            notes: Vec::new(),
            end: None,
        })
    }

    /// Takes cost and accuracy on a data set after every epoch; early stopping watches its cost.
    ///
    /// # Errors
    /// [`TrainingError::Data`] if it does not suit the model.
    pub fn validate(mut self, data: impl Into<Samples<'a, T>>) -> Result<Self, TrainingError> {
        let samples = data.into();
        let of = |error| TrainingError::Data {
            role: DataRole::Validation,
            error,
        };
        self.model.check_source(&samples).map_err(of)?;
        if let Some(source) = &self.source {
            same_classes(&**source, &samples).map_err(of)?;
        }
        let judge = Judge::new(self.model.network(), samples.len()).map_err(of)?;
        self.validation = Some((samples, judge));
        Ok(self)
    }

    /// Adds somebody who is told of every step and epoch and may end the training.
    pub fn observe(mut self, observer: impl Observer + 'a) -> Self {
        self.observers.push(Box::new(observer));
        self
    }

    /// Replaces who adds up the pieces of a mini-batch.
    pub fn reduce(mut self, reduce: impl Reduce<T> + 'a) -> Self {
        self.reduce = Box::new(reduce);
        self
    }

    /// The model as it is now.
    pub fn model(&self) -> &Model<T> {
        self.model
    }

    /// The protocol.
    pub fn protocol(&self) -> &Protocol<M> {
        &self.protocol
    }

    /// The method with its memory.
    pub fn optimiser(&self) -> &gradflow_optim::Optimiser<T, M> {
        &self.engine.optimiser
    }

    /// The finished epochs.
    pub fn epochs(&self) -> &[Epoch] {
        &self.progress.epochs
    }

    /// What should be known of the run so far.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// How the run ended; `None` while it goes on.
    pub fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

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
        if samples > self.batch || samples == 1 {
            self.engine.make_room(network, samples)?;
        }
        let factor = self.factor();
        let parts = self.model.parts();
        (self.engine)
            .descend(parts, &mut *self.reduce, side, factor)
            .map_err(TrainingError::Diverged)
    }

    /// Takes the next step of the epoch at work; the last one finishes it. `None` when the run is over: [`Run::end`] says how.
    ///
    /// # Errors
    /// [`TrainingError`] if the source fails.
    pub fn step(&mut self) -> Result<Option<Step>, TrainingError> {
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

    /// Ends the run where it is: [`End::Interrupted`] unless it was over.
    pub fn stop(mut self) -> History {
        self.close_run()
    }

    fn close_run(&mut self) -> History {
        let progress = core::mem::replace(&mut self.progress, Progress::start());
        let best = (self.protocol.early_stopping).and(progress.best);
        if let Some(best) = &best {
            self.model.put(&best.theta, &best.state);
        }
        History {
            best: best.map(|best| best.epoch),
            epochs: progress.epochs,
            end: self.end.take().unwrap_or(End::Interrupted),
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
        self.protocol
            .by_epoch
            .factor(self.progress.epochs.len() as u64)
            * self.progress.factor
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
    fn next(&mut self) -> Result<Option<Step>, TrainingError> {
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
        let side = assembly.gather(
            &mut **source,
            model.cost(),
            position,
            samples,
            model.workers(),
        )?;
        let factor = self.protocol.by_epoch.factor(epoch as u64 - 1) * progress.factor;
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
        progress.sum += cost * samples as f64;
        progress.position += samples;
        progress.rate = rate;
        let steps = self.samples.div_ceil(self.batch);
        let step = Step {
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

    /// Finishes the epoch if all its steps are done; whether it did.
    fn close(&mut self) -> Result<bool, TrainingError> {
        if self.samples == 0 || self.progress.position < self.samples {
            return Ok(false);
        }
        let number = self.progress.epochs.len() + 1;
        let validation = match &mut self.validation {
            Some((samples, judge)) => Some(judge.brief(self.model, samples)?),
            None => None,
        };
        let epoch = Epoch {
            epoch: number,
            cost: self.progress.sum / self.samples as f64,
            validation,
            rate: self.progress.rate,
            seconds: self.progress.epoch_seconds,
        };
        self.watch(&epoch);
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
        Ok(true)
    }

    /// Plateau, early stopping and the best parameters, after an epoch.
    fn watch(&mut self, epoch: &Epoch) {
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

impl<T: Real, M: Method<T>> fmt::Debug for Run<'_, T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("protocol", &self.protocol)
            .field("epochs", &self.progress.epochs.len())
            .field("position", &self.progress.position)
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}
