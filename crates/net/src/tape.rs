//! The memory of a forward and a backward pass.

use gradflow_kernels::Real;
use gradflow_tensor::{Batch, BatchMut, Shape};

use crate::Network;
use crate::network::Placed;

/// The activations, deltas and scratch of a network for batches up to a given size, allocated once.
#[derive(Debug, Clone)]
pub struct Tape<T> {
    pub(crate) records: Vec<Record<T>>,
    /// `dL/dp` of the layer at work and of the one before it; they change places from layer to layer.
    pub(crate) bars: [Vec<T>; 2],
    /// Gradient of a part of a batch that is larger than the tape.
    partial: Vec<T>,
    output: Shape<3>,
    capacity: usize,
}

/// What one layer leaves behind for the backward pass.
#[derive(Debug, Clone)]
pub(crate) struct Record<T> {
    pub(crate) output: Vec<T>,
    pub(crate) scratch: Vec<T>,
}

impl<T: Real> Tape<T> {
    /// Allocates for batches of up to `samples` samples.
    ///
    /// # Panics
    /// If that is more memory than there is, as a `Vec` does.
    pub fn new(network: &Network<T>, samples: usize) -> Self {
        let records = network.placed().iter().map(|placed| Record {
            output: vec![T::ZERO; placed.output.len() * samples],
            scratch: vec![T::ZERO; placed.layer.scratch(samples)],
        });
        let widest = network
            .placed()
            .iter()
            .map(|placed| placed.output.len())
            .max()
            .unwrap_or(0);
        Self {
            records: records.collect(),
            bars: [
                vec![T::ZERO; widest * samples],
                vec![T::ZERO; widest * samples],
            ],
            partial: Vec::new(),
            output: network.output(),
            capacity: samples,
        }
    }

    /// The largest batch that fits.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// The network's output `p` of the last forward pass, which had so many samples.
    ///
    /// # Panics
    /// If `samples` is larger than the capacity.
    pub fn output(&self, samples: usize) -> Batch<'_, T> {
        self.output.columns(
            self.records.last().map_or(&[][..], |record| &record.output),
            samples,
        )
    }

    /// The output `p` of so many samples and the place for `dL/dp`, from which the backward pass starts.
    ///
    /// # Panics
    /// If `samples` is larger than the capacity.
    pub fn output_bar(&mut self, samples: usize) -> (Batch<'_, T>, BatchMut<'_, T>) {
        let p = self.records.last().map_or(&[][..], |record| &record.output);
        (
            self.output.columns(p, samples),
            self.output.columns_mut(&mut self.bars[0], samples),
        )
    }

    /// Whether the tape was made for a network of these shapes.
    pub(crate) fn fits(&self, network: &Network<T>) -> bool {
        let placed = network.placed();
        let fits = |(record, placed): (&Record<T>, &Placed<T>)| {
            record.output.len() == placed.output.len() * self.capacity
                && record.scratch.len() == placed.layer.scratch(self.capacity)
        };
        self.records.len() == placed.len() && self.records.iter().zip(placed).all(fits)
    }

    /// A buffer for the gradient of a part of a batch; give it back by [`Tape::put_partial`].
    pub(crate) fn take_partial(&mut self, parameters: usize) -> Vec<T> {
        let mut partial = core::mem::take(&mut self.partial);
        partial.resize(parameters, T::ZERO);
        partial
    }

    pub(crate) fn put_partial(&mut self, partial: Vec<T>) {
        self.partial = partial;
    }
}
