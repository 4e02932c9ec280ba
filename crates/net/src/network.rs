//! A stack of layers over one flat parameter vector.

use core::ops::Range;
use std::sync::Arc;

use gradflow_kernels::{Real, Workers, slices};
use gradflow_layers::{Layer, Pass};
use gradflow_loss::Cost;
use gradflow_tensor::{Batch, Shape};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::{ModelError, NetworkBuilder, Summary, Tape};

/// A network (40): layers in a row, each with its range of the flat parameter vector `theta`.
///
/// A network owns no numbers: parameters are handed in, activations live in a [`Tape`]. It is built by
/// [`Network::builder`], which checks every shape once; after that no computation can fail on shapes.
/// Layers are counted from 0, as in the text. Cloning shares the layers.
///
/// ```
/// use gradflow::{Activation, Network};
///
/// let network = Network::<f32>::builder([1, 8, 8])
///     .conv(4, [3, 3], Activation::Relu)
///     .dense(10, Activation::Identity)
///     .build()?;
/// assert_eq!(network.parameters(), 4 * 9 + 4 + 4 * 6 * 6 * 10 + 10);
/// # Ok::<(), gradflow::NetworkError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Network<T: Real> {
    layers: Vec<Placed<T>>,
    input: Shape<3>,
    parameters: usize,
}

/// A layer and where its parameters stand in `theta`.
#[derive(Debug, Clone)]
pub(crate) struct Placed<T: Real> {
    pub(crate) layer: Arc<dyn Layer<T>>,
    pub(crate) range: Range<usize>,
    pub(crate) input: Shape<3>,
    pub(crate) output: Shape<3>,
}

impl<T: Real> Network<T> {
    /// Starts a network that reads samples of this shape: `[depth, vertical, horizontal]`, `[n, 1, 1]` for a vector.
    pub fn builder(input: [usize; 3]) -> NetworkBuilder<T> {
        NetworkBuilder::new(input)
    }

    /// The layers are known to fit one another and not to be empty.
    pub(crate) fn from_parts(layers: Vec<Placed<T>>, input: Shape<3>, parameters: usize) -> Self {
        Self {
            layers,
            input,
            parameters,
        }
    }

    pub(crate) fn placed(&self) -> &[Placed<T>] {
        &self.layers
    }

    /// The layers in order.
    pub fn layers(&self) -> impl ExactSizeIterator<Item = &dyn Layer<T>> {
        self.layers.iter().map(|placed| &*placed.layer)
    }

    /// The range of `theta` that belongs to a layer; `None` if there is no such layer.
    pub fn range(&self, layer: usize) -> Option<Range<usize>> {
        self.layers.get(layer).map(|placed| placed.range.clone())
    }

    /// Shape of an input sample.
    pub fn input(&self) -> Shape<3> {
        self.input
    }

    /// Shape of an output sample.
    pub fn output(&self) -> Shape<3> {
        self.layers
            .last()
            .map_or(self.input, |placed| placed.output)
    }

    /// Number of parameters: the length of `theta`.
    pub fn parameters(&self) -> usize {
        self.parameters
    }

    /// Fresh parameters drawn by each layer's own rule; the same seed gives the same numbers.
    pub fn initialise(&self, seed: u64) -> Vec<T> {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut theta = vec![T::ZERO; self.parameters];
        for placed in &self.layers {
            placed
                .layer
                .initialise(&mut theta[placed.range.clone()], &mut rng);
        }
        theta
    }

    /// A table of the layers with their shapes and numbers of parameters.
    pub fn summary(&self) -> Summary {
        Summary::of(self)
    }

