//! From a recipe to its layer.

use std::sync::Arc;

use gradflow_kernels::Real;
use gradflow_tensor::Shape;

use super::Recipe;
use crate::{
    ActivationLayer, AvgPool, BatchNorm, Branches, Chain, Conv, Dense, Dropout, Layer, LayerError,
    LayerFault, LayerNorm, MaxPool, Registry, Rescale, Upsample,
};

impl Recipe {
    /// Builds the layer for inputs of this shape. Names of the user's layers and activations are looked up in the
    /// registry; the empty one, `&Registry::default()`, knows none.
    ///
    /// # Errors
    /// [`LayerError`] with the path to the layer that does not fit what comes, is not known, or is nested deeper than
    /// [`Recipe::MAX_DEPTH`].
    pub fn on<T: Real>(
        &self,
        input: Shape<3>,
        registry: &Registry<T>,
    ) -> Result<Arc<dyn Layer<T>>, LayerError> {
        self.build(input, registry, 0)
    }

    /// `depth` containers stand around the layer.
    fn build<T: Real>(
        &self,
        input: Shape<3>,
        registry: &Registry<T>,
        depth: usize,
    ) -> Result<Arc<dyn Layer<T>>, LayerError> {
        Ok(match self {
            Self::Chain(layers) => Arc::new(self.chain(layers, input, registry, depth)?),
            Self::Branches { join, branches } => {
                let branches = self.branches(branches, input, registry, depth)?;
                Arc::new(Branches::new(input, *join, branches)?)
            }
            _ => self.single(input, registry)?,
        })
    }

    /// A layer with none inside, in a function of its own: within nested containers its stack would be there at every depth.
    fn single<T: Real>(
        &self,
        input: Shape<3>,
        registry: &Registry<T>,
    ) -> Result<Arc<dyn Layer<T>>, LayerError> {
        let resolve = |activation| {
            let found = registry.resolve(activation);
            found.map_err(|fault| LayerError::new(self.kind(), fault))
        };
        Ok(match self {
            Self::Dense {
                outputs,
                activation,
                init,
                bias_init,
            } => {
                let layer = Dense::new(input, *outputs, resolve(activation)?)?;
                Arc::new(layer.with_inits([*init, *bias_init])?)
            }
            Self::Conv {
                filters,
                groups,
                window,
                activation,
                init,
                bias_init,
            } => {
                let layer = Conv::grouped(input, *filters, *groups, *window, resolve(activation)?)?;
                Arc::new(layer.with_inits([*init, *bias_init])?)
            }
            Self::Depthwise {
                multiplier,
                window,
                activation,
                init,
                bias_init,
            } => {
                let layer = Conv::depthwise(input, *multiplier, *window, resolve(activation)?)?;
                Arc::new(layer.with_inits([*init, *bias_init])?)
            }
            Self::MaxPool { window } => Arc::new(MaxPool::new(input, *window)?),
            Self::AvgPool {
                window,
                count_padding,
            } => Arc::new(AvgPool::new(input, *window)?.counting(*count_padding)),
            Self::GlobalMaxPool => Arc::new(MaxPool::global(input)?),
            Self::GlobalAvgPool => Arc::new(AvgPool::global(input)?),
            Self::Upsample { factor } => Arc::new(Upsample::new(input, *factor)?),
            Self::Activation(activation) => {
                Arc::new(ActivationLayer::new(input, resolve(activation)?)?)
            }
            Self::BatchNorm { momentum, epsilon } => {
                Arc::new(BatchNorm::new(input, *momentum, *epsilon)?)
            }
            Self::LayerNorm { epsilon } => Arc::new(LayerNorm::new(input, *epsilon)?),
            Self::Dropout { rate } => Arc::new(Dropout::new(input, *rate)?),
            Self::Rescale { offset, scale } => Arc::new(Rescale::new(input, offset, scale)?),
            Self::Named { name, constants } => registry.make(name, input, constants)?,
            Self::Misfit { recipe, option } => {
                return Err(LayerError::no_option(recipe.kind(), option.as_str()));
            }
            Self::Chain(_) | Self::Branches { .. } => self.build(input, registry, 0)?,
        })
    }

    /// The layers in a row.
    fn chain<T: Real>(
        &self,
        layers: &[Self],
        input: Shape<3>,
        registry: &Registry<T>,
        depth: usize,
    ) -> Result<Chain<T>, LayerError> {
        let depth = self.deeper(depth)?;
        let mut chain = Vec::with_capacity(layers.len());
        let mut shape = input;
        for (index, recipe) in layers.iter().enumerate() {
            let layer = recipe.build(shape, registry, depth);
            let layer = layer.map_err(|error| error.within(index))?;
            shape = layer.spec().output;
            chain.push(layer);
        }
        Chain::new(input, chain)
    }

    /// The layers side by side.
    fn branches<T: Real>(
        &self,
        branches: &[Self],
        input: Shape<3>,
        registry: &Registry<T>,
        depth: usize,
    ) -> Result<Vec<Arc<dyn Layer<T>>>, LayerError> {
        let depth = self.deeper(depth)?;
        let build = |(index, recipe): (usize, &Self)| {
            let layer = recipe.build(input, registry, depth);
            layer.map_err(|error| error.within(index))
        };
        branches.iter().enumerate().map(build).collect()
    }

    fn deeper(&self, depth: usize) -> Result<usize, LayerError> {
        if depth < Self::MAX_DEPTH {
            return Ok(depth + 1);
        }
        let most = Self::MAX_DEPTH;
        Err(LayerError::new(self.kind(), LayerFault::Depth { most }))
    }
}
