//! The cost of a network on a batch, as a function of its parameters.

use gradflow_kernels::{Real, slices};
use gradflow_layers::Draw;
use gradflow_loss::check_sample_weights;
use gradflow_optim::Objective;
use gradflow_tensor::Batch;

use crate::checks::check_piece;
use crate::pieces::{Frozen, MiniBatch, Values};
use crate::{Arena, InProcess, Model, ModelError, Pieces, Reduce};

/// The empirical cost (19) of a model on a batch, an [`Objective`] in `theta`: the one place where layers, loss and
/// descent meet.
///
/// A batch larger than the arena is taken in as few pieces of equal size as fit, always the same ones, so the bits of the result
/// depend on the arena's size but never on the number of threads. Layers compute as in training (batch statistics are those of each
/// piece); the model's parameters and state stay as they are.
///
/// ```
/// use gradflow::optim::Objective;
/// use gradflow::{Activation, Arena, Batch, Cost, Model, Network, Risk};
///
/// let network = Network::<f64>::builder([1, 1, 1]).dense(1, Activation::Identity).build()?;
/// let model = Model::with_parameters(network, Cost::regression(), vec![2.0, 0.0])?;
/// let mut arena = Arena::training(model.network(), 1)?;
/// let (x, y) = ([3.0], [5.0]);
/// let mut risk = Risk::new(&model, Batch::new(&x, 1)?, Batch::new(&y, 1)?, &mut arena)?;
/// let mut j = [0.0; 2];
/// assert_eq!(risk.value_and_gradient(&[2.0, 0.0], &mut j), 0.5); // (2 * 3 - 5)^2 / 2
/// assert_eq!(j, [3.0, 1.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Risk<'a, T: Real, R = InProcess<T>> {
    pub(crate) batch: MiniBatch<'a, T>,
    pub(crate) reduce: R,
}

impl<'a, T: Real> Risk<'a, T> {
    /// The cost of `model` on inputs `x` and targets `y`.
    ///
    /// # Errors
    /// [`ModelError`] if inputs or targets do not fit the network or one another, or the cost the targets, the batch is empty,
    /// or the arena was not made for training passes of this network.
    pub fn new(
        model: &'a Model<T>,
        x: Batch<'a, T>,
        y: Batch<'a, T>,
        arena: &'a mut Arena<T>,
    ) -> Result<Self, ModelError> {
        model.check_samples(x.data(), y.data())?;
        model.cost().check_targets(y)?;
        if !arena.trains(model.network()) {
            return Err(ModelError::Arena);
        }
        let samples = x.samples();
        let pieces = samples.div_ceil(arena.capacity());
        check_piece(model.network().spec().least_samples, samples, pieces)?;
        let mut reduce = InProcess::default();
        reduce.make_room(pieces, model.network().parameters())?;
        const NOTHING: &Frozen = &Frozen {
            theta: Vec::new(),
            state: Vec::new(),
            sites: Vec::new(),
            first: 0,
        };
        let batch = MiniBatch {
            network: model.network(),
            cost: model.cost(),
            x,
            y,
            weights: None,
            share: 1.0 / samples as f64,
            pieces,
            // The draw of a pass that belongs to no run: the same every time.
            draw: Draw::new(0, 0),
            frozen: NOTHING,
            state: model.state(),
            pending: None,
            finite: false,
            arena,
            workers: model.workers(),
        };
        Ok(Self { batch, reduce })
    }

    /// Gives each sample a weight: the cost becomes `sum w_s L_s / sum w_s`.
    ///
    /// # Errors
    /// [`ModelError::Cost`] if there is not one weight a sample, one is negative or not finite, or all are zero.
    pub fn with_weights(mut self, weights: &'a [T]) -> Result<Self, ModelError> {
        check_sample_weights(self.batch.x.samples(), weights)?;
        self.batch.weights = Some(weights);
        self.batch.share = 1.0 / weights.iter().map(|w| w.to_f64()).sum::<f64>();
        Ok(self)
    }
}

impl<T: Real, R> core::fmt::Debug for Risk<'_, T, R> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Risk")
            .field("samples", &self.batch.x.samples())
            .finish_non_exhaustive()
    }
}

impl<T: Real, R: Reduce<T>> Objective<T> for Risk<'_, T, R> {
    fn dimension(&self) -> usize {
        self.batch.network.parameters()
    }

    fn value(&mut self, q: &[T]) -> f64 {
        self.reduce.sum(&mut Values(&mut self.batch), q).0
    }

    fn value_and_gradient(&mut self, q: &[T], j: &mut [T]) -> f64 {
        if self.batch.pieces == 1 && self.reduce.is_alone() {
            return self.batch.whole(q, j);
        }
        let (value, sum) = self.reduce.sum(&mut self.batch, q);
        if sum.len() == self.batch.numbers() {
            self.batch.take_apart(sum, j);
            value
        } else {
            j.fill(T::from_f64(f64::NAN));
            f64::NAN
        }
    }

    fn gradient_is_finite(&self, j: &[T]) -> bool {
        self.batch.finite || slices::all_finite(j)
    }
}
