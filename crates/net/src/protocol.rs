//! How a model is trained, as plain data.

use gradflow_optim::{Descent, IntoDescent, OptimError, Rule, Schedule};

use crate::TrainingError;
use crate::patience::Patience;

/// How a model is trained: optimiser, epochs, mini-batch size, seed. Plain data, to be written to a file.
///
/// In every epoch the samples come in another order, and each mini-batch is a step of the optimiser ([`Descent`]: an update rule, with
/// schedule, L2 regularisation and clipping if any).
///
/// [`Protocol::train`] trains from start to end. A [`Run`](crate::Run) does the same and lets you watch, validate, go step by step, put down
/// and take up again.
///
/// ```
/// use gradflow::data::Dataset;
/// use gradflow::optim::Adam;
/// use gradflow::{Activation, Cost, Model, Network, Protocol, Shape};
///
/// // Two classes, told apart by the sign of the first component.
/// let inputs = vec![1.0, 0.3, -1.0, 0.1, 0.7, -0.4, -0.6, 0.9];
/// let data = Dataset::<f32>::classification(Shape::vector(2)?, inputs, vec![1, 0, 1, 0], 2)?;
/// let network = Network::builder([2, 1, 1]).dense(2, Activation::Identity).build()?;
/// let mut model = Model::new(network, Cost::classification(), 1)?;
/// let protocol = Protocol::new(Adam::new(0.1)).epochs(50).batch(2).seed(1);
/// let history = protocol.train(&mut model, &data)?;
/// assert_eq!(history.epochs.len(), 50);
/// assert_eq!(model.evaluate(&data)?.accuracy(), Some(1.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[must_use = "a protocol does nothing until it trains a model"]
pub struct Protocol<M = Rule> {
    /// The optimiser: the update rule, with its schedule by steps, trap (L2 regularisation) and clipping if any.
    pub descent: Descent<M>,
    /// Passes over the training set.
    #[cfg_attr(feature = "serde", serde(default = "usual_epochs"))]
    pub epochs: usize,
    /// Mini-batch size, in samples; the last mini-batch of an epoch may be shorter, and its cost is averaged over what it has (19).
    #[cfg_attr(feature = "serde", serde(default = "usual_batch"))]
    pub batch: usize,
    /// Pieces into which a mini-batch is cut, whose gradients are added up in order: the bits depend on it, not on who adds.
    #[cfg_attr(feature = "serde", serde(default = "usual_pieces"))]
    pub pieces: usize,
    /// Seed of the order of the samples and of the layers' random draws.
    #[cfg_attr(feature = "serde", serde(default))]
    pub seed: u64,
    /// Layers, counted from 0, whose parameters and state stay as they are.
    #[cfg_attr(feature = "serde", serde(default))]
    pub frozen: Vec<usize>,
    /// Factor on the learning rate for each epoch, beside the descent's own for each step.
    #[cfg_attr(feature = "serde", serde(default))]
    pub by_epoch: Schedule,
    /// Lower the learning rate when the cost no longer falls.
    #[cfg_attr(feature = "serde", serde(default))]
    pub plateau: Option<Plateau>,
    /// End when the cost no longer falls.
    #[cfg_attr(feature = "serde", serde(default))]
    pub early_stopping: Option<EarlyStopping>,
    /// How slowly a moving average of the parameters forgets; see [`Protocol::average`].
    #[cfg_attr(feature = "serde", serde(default))]
    pub average: Option<f64>,
}

/// End a run when the validation cost no longer falls; the parameters of the lowest cost come back, however the run ends. Keras'
/// `EarlyStopping(restore_best_weights=True)`, with `min_decrease` for `min_delta`.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields, default)
)]
pub struct EarlyStopping {
    /// The run ends after so many epochs in a row whose cost is not lower by `min_decrease` than the last that was.
    pub patience: usize,
    /// The least decrease of the validation cost that counts.
    pub min_decrease: f64,
}

impl Default for EarlyStopping {
    /// Ten epochs without any decrease.
    fn default() -> Self {
        Self {
            patience: 10,
            min_decrease: 0.0,
        }
    }
}

/// Lower the learning rate when the cost no longer falls, that on the validation set if there is one, else that of the epoch:
/// `ReduceLROnPlateau` in Keras and PyTorch.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields, default)
)]
pub struct Plateau {
    /// What the rate is multiplied by, in (0, 1).
    pub factor: f64,
    /// After so many epochs in a row whose cost is not lower by `min_decrease`.
    pub patience: usize,
    /// The least decrease of the cost that counts.
    pub min_decrease: f64,
    /// The factors together do not fall below this.
    pub floor: f64,
}

