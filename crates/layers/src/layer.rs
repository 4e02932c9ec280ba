//! The contract of a layer.

use core::fmt::Debug;
use core::ops::Range;

use gradflow_kernels::{ConvPlan, DenseLayer, Real, Workers};
use gradflow_tensor::{Batch, BatchMut};
use rand::Rng;

use crate::{Draw, Mode, Recipe, Spec};

/// What a layer is, whatever numbers it computes with.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what layer it is",
    label = "no `Describe`",
    note = "implement `Describe`: `fn spec(&self) -> &Spec` returns the layer's shapes and blocks, made once by `Spec::new`"
)]
pub trait Describe: Debug + Send + Sync {
    /// The layer's shapes, parameters, state and needs.
    fn spec(&self) -> &Spec;

    /// The layer without its input, from which [`Recipe::on`] builds it again; `None` if it cannot be described.
    fn recipe(&self) -> Option<Recipe> {
        None
    }
}

/// A layer: a description that owns no numbers, and two functions of what they are handed.
///
/// Whoever holds a layer checks its [`Spec`] once; a layer may rely on slices and batches being as long as the spec says.
/// `forward` and `backward` are pure: the same numbers in give the same bits out, for any number of threads. The trait is
/// object-safe, so that users can add layers of their own.
///
/// # A layer of your own
///
/// A layer that multiplies each input by a weight of its own: `p_a = w_a x_a`. Its gradients are `dL/dw_a = p_bar_a x_a`, summed over the
/// samples, and `dL/dx_a = w_a p_bar_a`. The registry makes it where a recipe names it.
///
/// ```
/// # use std::sync::Arc;
/// # use gradflow_kernels::{Real, Workers};
/// # use gradflow_layers::{Cx, Describe, Draw, Init, Layer, Own, Pass, Recipe, Registry, Spec};
/// # use gradflow_tensor::{Batch, BatchMut, Shape};
/// #[derive(Debug)]
/// struct Scale(Spec);
///
/// impl Describe for Scale {
///     fn spec(&self) -> &Spec {
///         &self.0
///     }
///     fn recipe(&self) -> Option<Recipe> {
///         Some(Recipe::named("scale", []))
///     }
/// }
///
/// impl<T: Real> Layer<T> for Scale {
///     fn forward(&self, own: Own<T>, x: Batch<T>, mut p: BatchMut<T>, _: &mut [T], _: Cx) {
///         for (x, p) in x.iter().zip(p.iter_mut()) {
///             (0..x.len()).for_each(|a| p[a] = own.theta[a] * x[a]);
///         }
///     }
///     fn backward(&self, own: Own<T>, mut pass: Pass<T>, theta_bar: &mut [T], _: Cx) {
///         theta_bar.fill(T::ZERO);
///         for (x, p_bar) in pass.x.iter().zip(pass.p_bar.iter_mut()) {
///             (0..x.len()).for_each(|a| theta_bar[a] += p_bar[a] * x[a]);
///             (0..x.len()).for_each(|a| p_bar[a] *= own.theta[a]);
///         }
///         if let Some(mut x_bar) = pass.x_bar {
///             x_bar.data().copy_from_slice(pass.p_bar.data());
///         }
///     }
/// }
///
/// fn scale(shape: Shape<3>) -> Scale {
///     Scale(Spec::new("scale", shape, shape).block("weight", [shape.len()], Init::Constant(1.0)))
/// }
///
/// let registry = Registry::default().layer("scale", |shape, _| Ok(Arc::new(scale(shape))));
/// let text = r#"{"Chain": [
///     {"Dense": {"outputs": 3, "activation": "Tanh"}}, {"Named": {"name": "scale"}}
/// ]}"#;
/// let recipe: Recipe = serde_json::from_str(text)?;
/// let layer = recipe.on::<f64>(Shape::vector(2)?, &registry)?;
/// assert_eq!(layer.recipe(), Some(recipe));
///
/// // A difference check says whether `backward` fits `forward`: two samples, and
/// // L = sum p^2 / 2, so that dL/dp = p.
/// let (spec, workers) = (layer.spec(), Workers::inline());
/// let (x, cx) = ([1.0, 2.0, -1.0, 0.5], Cx::train(&workers, Draw::new(1, 1)));
/// let forward = |theta: &[f64], scratch: &mut [f64]| {
///     let (own, mut p) = (Own { theta, state: &[] }, vec![0.0; 6]);
///     let (input, output) = (spec.input.columns(&x, 2), spec.output.columns_mut(&mut p, 2));
///     layer.forward(own, input, output, scratch, cx);
///     p
/// };
/// let theta: Vec<f64> = (1..=12).map(|i| f64::from(i).sin()).collect();
/// let (mut scratch, mut theta_bar) = (vec![0.0; spec.train.of(2)], vec![0.0; 12]);
/// let p = forward(&theta, &mut scratch);
/// let mut p_bar = p.clone();
/// let pass = Pass {
///     x: spec.input.columns(&x, 2),
///     p: spec.output.columns(&p, 2),
///     scratch: &mut scratch,
///     p_bar: spec.output.columns_mut(&mut p_bar, 2),
///     x_bar: None,
/// };
/// layer.backward(Own { theta: &theta, state: &[] }, pass, &mut theta_bar, cx);
/// let l = |theta: &[f64]| forward(theta, &mut scratch).iter().map(|p| 0.5 * p * p).sum();
/// gradflow_gradcheck::check(l, &theta, &theta_bar)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer for numbers in `{T}`",
    label = "no `Layer<{T}>`",
    note = "a layer of your own implements `Describe` (what it is) and `Layer<{T}>`: `forward` and `backward`"
)]
pub trait Layer<T: Real>: Describe {
    /// Computes the output `p` of every sample of `x`; `p` is overwritten.
    ///
    /// | for `n` samples | elements |
    /// |---|---|
    /// | `own.theta`, `own.state` | [`Spec::parameters`], [`Spec::state_len`] |
    /// | `x` | `n` columns of `spec.input.len()` |
    /// | `p` | `n` columns of `spec.output.len()` |
    /// | `scratch` | at least `spec.train.of(n)` in training, `spec.predict.of(n)` in prediction |
    ///
    /// What the scratch holds at first is not known.
    fn forward(
        &self,
        own: Own<'_, T>,
        x: Batch<'_, T>,
        p: BatchMut<'_, T>,
        scratch: &mut [T],
        cx: Cx<'_>,
    );

