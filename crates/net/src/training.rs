//! Training over epochs of shuffled mini-batches.

use core::fmt;
use core::ops::ControlFlow;
use std::time::{Duration, Instant};

use gradflow_data::Dataset;
use gradflow_kernels::Real;
use gradflow_loss::check_sample_weights;
use gradflow_optim::Descent;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::early_stopping::{Best, EarlyStopping};
use crate::history::{End, Epoch, History, Observer, Step, Validation};
use crate::minibatch::MiniBatch;
use crate::{Model, Trainer, TrainingError, Workspace};

/// A training run: epochs of mini-batches in freshly shuffled order, by any update rule.
///
/// ```
/// use gradflow::data::Dataset;
/// use gradflow::optim::Adam;
/// use gradflow::{Activation, Cost, Loss, Model, Network, Output, Shape, Training};
///
/// // Two classes, told apart by the sign of the first component.
/// let inputs = vec![1.0, 0.3, -1.0, 0.1, 0.7, -0.4, -0.6, 0.9];
/// let data = Dataset::<f32>::classification(Shape::vector(2)?, inputs, vec![1, 0, 1, 0], 2)?;
/// let network = Network::builder([2, 1, 1]).dense(2, Activation::Identity).build()?;
/// let mut model = Model::new(network, Cost::new(Output::Softmax, Loss::CategoricalCrossEntropy)?, 1)?;
/// let history = Training::new(Adam::new(0.1)).epochs(50).batch(2).seed(1).run(&mut model, &data)?;
/// assert_eq!(history.epochs.len(), 50);
/// assert_eq!(model.evaluate(&data)?.accuracy(), Some(1.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a training run does nothing until `run` is called"]
pub struct Training<'a, T: Real> {
    descent: Descent<T>,
    epochs: usize,
    batch: usize,
    seed: u64,
    frozen: Vec<usize>,
    sample_weights: Option<&'a [T]>,
    validation: Option<&'a Dataset<T>>,
    early_stopping: Option<EarlyStopping>,
    observer: Option<&'a mut dyn Observer>,
}

impl<'a, T: Real> Training<'a, T> {
    /// One epoch of mini-batches of 32, shuffled from seed 0, by this rule, with its trap, clipping and schedule if any.
    pub fn new(descent: impl Into<Descent<T>>) -> Self {
        Self {
            descent: descent.into(),
            epochs: 1,
            batch: 32,
            seed: 0,
            frozen: Vec::new(),
            sample_weights: None,
            validation: None,
            early_stopping: None,
            observer: None,
        }
    }

    /// Passes over the training set.
    pub fn epochs(mut self, epochs: usize) -> Self {
        self.epochs = epochs;
        self
    }

    /// Samples in a mini-batch; the last one of an epoch may be shorter, and its cost is averaged over what it has (19).
    pub fn batch(mut self, samples: usize) -> Self {
        self.batch = samples;
        self
    }

    /// Seed of the shuffling.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Layers, counted from 0, whose parameters stay as they are.
    pub fn freeze(mut self, layers: impl IntoIterator<Item = usize>) -> Self {
        self.frozen.extend(layers);
        self
    }

    /// A weight for each sample of the training set: the cost of a batch is `sum w_s L_s / sum w_s`.
    /// Class weights become sample weights by [`gradflow_loss::class_weights`].
    pub fn sample_weights(mut self, weights: &'a [T]) -> Self {
        self.sample_weights = Some(weights);
        self
    }

    /// A data set on which cost and accuracy are taken after every epoch.
    pub fn validation(mut self, data: &'a Dataset<T>) -> Self {
        self.validation = Some(data);
        self
    }

    /// Stop early by the cost on the validation set. The best parameters come back however the run ends.
    pub fn early_stopping(mut self, early_stopping: EarlyStopping) -> Self {
        self.early_stopping = Some(early_stopping);
        self
    }

