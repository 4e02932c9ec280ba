//! The memory of a prediction.

use gradflow_kernels::{Real, Workers};
use gradflow_tensor::{Batch, BatchMut};

use crate::Network;

/// Two buffers that the layers' outputs alternate between, and scratch: what a prediction needs, allocated once.
///
/// Each thread that predicts with [`crate::Model::predict_into`] has its own.
#[derive(Debug, Clone)]
pub struct Workspace<T> {
    buffers: [Vec<T>; 2],
    scratch: Vec<T>,
    capacity: usize,
}

impl<T: Real> Workspace<T> {
    /// Allocates for passes of up to `samples` samples at a time (at least one); larger batches are cut into such passes.
    ///
    /// # Panics
    /// If that is more memory than there is, as a `Vec` does.
    pub fn new(network: &Network<T>, samples: usize) -> Self {
        let capacity = samples.max(1);
        let (buffer, scratch) = sizes(network, capacity);
        Self {
            buffers: [vec![T::ZERO; buffer], vec![T::ZERO; buffer]],
            scratch: vec![T::ZERO; scratch],
            capacity,
        }
    }

    /// The largest batch that one pass takes.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Whether the memory is what a network of these layers needs.
    pub(crate) fn fits(&self, network: &Network<T>) -> bool {
        sizes(network, self.capacity) == (self.buffers[0].len(), self.scratch.len())
    }

    /// Computes `p(x)` for a batch that fits.
    pub(crate) fn run(
        &mut self,
        network: &Network<T>,
        theta: &[T],
        x: Batch<'_, T>,
        mut out: BatchMut<'_, T>,
        workers: &Workers,
    ) {
        let samples = x.samples();
        let [from, to] = &mut self.buffers;
        let last = network.placed().len().saturating_sub(1);
        for (l, placed) in network.placed().iter().enumerate() {
            let x = if l == 0 {
                x
            } else {
                placed.input.columns(from, samples)
            };
            let p = if l == last {
                out.reborrow()
            } else {
                placed.output.columns_mut(to, samples)
            };
            placed.layer.forward(
                &theta[placed.range.clone()],
                x,
                p,
                &mut self.scratch,
                workers,
            );
            core::mem::swap(from, to);
        }
    }
}

/// Elements of a buffer and of the scratch.
fn sizes<T: Real>(network: &Network<T>, capacity: usize) -> (usize, usize) {
    let (last, hidden) = match network.placed().split_last() {
        Some((last, hidden)) => (last.layer.scratch(capacity), hidden),
        None => (0, &[][..]),
    };
    // The last layer writes to the caller's memory.
    hidden.iter().fold((0, last), |(buffer, scratch), placed| {
        let scratch = scratch.max(placed.layer.scratch(capacity));
        (buffer.max(placed.output.len() * capacity), scratch)
    })
}
