//! A model with fewer layers that predicts the same.

use std::sync::Arc;

use gradflow_kernels::Real;
use gradflow_layers::{Activation, Chain, Describe, Layer, Recipe, Registry};
use gradflow_tensor::Shape;

use crate::{Model, ModelError, Network};

/// A layer with what it owns.
struct Piece<T: Real> {
    layer: Arc<dyn Layer<T>>,
    theta: Vec<T>,
    state: Vec<T>,
}

impl<T: Real> Model<T> {
    /// The same function with fewer layers, for prediction: a batch normalisation goes into the weights of the dense layer or
    /// convolution before it, if that has no activation; an activation behind those becomes theirs; dropout is left out.
    /// So it is inside chains and branches, but for those that hold a layer of the user's.
    ///
    /// Predictions differ by the rounding of the weights, `w' = w g/sqrt(s + epsilon)` and `b' = (b - m) g/sqrt(s + epsilon) + c`
    /// with the running mean `m` and variance `s`, the gain `g` and the shift `c`. What is folded trains as the smaller network that it is.
    ///
    /// ```
    /// use gradflow::{Activation, Cost, Model, Network};
    ///
    /// let network = Network::<f64>::builder([3, 8, 8])
    ///     .conv(4, [3, 3], Activation::Identity)
    ///     .batch_norm()
    ///     .activation(Activation::Relu)
    ///     .dropout(0.5)
    ///     .dense(2, Activation::Identity)
    ///     .build()?;
    /// let model = Model::new(network, Cost::classification(), 1)?;
    /// let folded = model.folded()?;
    /// assert_eq!(folded.network().layers().len(), 2);
    ///
    /// let x = [0.5; 3 * 8 * 8];
    /// assert!((model.predict(&x)?[0] - folded.predict(&x)?[0]).abs() < 1e-12);
    /// # Ok::<(), gradflow::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ModelError::Memory`].
    pub fn folded(&self) -> Result<Self, ModelError> {
        let network = self.network();
        let layers = network.chain().layers().cloned().collect();
        let mut pieces = fold(layers, self.theta(), self.state());
        if pieces.is_empty() {
            // A network has a layer.
            let identity = Recipe::Activation(Activation::Identity);
            let Ok(layer) = identity.on(network.input(), &Registry::default()) else {
                return Ok(self.clone());
            };
            pieces.push(Piece::of(layer, &[], &[]));
        }
        let (theta, state) = owned(&pieces);
        let layers = pieces.into_iter().map(|piece| piece.layer).collect();
        // It fits, as what it came from does.
        match Chain::new(network.input(), layers).map(Network::of) {
            Ok(Ok(network)) => self.with_network(network, theta, state),
            _ => Ok(self.clone()),
        }
    }
}

impl<T: Real> Piece<T> {
    fn of(layer: Arc<dyn Layer<T>>, theta: &[T], state: &[T]) -> Self {
        let (theta, state) = (theta.to_vec(), state.to_vec());
        Self {
            layer,
            theta,
            state,
        }
    }

    /// Whether it is a linear map with a bias for each channel of its output.
    fn is_linear(&self) -> bool {
        use Recipe::{Conv, Dense, Depthwise};
        let recipe = self.layer.recipe();
        matches!(
            recipe,
            Some(Dense { activation, .. } | Conv { activation, .. } | Depthwise { activation, .. })
                if activation == Activation::Identity
        )
    }

    /// Takes a batch normalisation with its parameters and state in; not if weights leave the range of numbers.
    fn take_norm(&mut self, norm: &Self, epsilon: f64) -> bool {
        let channels = norm.layer.spec().input.dims()[0];
        let (gain, shift) = norm.theta.split_at(channels);
        let (mean, variance) = norm.state.split_at(channels);
        let mut theta = self.theta.clone();
        let len = theta.len() - channels;
        let (weights, biases) = theta.split_at_mut(len);
        for (c, weights) in weights.chunks_mut(len / channels).enumerate() {
            let factor = gain[c].to_f64() / (variance[c].to_f64() + epsilon).sqrt();
            for w in weights {
                *w = T::from_f64(w.to_f64() * factor);
            }
            let bias = (biases[c].to_f64() - mean[c].to_f64()) * factor + shift[c].to_f64();
            biases[c] = T::from_f64(bias);
        }
        let finite = theta.iter().all(|x| x.is_finite());
        if finite {
            self.theta = theta;
        }
        finite
    }

