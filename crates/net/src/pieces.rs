//! A mini-batch in pieces, and who adds them up.

use core::fmt::Debug;
use core::ops::Range;

use gradflow_kernels::{Real, Workers, slices};
use gradflow_layers::{Cx, Draw, Mode, Own};
use gradflow_loss::Cost;
use gradflow_tensor::Batch;

use crate::{Arena, Network};

/// The parts of a mini-batch, each with its share of the cost: they only need to be added up.
pub trait Pieces<T> {
    /// How many there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The share of piece `i` in the cost at `q`, and its gradient into `j`, which is overwritten.
    fn piece(&mut self, i: usize, q: &[T], j: &mut [T]) -> f64;
}

/// Who adds up the pieces of a mini-batch: in order here, over several processes elsewhere.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot add up the pieces of a mini-batch in `{T}`",
    label = "no `Reduce<{T}>`",
    note = "implement `Reduce<{T}>`: `sum` evaluates each piece and adds up values and gradients"
)]
pub trait Reduce<T: Real>: Debug {
    /// Returns the sum of the pieces' values, and writes the sum of their gradients to `j`. `q`, `j` and `part` have an element for
    /// each parameter; `part` is free to use. The order of the additions decides the last bits: keep it the same from call to call.
    fn sum(&mut self, pieces: &mut dyn Pieces<T>, q: &[T], j: &mut [T], part: &mut [T]) -> f64;

    /// Whether the gradient of a mini-batch of one piece is handed on unchanged. Then it need not be searched for numbers that are not
    /// finite where its piece knows that there are none. Say no if anything is added to it, such as the gradients of other processes.
    fn keeps_single(&self) -> bool {
        false
    }
}

/// Adds up the pieces one after another, in this process.
#[derive(Debug, Clone, Copy, Default)]
pub struct InOrder;

impl<T: Real> Reduce<T> for InOrder {
    fn sum(&mut self, pieces: &mut dyn Pieces<T>, q: &[T], j: &mut [T], part: &mut [T]) -> f64 {
        let mut value = pieces.piece(0, q, j);
        for i in 1..pieces.len() {
            value += pieces.piece(i, q, part);
            slices::axpy(T::ONE, part, j);
        }
        value
    }

    fn keeps_single(&self) -> bool {
        true
    }
}

impl<T: Real, R: Reduce<T> + ?Sized> Reduce<T> for &mut R {
    fn sum(&mut self, pieces: &mut dyn Pieces<T>, q: &[T], j: &mut [T], part: &mut [T]) -> f64 {
        (**self).sum(pieces, q, j, part)
    }

    fn keeps_single(&self) -> bool {
        (**self).keeps_single()
    }
}

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
    /// Samples of a piece; the last may be shorter.
    pub(crate) piece: usize,
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
        let start = i * self.piece;
        let samples = self.piece.min(x.samples() - start);
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

    /// The cost at `q`, of all pieces, without a gradient.
    pub(crate) fn value(&mut self, q: &[T]) -> f64 {
        let mut value = 0.0;
        for i in 0..self.len() {
            let piece = self.cut(i);
            let own = Own {
                theta: q,
                state: self.state,
            };
            let cx = Self::cx(self.frozen, self.workers, piece.draw);
            let (p, _) = self.arena.forward(self.network, own, piece.x, cx);
            value += self.cost.value(p, piece.y, piece.weights, self.share);
        }
        value
    }
}

impl<T: Real> Pieces<T> for MiniBatch<'_, T> {
    fn len(&self) -> usize {
        self.x.samples().div_ceil(self.piece)
    }

    fn piece(&mut self, i: usize, q: &[T], j: &mut [T]) -> f64 {
        let piece = self.cut(i);
        let own = Own {
            theta: q,
            state: self.state,
        };
        let cx = Self::cx(self.frozen, self.workers, piece.draw);
        let (p, p_bar) = self.arena.forward(self.network, own, piece.x, cx);
        let cost = self.cost;
        let value = cost.value_and_gradient(p, piece.y, piece.weights, self.share, p_bar);
        if let Some(pending) = self.pending.as_deref_mut() {
            let samples = piece.x.samples();
            self.arena.settle(self.network, samples, pending);
        }
        let first = self.frozen.first;
        let finite = (self.arena).backward(self.network, own, piece.x, j, first, cx);
        // Sums of several pieces may overflow where none of them does.
        self.finite = finite && self.piece >= self.x.samples();
        for range in &self.frozen.theta {
            j[range.clone()].fill(T::ZERO);
        }
        value
    }
}