    /// Computes every layer's output (17), (39) into the tape, for a batch no larger than the tape, and returns the last.
    ///
    /// # Panics
    /// If `theta`, `x` or the tape do not belong to a network of this shape, or the batch is larger than the tape.
    pub fn forward<'t>(
        &self,
        theta: &[T],
        x: Batch<'_, T>,
        tape: &'t mut Tape<T>,
        workers: &Workers,
    ) -> Batch<'t, T> {
        assert_eq!(theta.len(), self.parameters, "theta of the network");
        assert_eq!(x.size(), self.input.len(), "input of the network");
        let samples = x.samples();
        for (l, placed) in self.layers.iter().enumerate() {
            let (before, rest) = tape.records.split_at_mut(l);
            let record = &mut rest[0];
            placed.layer.forward(
                &theta[placed.range.clone()],
                before
                    .last()
                    .map_or(x, |before| placed.input.columns(&before.output, samples)),
                placed.output.columns_mut(&mut record.output, samples),
                &mut record.scratch,
                workers,
            );
        }
        tape.output(samples)
    }

    /// Computes `theta_bar = dL/dtheta` by (29), (45) and (24), (47), after [`Network::forward`] on the same `theta` and `x`,
    /// from `dL/dp`, which stands in [`Tape::output_bar`]. Layers before `first` get no gradient: their part of
    /// `theta_bar` is left as it is.
    ///
    /// Returns whether the gradient of these layers is certain to be finite; if not, nobody knows without a look.
    ///
    /// # Panics
    /// As [`Network::forward`].
    pub fn backward(
        &self,
        theta: &[T],
        x: Batch<'_, T>,
        tape: &mut Tape<T>,
        theta_bar: &mut [T],
        first: usize,
        workers: &Workers,
    ) -> bool {
        assert_eq!(theta_bar.len(), self.parameters, "gradient of the network");
        let samples = x.samples();
        // A look at inputs and deltas has to be worth it; to begin one costs as much as some elements.
        let looked_at =
            |placed: &Placed<T>| 512 + samples * (placed.input.len() + placed.output.len());
        let layers = (self.layers.iter().skip(first)).filter(|placed| !placed.range.is_empty());
        let mut finite = 2 * layers.map(looked_at).sum::<usize>() < self.parameters;
        let Tape { records, bars, .. } = tape;
        let [p_bar, x_bar] = bars;
        for (l, placed) in self.layers.iter().enumerate().skip(first).rev() {
            let (before, rest) = records.split_at(l);
            let record = &rest[0];
            let pass = Pass {
                x: before
                    .last()
                    .map_or(x, |before| placed.input.columns(&before.output, samples)),
                p: placed.output.columns(&record.output, samples),
                scratch: &record.scratch,
            };
            placed.layer.backward(
                &theta[placed.range.clone()],
                pass,
                placed.output.columns_mut(p_bar, samples),
                &mut theta_bar[placed.range.clone()],
                (l > first).then(|| placed.input.columns_mut(x_bar, samples)),
                workers,
            );
            finite = finite
                && (placed.range.is_empty()
                    || placed.layer.sums_products()
                        && products_are_finite(
                            pass.x.data(),
                            placed.output.columns(p_bar, samples).data(),
                        ));
            core::mem::swap(p_bar, x_bar);
        }
        finite
    }

    /// Bounds of the last layer's values, over all inputs and parameters.
    pub(crate) fn output_range(&self) -> (f64, f64) {
        self.layers
            .last()
            .map_or((f64::NEG_INFINITY, f64::INFINITY), |placed| {
                placed.layer.output_range()
            })
    }

    /// Whether the activations of so many samples can be addressed.
    pub(crate) fn holds(&self, samples: usize) -> bool {
        let outputs = self.layers.iter().map(|placed| placed.output.len());
        let total = outputs.fold(self.input.len(), usize::saturating_add);
        total
            .checked_mul(samples)
            .is_some_and(|n| n <= isize::MAX as usize / 64)
    }

    /// Whether a cost suits the outputs.
    pub(crate) fn check_cost(&self, cost: &Cost) -> Result<(), ModelError> {
        cost.check(self.output().len())?;
        let (low, high) = self.output_range();
        if cost.requires_unit_interval() && (low < 0.0 || high > 1.0) {
            return Err(ModelError::OutputRange { low, high });
        }
        Ok(())
    }

    /// Whether inputs and targets are whole samples of this network, as many of each, at least one.
    pub(crate) fn check_samples(&self, x: &[T], y: &[T]) -> Result<(), ModelError> {
        let (inputs, outputs) = (self.input.len(), self.output().len());
        if x.is_empty() || !x.len().is_multiple_of(inputs) {
            return Err(ModelError::InputSize {
                expected: inputs,
                came: x.len(),
            });
        }
        let samples = x.len() / inputs;
        if y.len() != samples * outputs {
            return Err(ModelError::Targets {
                samples,
                outputs,
                came: y.len(),
            });
        }
        Ok(())
    }
}

/// Whether sums of products of elements of `x`, or of ones, with elements of `delta` are certain to be finite, if no sum uses
/// an element twice: `|x delta| <= (x^2 + delta^2) / 2`, term by term.
fn products_are_finite<T: Real>(x: &[T], delta: &[T]) -> bool {
    let [x2, delta2] = [x, delta].map(|x| slices::sum_squares(x).to_f64());
    // What is missing to the largest number is room for rounding, and for ones; NaN is not less.
    x2 + delta2 < 0.25 * T::MAX.to_f64()
}
