//! A network with its parameters: what predicts.

use gradflow_data::Dataset;
use gradflow_kernels::{Real, Workers};
use gradflow_loss::Cost;
use gradflow_tensor::{Batch, BatchMut};

use crate::{Evaluation, ModelError, Network, Workspace};

/// Samples that one pass of a prediction over a large batch takes at a time: enough to keep the matrix products busy.
const CHUNK: usize = 256;

/// A network, its parameters `theta` and its cost; [`Model::predict`] gives `zeta(p(x))`.
///
/// A model is `Send + Sync`: many threads may predict from one at the same time. [`crate::Training`] trains it.
///
/// ```
/// use gradflow::{Activation, Cost, Loss, Model, Network, Output};
///
/// let network = Network::<f32>::builder([2, 1, 1]).dense(3, Activation::Identity).build()?;
/// let model = Model::new(network, Cost::new(Output::Softmax, Loss::CategoricalCrossEntropy)?, 1)?;
/// let probabilities = model.predict(&[0.5, -1.0])?;
/// assert!((probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Model<T: Real> {
    network: Network<T>,
    theta: Vec<T>,
    cost: Cost,
    workers: Workers,
}

impl<T: Real> Model<T> {
    /// Joins a network and a cost, and draws the parameters from the seed. Uses all cores; see [`Model::with_threads`].
    ///
    /// # Errors
    /// [`ModelError`] if the network's output does not suit the cost: soft-max of one output, weights of another
    /// number of components, cross-entropy of outputs that do not lie in (0, 1).
    pub fn new(network: Network<T>, cost: Cost, seed: u64) -> Result<Self, ModelError> {
        // Asked for first, so that a network beyond all memory is an error and no abort.
        let parameters = network.parameters();
        let room = Vec::<T>::new().try_reserve_exact(parameters);
        room.map_err(|_| ModelError::Memory { parameters })?;
        let theta = network.initialise(seed);
        Self::with_parameters(network, cost, theta)
    }

