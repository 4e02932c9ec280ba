//! Assembly of shuffled mini-batches.

use core::ops::Range;

use gradflow_data::Permutation;
use gradflow_kernels::{Real, Workers};
use gradflow_layers::Draw;
use gradflow_loss::{Cost, CostError, WeightOf};
use gradflow_tensor::{Batch, Shape};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

#[cfg(feature = "file")]
use crate::fnv::Fnv;
use crate::memory::{filled, refused, reserve};
use crate::{
    DataRole, Gathered, ModelError, Network, Source, TargetKind, TargetsMut, TrainingError,
};

/// Buffers into which the samples of a mini-batch are copied, one beside the other, and the order of the samples.
#[derive(Debug)]
pub(crate) struct Assembly<T> {
    x: Vec<T>,
    y: Vec<T>,
    labels: Vec<usize>,
    weights: Vec<T>,
    order: Permutation,
    /// Samples of the mini-batch, and of the next one.
    now: Vec<usize>,
    next: Vec<usize>,
    /// The epoch whose order it is, from 1; 0 for none.
    ordered: usize,
    /// What a source draws in that epoch.
    draw: Draw,
    input: Shape<3>,
    output: Shape<3>,
}

/// Samples beside their targets and weights.
#[derive(Clone, Copy)]
pub(crate) struct Side<'a, T> {
    pub(crate) x: Batch<'a, T>,
    pub(crate) y: Batch<'a, T>,
    pub(crate) weights: Option<&'a [T]>,
}

impl<T: Real> Assembly<T> {
    /// For mini-batches of up to `size` samples of a source that suits the network.
    pub(crate) fn new(
        source: &dyn Source<T>,
        network: &Network<T>,
        size: usize,
    ) -> Result<Self, ModelError> {
        let (input, output) = (network.input(), network.output());
        let what = "a mini-batch";
        let room = |each: usize| {
            let len = each.checked_mul(size);
            reserve(len.ok_or_else(|| refused::<T>(usize::MAX, what))?, what)
        };
        let classes = matches!(source.targets(), TargetKind::Classes(_));
        Ok(Self {
            x: room(input.len())?,
            y: room(output.len())?,
            labels: filled(0, if classes { size } else { 0 }, what)?,
            weights: room(usize::from(source.weighted()))?,
            order: Permutation::new(source.len(), &mut order(0, 0)).map_err(|error| {
                ModelError::Memory {
                    what: "the order of the samples",
                    bytes: error.bytes as u128,
                }
            })?,
            now: filled(0, size, what)?,
            next: filled(0, size, what)?,
            ordered: 0,
            draw: Draw::new(0, 0),
            input,
            output,
        })
    }

    /// Puts the samples in the order of an epoch, which comes from the seed and the epoch alone.
    pub(crate) fn shuffle(&mut self, seed: u64, epoch: usize) {
        if self.ordered == epoch {
            return;
        }
        self.order.redraw(&mut order(seed, epoch));
        self.ordered = epoch;
        // Of another seed than the layers draw from, by steps.
        self.draw = Draw::new(!seed, epoch as u64);
    }

    /// A digest of some samples, evenly far from one another, and their targets and weights; the epoch at work is shuffled anew.
    #[cfg(feature = "file")]
    pub(crate) fn digest(
        &mut self,
        source: &mut dyn Source<T>,
        cost: &Cost,
        workers: &Workers,
    ) -> Result<u64, TrainingError> {
        /// Samples that are looked at, at most.
        const SAMPLES: usize = 64;
        let (len, each) = (self.order.len(), self.y.len() / self.output.len());
        let count = len.min(SAMPLES);
        self.draw = Draw::new(0, 0);
        self.ordered = 0;
        let mut digest = Fnv::default();
        for position in (0..count).step_by(each) {
            let samples = each.min(count - position);
            for (i, sample) in self.now[..samples].iter_mut().enumerate() {
                *sample = (position + i) * (len / count);
            }
            let side = self.gather_now(source, cost, samples, 0..samples, workers)?;
            let weights = side.weights.unwrap_or_default();
            for x in side.x.data().iter().chain(side.y.data()).chain(weights) {
                digest.add(&x.to_f64().to_bits().to_le_bytes());
            }
        }
        Ok(digest.0)
    }

