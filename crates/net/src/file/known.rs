//! What names in a file stand for.

use gradflow_data::FeatureMap;
use gradflow_kernels::Real;
use gradflow_layers::Registry;
use gradflow_loss::{Cost, CostError};
use gradflow_loss::{Loss, Losses};

/// What a file can only name: layers, activations, losses and features of the user's own, for [`Model::load_with`](crate::Model::load_with).
///
/// ```
/// use gradflow::{Activation, Cost, Known, Loss, Model, Network, Output};
///
/// let log_cosh = Loss::custom("logcosh", |v, y| (v - y).cosh().ln(), |v, y| (v - y).tanh());
/// let network = Network::<f32>::builder(2).dense(1, Activation::Identity).build()?;
/// let model = Model::new(network, Cost::new(Output::Identity, log_cosh.clone())?, 1)?;
/// let bytes = model.to_bytes()?;
///
/// assert!(Model::<f32>::from_bytes(&bytes, &Known::new()).is_err()); // a name alone
/// let known = Known::new().loss(log_cosh);
/// assert_eq!(Model::<f32>::from_bytes(&bytes, &known)?.theta(), model.theta());
/// # Ok::<(), gradflow::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Known<T: Real> {
    registry: Registry<T>,
    losses: Losses,
    features: Vec<FeatureMap>,
}

impl<T: Real> Known<T> {
    /// Knows what the library has, and nothing else.
    pub fn new() -> Self {
        Self {
            registry: Registry::default(),
            losses: Losses::new(),
            features: Vec::new(),
        }
    }

    /// Knows these layers and activations.
    #[must_use]
    pub fn registry(self, registry: Registry<T>) -> Self {
        Self { registry, ..self }
    }

    /// Knows these losses.
    #[must_use]
    pub fn losses(self, losses: Losses) -> Self {
        Self { losses, ..self }
    }

    /// Knows one loss more.
    #[must_use]
    pub fn loss(self, loss: Loss) -> Self {
        Self {
            losses: self.losses.loss(loss),
            ..self
        }
    }

    /// Knows one more map to features of the user's own, [`FeatureMap::own`].
    #[must_use]
    pub fn features(mut self, map: FeatureMap) -> Self {
        self.features.push(map);
        self
    }
}

impl<T: Real> Known<T> {
    /// Layers and activations.
    pub(crate) fn layers(&self) -> &Registry<T> {
        &self.registry
    }

    /// A cost whose loss may be known by name only.
    pub(crate) fn cost(&self, cost: &Cost) -> Result<Cost, CostError> {
        cost.resolve(&self.losses)
    }

    /// Maps to features that may be known by name only.
    pub(crate) fn maps(&self) -> &[FeatureMap] {
        &self.features
    }
}

impl<T: Real> Default for Known<T> {
    fn default() -> Self {
        Self::new()
    }
}
