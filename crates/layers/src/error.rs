//! What can be wrong with a layer.

use core::fmt;
use std::error::Error;

use gradflow_tensor::ShapeError;

use crate::LayerFault;

/// Why a layer cannot be made: where, what was to be made, and the fault.
///
/// ```
/// use gradflow_layers::{Activation, Recipe, Registry};
/// use gradflow_tensor::Shape;
///
/// let conv = Recipe::conv(8, [5, 5], Activation::Relu).stride([3, 3]);
/// let chain = Recipe::Chain(vec![Recipe::max_pool([1, 1]), conv]);
/// let error = chain.on::<f32>(Shape::new([1, 28, 28])?, &Registry::default()).unwrap_err();
/// assert_eq!(error.path, [1]);
/// assert_eq!(
///     error.to_string(),
///     "layer 1 (conv 5x5, stride 3x3): the last window must end at the edge of the input \
///      1x28x28, but 2 rows and 2 columns are left over: pad by 2, or use a filter of 4x4 or 7x7, \
///      or an input of 26x26 or 29x29, or choose `Remainder::Floor` or `Ceil`"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LayerError {
    /// The indices of the containers' children on the way to the layer, outermost first; empty for a layer that stands
    /// alone.
    pub path: Vec<usize>,
    /// What was to be made, such as `conv 5x5, stride 3x3`; may be empty.
    pub layer: String,
    /// What is wrong with it.
    pub fault: LayerFault,
}

impl LayerError {
    /// A fault of a layer that stands alone.
    pub fn new(layer: impl Into<String>, fault: LayerFault) -> Self {
        Self {
            path: Vec::new(),
            layer: layer.into(),
            fault,
        }
    }

    /// What a layer of your own refuses, in your own words.
    ///
    /// ```
    /// use gradflow_layers::LayerError;
    ///
    /// let error = LayerError::refused("dropout", "a rate of 1.5 leaves nothing");
    /// assert_eq!(error.to_string(), "dropout: a rate of 1.5 leaves nothing");
    /// let error = error.within(0).within(3);
    /// assert_eq!(error.to_string(), "layer 3.0 (dropout): a rate of 1.5 leaves nothing");
    /// ```
    pub fn refused(layer: impl Into<String>, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::new(layer, LayerFault::Refused { reason })
    }

    /// A layer that does not have an option, such as `stride`.
    pub fn no_option(layer: impl Into<String>, option: impl Into<String>) -> Self {
        let option = option.into();
        Self::new(layer, LayerFault::Option { option })
    }

    /// The same error, of child number `index` of a container.
    #[must_use]
    pub fn within(mut self, index: usize) -> Self {
        self.path.insert(0, index);
        self
    }
}

impl fmt::Display for LayerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (level, index) in self.path.iter().enumerate() {
            write!(f, "{}{index}", if level == 0 { "layer " } else { "." })?;
        }
        match (self.path.is_empty(), self.layer.is_empty()) {
            (true, true) => {}
            (true, false) => write!(f, "{}: ", self.layer)?,
            (false, true) => write!(f, ": ")?,
            (false, false) => write!(f, " ({}): ", self.layer)?,
        }
        write!(f, "{}", self.fault)
    }
}

impl Error for LayerError {
    /// What lies behind the fault, whose own words are part of this error's.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.fault {
            LayerFault::Shape(error) => Some(error),
            _ => None,
        }
    }
}

/// So that `?` works where a layer of one's own makes shapes.
impl From<ShapeError> for LayerError {
    fn from(error: ShapeError) -> Self {
        Self::new("", error.into())
    }
}
