//! The numbers that a recipe hands to a layer of the user's.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::fault::nearest;
use crate::{LayerError, LayerFault};

/// The constants of a [`Recipe::Named`](crate::Recipe::Named), for what makes the layer.
///
/// Those that nobody has asked for when the layer is made are refused, so that a misspelt name does not pass.
///
/// ```
/// use std::sync::Arc;
///
/// use gradflow_layers::{Activation, ActivationLayer, Recipe, Registry};
/// use gradflow_tensor::Shape;
///
/// let registry = Registry::<f32>::default().layer("leak", |shape, constants| {
///     let slope = constants.get("slope").unwrap_or(0.01);
///     Ok(Arc::new(ActivationLayer::new(shape, Activation::LeakyRelu(slope))?))
/// });
/// let shape = Shape::vector(3)?;
/// assert!(Recipe::named("leak", [("slope", 0.1)]).on(shape, &registry).is_ok());
/// let error = Recipe::named("leak", [("slop", 0.1)]).on(shape, &registry).unwrap_err();
/// assert_eq!(error.to_string(), "leak: has no constant \"slop\", but \"slope\": did you mean \"slope\"?");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Constants<'a> {
    layer: &'a str,
    given: &'a BTreeMap<String, f64>,
    asked: RefCell<BTreeSet<String>>,
}

impl<'a> Constants<'a> {
    pub(crate) fn new(layer: &'a str, given: &'a BTreeMap<String, f64>) -> Self {
        Self {
            layer,
            given,
            asked: RefCell::default(),
        }
    }

    /// The constant of this name; `None` if the recipe does not have it.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.asked.borrow_mut().insert(name.to_owned());
        self.given.get(name).copied()
    }

    /// The constant of this name, without which the layer cannot be made.
    ///
    /// # Errors
    /// [`LayerFault::MissingConstant`].
    pub fn require(&self, name: &str) -> Result<f64, LayerError> {
        self.get(name).ok_or_else(|| {
            let fault = LayerFault::MissingConstant {
                constant: name.into(),
                given: self.given.keys().cloned().collect(),
            };
            LayerError::new(self.layer, fault)
        })
    }

    /// Whether all were asked for.
    pub(crate) fn check(&self) -> Result<(), LayerError> {
        let asked = self.asked.borrow();
        let Some(constant) = self.given.keys().find(|name| !asked.contains(*name)) else {
            return Ok(());
        };
        let known: Vec<String> = asked.iter().cloned().collect();
        let fault = LayerFault::UnknownConstant {
            nearest: nearest(constant, &known),
            constant: constant.clone(),
            known,
        };
        Err(LayerError::new(self.layer, fault))
    }
}
