//! One step of a run.

use gradflow_kernels::{Real, slices};
use gradflow_layers::Draw;
use gradflow_optim::{Cause, Diverged, Mask, Method, Optimiser, Trap};

use crate::checks::check_piece;
use crate::memory::reserve;
use crate::minibatch::Side;
use crate::model::Parts;
use crate::pieces::{Frozen, MiniBatch};
use crate::{Arena, Model, Network, Protocol, Reduce, Risk, TrainingError};

/// What a step works with beside the model: the method with its memory, the memory of the passes, and what is frozen.
#[derive(Debug)]
pub(crate) struct Engine<T: Real, M: Method<T>> {
    pub(crate) optimiser: Optimiser<T, M>,
    arena: Arena<T>,
    frozen: Frozen,
    /// Parameters of frozen layers while a step is made.
    kept: Vec<T>,
    /// The layers' state after the step, until it is accepted.
    pending: Vec<T>,
    /// Samples that the statistics of layers which are not frozen need.
    least: usize,
    pieces: usize,
    seed: u64,
}

impl<T: Real, M: Method<T>> Engine<T, M> {
    /// For mini-batches of up to `batch` samples.
    pub(crate) fn new(
        protocol: &Protocol<M>,
        model: &Model<T>,
        batch: usize,
    ) -> Result<Self, TrainingError> {
        let network = model.network();
        let frozen = frozen(network, &protocol.frozen)?;
        let kept = frozen.theta.iter().map(|range| range.len()).sum();
        let mut descent = protocol.descent.clone();
        descent.validate::<T>(network.parameters())?;
        descent.trap = (descent.trap).map(|trap| released(trap, &frozen, network.parameters()));
        let optimiser = Optimiser::new(descent, model.theta())?;
        let least = least(network, &protocol.frozen);
        // Of a short batch a piece may have almost twice the least.
        let piece = (batch.div_ceil(protocol.pieces)).max(batch.min(2 * least - 1));
        Ok(Self {
            optimiser: optimiser.with_workers(model.workers().clone()),
            arena: Arena::training(network, piece)?,
            frozen,
            kept: reserve(kept, "frozen parameters")?,
            pending: reserve(model.state().len(), "the state of the layers")?,
            least,
            pieces: protocol.pieces,
            seed: protocol.seed,
        })
    }

    /// Pieces of a mini-batch of so many samples: as many as the protocol says, fewer where they would have too few samples for statistics, more
    /// where it is larger than the protocol's.
    pub(crate) fn pieces(&self, samples: usize) -> usize {
        let most = (samples / self.least).max(1);
        let least = samples.div_ceil(self.arena.capacity());
        self.pieces.min(most).max(least)
    }

    /// Whether every piece of a mini-batch of so many samples has samples enough, and room for their sums.
    pub(crate) fn make_room(
        &mut self,
        network: &Network<T>,
        samples: usize,
        reduce: &mut dyn Reduce<T>,
    ) -> Result<(), TrainingError> {
        let pieces = self.pieces(samples);
        check_piece(self.least, samples, pieces)?;
        let numbers = network.parameters() + self.pending.len();
        Ok(reduce.make_room(pieces, numbers)?)
    }