    /// Makes an activation its own; not if only a registry knows it.
    fn take_activation(&mut self, chosen: &Activation) -> bool {
        use Recipe::{Conv, Dense, Depthwise};
        let Some(mut recipe) = self.layer.recipe() else {
            return false;
        };
        if let Dense { activation, .. } | Conv { activation, .. } | Depthwise { activation, .. } =
            &mut recipe
        {
            *activation = chosen.clone();
        }
        let layer = recipe.on(self.layer.spec().input, &Registry::default());
        layer.map(|layer| self.layer = layer).is_ok()
    }
}

/// What all pieces own, one after another.
fn owned<T: Real>(pieces: &[Piece<T>]) -> (Vec<T>, Vec<T>) {
    let theta = pieces.iter().flat_map(|piece| &piece.theta);
    let state = pieces.iter().flat_map(|piece| &piece.state);
    (theta.copied().collect(), state.copied().collect())
}

/// The layers of a chain, folded.
fn fold<T: Real>(layers: Vec<Arc<dyn Layer<T>>>, theta: &[T], state: &[T]) -> Vec<Piece<T>> {
    let (mut pieces, mut theta, mut state) = (Vec::<Piece<T>>::new(), theta, state);
    for layer in layers {
        let spec = layer.spec();
        let (own_theta, own_state);
        (own_theta, theta) = theta.split_at(spec.parameters());
        (own_state, state) = state.split_at(spec.state_len());
        let piece = inside(Piece::of(layer, own_theta, own_state));
        let linear = pieces.last_mut().filter(|last| last.is_linear());
        let taken = match (piece.layer.recipe(), linear) {
            (Some(Recipe::Dropout { .. }), _) => true,
            (Some(Recipe::BatchNorm { epsilon, .. }), Some(last)) => {
                last.take_norm(&piece, epsilon)
            }
            (Some(Recipe::Activation(activation)), Some(last)) => last.take_activation(&activation),
            _ => false,
        };
        if !taken {
            pieces.push(piece);
        }
    }
    pieces
}

/// A chain or branches with what is in them folded; other layers as they are, and containers of a layer that only its maker
/// knows.
fn inside<T: Real>(piece: Piece<T>) -> Piece<T> {
    let input = piece.layer.spec().input;
    let folded = match piece.layer.recipe() {
        Some(Recipe::Chain(recipes)) => chain(&recipes, input, &piece.theta, &piece.state),
        Some(Recipe::Branches { join, branches }) => {
            let (mut theta, mut state) = (&*piece.theta, &*piece.state);
            let pieces: Option<Vec<_>> = branches
                .iter()
                .map(|recipe| {
                    let layer = recipe.on::<T>(input, &Registry::default()).ok()?;
                    let (own_theta, own_state);
                    (own_theta, theta) = theta.split_at(layer.spec().parameters());
                    (own_state, state) = state.split_at(layer.spec().state_len());
                    Some(inside(Piece::of(layer, own_theta, own_state)))
                })
                .collect();
            pieces.and_then(|pieces| {
                joined(&pieces, input, |branches| Recipe::Branches {
                    join,
                    branches,
                })
            })
        }
        _ => None,
    };
    folded.unwrap_or(piece)
}

/// A chain of these recipes, folded.
fn chain<T: Real>(
    recipes: &[Recipe],
    input: Shape<3>,
    theta: &[T],
    state: &[T],
) -> Option<Piece<T>> {
    let mut shape = input;
    let mut layers = Vec::with_capacity(recipes.len());
    for recipe in recipes {
        let layer = recipe.on::<T>(shape, &Registry::default()).ok()?;
        shape = layer.spec().output;
        layers.push(layer);
    }
    joined(&fold(layers, theta, state), input, Recipe::Chain)
}

/// The container of these pieces.
fn joined<T: Real>(
    pieces: &[Piece<T>],
    input: Shape<3>,
    container: impl FnOnce(Vec<Recipe>) -> Recipe,
) -> Option<Piece<T>> {
    let recipes: Option<Vec<_>> = pieces.iter().map(|piece| piece.layer.recipe()).collect();
    let layer = container(recipes?).on(input, &Registry::default()).ok()?;
    let (theta, state) = owned(pieces);
    Some(Piece {
        layer,
        theta,
        state,
    })
}
