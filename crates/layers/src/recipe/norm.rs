//! Recipes of normalisation, dropout and scales.

use super::Recipe;
use super::usual::{usual_epsilon, usual_momentum};

impl Recipe {
    /// Batch normalisation with a momentum of 0.1 and an epsilon of 1e-5.
    pub fn batch_norm() -> Self {
        let (momentum, epsilon) = (usual_momentum(), usual_epsilon());
        Self::BatchNorm { momentum, epsilon }
    }

    /// Layer normalisation with an epsilon of 1e-5.
    pub fn layer_norm() -> Self {
        let epsilon = usual_epsilon();
        Self::LayerNorm { epsilon }
    }

    /// Dropout.
    pub fn dropout(rate: f64) -> Self {
        Self::Dropout { rate }
    }

    /// `(x - offset)/scale`, each one number, or one for each channel or element.
    pub fn rescale(offset: impl Into<Vec<f64>>, scale: impl Into<Vec<f64>>) -> Self {
        let (offset, scale) = (offset.into(), scale.into());
        Self::Rescale { offset, scale }
    }

    /// Chooses the momentum of a batch normalisation: the share of the new statistics in the running ones, PyTorch's `momentum`.
    #[must_use]
    pub fn momentum(mut self, chosen: f64) -> Self {
        match &mut self {
            Self::BatchNorm { momentum, .. } => *momentum = chosen,
            _ => return self.misfit("momentum"),
        }
        self
    }

    /// Chooses the epsilon of a batch or layer normalisation.
    #[must_use]
    pub fn epsilon(mut self, chosen: f64) -> Self {
        match &mut self {
            Self::BatchNorm { epsilon, .. } | Self::LayerNorm { epsilon } => *epsilon = chosen,
            _ => return self.misfit("epsilon"),
        }
        self
    }
}