    /// Takes a step on samples that were checked: forward, backward, update; returns the cost before it. When cost or gradient
    /// are not finite, parameters and state stay as they are.
    ///
    /// The first evaluation lets the layers take their statistics into a copy of the state, which is adopted when the step
    /// is made; further evaluations of a method leave no trace.
    pub(crate) fn descend(
        &mut self,
        parts: Parts<'_, T>,
        reduce: &mut dyn Reduce<T>,
        Side { x, y, weights }: Side<'_, T>,
        factor: f64,
    ) -> Result<f64, Diverged> {
        let Parts {
            network,
            cost,
            workers,
            theta,
            state,
        } = parts;
        let (pieces, stateful) = (self.pieces(x.samples()), !state.is_empty());
        self.pending.copy_from_slice(state);
        let batch = MiniBatch {
            network,
            cost,
            x,
            y,
            weights,
            share: 1.0 / x.samples() as f64,
            pieces,
            draw: Draw::new(self.seed, self.optimiser.steps() as u64),
            frozen: &self.frozen,
            state,
            pending: stateful.then_some(&mut self.pending),
            finite: false,
            arena: &mut self.arena,
            workers,
        };
        let mut risk = Risk { batch, reduce };
        let value = self.optimiser.look(&mut risk, theta)?;
        let settled = risk.batch.pending.take();
        if settled.is_some_and(|state| !slices::all_finite(state)) {
            return Err(Diverged {
                step: self.optimiser.steps() + 1,
                value,
                rate: self.optimiser.rate(),
                cause: Cause::State,
                untouched: self.optimiser.steps() == 0,
                caution: None,
            });
        }
        keep(&self.frozen, theta, &mut self.kept);
        self.optimiser.advance(&mut risk, theta, factor)?;
        restore(&self.frozen, &self.kept, theta);
        for range in &self.frozen.state {
            self.pending[range.clone()].copy_from_slice(&state[range.clone()]);
        }
        state.copy_from_slice(&self.pending);
        Ok(value)
    }
}

/// Samples that statistics need, of the layers that are not frozen: those compute as in prediction.
fn least<T: Real>(network: &Network<T>, frozen: &[usize]) -> usize {
    let layers = network.layers().enumerate();
    let learning = layers.filter(|(l, _)| !frozen.contains(l));
    let needs = learning.map(|(_, layer)| layer.spec().least_samples);
    needs.max().unwrap_or(1).max(1)
}

/// What layers, counted from 0, keep.
fn frozen<T: Real>(network: &Network<T>, layers: &[usize]) -> Result<Frozen, TrainingError> {
    let chain = network.chain();
    let count = network.layers().len();
    let mut frozen = Frozen::default();
    for &layer in layers {
        let place = chain.range(layer).zip(chain.state_range(layer));
        let (Some((theta, state)), Some(sites)) = (place, chain.sites(layer)) else {
            let last = count - 1;
            return Err(TrainingError::NoSuchLayer { layer, last });
        };
        frozen.theta.push(theta);
        frozen.state.push(state);
        frozen.sites.push(sites);
    }
    let trains =
        |l: &usize| !layers.contains(l) && chain.range(*l).is_some_and(|range| !range.is_empty());
    frozen.first = (0..count).find(trains).unwrap_or(count);
    Ok(frozen)
}

/// The trap without frozen parameters: at the stages of a method it would move them under the layers that learn, and it would
/// count in the norm that is clipped.
fn released(trap: Trap, frozen: &Frozen, parameters: usize) -> Trap {
    if frozen.theta.is_empty() {
        return trap;
    }
    let mut bound = vec![trap.mask.is_none(); parameters];
    for range in trap.mask.iter().flat_map(Mask::ranges) {
        bound[range.clone()].fill(true);
    }
    for range in &frozen.theta {
        bound[range.clone()].fill(false);
    }
    Trap {
        mask: Some(Mask::of(bound)),
        ..trap
    }
}

/// The gradient of frozen layers is zero, but decay and momentum from before may still move parameters: after each
/// step the values from before it are put back.
fn keep<T: Real>(frozen: &Frozen, theta: &[T], kept: &mut [T]) {
    let mut kept = kept;
    for range in &frozen.theta {
        let (now, rest) = kept.split_at_mut(range.len());
        now.copy_from_slice(&theta[range.clone()]);
        kept = rest;
    }
}

fn restore<T: Real>(frozen: &Frozen, kept: &[T], theta: &mut [T]) {
    let mut kept = kept;
    for range in &frozen.theta {
        let (now, rest) = kept.split_at(range.len());
        theta[range.clone()].copy_from_slice(now);
        kept = rest;
    }
}