    /// Copies the samples of a mini-batch, which is a range of the epoch's order; those of them that are in `part`, counted from its first. Tells
    /// the source of those that come next.
    pub(crate) fn gather<'b>(
        &'b mut self,
        source: &mut dyn Source<T>,
        cost: &Cost,
        batch: Range<usize>,
        part: Range<usize>,
        workers: &Workers,
    ) -> Result<Side<'b, T>, TrainingError> {
        let own = batch.start + part.start;
        for (i, sample) in self.now[..part.len()].iter_mut().enumerate() {
            *sample = self.order.get(own + i);
        }
        // A shorter last mini-batch may be cut elsewhere: what is read ahead is a guess.
        let next = batch.end + part.start;
        let ahead = part.len().min(self.order.len().saturating_sub(next));
        for (i, sample) in self.next[..ahead].iter_mut().enumerate() {
            *sample = self.order.get(next + i);
        }
        self.gather_now(source, cost, batch.len(), part, workers)?;
        if ahead > 0 {
            source.ahead(&self.next[..ahead])?;
        }
        Ok(self.side(batch.len(), source.weighted()))
    }

    /// Copies the samples that are to be taken now, which are a part of a mini-batch of so many.
    fn gather_now<'b>(
        &'b mut self,
        source: &mut dyn Source<T>,
        cost: &Cost,
        samples: usize,
        part: Range<usize>,
        workers: &Workers,
    ) -> Result<Side<'b, T>, TrainingError> {
        let (input, output) = (self.input, self.output);
        let of = |each: usize| part.start * each..part.end * each;
        let x = &mut self.x[of(input.len())];
        let y = &mut self.y[of(output.len())];
        let weighted = source.weighted();
        let kind = source.targets();
        let targets = match kind {
            TargetKind::Classes(_) => TargetsMut::Classes(&mut self.labels[part.clone()]),
            TargetKind::Values(_) => TargetsMut::Values(&mut *y),
        };
        let into = Gathered {
            x,
            targets,
            weights: weighted.then(|| &mut self.weights[part.clone()]),
            draw: self.draw,
        };
        if !part.is_empty() {
            source.gather(&self.now[..part.len()], into, workers)?;
        }
        if let TargetKind::Classes(classes) = kind {
            encode(cost, classes, &self.labels[part.clone()], y, output.len())?;
        }
        if !source.is_checked() && !part.is_empty() {
            let weights = weighted.then(|| &self.weights[part.clone()]);
            check(cost, output.columns(y, part.len()), weights)?;
        }
        Ok(self.side(samples, weighted))
    }

    /// The samples that were copied.
    fn side(&self, samples: usize, weighted: bool) -> Side<'_, T> {
        Side {
            x: self.input.columns(&self.x, samples),
            y: self.output.columns(&self.y, samples),
            weights: weighted.then(|| &self.weights[..samples]),
        }
    }
}

/// Whether what a source of the user's gave is what the cost is defined for.
fn check<T: Real>(
    cost: &Cost,
    y: Batch<'_, T>,
    weights: Option<&[T]>,
) -> Result<(), TrainingError> {
    let check = || -> Result<(), ModelError> {
        cost.check_targets(y)?;
        let weights = weights.unwrap_or_default();
        match weights
            .iter()
            .position(|w| !(w.is_finite() && *w >= T::ZERO))
        {
            None => Ok(()),
            Some(index) => Err(CostError::Weight {
                of: WeightOf::Sample,
                index,
                value: weights[index].to_f64(),
            }
            .into()),
        }
    };
    check().map_err(|error| TrainingError::Data {
        role: DataRole::Batch,
        error,
    })
}

/// Writes each class as a target.
pub(crate) fn encode<T: Real>(
    cost: &Cost,
    classes: usize,
    labels: &[usize],
    y: &mut [T],
    outputs: usize,
) -> Result<(), ModelError> {
    for (sample, (label, y)) in labels.iter().zip(y.chunks_exact_mut(outputs)).enumerate() {
        let label = *label;
        if label >= classes {
            return Err(ModelError::Label {
                sample,
                label,
                classes,
            });
        }
        cost.encode(label, y);
    }
    Ok(())
}

/// An odd constant (that of splitmix64): different epochs give different seeds, for every seed.
const MIX: u64 = 0x9E37_79B9_7F4A_7C15;

/// The generator of an epoch's order: streams of different epochs have nothing in common, nor with the stream from which the
/// same seed draws initial parameters.
fn order(seed: u64, epoch: usize) -> Xoshiro256PlusPlus {
    let mixed = seed ^ MIX.wrapping_mul(epoch as u64);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(mixed);
    rng.jump();
    rng
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    /// Without the jump, the order of a seed would be drawn from the numbers from which some other seed draws parameters.
    #[test]
    fn orders_and_parameters_are_drawn_from_streams_of_their_own() {
        for (seed, epoch) in [(0, 1), (1, 1), (1, 2), (7, 1000), (u64::MAX, 3)] {
            let other = seed ^ MIX.wrapping_mul(epoch as u64);
            let mut parameters = Xoshiro256PlusPlus::seed_from_u64(other);
            let parameters: Vec<u64> = (0..1000).map(|_| parameters.next_u64()).collect();
            let mut order = order(seed, epoch);
            assert!((0..10).all(|_| !parameters.contains(&order.next_u64())));
        }
    }
}
