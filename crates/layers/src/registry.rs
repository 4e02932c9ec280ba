//! Layers and activations of the user's, by name.

use core::fmt;
use std::collections::BTreeMap;
use std::sync::Arc;

use gradflow_kernels::Real;
use gradflow_tensor::Shape;

use crate::{Activation, Constants, CustomActivation, Layer, LayerError, LayerFault};

type Made<T> = Result<Arc<dyn Layer<T>>, LayerError>;
type Make<T> = Arc<dyn Fn(Shape<3>, &Constants<'_>) -> Made<T> + Send + Sync>;

/// What names in recipes stand for: layers and activations of the user's.
///
/// ```
/// use gradflow_layers::{Activation, CustomActivation, Describe, Recipe, Registry};
/// use gradflow_tensor::Shape;
///
/// let cube = CustomActivation::new("cube", |z| z * z * z, |z| 3.0 * z * z);
/// let registry = Registry::<f32>::default().activation(cube);
/// let text = r#"{"Dense": {"outputs": 2, "activation": {"Custom": "cube"}}}"#;
/// let recipe: Recipe = serde_json::from_str(text)?;
/// let layer = recipe.on(Shape::vector(3)?, &registry)?;
/// assert_eq!(layer.spec().name, "dense 2 cube");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Registry<T: Real> {
    layers: BTreeMap<String, Make<T>>,
    activations: BTreeMap<String, CustomActivation>,
}

impl<T: Real> Registry<T> {
    /// Adds a layer: what makes it of an input shape and the recipe's constants. It takes the place of one of the same name.
    ///
    /// A recipe with a constant that the layer does not ask for is refused.
    #[must_use]
    pub fn layer(
        mut self,
        name: impl Into<String>,
        make: impl Fn(Shape<3>, &Constants<'_>) -> Result<Arc<dyn Layer<T>>, LayerError>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.layers.insert(name.into(), Arc::new(make));
        self
    }

    /// Adds an activation under its own name. It takes the place of one of the same name.
    #[must_use]
    pub fn activation(mut self, activation: CustomActivation) -> Self {
        let name = activation.name().to_owned();
        self.activations.insert(name, activation);
        self
    }

    /// Makes a layer of the user's.
    pub(crate) fn make(
        &self,
        name: &str,
        input: Shape<3>,
        constants: &BTreeMap<String, f64>,
    ) -> Made<T> {
        let Some(make) = self.layers.get(name) else {
            let fault = LayerFault::Unknown {
                name: name.into(),
                known: self.layers.keys().cloned().collect(),
            };
            return Err(LayerError::new(name, fault));
        };
        let constants = Constants::new(name, constants);
        let layer = make(input, &constants)?;
        constants.check()?;
        layer.spec().check()?;
        let expected = layer.spec().input;
        if expected != input {
            let came = input;
            return Err(LayerError::new(
                name,
                LayerFault::Mismatch { expected, came },
            ));
        }
        Ok(layer)
    }

    /// The activation itself; one that is known by its name alone is looked up.
    pub(crate) fn resolve(&self, activation: &Activation) -> Result<Activation, LayerFault> {
        match activation {
            Activation::Custom(custom) if !custom.is_resolved() => {
                let known = self.activations.get(custom.name()).cloned();
                known
                    .map(Activation::Custom)
                    .ok_or_else(|| LayerFault::UnknownActivation {
                        name: custom.name().into(),
                        known: self.activations.keys().cloned().collect(),
                    })
            }
            known => Ok(known.clone()),
        }
    }
}

/// The empty registry.
impl<T: Real> Default for Registry<T> {
    fn default() -> Self {
        Self {
            layers: BTreeMap::new(),
            activations: BTreeMap::new(),
        }
    }
}

impl<T: Real> fmt::Debug for Registry<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("layers", &self.layers.keys())
            .field("activations", &self.activations.keys())
            .finish()
    }
}
