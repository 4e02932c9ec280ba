//! The memory of the passes.

use gradflow_kernels::{Aligned, Real, Workers};
use gradflow_layers::{Cx, Layer, Own, Pass};
use gradflow_tensor::{Batch, BatchMut};

use crate::memory::{aligned, refused};
use crate::{ModelError, Network};

/// The memory of a network's passes over batches up to a given size, allocated once: one piece, cut by the network's layers.
///
/// One arena serves training (every layer's output is kept for the backward pass) or prediction (outputs take turns).
/// Each thread that predicts with [`Model::predict_into`](crate::Model::predict_into) has its own.
///
/// ```
/// use gradflow::{Activation, Arena, Batch, Cost, Model, Network};
///
/// let network = Network::<f32>::builder([2, 1, 1]).dense(3, Activation::Identity).build()?;
/// let model = Model::new(network, Cost::classification(), 1)?;
/// let mut arena = Arena::prediction(model.network(), 1)?;
/// let mut probabilities = [0.0; 3];
/// model.predict_into(Batch::single(&[0.5, -1.0])?, &mut probabilities, &mut arena)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Arena<T: Real> {
    memory: Aligned<T>,
    /// What it was made for, to be compared when it meets a network.
    room: [usize; 4],
    capacity: usize,
}

/// Where the parts of a training arena stand.
struct Places {
    scratch: usize,
    output: usize,
}

impl<T: Real> Arena<T> {
    /// For training passes over batches of up to `samples` samples (at least one).
    ///
    /// # Errors
    /// [`ModelError::Memory`], with the bytes wanted, if there are not that many.
    pub fn training(network: &Network<T>, samples: usize) -> Result<Self, ModelError> {
        Self::sized(network, samples, true)
    }

    /// For predictions of up to `samples` samples at a time (at least one); larger batches are cut into such passes.
    ///
    /// # Errors
    /// As [`Arena::training`].
    pub fn prediction(network: &Network<T>, samples: usize) -> Result<Self, ModelError> {
        Self::sized(network, samples, false)
    }

    fn sized(network: &Network<T>, samples: usize, trains: bool) -> Result<Self, ModelError> {
        let capacity = samples.max(1);
        let room = room(network, trains);
        let what = "the activations of a batch";
        // Scratch, output and dL/dp, each to the end of a line.
        let len = || {
            let [fixed, each, output, _] = room;
            let outputs = output.checked_mul(2)?.checked_mul(capacity)?;
            let scratch = each.checked_mul(capacity)?.checked_add(fixed)?;
            scratch
                .checked_add(outputs)?
                .checked_add(3 * Aligned::<T>::LINE)
        };
        let len = len().ok_or_else(|| refused::<T>(usize::MAX, what))?;
        Ok(Self {
            memory: aligned(len, what)?,
            room,
            capacity,
        })
    }

    /// The largest batch that one pass takes.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Whether the memory is what training passes of this network need.
    pub(crate) fn trains(&self, network: &Network<T>) -> bool {
        self.room == room(network, true)
    }

    /// Whether the memory is what predictions of this network need.
    pub(crate) fn predicts(&self, network: &Network<T>) -> bool {
        self.room == room(network, false)
    }

    fn places(&self, samples: usize) -> Places {
        let [fixed, each, output, _] = self.room;
        Places {
            scratch: (fixed + each * samples).next_multiple_of(Aligned::<T>::LINE),
            output: (output * samples).next_multiple_of(Aligned::<T>::LINE),
        }
    }

    /// Computes every layer's output (17), (39) for a batch that fits a training arena; returns the last, `p`, and the place for
    /// `dL/dp`, from which [`Arena::backward`] starts.
    pub(crate) fn forward(
        &mut self,
        network: &Network<T>,
        own: Own<'_, T>,
        x: Batch<'_, T>,
        cx: Cx<'_>,
    ) -> (Batch<'_, T>, BatchMut<'_, T>) {
        let (samples, shape) = (x.samples(), network.output());
        let places = self.places(samples);
        let (scratch, rest) = self.memory.split_at_mut(places.scratch);
        let (p, p_bar) = rest.split_at_mut(places.output);
        (network.chain()).forward(own, x, shape.columns_mut(p, samples), scratch, cx);
        (shape.columns(p, samples), shape.columns_mut(p_bar, samples))
    }

    /// Lets the layers take their statistics of the last forward pass, which had so many samples, into `state`.
    pub(crate) fn settle(&mut self, network: &Network<T>, samples: usize, state: &mut [T]) {
        let places = self.places(samples);
        let scratch = &self.memory[..places.scratch];
        network.chain().settle(samples, scratch, state);
    }

    /// Computes `theta_bar = dL/dtheta` by (29), (45) and (24), (47), after [`Arena::forward`] on the same `own` and `x`, from
    /// `dL/dp`. Layers before `first` get no gradient: their part of `theta_bar` is left as it is.
    ///
    /// Returns whether the gradient of these layers is certain to be finite; if not, nobody knows without a look.
    pub(crate) fn backward(
        &mut self,
        network: &Network<T>,
        own: Own<'_, T>,
        x: Batch<'_, T>,
        theta_bar: &mut [T],
        first: usize,
        cx: Cx<'_>,
    ) -> bool {
        let (samples, shape) = (x.samples(), network.output());
        let places = self.places(samples);
        let (scratch, rest) = self.memory.split_at_mut(places.scratch);
        let (p, p_bar) = rest.split_at_mut(places.output);
        let pass = Pass {
            x,
            p: shape.columns(p, samples),
            scratch,
            p_bar: shape.columns_mut(p_bar, samples),
            x_bar: None,
        };
        (network.chain()).backward_from(first, own, pass, theta_bar, cx)
    }

    /// Computes `p(x)` as in prediction, for a batch that fits a prediction arena.
    pub(crate) fn predict(
        &mut self,
        network: &Network<T>,
        own: Own<'_, T>,
        x: Batch<'_, T>,
        p: BatchMut<'_, T>,
        workers: &Workers,
    ) {
        let scratch = &mut *self.memory;
        network
            .chain()
            .forward(own, x, p, scratch, Cx::predict(workers));
    }
}

/// What a network's passes need: scratch once and for each sample, elements of an output if it is kept, and of `theta`.
fn room<T: Real>(network: &Network<T>, trains: bool) -> [usize; 4] {
    let spec = network.spec();
    let (room, output) = if trains {
        (spec.train, spec.output.len())
    } else {
        (spec.predict, 0)
    };
    [room.fixed, room.each, output, spec.parameters()]
}
