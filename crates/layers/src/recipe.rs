//! A layer without its input, as data.

mod build;
mod norm;
mod usual;

use std::collections::BTreeMap;

#[cfg(feature = "serde")]
use self::usual::{is_usual_epsilon, is_usual_momentum, usual_epsilon, usual_momentum};
use crate::{Activation, Init, Join};

/// A layer without its input: what a file holds, and what a layer is built of and gives back
/// ([`Describe::recipe`](crate::Describe::recipe)).
///
/// It is read and written by serde; what has a usual value may be left out, and fields that are not known are refused.
///
/// ```
/// use gradflow_layers::{Activation, Describe, Recipe, Registry};
/// use gradflow_tensor::Shape;
///
/// let recipe: Recipe = serde_json::from_str(
///     r#"{"Chain": [
///         {"Conv": {"filters": 8, "size": [5, 5], "stride": [3, 3], "padding": [1, 1], "activation": "Relu"}},
///         {"MaxPool": {"window": [2, 2], "stride": [1, 1]}},
///         {"Dense": {"outputs": 10, "activation": "Identity", "init": "GlorotNormal"}}
///     ]}"#,
/// )?;
/// let conv = Recipe::conv(8, [5, 5], Activation::Relu).stride([3, 3]).padding([1, 1]);
/// let pool = Recipe::max_pool([2, 2]).stride([1, 1]);
/// let dense = Recipe::dense(10, Activation::Identity).init(gradflow_layers::Init::GlorotNormal);
/// assert_eq!(recipe, Recipe::Chain(vec![conv, pool, dense]));
///
/// let layer = recipe.on::<f32>(Shape::new([1, 27, 27])?, &Registry::default())?;
/// assert_eq!(layer.spec().output.dims(), [10, 1, 1]);
/// assert_eq!(layer.recipe(), Some(recipe));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[non_exhaustive]
pub enum Recipe {
    /// A fully connected layer, [`Dense`](crate::Dense).
    Dense {
        /// Outputs.
        outputs: usize,
        /// The activation.
        activation: Activation,
        /// How weights are drawn; by default, what suits the activation.
        #[cfg_attr(
            feature = "serde",
            serde(default, skip_serializing_if = "Option::is_none")
        )]
        init: Option<Init>,
        /// How biases are drawn; by default, 0.
        #[cfg_attr(
            feature = "serde",
            serde(default, skip_serializing_if = "Option::is_none")
        )]
        bias_init: Option<Init>,
    },
    /// A convolution, [`Conv`](crate::Conv).
    Conv {
        /// Filters: depth of the output.
        filters: usize,
        /// Size of a filter `[vertical, horizontal]`.
        size: [usize; 2],
        /// Stride `[vertical, horizontal]`; by default, 1.
        #[cfg_attr(
            feature = "serde",
            serde(default = "ones", skip_serializing_if = "is_ones")
        )]
        stride: [usize; 2],
        /// Zeros on each side `[vertical, horizontal]`; by default, none.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_zeros"))]
        padding: [usize; 2],
        /// The activation.
        activation: Activation,
        /// How filters are drawn; by default, what suits the activation.
        #[cfg_attr(
            feature = "serde",
            serde(default, skip_serializing_if = "Option::is_none")
        )]
        init: Option<Init>,
        /// How biases are drawn; by default, 0.
        #[cfg_attr(
            feature = "serde",
            serde(default, skip_serializing_if = "Option::is_none")
        )]
        bias_init: Option<Init>,
    },
    /// Max-pooling, [`MaxPool`](crate::MaxPool).
    MaxPool {
        /// Size of a window `[vertical, horizontal]`.
        window: [usize; 2],
        /// Stride `[vertical, horizontal]`; by default, the window.
        #[cfg_attr(
            feature = "serde",
            serde(default, skip_serializing_if = "Option::is_none")
        )]
        stride: Option<[usize; 2]>,
    },
    /// Average pooling, [`AvgPool`](crate::AvgPool).
    AvgPool {
        /// Size of a window `[vertical, horizontal]`.
        window: [usize; 2],
        /// Stride `[vertical, horizontal]`; by default, the window.
        #[cfg_attr(
            feature = "serde",
            serde(default, skip_serializing_if = "Option::is_none")
        )]
        stride: Option<[usize; 2]>,
    },
    /// An activation that stands alone, [`ActivationLayer`](crate::ActivationLayer).
    Activation(Activation),
    /// Batch normalisation, [`BatchNorm`](crate::BatchNorm).
    BatchNorm {
        /// The share of the new statistics in the running ones; by default, 0.1.
        #[cfg_attr(
            feature = "serde",
            serde(default = "usual_momentum", skip_serializing_if = "is_usual_momentum")
        )]
        momentum: f64,
        /// What is added to variances; by default, 1e-5.
        #[cfg_attr(
            feature = "serde",
            serde(default = "usual_epsilon", skip_serializing_if = "is_usual_epsilon")
        )]
        epsilon: f64,
    },
    /// Layer normalisation, [`LayerNorm`](crate::LayerNorm).
    LayerNorm {
        /// What is added to variances; by default, 1e-5.
        #[cfg_attr(
            feature = "serde",
            serde(default = "usual_epsilon", skip_serializing_if = "is_usual_epsilon")
        )]
        epsilon: f64,
    },
    /// Dropout, [`Dropout`](crate::Dropout).
    Dropout {
        /// The share that is left out.
        rate: f64,
    },
    /// Shift and scale by constants, [`Rescale`](crate::Rescale).
    Rescale {
        /// What is subtracted: one number, or one for each channel or element.
        offset: Vec<f64>,
        /// What is divided by, likewise.
        scale: Vec<f64>,
    },
    /// Layers in a row, [`Chain`](crate::Chain); none of them is the skip.
    Chain(Vec<Recipe>),
    /// Layers side by side, [`Branches`](crate::Branches).
    Branches {
        /// How their outputs are joined.
        join: Join,
        /// The branches.
        branches: Vec<Recipe>,
    },
    /// A layer of the user's, which a [`Registry`](crate::Registry) makes.
    Named {
        /// Its name in the registry.
        name: String,
        /// Numbers that it is made of; by default, none.
        #[cfg_attr(
            feature = "serde",
            serde(default, skip_serializing_if = "BTreeMap::is_empty")
        )]
        constants: BTreeMap<String, f64>,
    },
    /// A recipe with an option that it does not have, such as a stride of a dense layer: [`Recipe::on`] refuses it, and it
    /// is not written.
    #[cfg_attr(feature = "serde", serde(skip))]
    Misfit {
        /// The recipe without the option.
        recipe: Box<Recipe>,
        /// The option.
        option: String,
    },
}

