//! The cost of a network on a batch, as a function of its parameters.

use core::ops::Range;

use gradflow_kernels::{Real, Workers, slices};
use gradflow_loss::{Cost, check_sample_weights};
use gradflow_optim::Objective;
use gradflow_tensor::Batch;

use crate::{ModelError, Network, Tape};

/// The empirical cost (19) of a network on a batch, an [`Objective`] in `theta`: the one place where layers, loss and
/// descent meet.
///
/// A batch larger than the tape is taken in pieces of the tape's size, always the same ones, so the bits of the result
/// depend on that size but never on the number of threads.
#[derive(Debug)]
pub struct Risk<'a, T: Real> {
    network: &'a Network<T>,
    cost: &'a Cost,
    x: Batch<'a, T>,
    y: Batch<'a, T>,
    weights: Option<&'a [T]>,
    frozen: &'a [Range<usize>],
    first: usize,
    /// Whether the last gradient is certain to be finite.
    finite: bool,
    tape: &'a mut Tape<T>,
    workers: &'a Workers,
}

impl<'a, T: Real> Risk<'a, T> {
    /// The cost of `network` on inputs `x` and targets `y`.
    ///
    /// # Errors
    /// [`ModelError`] if inputs or targets do not fit the network or one another, the cost does not suit the network's
    /// output or the targets, the batch is empty, or the tape belongs to a network of other shapes.
    pub fn new(
        network: &'a Network<T>,
        cost: &'a Cost,
        x: Batch<'a, T>,
        y: Batch<'a, T>,
        tape: &'a mut Tape<T>,
        workers: &'a Workers,
    ) -> Result<Self, ModelError> {
        network.check_cost(cost)?;
        network.check_samples(x.data(), y.data())?;
        cost.check_targets(y)?;
        if !tape.fits(network) {
            return Err(ModelError::Workspace);
        }
        Ok(Self::checked(network, cost, x, y, tape, workers))
    }

    /// Like [`Risk::new`], for sizes that were checked before.
    pub(crate) fn checked(
        network: &'a Network<T>,
        cost: &'a Cost,
        x: Batch<'a, T>,
        y: Batch<'a, T>,
        tape: &'a mut Tape<T>,
        workers: &'a Workers,
    ) -> Self {
        Self {
            network,
            cost,
            x,
            y,
            weights: None,
            frozen: &[],
            first: 0,
            finite: false,
            tape,
            workers,
        }
    }

    /// Gives each sample a weight: the cost becomes `sum w_s L_s / sum w_s`.
    ///
    /// # Errors
    /// [`ModelError::Cost`] if there is not one weight a sample, one is negative or not finite, or all are zero.
    pub fn with_weights(mut self, weights: &'a [T]) -> Result<Self, ModelError> {
        check_sample_weights(self.x.samples(), weights)?;
        self.weights = Some(weights);
        Ok(self)
    }

    pub(crate) fn weighted(mut self, weights: Option<&'a [T]>) -> Self {
        self.weights = weights;
        self
    }

    /// Gives the frozen ranges of `theta` a gradient of zero; layers before `first` are not even visited.
    pub(crate) fn freeze(mut self, frozen: &'a [Range<usize>], first: usize) -> Self {
        (self.frozen, self.first) = (frozen, first);
        self
    }

    /// The pieces of the batch that fit the tape, with their share of the whole average. A piece whose weights are all zero
    /// has no average and no share; it is left out.
    fn pieces(&self) -> impl Iterator<Item = Piece<'a, T>> + use<'a, T> {
        let (x, y, weights, step) = (self.x, self.y, self.weights, self.tape.capacity().max(1));
        let (input, output) = (self.network.input(), self.network.output());
        let total = |w: &[T]| w.iter().map(|w| w.to_f64()).sum::<f64>();
        let whole = weights.map_or(x.samples() as f64, total);
        let piece = move |start: usize| {
            let samples = step.min(x.samples() - start);
            let weights = weights.map(|w| &w[start..][..samples]);
            Piece {
                x: input.columns(&x.data()[start * input.len()..], samples),
                y: output.columns(&y.data()[start * output.len()..], samples),
                weights,
                share: weights.map_or(samples as f64, total) / whole,
            }
        };
        (0..x.samples())
            .step_by(step)
            .map(piece)
            .filter(|piece| piece.share > 0.0)
    }

    /// Cost and gradient of a piece.
    fn piece_gradient(&mut self, q: &[T], piece: &Piece<'_, T>, j: &mut [T]) -> f64 {
        self.network.forward(q, piece.x, self.tape, self.workers);
        let (p, p_bar) = self.tape.output_bar(piece.x.samples());
        let cost = self
            .cost
            .value_and_gradient(p, piece.y, piece.weights, p_bar);
        self.finite = (self.network).backward(q, piece.x, self.tape, j, self.first, self.workers);
        cost
    }
}

/// A part of a batch.
struct Piece<'a, T> {
    x: Batch<'a, T>,
    y: Batch<'a, T>,
    weights: Option<&'a [T]>,
    share: f64,
}

impl<T: Real> Objective<T> for Risk<'_, T> {
    fn dimension(&self) -> usize {
        self.network.parameters()
    }

    fn value(&mut self, q: &[T]) -> f64 {
        let mut value = 0.0;
        for piece in self.pieces() {
            let p = self.network.forward(q, piece.x, self.tape, self.workers);
            value += piece.share * self.cost.value(p, piece.y, piece.weights);
        }
        value
    }

    fn value_and_gradient(&mut self, q: &[T], j: &mut [T]) -> f64 {
        let mut value = 0.0;
        if self.weights.is_none() && self.x.samples() <= self.tape.capacity() {
            let piece = Piece {
                x: self.x,
                y: self.y,
                weights: None,
                share: 1.0,
            };
            value = self.piece_gradient(q, &piece, j);
        } else {
            j.fill(T::ZERO);
            let mut partial = self.tape.take_partial(j.len());
            for piece in self.pieces() {
                value += piece.share * self.piece_gradient(q, &piece, &mut partial);
                slices::axpy(T::from_f64(piece.share), &partial, j);
            }
            self.tape.put_partial(partial);
            self.finite = false;
        }
        for range in self.frozen {
            j[range.clone()].fill(T::ZERO);
        }
        value
    }

    fn gradient_is_finite(&self, j: &[T]) -> bool {
        self.finite || slices::all_finite(j)
    }
}
