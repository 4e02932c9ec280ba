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
///
/// # A layer of your own
///
/// A layer that multiplies each input by a weight of its own: `p_a = w_a x_a`. Its gradients are `dL/dw_a = p_bar_a x_a`, summed over the
/// samples, and `dL/dx_a = w_a p_bar_a`. A difference check says whether `backward` fits `forward`.
///
/// ```
/// use gradflow_kernels::{Real, Workers};
/// use gradflow_layers::{Block, Layer, Pass};
/// use gradflow_tensor::{Batch, BatchMut, Shape};
/// use rand::Rng;
///
/// #[derive(Debug)]
/// struct Scale {
///     shape: Shape<3>,
///     blocks: [Block; 1],
/// }
///
/// impl Scale {
///     fn new(shape: Shape<3>) -> Self {
///         let weight = Block { name: "weight", dims: vec![shape.len()], range: 0..shape.len() };
///         Self { shape, blocks: [weight] }
///     }
/// }
///
/// impl<T: Real> Layer<T> for Scale {
///     fn name(&self) -> String {
///         "scale".into()
///     }
///     fn input(&self) -> Shape<3> {
///         self.shape
///     }
///     fn output(&self) -> Shape<3> {
///         self.shape
///     }
///     fn blocks(&self) -> &[Block] {
///         &self.blocks
///     }
///     fn initialise(&self, theta: &mut [T], _rng: &mut dyn Rng) {
///         theta.fill(T::ONE);
///     }
///     fn forward(&self, theta: &[T], x: Batch<T>, mut p: BatchMut<T>, _scratch: &mut [T], _: &Workers) {
///         for (x, p) in x.iter().zip(p.iter_mut()) {
///             for a in 0..theta.len() {
///                 p[a] = theta[a] * x[a];
///             }
///         }
///     }
///     fn backward(
///         &self, theta: &[T], pass: Pass<T>, p_bar: BatchMut<T>,
///         theta_bar: &mut [T], x_bar: Option<BatchMut<T>>, _: &Workers,
///     ) {
///         theta_bar.fill(T::ZERO);
///         for (x, p_bar) in pass.x.iter().zip(p_bar.as_batch()) {
///             for a in 0..theta.len() {
///                 theta_bar[a] += p_bar[a] * x[a];
///             }
///         }
///         if let Some(mut x_bar) = x_bar {
///             for (x_bar, p_bar) in x_bar.iter_mut().zip(p_bar.as_batch()) {
///                 for a in 0..theta.len() {
///                     x_bar[a] = theta[a] * p_bar[a];
///                 }
///             }
///         }
///     }
/// }
///
/// // Two samples of three elements, and L = sum p^2 / 2, so that dL/dp = p.
/// let layer = Scale::new(Shape::new([3, 1, 1])?);
/// let (shape, theta, x) = (layer.shape, [0.5, -1.0, 2.0], [1.0, 2.0, 3.0, -1.0, 0.5, 4.0]);
/// let forward = |theta: &[f64]| {
///     let mut p = [0.0; 6];
///     layer.forward(theta, shape.columns(&x, 2), shape.columns_mut(&mut p, 2), &mut [], &Workers::inline());
///     p
/// };
/// let p = forward(&theta);
/// let (mut p_bar, mut theta_bar) = (p, [0.0; 3]);
/// let pass = Pass { x: shape.columns(&x, 2), p: shape.columns(&p, 2), scratch: &[] };
/// layer.backward(&theta, pass, shape.columns_mut(&mut p_bar, 2), &mut theta_bar, None, &Workers::inline());
/// let l = |theta: &[f64]| forward(theta).iter().map(|p| 0.5 * p * p).sum();
/// gradflow_gradcheck::check(l, &theta, &theta_bar)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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

    /// Whether every element of `theta_bar` is a plain sum of products of an element of `x`, or 1, with an element of what
    /// [`Layer::backward`] leaves in `p_bar`, and no sum uses an element twice. Then `theta_bar` is finite if both are and
    /// neither is huge, and a network need not look at it.
    fn sums_products(&self) -> bool {
        false
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
