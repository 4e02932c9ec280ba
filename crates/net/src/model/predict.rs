//! Predictions of samples as the network reads them.

use gradflow_kernels::Real;
use gradflow_tensor::{Batch, BatchMut};

use super::{CHUNK, Model};
use crate::checks::check_size;
use crate::memory::reserve;
use crate::{Arena, ModelError};

impl<T: Real> Model<T> {
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
