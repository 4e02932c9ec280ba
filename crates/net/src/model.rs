//! A network with its parameters: what predicts.

use core::ops::Range;

use gradflow_kernels::{Real, Workers};
use gradflow_layers::Own;
use gradflow_loss::{Cost, Output};
use gradflow_tensor::{Batch, BatchMut};

use crate::checks::{check_cost, check_shape, check_size, check_state, check_theta};
use crate::memory::{Aligned, reserve};
use crate::{Arena, ModelError, Network, Source, TargetKind};

/// Samples that one pass of a prediction over a large batch takes at a time: enough to keep the matrix products busy.
pub(crate) const CHUNK: usize = 256;

/// A network with its parameters (weights and biases, `theta`), the state of its layers, and its cost.
///
/// [`Model::predict`] gives `zeta(p(x))`: `p` is the network's output, `zeta` the cost's output map, such as soft-max.
///
/// A model is `Send + Sync`: many threads may predict from one at the same time. A [`Protocol`](crate::Protocol) trains it.
///
/// ```
/// use gradflow::{Activation, Cost, Model, Network};
///
/// let network = Network::<f32>::builder([2, 1, 1]).dense(3, Activation::Identity).build()?;
/// let model = Model::new(network, Cost::classification(), 1)?;
/// let probabilities = model.predict(&[0.5, -1.0])?;
/// assert!((probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Model<T: Real> {
    network: Network<T>,
    theta: Aligned<T>,
    state: Vec<T>,
    cost: Cost,
    workers: Workers,
}

/// A model in its parts, of which a step changes the last two.
pub(crate) struct Parts<'a, T: Real> {
    pub(crate) network: &'a Network<T>,
    pub(crate) cost: &'a Cost,
    pub(crate) workers: &'a Workers,
    pub(crate) theta: &'a mut [T],
    pub(crate) state: &'a mut [T],
}

impl<T: Real> Model<T> {
    /// Joins a network and a cost, and draws the parameters from the seed. Uses all cores; see [`Model::with_threads`].
    ///
    /// # Errors
    /// [`ModelError`] if the network's output does not suit the cost: soft-max of one output, weights of another
    /// number of components, cross-entropy of outputs that do not lie in (0, 1), a logistic activation before an identity
    /// output and a cross-entropy, or before a logistic output; or if there is no memory for the parameters.
    pub fn new(network: Network<T>, cost: Cost, seed: u64) -> Result<Self, ModelError> {
        check_cost(&network, &cost)?;
        let theta = network.initialise(seed)?;
        Self::with_parameters(network, cost, theta)
    }

    /// Joins a network, a cost and parameters from elsewhere, laid out as [`Network::blocks`] says; the state of the layers is that
    /// before any training.
    ///
    /// # Errors
    /// As [`Model::new`]; also if `theta` has another length or a value that is not finite.
    pub fn with_parameters(
        network: Network<T>,
        cost: Cost,
        theta: Vec<T>,
    ) -> Result<Self, ModelError> {
        check_cost(&network, &cost)?;
        check_theta(&network, &theta)?;
        Ok(Self {
            state: network.initial_state()?,
            network,
            theta: Aligned::of(&theta, "the parameters")?,
            cost,
            workers: Workers::default(),
        })
    }

    /// The same with another network, which computes the same function, its parameters and its state.
    pub(crate) fn with_network(
        &self,
        network: Network<T>,
        theta: Vec<T>,
        state: Vec<T>,
    ) -> Result<Self, ModelError> {
        Ok(Self {
            network,
            theta: Aligned::of(&theta, "the parameters")?,
            state,
            cost: self.cost.clone(),
            workers: self.workers.clone(),
        })
    }