    /// Joins a network, a cost and parameters from elsewhere, laid out as [`Network::range`] says.
    ///
    /// # Errors
    /// As [`Model::new`]; also if `theta` has another length or a value that is not finite.
    pub fn with_parameters(
        network: Network<T>,
        cost: Cost,
        theta: Vec<T>,
    ) -> Result<Self, ModelError> {
        network.check_cost(&cost)?;
        check_parameters(&theta, network.parameters())?;
        Ok(Self {
            network,
            theta,
            cost,
            workers: Workers::default(),
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

    /// The parameters.
    pub fn theta(&self) -> &[T] {
        &self.theta
    }

    /// Replaces the parameters.
    ///
    /// # Errors
    /// [`ModelError`] if the length differs or a value is not finite; the model then keeps what it had.
    pub fn set_theta(&mut self, theta: Vec<T>) -> Result<(), ModelError> {
        check_parameters(&theta, self.network.parameters())?;
        self.theta = theta;
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

    /// Whether a data set's samples and targets are of the network's sizes, and the targets such that the cost is defined.
    pub(crate) fn check_data(&self, data: &Dataset<T>) -> Result<(), ModelError> {
        let (inputs, outputs) = (self.network.input().len(), self.network.output().len());
        check_size(inputs, data.inputs().size(), |expected, came| {
            ModelError::InputSize { expected, came }
        })?;
        check_size(outputs, data.targets().size(), |expected, came| {
            ModelError::OutputSize { expected, came }
        })?;
        Ok(self.cost.check_targets(data.targets())?)
    }

    /// What a training step works on.
    pub(crate) fn parts(&mut self) -> (&Network<T>, &Cost, &Workers, &mut [T]) {
        (&self.network, &self.cost, &self.workers, &mut self.theta)
    }

    pub(crate) fn theta_mut(&mut self) -> &mut [T] {
        &mut self.theta
    }

    /// Computes `zeta(p(x))` for one sample. Allocates; [`Model::predict_into`] does not.
    ///
    /// # Errors
    /// [`ModelError::InputSize`] if `x` is not one sample.
    pub fn predict(&self, x: &[T]) -> Result<Vec<T>, ModelError> {
        let size = self.network.input().len();
        if x.len() != size {
            return Err(ModelError::InputSize {
                expected: size,
                came: x.len(),
            });
        }
        self.predict_batch(self.network.input().columns(x, 1))
    }

    /// Computes `zeta(p(x))` for every sample of a batch of any size, sample after sample.
    ///
    /// # Errors
    /// [`ModelError::InputSize`] if the samples are of another size than the network's input.
    pub fn predict_batch(&self, x: Batch<'_, T>) -> Result<Vec<T>, ModelError> {
        let mut out = vec![T::ZERO; x.samples() * self.network.output().len()];
        let mut workspace = Workspace::new(&self.network, x.samples().min(CHUNK));
        self.predict_into(
            x,
            self.network.output().columns_mut(&mut out, x.samples()),
            &mut workspace,
        )?;
        Ok(out)
    }

    /// Computes `zeta(p(x))` for every sample of a batch into memory of the caller; allocates nothing.
    ///
    /// # Errors
    /// [`ModelError`] if the samples are of another size than the network's input or output, `out` has another
    /// number of samples, or the workspace was made for another network.
    pub fn predict_into(
        &self,
        x: Batch<'_, T>,
        mut out: BatchMut<'_, T>,
        workspace: &mut Workspace<T>,
    ) -> Result<(), ModelError> {
        self.outputs_into(x, out.reborrow(), workspace)?;
        self.cost.output().apply(out);
        Ok(())
    }

    /// The most probable class of one sample: the largest output (the first of equals); for a network with one output,
    /// class 1 iff it is at least 1/2, by (15). Inputs are not scanned: a NaN among them gives NaN outputs, and class 0.
    ///
    /// # Errors
    /// As [`Model::predict`].
    pub fn predict_class(&self, x: &[T]) -> Result<usize, ModelError> {
        Ok(class_of(&self.predict(x)?))
    }

    /// [`Model::predict_class`] for every sample of a batch.
    ///
    /// # Errors
    /// As [`Model::predict_batch`].
    pub fn predict_classes(&self, x: Batch<'_, T>) -> Result<Vec<usize>, ModelError> {
        let out = self.predict_batch(x)?;
        Ok(out
            .chunks_exact(self.network.output().len())
            .map(class_of)
            .collect())
    }

    /// Cost and metrics on a data set, usually one held out.
    ///
    /// # Errors
    /// [`ModelError`] if the samples or targets of the data set are of another size than the network's, or a target is one for
    /// which the loss is not defined.
    pub fn evaluate(&self, data: &Dataset<T>) -> Result<Evaluation, ModelError> {
        self.check_data(data)?;
        let mut workspace = Workspace::new(&self.network, data.len().min(CHUNK));
        Evaluation::of(self, data, &mut workspace)
    }

    /// The network's output `p(x)` before `zeta`, for every sample of a batch of any size.
    pub(crate) fn outputs_into(
        &self,
        x: Batch<'_, T>,
        mut out: BatchMut<'_, T>,
        workspace: &mut Workspace<T>,
    ) -> Result<(), ModelError> {
        let (input, output) = (self.network.input(), self.network.output());
        check_size(input.len(), x.size(), |expected, came| {
            ModelError::InputSize { expected, came }
        })?;
        check_size(output.len(), out.size(), |expected, came| {
            ModelError::OutputSize { expected, came }
        })?;
        check_size(x.samples(), out.samples(), |expected, came| {
            ModelError::Samples { expected, came }
        })?;
        let step = workspace.capacity();
        if !workspace.fits(&self.network) {
            return Err(ModelError::Workspace);
        }
        let chunks = x
            .data()
            .chunks(input.len() * step)
            .zip(out.data().chunks_mut(output.len() * step));
        for (x, out) in chunks {
            let samples = x.len() / input.len();
            let (x, out) = (input.columns(x, samples), output.columns_mut(out, samples));
            workspace.run(&self.network, &self.theta, x, out, &self.workers);
        }
        Ok(())
    }
}

/// The class that an output `zeta(p)` stands for.
pub(crate) fn class_of<T: Real>(out: &[T]) -> usize {
    match out {
        [p] => usize::from(p.to_f64() >= 0.5),
        _ => out
            .iter()
            .enumerate()
            .fold(0, |best, (i, p)| if *p > out[best] { i } else { best }),
    }
}

fn check_size(
    expected: usize,
    came: usize,
    error: impl FnOnce(usize, usize) -> ModelError,
) -> Result<(), ModelError> {
    if expected == came {
        Ok(())
    } else {
        Err(error(expected, came))
    }
}

fn check_parameters<T: Real>(theta: &[T], expected: usize) -> Result<(), ModelError> {
    check_size(expected, theta.len(), |expected, came| {
        ModelError::Parameters { expected, came }
    })?;
    match theta.iter().position(|q| !q.is_finite()) {
        Some(index) => Err(ModelError::NotFinite { index }),
        None => Ok(()),
    }
}
