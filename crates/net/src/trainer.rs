//! One training step.

use core::ops::Range;

use gradflow_kernels::Real;
use gradflow_optim::{Descent, Diverged, Optimiser};

use crate::{Model, ModelError, Network, Risk, Tape, TrainingError};

/// What a training step needs beside the model: the descent with its state, and the memory of the passes.
///
/// [`crate::Training`] drives one through epochs; use it directly for a loop of your own. A step allocates nothing.
///
/// ```
/// use gradflow::{Activation, Cost, Loss, Model, Network, Output, Trainer, optim::Adam};
///
/// let network = Network::<f32>::builder([2, 1, 1]).dense(1, Activation::Identity).build()?;
/// let mut model = Model::new(network, Cost::new(Output::Identity, Loss::SquaredError)?, 1)?;
/// let mut trainer = Trainer::new(&model, Adam::new(0.1), 2)?;
/// let (x, y) = ([0.0, 1.0, 1.0, 0.0], [1.0, -1.0]); // two samples of two inputs, one output
/// let first = trainer.step(&mut model, &x, &y)?;
/// for _ in 0..200 {
///     trainer.step(&mut model, &x, &y)?;
/// }
/// assert!(trainer.step(&mut model, &x, &y)? < first);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Trainer<T: Real> {
    optimiser: Optimiser<T>,
    tape: Tape<T>,
    frozen: Frozen<T>,
}

impl<T: Real> Trainer<T> {
    /// Prepares steps on batches of up to `samples` samples at a time; larger ones are taken in pieces of that size.
    ///
    /// # Errors
    /// [`TrainingError`] if the constants of the rule are invalid, or `samples` is 0 or beyond all memory.
    pub fn new(
        model: &Model<T>,
        descent: impl Into<Descent<T>>,
        samples: usize,
    ) -> Result<Self, TrainingError> {
        if samples == 0 {
            return Err(TrainingError::EmptyBatch);
        }
        if !model.network().holds(samples) {
            return Err(TrainingError::BatchTooLarge { samples });
        }
        let optimiser = Optimiser::new(descent.into(), model.theta())?;
        Ok(Self {
            optimiser: optimiser.with_workers(model.workers().clone()),
            tape: Tape::new(model.network(), samples),
            frozen: Frozen::new(model.network(), &[])?,
        })
    }

    /// Keeps the parameters of these layers, counted from 0, as they are.
    ///
    /// # Errors
    /// [`TrainingError::NoSuchLayer`].
    pub fn freeze(&mut self, model: &Model<T>, layers: &[usize]) -> Result<(), TrainingError> {
        self.frozen = Frozen::new(model.network(), layers)?;
        Ok(())
    }

    /// Takes one step on a batch: forward, backward, update. Returns the cost before the step.
    ///
    /// # Errors
    /// [`TrainingError::Model`] if inputs `x` and targets `y`, sample after sample, do not fit the model, or a target
    /// is one for which the loss is not defined;
    /// [`TrainingError::Diverged`] if cost or gradient are not finite: the model then keeps the parameters it had.
    pub fn step(&mut self, model: &mut Model<T>, x: &[T], y: &[T]) -> Result<f64, TrainingError> {
        let of_batch = |error| TrainingError::Model {
            role: "batch",
            error,
        };
        model.network().check_samples(x, y).map_err(of_batch)?;
        let output = model.network().output();
        let targets = output.columns(y, y.len() / output.len());
        (model.cost().check_targets(targets)).map_err(|error| of_batch(error.into()))?;
        if !self.tape.fits(model.network()) {
            return Err(TrainingError::Model {
                role: "trainer",
                error: ModelError::Workspace,
            });
        }
        self.descend(model, x, y, None)
            .map_err(TrainingError::Diverged)
    }

    /// [`Trainer::step`] on sizes that were checked.
    pub(crate) fn descend(
        &mut self,
        model: &mut Model<T>,
        x: &[T],
        y: &[T],
        weights: Option<&[T]>,
    ) -> Result<f64, Diverged> {
        let (network, cost, workers, theta) = model.parts();
        let samples = x.len() / network.input().len();
        let (x, y) = (
            network.input().columns(x, samples),
            network.output().columns(y, samples),
        );
        self.frozen.keep(theta);
        let mut risk = Risk::checked(network, cost, x, y, &mut self.tape, workers)
            .weighted(weights)
            .freeze(&self.frozen.ranges, self.frozen.first);
        let cost = self.optimiser.step(&mut risk, theta)?;
        self.frozen.restore(theta);
        Ok(cost)
    }
}

/// Ranges of `theta` that stay as they are. Their gradient is zero, but traps, decay and momentum from before may still
/// move parameters: after each step the values from before it are put back.
#[derive(Debug, Clone)]
struct Frozen<T> {
    ranges: Vec<Range<usize>>,
    /// The first layer with a gradient.
    first: usize,
    kept: Vec<T>,
}

impl<T: Real> Frozen<T> {
    fn new(network: &Network<T>, layers: &[usize]) -> Result<Self, TrainingError> {
        let placed = network.placed();
        if let Some(layer) = layers.iter().copied().find(|layer| *layer >= placed.len()) {
            return Err(TrainingError::NoSuchLayer {
                layer,
                last: placed.len() - 1,
            });
        }
        let is_frozen = |l: usize| layers.contains(&l);
        let ranges: Vec<_> = (0..placed.len())
            .filter(|l| is_frozen(*l))
            .map(|l| placed[l].range.clone())
            .collect();
        let trains = |l: usize| !is_frozen(l) && !placed[l].range.is_empty();
        Ok(Self {
            kept: vec![T::ZERO; ranges.iter().map(|range| range.len()).sum()],
            ranges,
            first: (0..placed.len())
                .find(|l| trains(*l))
                .unwrap_or(placed.len()),
        })
    }

    fn keep(&mut self, theta: &[T]) {
        let mut kept = &mut self.kept[..];
        for range in &self.ranges {
            let (now, rest) = kept.split_at_mut(range.len());
            now.copy_from_slice(&theta[range.clone()]);
            kept = rest;
        }
    }

    fn restore(&self, theta: &mut [T]) {
        let mut kept = &self.kept[..];
        for range in &self.ranges {
            let (now, rest) = kept.split_at(range.len());
            theta[range.clone()].copy_from_slice(now);
            kept = rest;
        }
    }
}