impl Recipe {
    /// Containers within one another that [`Recipe::on`] builds; more are refused. Deserialisers have limits of their own, which
    /// may be lower: 128 brackets within one another in `serde_json`, two for a chain, three for branches.
    pub const MAX_DEPTH: usize = 64;

    /// A fully connected layer (17).
    pub fn dense(outputs: usize, activation: Activation) -> Self {
        Self::Dense {
            outputs,
            activation,
            init: None,
            bias_init: None,
        }
    }

    /// A convolution (38) of filters `[vertical, horizontal]`, with stride 1 and no padding.
    pub fn conv(filters: usize, size: [usize; 2], activation: Activation) -> Self {
        Self::Conv {
            filters,
            size,
            stride: ones(),
            padding: [0, 0],
            activation,
            init: None,
            bias_init: None,
        }
    }

    /// Max-pooling over windows side by side.
    pub fn max_pool(window: [usize; 2]) -> Self {
        let stride = None;
        Self::MaxPool { window, stride }
    }

    /// Average pooling over windows side by side.
    pub fn avg_pool(window: [usize; 2]) -> Self {
        let stride = None;
        Self::AvgPool { window, stride }
    }

    /// `x + F(x)`, where `F` is a chain of these layers.
    pub fn residual(layers: Vec<Recipe>) -> Self {
        Self::Branches {
            join: Join::Sum,
            branches: vec![Self::Chain(layers), Self::Chain(Vec::new())],
        }
    }

    /// A layer of the user's, with the constants that it is made of.
    pub fn named<'a>(
        name: impl Into<String>,
        constants: impl IntoIterator<Item = (&'a str, f64)>,
    ) -> Self {
        let constants = constants.into_iter();
        Self::Named {
            name: name.into(),
            constants: constants.map(|(name, x)| (name.into(), x)).collect(),
        }
    }

    /// Chooses the stride `[vertical, horizontal]` of a convolution or pooling. Of another recipe it makes a
    /// [`Recipe::Misfit`], so that the mistake is told when the layer is built; the other options likewise.
    #[must_use]
    pub fn stride(mut self, chosen: [usize; 2]) -> Self {
        match &mut self {
            Self::Conv { stride, .. } => *stride = chosen,
            Self::MaxPool { stride, .. } | Self::AvgPool { stride, .. } => *stride = Some(chosen),
            _ => return self.misfit("stride"),
        }
        self
    }

    /// Chooses the padding of a convolution: so many zeros on each side `[vertical, horizontal]`.
    #[must_use]
    pub fn padding(mut self, chosen: [usize; 2]) -> Self {
        match &mut self {
            Self::Conv { padding, .. } => *padding = chosen,
            _ => return self.misfit("padding"),
        }
        self
    }

    /// Chooses how the weights of a dense layer or the filters of a convolution are drawn.
    #[must_use]
    pub fn init(mut self, chosen: Init) -> Self {
        match &mut self {
            Self::Dense { init, .. } | Self::Conv { init, .. } => *init = Some(chosen),
            _ => return self.misfit("init"),
        }
        self
    }

    /// Chooses how the biases of a dense layer or a convolution are drawn.
    #[must_use]
    pub fn bias_init(mut self, chosen: Init) -> Self {
        match &mut self {
            Self::Dense { bias_init, .. } | Self::Conv { bias_init, .. } => {
                *bias_init = Some(chosen);
            }
            _ => return self.misfit("bias_init"),
        }
        self
    }

    fn misfit(self, option: &str) -> Self {
        Self::Misfit {
            recipe: Box::new(self),
            option: option.into(),
        }
    }

    /// What kind of layer it is, for errors.
    fn kind(&self) -> &str {
        match self {
            Self::Dense { .. } => "dense",
            Self::Conv { .. } => "conv",
            Self::MaxPool { .. } => "max-pool",
            Self::AvgPool { .. } => "avg-pool",
            Self::Activation(_) => "activation",
            Self::BatchNorm { .. } => "batch norm",
            Self::LayerNorm { .. } => "layer norm",
            Self::Dropout { .. } => "dropout",
            Self::Rescale { .. } => "rescale",
            Self::Chain(_) => "chain",
            Self::Branches { .. } => "branches",
            Self::Named { name, .. } => name,
            Self::Misfit { recipe, .. } => recipe.kind(),
        }
    }
}

fn ones() -> [usize; 2] {
    [1, 1]
}

#[cfg(feature = "serde")]
fn is_ones(stride: &[usize; 2]) -> bool {
    *stride == ones()
}

#[cfg(feature = "serde")]
fn is_zeros(padding: &[usize; 2]) -> bool {
    *padding == [0, 0]
}
