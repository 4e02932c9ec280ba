//! A network with its parameters: what predicts.

mod predict;

use core::ops::Range;
use std::sync::Arc;

use gradflow_data::Schema;
use gradflow_kernels::{Aligned, Real, Workers};
use gradflow_layers::Own;
use gradflow_loss::Cost;

use crate::checks::{check_cost, check_outputs, check_shape, check_size, check_state, check_theta};
use crate::memory::aligned_copy;
use crate::{ModelError, Network, Record, Source};

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
    schema: Option<Arc<Schema>>,
    record: Option<Record>,
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
            theta: aligned_copy(&theta, "the parameters")?,
            cost,
            workers: Workers::default(),
            schema: None,
            record: None,
        })
    }

    /// A network and a cost that suit one another, with parameters and state that were checked.
    #[cfg(feature = "file")]
    pub(crate) fn of_file(
        network: Network<T>,
        cost: Cost,
        theta: Aligned<T>,
        state: Vec<T>,
    ) -> Self {
        Self {
            network,
            theta,
            state,
            cost,
            workers: Workers::default(),
            schema: None,
            record: None,
        }
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
            theta: aligned_copy(&theta, "the parameters")?,
            state,
            cost: self.cost.clone(),
            workers: self.workers.clone(),
            schema: self.schema.clone(),
            record: self.record.clone(),
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

    /// What the numbers mean that the model reads and puts out: that of the data set on which it was trained. `None` before any
    /// training, and where the source of the samples did not say.
    pub fn schema(&self) -> Option<&Schema> {
        self.schema.as_deref()
    }

    /// How the model was trained last; `None` before any training.
    pub fn record(&self) -> Option<&Record> {
        self.record.as_ref()
    }

    pub(crate) fn put_schema(&mut self, schema: Option<Arc<Schema>>) {
        self.schema = schema;
    }

    pub(crate) fn put_record(&mut self, record: Option<Record>) {
        self.record = record;
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

    pub(crate) fn own(&self) -> Own<'_, T> {
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
        check_outputs(&self.network, &self.cost, source.targets())?;
        if let (Some(expected), Some(came)) = (&self.schema, source.schema()) {
            self.check_schema(expected, came)?;
        }
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
}
