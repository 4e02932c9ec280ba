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
    parameters: usize,
}

impl<T: Real> Workspace<T> {
    /// Allocates for passes of up to `samples` samples at a time (at least one); larger batches are cut into such passes.
    pub fn new(network: &Network<T>, samples: usize) -> Self {
        let capacity = samples.max(1);
        let placed = network.placed();
        // The last layer writes to the caller's memory.
        let hidden = &placed[..placed.len().saturating_sub(1)];
        let widest = hidden
            .iter()
            .map(|placed| placed.output.len())
            .max()
            .unwrap_or(0);
        let scratch = placed
            .iter()
            .map(|placed| placed.layer.scratch(capacity))
            .max()
            .unwrap_or(0);
        let buffer = vec![T::ZERO; widest * capacity];
        Self {
            buffers: [buffer.clone(), buffer],
            scratch: vec![T::ZERO; scratch],
            capacity,
            parameters: network.parameters(),
        }
    }

    /// The largest batch that one pass takes.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    pub(crate) fn parameters(&self) -> usize {
        self.parameters
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
