//! What can be wrong with a layer.

use core::fmt;
use std::error::Error;

use gradflow_tensor::{Shape, ShapeError};
use thiserror::Error;

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
///     "layer 1 (conv 5x5, stride 3x3): input 1x28x28 leaves a remainder of 2 vertically and 2 horizontally: \
///      pad by 2, or use an input of 26 or 29"
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

/// What is wrong with a layer.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum LayerFault {
    /// A dimension is zero or the number of elements overflows.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// A sample or a filter array so large that the kernels do not take it.
    #[error(
        "input {input}: more than about a billion elements in a padded sample or in the filters"
    )]
    TooManyElements {
        /// Shape of an input sample.
        input: Shape<3>,
    },
    /// A stride of zero.
    #[error("a stride is at least 1")]
    ZeroStride {
        /// Stride `[vertical, horizontal]`.
        stride: [usize; 2],
    },
    /// A filter or window larger than the input.
    #[error("larger than the input {}x{}{}", input.dims()[1], input.dims()[2], padded(padding))]
    TooLarge {
        /// Filter or window `[vertical, horizontal]`.
        window: [usize; 2],
        /// Shape of an input sample.
        input: Shape<3>,
        /// Padding `[vertical, horizontal]`.
        padding: [usize; 2],
    },
    /// A stride that does not fit in one or both directions (38).
    #[error(
        "input {input} leaves a remainder of {} vertically and {} horizontally: {way_out}",
        remainder[0], remainder[1]
    )]
    Remainder {
        /// Shape of an input sample.
        input: Shape<3>,
        /// What the stride leaves over `[vertical, horizontal]`; one of them is not 0.
        remainder: [usize; 2],
        /// Paddings and inputs that fit, such as `pad by 1, or use an input of 28 or 30`.
        way_out: String,
    },
    /// The slope of a leaky ReLU is not in (0, 1).
    #[error("leaky relu: slope {slope} does not lie in (0, 1)")]
    LeakySlope {
        /// The slope given.
        slope: f64,
    },
    /// The range stated for a user's activation is empty or not a number.
    #[error("activation {activation:?}: there is nothing between {low} and {high}")]
    Range {
        /// The activation's name.
        activation: String,
        /// The lower bound given.
        low: f64,
        /// The upper bound given.
        high: f64,
    },
    /// An activation of the user's of which only the name is known, as after reading it from a file.
    #[error(
        "activation {activation:?} is known by its name alone: build the layer by Recipe::on, with a registry that has it"
    )]
    Unresolved {
        /// The activation's name.
        activation: String,
    },
    /// An initial value or scale that is not finite, or a negative scale.
    #[error("initial values: {value} is not finite, or a negative scale")]
    Init {
        /// The value given.
        value: f64,
    },
    /// The output of the layer before, or the container's input, is not what the layer reads; or the output of a branch does
    /// not fit the others'.
    #[error("expects {expected}, but {came} comes")]
    Mismatch {
        /// The shape that fits.
        expected: Shape<3>,
        /// The shape that came.
        came: Shape<3>,
    },
    /// A block that does not follow the one before, or is not as large as its dimensions say.
    #[error(
        "block {block:?} does not follow the one before, or is not as large as its dimensions say"
    )]
    Blocks {
        /// The block's name.
        block: String,
    },
    /// Two blocks of one name.
    #[error("two blocks are called {block:?}")]
    SameName {
        /// The name.
        block: String,
    },
    /// A stated range of outputs that is empty or not a number.
    #[error("there are no outputs between {low} and {high}")]
    OutputRange {
        /// The lower bound stated.
        low: f64,
        /// The upper bound stated.
        high: f64,
    },
    /// Counts that are at least 1.
    #[error("least_samples ({least_samples}) and sites ({sites}) are at least 1")]
    Counts {
        /// Samples that a training pass is said to need.
        least_samples: usize,
        /// Sites that the layer is said to have.
        sites: usize,
    },
    /// More parameters, or more numbers of state, than memory can address.
    #[error("more parameters than memory can address")]
    TooManyParameters,
    /// Branches without a branch.
    #[error("there is no branch")]
    NoBranches,
    /// A recipe nested too deeply.
    #[error("recipes nest at most {most} deep")]
    Depth {
        /// The depth allowed.
        most: usize,
    },
    /// An option that the layer does not have.
    #[error("has no {option}")]
    Option {
        /// The option that was chosen, such as `stride`.
        option: String,
    },
    /// A layer whose name is not in the registry.
    #[error(
        "there is no layer of this name in the registry, which knows {}",
        list(known)
    )]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names of the registry's layers.
        known: Vec<String>,
    },
    /// An activation whose name is not in the registry.
    #[error(
        "there is no activation {name:?} in the registry, which knows {}",
        list(known)
    )]
    UnknownActivation {
        /// The name asked for.
        name: String,
        /// The names of the registry's activations.
        known: Vec<String>,
    },
    /// What a layer of a user's refuses, in its own words.
    #[error("{reason}")]
    Refused {
        /// Why it cannot be.
        reason: String,
    },
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
    /// assert_eq!(error.within(0).within(3).to_string(), "layer 3.0 (dropout): a rate of 1.5 leaves nothing");
    /// ```
    pub fn refused(layer: impl Into<String>, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::new(layer, LayerFault::Refused { reason })
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

fn padded(padding: &[usize; 2]) -> String {
    if *padding == [0, 0] {
        String::new()
    } else {
        format!(" padded by {}x{}", padding[0], padding[1])
    }
}

/// `"a", "b"`, or `none`.
fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "none".into();
    }
    let quoted: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    quoted.join(", ")
}