    /// Sets the number of threads, the calling one included; 0 stands for all cores.
    /// Results have the same bits for any number.
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.workers = Workers::new(threads);
        self
    }

    /// The network.
    pub fn network(&self) -> &Network<T> {
        &self.network
    }

    /// The parameters: weights and biases of all layers, laid out as [`Network::blocks`] says.
    pub fn theta(&self) -> &[T] {
        &self.theta
    }

    /// The state of the layers that is no parameter: running statistics.
    pub fn state(&self) -> &[T] {
        &self.state
    }

    /// Replaces the parameters.
    ///
    /// # Errors
    /// [`ModelError`] if the length differs or a value is not finite; the model then keeps what it had.
    pub fn set_theta(&mut self, theta: Vec<T>) -> Result<(), ModelError> {
        self.check_theta(&theta)?;
        self.theta.copy_from_slice(&theta);
        Ok(())
    }

    /// Replaces the state of the layers.
    ///
    /// # Errors
    /// As [`Model::set_theta`].
    pub fn set_state(&mut self, state: Vec<T>) -> Result<(), ModelError> {
        self.check_state(&state)?;
        self.state = state;
        Ok(())
    }

    /// The cost.
    pub fn cost(&self) -> &Cost {
        &self.cost
    }

    /// The threads that predictions use.
    pub fn workers(&self) -> &Workers {
        &self.workers
    }

    /// What a training step works on.
    pub(crate) fn parts(&mut self) -> Parts<'_, T> {
        Parts {
            network: &self.network,
            cost: &self.cost,
            workers: &self.workers,
            theta: &mut self.theta,
            state: &mut self.state,
        }
    }

    /// Parameters and state that were checked.
    pub(crate) fn put(&mut self, theta: &[T], state: &[T]) {
        self.theta.copy_from_slice(theta);
        self.state.copy_from_slice(state);
    }

    /// Exchanges parameters and state of the model's own lengths.
    pub(crate) fn swap(&mut self, theta: &mut [T], state: &mut [T]) {
        self.theta.swap_with_slice(theta);
        self.state.swap_with_slice(state);
    }

    /// Values of a block that were checked.
    pub(crate) fn put_block(&mut self, range: Range<usize>, values: &[T]) {
        self.theta[range].copy_from_slice(values);
    }

    fn own(&self) -> Own<'_, T> {
        Own {
            theta: &self.theta,
            state: &self.state,
        }
    }

    /// Whether a source's samples and targets are of the network's sizes, and the targets such that the cost is defined.
    pub(crate) fn check_source(&self, source: &dyn Source<T>) -> Result<(), ModelError> {
        check_shape(self.network.input(), source.shape())?;
        if source.is_empty() {
            return Err(ModelError::NoSamples);
        }
        let outputs = self.network.output().len();
        let (expected, came) = match source.targets() {
            TargetKind::Classes(classes) => (self.cost.classes(outputs), classes),
            TargetKind::Values(values) => (outputs, values),
        };
        check_size(expected, came, |expected, came| match source.targets() {
            TargetKind::Classes(_) => ModelError::Classes { expected, came },
            TargetKind::Values(_) => ModelError::OutputSize {
                classes: self.cost.output() == Output::Softmax,
                expected,
                came,
            },
        })?;
        source.check_targets(&self.cost)
    }

    /// Whether inputs and targets are whole samples of this network, as many of each, at least one; how many.
    pub(crate) fn check_samples(&self, x: &[T], y: &[T]) -> Result<usize, ModelError> {
        let (inputs, outputs) = (self.network.input().len(), self.network.output().len());
        if x.is_empty() || !x.len().is_multiple_of(inputs) {
            return Err(ModelError::Inputs {
                expected: inputs,
                came: x.len(),
            });
        }
        let samples = x.len() / inputs;
        if samples.checked_mul(outputs) != Some(y.len()) {
            return Err(ModelError::Targets {
                samples,
                outputs,
                came: y.len(),
            });
        }
        Ok(samples)
    }

    /// Whether `x` is one sample.
    pub(crate) fn check_sample(&self, x: &[T]) -> Result<(), ModelError> {
        let expected = self.network.input();
        check_size(expected.len(), x.len(), |_, came| ModelError::InputSize {
            expected,
            came,
        })
    }

    pub(crate) fn check_theta(&self, theta: &[T]) -> Result<(), ModelError> {
        check_theta(&self.network, theta)
    }

    pub(crate) fn check_state(&self, state: &[T]) -> Result<(), ModelError> {
        check_state(&self.network, state)
    }

    /// Computes the prediction `zeta(p(x))` for one sample, one number for each output: probabilities behind soft-max or the logistic function.
    /// Allocates; [`Model::predict_into`] does not.
    ///
    /// # Errors
    /// [`ModelError::InputSize`] if `x` is not one sample.
    pub fn predict(&self, x: &[T]) -> Result<Vec<T>, ModelError> {
        self.check_sample(x)?;
        self.predict_batch(self.network.input().columns(x, 1))
    }

    /// Computes the predictions `zeta(p(x))` for every sample of a batch of any size, one sample's outputs after the other's.
    ///
    /// ```
    /// use gradflow::{Activation, Batch, Cost, Model, Network};
    ///
    /// let network = Network::<f64>::builder(2).dense(1, Activation::Identity).build()?;
    /// let model = Model::with_parameters(network, Cost::regression(), vec![1.0, 10.0, 0.5])?;
    /// let x = [1.0, 2.0, 3.0, 4.0]; // two samples of two inputs
    /// assert_eq!(model.predict_batch(Batch::new(&x, 2)?)?, [21.5, 43.5]);
    /// # Ok::<(), gradflow::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ModelError::InputSize`] if the samples are of another size than the network's input.
    pub fn predict_batch(&self, x: Batch<'_, T>) -> Result<Vec<T>, ModelError> {
        let mut out = self.outputs(x)?;
        let samples = x.samples();
        self.cost
            .map(self.network.output().columns_mut(&mut out, samples));
        Ok(out)
    }

    /// Computes the outputs `p(x)` before `zeta` (logits, where soft-max follows), for every sample of a batch of any size, one sample's
    /// outputs after the other's.
    ///
    /// # Errors
    /// As [`Model::predict_batch`].
    pub fn outputs(&self, x: Batch<'_, T>) -> Result<Vec<T>, ModelError> {
        let (samples, size) = (x.samples(), self.network.output().len());
        let len = samples.saturating_mul(size);
        let mut out = reserve(len, "the outputs of a batch")?;
        let mut arena = Arena::prediction(&self.network, samples.min(CHUNK))?;
        let p = self.network.output().columns_mut(&mut out, samples);
        self.outputs_into(x, p, &mut arena)?;
        Ok(out)
    }

    /// Computes `zeta(p(x))` for every sample of a batch into memory of the caller; allocates nothing.
    ///
    /// # Errors
    /// [`ModelError`] if the samples are of another size than the network's input, `out` is not as long as their outputs
    /// together, or the arena was made for something else than predictions of this network.
    pub fn predict_into(
        &self,
        x: Batch<'_, T>,
        out: &mut [T],
        arena: &mut Arena<T>,
    ) -> Result<(), ModelError> {
        let (output, samples) = (self.network.output(), x.samples());
        let expected = samples.saturating_mul(output.len());
        check_size(expected, out.len(), |expected, came| ModelError::Room {
            expected,
            came,
        })?;
        let mut out = output.columns_mut(out, samples);
        self.outputs_into(x, out.reborrow(), arena)?;
        self.cost.map(out);
        Ok(())
    }

    /// The most probable class of one sample: the largest output (the first of equals); for a network with one output,
    /// class 1 iff it is at least 1/2, by (15), or with the hinge loss at least 0. Inputs are not scanned: a NaN among them gives NaN outputs, and class 0.
    ///
    /// # Errors
    /// As [`Model::predict`].
    pub fn predict_class(&self, x: &[T]) -> Result<usize, ModelError> {
        Ok(self.cost.class_of(&self.predict(x)?))
    }

    /// [`Model::predict_class`] for every sample of a batch.
    ///
    /// # Errors
    /// As [`Model::predict_batch`].
    pub fn predict_classes(&self, x: Batch<'_, T>) -> Result<Vec<usize>, ModelError> {
        let out = self.predict_batch(x)?;
        let samples = out.chunks_exact(self.network.output().len());
        Ok(samples.map(|zeta| self.cost.class_of(zeta)).collect())
    }

    /// The network's output `p(x)` before `zeta`, for every sample of a batch of any size.
    pub(crate) fn outputs_into(
        &self,
        x: Batch<'_, T>,
        mut out: BatchMut<'_, T>,
        arena: &mut Arena<T>,
    ) -> Result<(), ModelError> {
        let (input, output) = (self.network.input(), self.network.output());
        check_size(input.len(), x.size(), |_, came| ModelError::InputSize {
            expected: input,
            came,
        })?;
        if !arena.predicts(&self.network) {
            return Err(ModelError::Arena);
        }
        let step = arena.capacity();
        let chunks = x
            .data()
            .chunks(input.len() * step)
            .zip(out.data().chunks_mut(output.len() * step));
        for (x, out) in chunks {
            let samples = x.len() / input.len();
            let (x, out) = (input.columns(x, samples), output.columns_mut(out, samples));
            arena.predict(&self.network, self.own(), x, out, &self.workers);
        }
        Ok(())
    }
}
