//! A mini-batch in pieces.

use core::ops::Range;

use gradflow_kernels::{Real, Workers, slices};
use gradflow_layers::{Cx, Draw, Mode, Own};
use gradflow_loss::Cost;
use gradflow_tensor::Batch;

use crate::{Arena, Network, Pieces};

/// What stays as it is while the rest is trained: in `theta`, in the state of the layers, and as places of layers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Frozen {
    pub(crate) theta: Vec<Range<usize>>,
    pub(crate) state: Vec<Range<usize>>,
    pub(crate) sites: Vec<Range<usize>>,
    /// The first layer with a gradient.
    pub(crate) first: usize,
}

/// A mini-batch with everything that a pass over it needs.
pub(crate) struct MiniBatch<'a, T: Real> {
    pub(crate) network: &'a Network<T>,
    pub(crate) cost: &'a Cost,
    pub(crate) x: Batch<'a, T>,
    pub(crate) y: Batch<'a, T>,
    pub(crate) weights: Option<&'a [T]>,
    /// What a sample counts for: `1/|B|`.
    pub(crate) share: f64,
    /// Into how many pieces it is cut.
    pub(crate) pieces: usize,
    pub(crate) draw: Draw,
    pub(crate) frozen: &'a Frozen,
    pub(crate) state: &'a [T],
    /// Where the layers' statistics go, if this evaluation is the one that counts.
    pub(crate) pending: Option<&'a mut [T]>,
    /// Whether the last gradient is certain to be finite.
    pub(crate) finite: bool,
    pub(crate) arena: &'a mut Arena<T>,
    pub(crate) workers: &'a Workers,
}

/// A part of a mini-batch.
struct Piece<'a, T> {
    x: Batch<'a, T>,
    y: Batch<'a, T>,
    weights: Option<&'a [T]>,
    draw: Draw,
}

impl<'a, T: Real> MiniBatch<'a, T> {
    fn cut(&self, i: usize) -> Piece<'a, T> {
        let (x, y) = (self.x, self.y);
        let Range { start, end } = samples_of(x.samples(), self.pieces, i..i + 1);
        let samples = end - start;
        let (input, output) = (self.network.input(), self.network.output());
        Piece {
            x: input.columns(&x.data()[start * input.len()..], samples),
            y: output.columns(&y.data()[start * output.len()..], samples),
            weights: self.weights.map(|weights| &weights[start..][..samples]),
            draw: self.draw.from(start as u64),
        }
    }

    fn cx<'b>(frozen: &'b Frozen, workers: &'b Workers, draw: Draw) -> Cx<'b> {
        Cx {
            workers,
            mode: Mode::Train(draw),
            site: 0,
            frozen: &frozen.sites,
        }
    }

    /// Cost and gradient of a mini-batch of one piece, which nobody needs to add up.
    pub(crate) fn whole(&mut self, q: &[T], j: &mut [T]) -> f64 {
        let mut pending = self.pending.take();
        let value = self.evaluate(0, q, j, pending.as_deref_mut());
        self.pending = pending;
        value
    }

    /// Takes the sum of the pieces' numbers apart: the gradient, and what the layers' state moves by.
    pub(crate) fn take_apart(&mut self, sum: &[T], j: &mut [T]) {
        let (gradient, change) = sum.split_at(j.len());
        j.copy_from_slice(gradient);
        if let Some(pending) = self.pending.as_deref_mut() {
            pending.copy_from_slice(self.state);
            slices::axpy(T::ONE, change, pending);
        }
        // Sums of several pieces may overflow where none of them does.
        self.finite = false;
    }

    /// The share of piece `i` in the cost at `q`, and its gradient into `j`; the layers' statistics into `settled`, if they count.
    fn evaluate(&mut self, i: usize, q: &[T], j: &mut [T], settled: Option<&mut [T]>) -> f64 {
        let piece = self.cut(i);
        let own = Own {
            theta: q,
            state: self.state,
        };
        let cx = Self::cx(self.frozen, self.workers, piece.draw);
        let (p, p_bar) = self.arena.forward(self.network, own, piece.x, cx);
        let cost = self.cost;
        let value = cost.value_and_gradient(p, piece.y, piece.weights, self.share, p_bar);
        if let Some(settled) = settled {
            let samples = piece.x.samples();
            self.arena.settle(self.network, samples, settled);
        }
        let first = self.frozen.first;
        self.finite = (self.arena).backward(self.network, own, piece.x, j, first, cx);
        for range in &self.frozen.theta {
            j[range.clone()].fill(T::ZERO);
        }
        value
    }
}

impl<T: Real> Pieces<T> for MiniBatch<'_, T> {
    fn len(&self) -> usize {
        self.pieces
    }

    fn numbers(&self) -> usize {
        self.network.parameters() + self.pending.as_ref().map_or(0, |pending| pending.len())
    }

    fn piece(&mut self, i: usize, q: &[T], sum: &mut [T]) -> f64 {
        let (j, state) = sum.split_at_mut(self.network.parameters());
        if state.is_empty() {
            return self.evaluate(i, q, j, None);
        }
        state.copy_from_slice(self.state);
        let value = self.evaluate(i, q, j, Some(state));
        // Each piece moves the state as if it were the whole; the mean over the samples counts.
        let all = self.x.samples();
        let share = samples_of(all, self.pieces, i..i + 1).len() as f64 / all as f64;
        let share = T::from_f64(share);
        for (change, before) in state.iter_mut().zip(self.state) {
            *change = share * (*change - *before);
        }
        value
    }
}

/// The pieces of a mini-batch of which the value alone is asked for.
pub(crate) struct Values<'b, 'a, T: Real>(pub(crate) &'b mut MiniBatch<'a, T>);

impl<T: Real> Pieces<T> for Values<'_, '_, T> {
    fn len(&self) -> usize {
        self.0.pieces
    }

    fn numbers(&self) -> usize {
        0
    }

    fn piece(&mut self, i: usize, q: &[T], _: &mut [T]) -> f64 {
        let batch = &mut *self.0;
        let piece = batch.cut(i);
        let own = Own {
            theta: q,
            state: batch.state,
        };
        let cx = MiniBatch::<T>::cx(batch.frozen, batch.workers, piece.draw);
        let (p, _) = batch.arena.forward(batch.network, own, piece.x, cx);
        let cost = batch.cost;
        cost.value(p, piece.y, piece.weights, batch.share)
    }
}

/// The samples of a range of pieces, of a mini-batch of so many samples in so many pieces: none is larger by more than one than another.
pub(crate) fn samples_of(samples: usize, pieces: usize, range: Range<usize>) -> Range<usize> {
    // Of a product that may be larger than a `usize`; the quotient is not larger than `samples`.
    let start = |i: usize| (i as u128 * samples as u128 / pieces.max(1) as u128) as usize;
    start(range.start)..start(range.end)
}