impl Default for Plateau {
    /// A tenth of the rate after ten epochs without any decrease, at the least a millionth.
    fn default() -> Self {
        Self {
            factor: 0.1,
            patience: 10,
            min_decrease: 0.0,
            floor: 1e-6,
        }
    }
}

fn usual_epochs() -> usize {
    1
}
fn usual_batch() -> usize {
    32
}
fn usual_pieces() -> usize {
    1
}

impl Protocol {
    /// One epoch of mini-batches of 32, shuffled from seed 0, by this update rule of the library, such as `Adam::new(0.01)`, or by a
    /// [`Descent`] of it with schedule, L2 regularisation and clipping. For a rule of your own: [`Protocol::of`].
    pub fn new(descent: impl IntoDescent) -> Self {
        Self::of(descent)
    }
}

impl<M> Protocol<M> {
    /// The same with any update rule, as a [`Descent`], or one of the library, as in [`Protocol::new`]. One of your own, such as Lion (Chen et al. 2023), trains with all that the library's do: traps,
    /// schedules, freezing, early stopping, and runs that are put down and taken up again.
    ///
    /// ```
    /// use gradflow::optim::{Method, NonFinite, Step};
    ///
    /// #[derive(Debug, Clone)]
    /// struct Lion(f64);
    ///
    /// impl Method<f32> for Lion {
    ///     type State = Vec<f32>;
    ///     fn init(&self, q: &[f32]) -> Vec<f32> {
    ///         vec![0.0; q.len()]
    ///     }
    ///     fn step(&self, at: Step<'_, f32>, m: &mut Vec<f32>) -> Result<(), NonFinite> {
    ///         for ((q, j), m) in at.q.iter_mut().zip(at.j).zip(m) {
    ///             let u = 0.9 * *m + 0.1 * j;
    ///             let sign = f32::from(u > 0.0) - f32::from(u < 0.0); // 0 of 0, where `signum` gives 1
    ///             *q -= (self.0 * at.factor) as f32 * sign;
    ///             *m = 0.99 * *m + 0.01 * j;
    ///         }
    ///         Ok(())
    ///     }
    ///     fn rate(&self) -> f64 {
    ///         self.0
    ///     }
    /// }
    ///
    /// # use gradflow::data::Dataset;
    /// # use gradflow::optim::{Descent, Schedule, Trap};
    /// # use gradflow::{Activation, Cost, EarlyStopping, Model, Network, Protocol, Run, Shape, Snapshot};
    /// # let inputs = vec![1.0, 0.3, -1.0, 0.1, 0.7, -0.4, -0.6, 0.9];
    /// # let data = Dataset::<f32>::classification(Shape::vector(2)?, inputs, vec![1, 0, 1, 0], 2)?;
    /// # let network = Network::builder([2, 1, 1]).dense(3, Activation::Tanh).dense(2, Activation::Identity).build()?;
    /// # let mut model = Model::new(network, Cost::classification(), 1)?;
    /// let descent = Descent::of(Lion(0.05))
    ///     .with_trap(Trap::new(1e-4))
    ///     .with_schedule(Schedule::Cosine { steps: 60, floor: 0.1 });
    /// let protocol = Protocol::of(descent)
    ///     .epochs(30)
    ///     .batch(2)
    ///     .freeze([0])
    ///     .early_stopping(EarlyStopping::default());
    /// let mut run = Run::new(protocol.clone(), &mut model, &data)?.validate(&data)?;
    /// run.step()?;
    /// let text = serde_json::to_string(&run.snapshot())?;
    /// drop(run);
    /// let mut run = Run::new(protocol, &mut model, &data)?.validate(&data)?;
    /// run.resume(serde_json::from_str(&text)?)?;
    /// run.finish()?;
    /// assert_eq!(model.evaluate(&data)?.accuracy(), Some(1.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of(descent: impl IntoDescent<M>) -> Self {
        Self {
            descent: descent.into(),
            epochs: usual_epochs(),
            batch: usual_batch(),
            pieces: usual_pieces(),
            seed: 0,
            frozen: Vec::new(),
            by_epoch: Schedule::Constant,
            plateau: None,
            early_stopping: None,
            average: None,
        }
    }

    /// Sets the number of epochs: passes over the training set.
    pub fn epochs(self, epochs: usize) -> Self {
        Self { epochs, ..self }
    }

    /// Sets the mini-batch size, in samples; Keras' `batch_size`.
    pub fn batch(self, samples: usize) -> Self {
        Self {
            batch: samples,
            ..self
        }
    }

    /// Pieces of a mini-batch.
    pub fn pieces(self, pieces: usize) -> Self {
        Self { pieces, ..self }
    }

    /// Seed of the order of the samples and of the layers' random draws.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Freezes layers, counted from 0: they stay as they are.
    pub fn freeze(mut self, layers: impl IntoIterator<Item = usize>) -> Self {
        self.frozen.extend(layers);
        self
    }

    /// Sets a factor on the learning rate for each epoch; epoch 1 has `schedule.factor(0)`.
    pub fn by_epoch(self, schedule: Schedule) -> Self {
        Self {
            by_epoch: schedule,
            ..self
        }
    }

    /// Lowers the learning rate when the cost no longer falls.
    pub fn plateau(self, plateau: Plateau) -> Self {
        Self {
            plateau: Some(plateau),
            ..self
        }
    }

    /// Keeps the moving average `E <- d E + (1 - d) theta` after each step, divided by `1 - d^n`, with `d` in (0, 1), such as 0.999; that of
    /// the layers' state alike. It is what validation and early stopping look at, and what the model has in the end, or when
    /// the run is [stopped](crate::Run::stop); the steps go on from the parameters themselves. Keras' `use_ema`.
    ///
    /// ```
    /// # use gradflow::{Activation, Cost, Dataset, Model, Network, Protocol, optim::GradientDescent};
    /// # let data = Dataset::<f32>::regression(1, vec![0.0, 1.0, 2.0], 1, vec![0.0, 2.0, 4.5])?;
    /// # let network = Network::builder(1).dense(1, Activation::Identity).build()?;
    /// # let mut model = Model::new(network, Cost::regression(), 1)?;
    /// // Mini-batches of one sample make the parameters jitter; their average does not.
    /// let protocol = Protocol::new(GradientDescent { rate: 0.1 }).epochs(100).batch(1);
    /// protocol.average(0.98).train(&mut model, &data)?;
    /// # Ok::<(), gradflow::Error>(())
    /// ```
    pub fn average(self, decay: f64) -> Self {
        Self {
            average: Some(decay),
            ..self
        }
    }

    /// Ends the run when the cost on the validation set no longer falls; the set is given by [`Run::validate`](crate::Run::validate).
    pub fn early_stopping(self, early_stopping: EarlyStopping) -> Self {
        Self {
            early_stopping: Some(early_stopping),
            ..self
        }
    }

    /// What means nothing, whatever the model.
    pub(crate) fn check(&self) -> Result<(), TrainingError> {
        if self.batch == 0 {
            return Err(TrainingError::EmptyBatch);
        }
        if self.pieces == 0 {
            return Err(TrainingError::NoPieces);
        }
        if let Some(decay) = self.average.filter(|decay| !(*decay > 0.0 && *decay < 1.0)) {
            return Err(TrainingError::Decay { decay });
        }
        self.by_epoch.validate()?;
        let decreases = [
            self.early_stopping.map(|stop| stop.min_decrease),
            self.plateau.map(|plateau| plateau.min_decrease),
        ];
        for min_decrease in decreases.into_iter().flatten() {
            if !(min_decrease.is_finite() && min_decrease >= 0.0) {
                return Err(TrainingError::MinDecrease { min_decrease });
            }
        }
        self.plateau.map_or(Ok(()), |plateau| plateau.validate())
    }
}

impl EarlyStopping {
    /// Whether patience is at an end with this cost.
    pub(crate) fn is_over(&self, patience: &mut Patience, cost: f64) -> bool {
        patience.note(cost, self.min_decrease) >= self.patience.max(1)
    }
}

impl Plateau {
    fn validate(&self) -> Result<(), TrainingError> {
        let Self { factor, floor, .. } = *self;
        let wrong = if !(factor > 0.0 && factor < 1.0) {
            ("factor", "in (0, 1)", factor)
        } else if !(0.0..=1.0).contains(&floor) {
            ("floor", "in [0, 1]", floor)
        } else {
            return Ok(());
        };
        let (field, expected, value) = wrong;
        Err(TrainingError::Method(OptimError::Constant {
            of: "Plateau",
            field,
            expected,
            value,
        }))
    }

    /// The factor after an epoch with this cost.
    pub(crate) fn next(&self, patience: &mut Patience, factor: f64, cost: f64) -> f64 {
        if patience.note(cost, self.min_decrease) < self.patience.max(1) {
            return factor;
        }
        patience.waited = 0;
        (factor * self.factor).max(self.floor)
    }
}
