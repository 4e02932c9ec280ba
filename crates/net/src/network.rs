//! The outermost chain of layers, over one flat parameter vector.

use core::fmt;
use core::ops::Range;

use gradflow_kernels::Real;
use gradflow_layers::{Block, Chain, Describe, Layer, Recipe, Spec};
use gradflow_tensor::Shape;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::memory::reserve;
use crate::{ModelError, NetworkError};

/// A network (40): the outermost [`Chain`] of layers, each with its range of the flat parameter vector `theta`.
///
/// A network owns no numbers: parameters are handed in, activations live in an [`Arena`](crate::Arena). It is built by
/// [`Network::builder`] or from a [`Recipe`], which check every shape once; after that no computation can fail on shapes.
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
/// assert_eq!(network.block("1.bias"), Some(40 + 1440..40 + 1450));
/// # Ok::<(), gradflow::NetworkError>(())
/// ```
#[derive(Clone)]
pub struct Network<T: Real> {
    chain: Chain<T>,
}

impl<T: Real> Network<T> {
    pub(crate) fn of(chain: Chain<T>) -> Result<Self, NetworkError> {
        if chain.layers().len() == 0 {
            return Err(NetworkError::Empty);
        }
        Ok(Self { chain })
    }

    /// What describes the layers, for files and other programs; `None` if a layer of the user's has no recipe.
    pub fn recipes(&self) -> Option<Vec<Recipe>> {
        self.layers().map(Describe::recipe).collect()
    }

    /// The layers as one layer.
    pub fn chain(&self) -> &Chain<T> {
        &self.chain
    }

    /// What the network is, as one layer: its blocks have names such as `0.weight`, and `3.0.weight` inside a branch.
    pub fn spec(&self) -> &Spec {
        self.chain.spec()
    }

    /// The layers in order.
    pub fn layers(&self) -> impl ExactSizeIterator<Item = &dyn Layer<T>> {
        self.chain.layers().map(|layer| &**layer)
    }

    /// The range of `theta` that belongs to a layer, counted from 0; `None` if there is no such layer.
    pub fn range(&self, layer: usize) -> Option<Range<usize>> {
        self.chain.range(layer)
    }

    /// The range of `theta` that belongs to a block, by its name: `"0.weight"`; `None` if there is no such block.
    pub fn block(&self, name: &str) -> Option<Range<usize>> {
        self.blocks()
            .iter()
            .find(|block| block.name == name)
            .map(|block| block.range.clone())
    }

    /// The named parts of `theta` in order.
    pub fn blocks(&self) -> &[Block] {
        &self.spec().blocks
    }

    /// Shape of an input sample.
    pub fn input(&self) -> Shape<3> {
        self.spec().input
    }

    /// Shape of an output sample.
    pub fn output(&self) -> Shape<3> {
        self.spec().output
    }

    /// Number of parameters (weights and biases): the length of `theta`.
    pub fn parameters(&self) -> usize {
        self.spec().parameters()
    }

    /// Draws fresh parameters, [`Network::parameters`] of them, as each layer's `Init` says; the same seed gives the same numbers.
    ///
    /// # Errors
    /// [`ModelError::Memory`] if there is no room for them.
    pub fn initialise(&self, seed: u64) -> Result<Vec<T>, ModelError> {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut theta = reserve(self.parameters(), "the parameters")?;
        self.chain.initialise(&mut theta, &mut rng);
        Ok(theta)
    }

    /// The state that is no parameter (running statistics) before any training.
    ///
    /// # Errors
    /// [`ModelError::Memory`] if there is no room for it.
    pub fn initial_state(&self) -> Result<Vec<T>, ModelError> {
        let mut state = reserve(self.spec().state_len(), "the state of the layers")?;
        // State is constants so far: nothing is drawn from this generator.
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
        for block in &self.spec().state {
            block.initialise(&mut state, &mut rng);
        }
        Ok(state)
    }
}

impl<T: Real> fmt::Debug for Network<T> {
    /// Input and layers by name: what a reader of a failed assertion can take in.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.layers().map(|layer| &*layer.spec().name).collect();
        f.debug_struct("Network")
            .field("input", &self.input().dims())
            .field("layers", &names)
            .finish()
    }
}
