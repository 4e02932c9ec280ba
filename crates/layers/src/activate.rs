//! An activation that stands alone.

use gradflow_kernels::Real;
use gradflow_tensor::{Batch, BatchMut, Shape};

use crate::{Activation, Cx, Describe, Layer, LayerError, Own, Pass, Recipe, Room, Spec};

/// An activation as a layer of its own: `p = sigma(x)`, element by element, for where something stands between a linear
/// map and its activation.
///
/// ```
/// use gradflow_layers::{Activation, ActivationLayer, Describe, Recipe};
/// use gradflow_tensor::Shape;
///
/// let layer = ActivationLayer::new(Shape::new([3, 8, 8])?, Activation::Relu)?;
/// assert_eq!(layer.spec().output.dims(), [3, 8, 8]);
/// assert_eq!(layer.recipe(), Some(Recipe::Activation(Activation::Relu)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct ActivationLayer {
    spec: Spec,
    activation: Activation,
}

impl ActivationLayer {
    /// The activation of every element of samples of this shape.
    ///
    /// # Errors
    /// [`LayerError`] if a constant of the activation is invalid.
    pub fn new(shape: Shape<3>, activation: Activation) -> Result<Self, LayerError> {
        activation
            .check()
            .map_err(|fault| LayerError::new("activation", fault))?;
        let (low, high) = activation.range();
        let spec = Spec::new(activation.to_string(), shape, shape)
            .room(activation.room(shape.len()), Room::NONE)
            .output_range(low, high);
        Ok(Self { spec, activation })
    }
}

impl Describe for ActivationLayer {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn recipe(&self) -> Option<Recipe> {
        Some(Recipe::Activation(self.activation.clone()))
    }
}

impl<T: Real> Layer<T> for ActivationLayer {
    fn forward(
        &self,
        _: Own<'_, T>,
        x: Batch<'_, T>,
        mut p: BatchMut<'_, T>,
        scratch: &mut [T],
        cx: Cx<'_>,
    ) {
        p.data().copy_from_slice(x.data());
        self.activation.fused().apply(p.data());
        self.activation.finish(p.data(), scratch, cx.mode);
    }

    fn backward(&self, _: Own<'_, T>, pass: Pass<'_, T>, _: &mut [T], _: Cx<'_>) {
        if let Some(mut x_bar) = pass.x_bar {
            x_bar.data().copy_from_slice(pass.p_bar.as_batch().data());
            self.activation
                .delta(pass.p.data(), pass.scratch, x_bar.data());
        }
    }
}