    /// Computes `theta_bar = dL/dtheta`, summed over the samples, and `x_bar = dL/dx` if it is asked for; both are overwritten.
    ///
    /// `theta_bar` is as long as `own.theta`, `x_bar` is of the shape of `x`, `pass.p_bar` of the shape of `p`; all else is as in
    /// [`forward`](Layer::forward).
    ///
    /// It follows a `forward` in training with the same numbers and `cx`. A frozen layer is called too where a layer before
    /// needs `x_bar`; whoever froze it sets what it writes to `theta_bar` to zero.
    fn backward(&self, own: Own<'_, T>, pass: Pass<'_, T>, theta_bar: &mut [T], cx: Cx<'_>);

    /// What a prediction computes from the layer's own numbers alone, for whoever predicts often with the same ones; `None` if there is
    /// nothing, or `forward` is just as fast.
    fn plan<'a>(&self, own: Own<'a, T>) -> Option<Plan<'a, T>> {
        let _ = own;
        None
    }

    /// Moves the state on after the first evaluation of a step; `scratch` is as `forward` left it in training over so many
    /// samples. A layer that did not [learn](Cx::learns) there keeps its state, which it has to tell from the scratch.
    fn settle(&self, samples: usize, scratch: &[T], state: &mut [T]) {
        let _ = (samples, scratch, state);
    }

    /// Fills `theta` with initial values, block by block as [`Spec::blocks`] says.
    fn initialise(&self, theta: &mut [T], rng: &mut dyn Rng) {
        for block in &self.spec().blocks {
            block.initialise(theta, rng);
        }
    }
}

/// A layer as predictions take it that follow one another: see [`Layer::plan`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Plan<'a, T: Real> {
    /// A dense layer; those in a row make a [`DenseStack`](gradflow_kernels::DenseStack).
    Dense(DenseLayer<'a, T>),
    /// A convolution.
    Conv(Box<ConvPlan<T>>),
}

/// A layer's own numbers.
#[derive(Debug, Clone, Copy)]
pub struct Own<'a, T> {
    /// Its parameters, as many as [`Spec::parameters`].
    pub theta: &'a [T],
    /// Its state, as many numbers as [`Spec::state_len`].
    pub state: &'a [T],
}

/// What a forward pass left behind, and what the backward pass writes.
#[derive(Debug)]
pub struct Pass<'a, T> {
    /// The layer's input.
    pub x: Batch<'a, T>,
    /// The layer's output.
    pub p: Batch<'a, T>,
    /// The layer's scratch, as `forward` left it; it may be written.
    pub scratch: &'a mut [T],
    /// `dL/dp`; it may be used as scratch. A layer that [sums products](Spec#structfield.sums_products) leaves `delta` in it.
    pub p_bar: BatchMut<'a, T>,
    /// The place for `dL/dx`, which is overwritten; `None` where nobody needs it (the first layer).
    pub x_bar: Option<BatchMut<'a, T>>,
}

/// What a pass is for, and what it may use.
#[derive(Debug, Clone, Copy)]
pub struct Cx<'a> {
    /// The threads.
    pub workers: &'a Workers,
    /// Whether the pass trains or predicts.
    pub mode: Mode,
    /// The layer's number within the network, by which flags and draws are told apart.
    pub site: usize,
    /// Ranges of sites whose parameters and state are kept.
    pub frozen: &'a [Range<usize>],
}

impl<'a> Cx<'a> {
    /// A prediction.
    pub fn predict(workers: &'a Workers) -> Self {
        Self {
            workers,
            mode: Mode::Predict,
            site: 0,
            frozen: &[],
        }
    }

    /// A training pass in which nothing is frozen.
    pub fn train(workers: &'a Workers, draw: Draw) -> Self {
        Self {
            mode: Mode::Train(draw),
            ..Self::predict(workers)
        }
    }

    /// The same for the child that stands `site` places after this layer.
    #[inline]
    #[must_use]
    pub fn at(self, site: usize) -> Self {
        Self {
            site: self.site.wrapping_add(site),
            ..self
        }
    }

    /// Whether this layer is frozen.
    pub fn frozen(&self) -> bool {
        self.frozen.iter().any(|sites| sites.contains(&self.site))
    }

    /// Whether statistics of the batch are taken: in training, unless the layer is frozen. A frozen layer computes as in
    /// prediction.
    pub fn learns(&self) -> bool {
        self.mode != Mode::Predict && !self.frozen()
    }

    /// This layer's random numbers, the same in `forward` and `backward`; `None` in prediction.
    pub fn draw(&self) -> Option<Draw> {
        match self.mode {
            Mode::Predict => None,
            Mode::Train(draw) => Some(draw.at(self.site)),
        }
    }
}
