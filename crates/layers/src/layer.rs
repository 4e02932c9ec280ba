//! The contract of a layer.

use core::fmt::Debug;
use core::ops::Range;

use gradflow_kernels::{Real, Workers};
use gradflow_tensor::{Batch, BatchMut, Shape};
use rand::Rng;

/// A named part of a layer's parameters: `weight [out, in]`, `bias [out]`, `filter [out, in, v, h]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its name within the layer.
    pub name: &'static str,
    /// Its dimensions, row-major.
    pub dims: Vec<usize>,
    /// Its place in the layer's range of `theta`. The blocks of a layer follow one another without gaps.
    pub range: Range<usize>,
}

/// What a forward pass left behind for the backward pass.
#[derive(Debug, Clone, Copy)]
pub struct Pass<'a, T> {
    /// The layer's input.
    pub x: Batch<'a, T>,
    /// The layer's output.
    pub p: Batch<'a, T>,
    /// The layer's scratch, as `forward` left it.
    pub scratch: &'a [T],
}

/// A layer: a description that knows its shapes and owns no numbers.
///
/// The network that holds it checks every size once; a layer may rely on slices and batches being as
/// long as its own methods say. It is object-safe, so that users can add layers of their own.
pub trait Layer<T: Real>: Debug + Send + Sync {
    /// A short description for tables and errors, such as `conv 5@3x3 relu`.
    fn name(&self) -> String;

    /// Shape of an input sample.
    fn input(&self) -> Shape<3>;

    /// Shape of an output sample.
    fn output(&self) -> Shape<3>;

    /// The named parts of the layer's parameters; empty for a layer without any.
    fn blocks(&self) -> &[Block];

    /// Fills `theta` with initial values.
    fn initialise(&self, theta: &mut [T], rng: &mut dyn Rng);

    /// Elements of scratch that `forward` needs for so many samples and `backward` reads again.
    fn scratch(&self, samples: usize) -> usize {
        let _ = samples;
        0
    }

    /// Greatest lower and least upper bound of the output values, over all inputs and parameters; a network uses it to
    /// refuse a cross-entropy of outputs that are no probabilities.
    fn output_range(&self) -> (f64, f64) {
        (f64::NEG_INFINITY, f64::INFINITY)
    }

    /// Computes the output `p` of every sample of `x`.
    fn forward(
        &self,
        theta: &[T],
        x: Batch<'_, T>,
        p: BatchMut<'_, T>,
        scratch: &mut [T],
        workers: &Workers,
    );

    /// Computes `theta_bar = dL/dtheta`, summed over the samples, and `x_bar = dL/dx`; both are overwritten.
    /// `p_bar` arrives as `dL/dp` and may be used as scratch. `x_bar` is `None` where nobody needs it (the first layer).
    fn backward(
        &self,
        theta: &[T],
        pass: Pass<'_, T>,
        p_bar: BatchMut<'_, T>,
        theta_bar: &mut [T],
        x_bar: Option<BatchMut<'_, T>>,
        workers: &Workers,
    );
}