    /// Somebody who is told of every step and epoch and may end the training.
    pub fn observe(mut self, observer: &'a mut dyn Observer) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Trains the model. A divergence is not an error: the history says so, and the model keeps its last finite parameters.
    ///
    /// # Errors
    /// [`TrainingError`] if the run cannot start; the model is then as it was.
    pub fn run(
        mut self,
        model: &mut Model<T>,
        train: &Dataset<T>,
    ) -> Result<History, TrainingError> {
        self.check(model, train)?;
        let mut trainer = Trainer::new(model, self.descent.clone(), self.batch.min(train.len()))?;
        trainer.freeze(model, &self.frozen)?;
        let mut run = Run {
            batch: MiniBatch::new(train, self.sample_weights, self.batch),
            order: (0..train.len()).collect(),
            rng: shuffling(self.seed),
            best: Best::new(self.early_stopping),
            validation: self
                .validation
                .map(|data| (data, Workspace::new(model.network(), data.len().min(256)))),
            epochs: self.epochs,
            trainer,
            epoch: 0,
            training: Duration::ZERO,
        };
        let mut history = History {
            epochs: Vec::with_capacity(self.epochs.min(1024)),
            end: End::Completed,
            best: None,
            seconds: 0.0,
            samples: train.len(),
        };
        for epoch in 1..=self.epochs {
            run.epoch = epoch;
            if let ControlFlow::Break(end) =
                run.epoch(model, self.observer.as_deref_mut(), &mut history)
            {
                history.end = end;
                break;
            }
        }
        history.best = run.best.restore(model);
        history.seconds = run.training.as_secs_f64();
        Ok(history)
    }

    /// Everything that can be wrong, before anything changes.
    fn check(&self, model: &Model<T>, train: &Dataset<T>) -> Result<(), TrainingError> {
        let of = |role| move |error| TrainingError::Model { role, error };
        model.check_data(train).map_err(of("training data"))?;
        if let Some(data) = self.validation {
            model.check_data(data).map_err(of("validation data"))?;
        } else if self.early_stopping.is_some() {
            return Err(TrainingError::NoValidation);
        }
        if let Some(EarlyStopping { min_decrease, .. }) = self.early_stopping
            && !(min_decrease.is_finite() && min_decrease >= 0.0)
        {
            return Err(TrainingError::MinDecrease { min_decrease });
        }
        if self.batch == 0 {
            return Err(TrainingError::EmptyBatch);
        }
        match self.sample_weights {
            Some(weights) => check_sample_weights(train.len(), weights)
                .map_err(|error| of("sample weights")(error.into())),
            None => Ok(()),
        }
    }
}

impl<T: Real> fmt::Debug for Training<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Training")
            .field("descent", &self.descent)
            .field("epochs", &self.epochs)
            .field("batch", &self.batch)
            .field("seed", &self.seed)
            .field("frozen", &self.frozen)
            .field("early_stopping", &self.early_stopping)
            .finish_non_exhaustive()
    }
}

/// The generator of the shuffling: far from the stream from which the same seed draws initial parameters.
fn shuffling(seed: u64) -> Xoshiro256PlusPlus {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    rng.jump();
    rng
}

/// What changes during a run.
struct Run<'a, T: Real> {
    trainer: Trainer<T>,
    batch: MiniBatch<'a, T>,
    order: Vec<usize>,
    rng: Xoshiro256PlusPlus,
    best: Best<T>,
    validation: Option<(&'a Dataset<T>, Workspace<T>)>,
    epochs: usize,
    epoch: usize,
    /// Time of shuffling, steps and nothing else.
    training: Duration,
}

impl<T: Real> Run<'_, T> {
    fn epoch(
        &mut self,
        model: &mut Model<T>,
        mut observer: Option<&mut (dyn Observer + '_)>,
        history: &mut History,
    ) -> ControlFlow<End> {
        let start = Instant::now();
        let result = self.steps(model, observer.as_deref_mut());
        let elapsed = start.elapsed();
        self.training += elapsed;
        let cost = match result {
            Ok(cost) => cost,
            Err(end) => return ControlFlow::Break(end),
        };
        let validation = self.validation.as_mut().and_then(|(data, workspace)| {
            let evaluation = crate::Evaluation::of(model, data, workspace).ok()?;
            Some(Validation {
                cost: evaluation.cost,
                accuracy: evaluation.accuracy(),
            })
        });
        let epoch = Epoch {
            epoch: self.epoch,
            cost,
            validation,
            seconds: elapsed.as_secs_f64(),
        };
        let better = epoch
            .validation
            .as_ref()
            .map(|v| self.best.note(self.epoch, v.cost, model.theta()));
        let told = observer.map_or(ControlFlow::Continue(()), |observer| observer.epoch(&epoch));
        history.epochs.push(epoch);
        match (told, better) {
            (ControlFlow::Break(()), _) => ControlFlow::Break(End::Interrupted),
            (_, Some(ControlFlow::Break(best))) => ControlFlow::Break(End::EarlyStopped { best }),
            _ => ControlFlow::Continue(()),
        }
    }

    /// The mini-batches of one epoch in fresh order; the mean of their costs, each weighted by its samples.
    fn steps(
        &mut self,
        model: &mut Model<T>,
        mut observer: Option<&mut (dyn Observer + '_)>,
    ) -> Result<f64, End> {
        self.order.shuffle(&mut self.rng);
        let steps = self.order.len().div_ceil(self.batch.size());
        let mut sum = 0.0;
        for (step, samples) in self.order.chunks(self.batch.size()).enumerate() {
            let (x, y, weights) = self.batch.gather(samples, model.workers());
            let cost = self
                .trainer
                .descend(model, x, y, weights)
                .map_err(|diverged| End::Diverged {
                    epoch: self.epoch,
                    step: step + 1,
                    reason: diverged,
                })?;
            sum += cost * samples.len() as f64;
            if let Some(observer) = observer.as_deref_mut() {
                let taken = (self.epoch - 1) * steps + step + 1;
                observer.step(&Step {
                    epoch: self.epoch,
                    taken,
                    total: self.epochs.saturating_mul(steps),
                    cost,
                });
            }
        }
        Ok(sum / self.order.len() as f64)
    }
}
