//! The contract of a layer.

use core::fmt::Debug;
use core::ops::Range;

use gradflow_kernels::{Real, Workers};
use gradflow_tensor::{Batch, BatchMut};
use rand::Rng;

use crate::{Draw, Recipe, Spec};

/// What a layer is, whatever numbers it computes with.
pub trait Describe: Debug + Send + Sync {
    /// The layer's shapes, parameters, state and needs.
    fn spec(&self) -> &Spec;

    /// The layer without its input, from which [`Recipe::on`] builds it again; `None` if it cannot be described.
    fn recipe(&self) -> Option<Recipe> {
        None
    }
}

/// A layer: a description that owns no numbers, and two functions of what they are handed.
pub trait Layer<T: Real>: Describe {
    /// Computes the output `p` of every sample of `x`.
    fn forward(
        &self,
        own: Own<'_, T>,
        x: Batch<'_, T>,
        p: BatchMut<'_, T>,
        scratch: &mut [T],
        cx: Cx<'_>,
    );

    /// Computes `theta_bar = dL/dtheta`, summed over the samples, and `x_bar = dL/dx` if it is asked for.
    fn backward(&self, own: Own<'_, T>, pass: Pass<'_, T>, theta_bar: &mut [T], cx: Cx<'_>);

    /// Moves the state on.
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

/// Whether a pass trains or predicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A forward pass alone.
    Predict,
    /// A forward pass that a backward pass may follow, and the random numbers that both use.
    Train(Draw),
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
