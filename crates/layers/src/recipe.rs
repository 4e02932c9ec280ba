//! A layer without its input, as data.

mod build;
mod norm;
mod usual;

use std::collections::BTreeMap;

#[cfg(feature = "serde")]
use self::usual::{is_usual_epsilon, is_usual_momentum, usual_epsilon, usual_momentum};
use crate::{Activation, Init, Join, Padding, Remainder, Window};

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
///         {"Conv": {"filters": 8, "activation": "Relu",
///             "window": {"size": [5, 5], "stride": [3, 3], "padding": {"Both": [1, 1]}}}},
///         {"MaxPool": {"window": {"size": [2, 2], "stride": [1, 1]}}},
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
        /// Groups of channels; by default, 1.
        #[cfg_attr(
            feature = "serde",
            serde(default = "one", skip_serializing_if = "is_one")
        )]
        groups: usize,
        /// How a filter goes over the input.
        window: Window,
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
    /// A convolution of every channel on its own, [`Conv::depthwise`](crate::Conv::depthwise).
    Depthwise {
        /// Filters for each channel; by default, 1.
        #[cfg_attr(
            feature = "serde",
            serde(default = "one", skip_serializing_if = "is_one")
        )]
        multiplier: usize,
        /// How a filter goes over the input.
        window: Window,
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
        /// How a window goes over the input.
        window: Window,
    },
    /// Average pooling, [`AvgPool`](crate::AvgPool).
    AvgPool {
        /// How a window goes over the input.
        window: Window,
        /// Whether the mean is taken over the padding too; by default, it is not.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_false"))]
        count_padding: bool,
    },
    /// The largest element of each channel, [`Pool::global`](crate::Pool::global).
    GlobalMaxPool,
    /// The mean of each channel, [`Pool::global`](crate::Pool::global).
    GlobalAvgPool,
    /// Every element repeated, [`Upsample`](crate::Upsample).
    Upsample {
        /// So many copies, `[down, across]`.
        factor: [usize; 2],
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

    /// A convolution (38) of filters `[vertical, horizontal]`, with stride 1 and no padding, or of a [`Window`] that says more.
    pub fn conv(filters: usize, window: impl Into<Window>, activation: Activation) -> Self {
        Self::Conv {
            filters,
            groups: 1,
            window: window.into(),
            activation,
            init: None,
            bias_init: None,
        }
    }

    /// A convolution in one dimension, of inputs `[channels, 1, length]`: `Conv1D` in Keras, `nn.Conv1d` in PyTorch.
    pub fn conv1d(filters: usize, size: usize, activation: Activation) -> Self {
        Self::conv(filters, [1, size], activation)
    }

    /// A convolution of every channel on its own, with one filter each: `DepthwiseConv2D` in Keras.
    pub fn depthwise(window: impl Into<Window>, activation: Activation) -> Self {
        Self::Depthwise {
            multiplier: 1,
            window: window.into(),
            activation,
            init: None,
            bias_init: None,
        }
    }

    /// Max-pooling over windows side by side, or over a [`Window`] that says more.
    pub fn max_pool(window: impl Into<Window>) -> Self {
        let window = window.into();
        Self::MaxPool { window }
    }

    /// Average pooling over windows side by side, or over a [`Window`] that says more.
    pub fn avg_pool(window: impl Into<Window>) -> Self {
        Self::AvgPool {
            window: window.into(),
            count_padding: false,
        }
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
    pub fn stride(self, stride: [usize; 2]) -> Self {
        self.change("stride", |window| window.stride(stride))
    }

    /// Chooses the padding of a convolution or pooling: so many rows and columns on each side `[vertical, horizontal]`, or another
    /// [`Padding`].
    #[must_use]
    pub fn padding(self, padding: impl Into<Padding>) -> Self {
        self.change("padding", |window| window.padding(padding))
    }

    /// Chooses the dilation `[vertical, horizontal]` of a convolution or pooling.
    #[must_use]
    pub fn dilation(self, dilation: [usize; 2]) -> Self {
        self.change("dilation", |window| window.dilation(dilation))
    }

    /// Chooses what becomes of rows and columns that the stride of a convolution or pooling leaves over.
    #[must_use]
    pub fn remainder(self, remainder: Remainder) -> Self {
        self.change("remainder", |window| window.remainder(remainder))
    }

    fn change(mut self, option: &str, change: impl FnOnce(Window) -> Window) -> Self {
        match &mut self {
            Self::Conv { window, .. }
            | Self::Depthwise { window, .. }
            | Self::MaxPool { window }
            | Self::AvgPool { window, .. } => *window = change(*window),
            _ => return self.misfit(option),
        }
        self
    }

    /// Chooses the number of groups of a convolution.
    #[must_use]
    pub fn groups(mut self, chosen: usize) -> Self {
        match &mut self {
            Self::Conv { groups, .. } => *groups = chosen,
            _ => return self.misfit("groups"),
        }
        self
    }

    /// Has the mean of average pooling taken over the padding too.
    #[must_use]
    pub fn count_padding(mut self) -> Self {
        match &mut self {
            Self::AvgPool { count_padding, .. } => *count_padding = true,
            _ => return self.misfit("count_padding"),
        }
        self
    }

    /// Chooses how the weights of a dense layer or the filters of a convolution are drawn.
    #[must_use]
    pub fn init(mut self, chosen: Init) -> Self {
        match &mut self {
            Self::Dense { init, .. } | Self::Conv { init, .. } | Self::Depthwise { init, .. } => {
                *init = Some(chosen);
            }
            _ => return self.misfit("init"),
        }
        self
    }

    /// Chooses how the biases of a dense layer or a convolution are drawn.
    #[must_use]
    pub fn bias_init(mut self, chosen: Init) -> Self {
        match &mut self {
            Self::Dense { bias_init, .. }
            | Self::Conv { bias_init, .. }
            | Self::Depthwise { bias_init, .. } => {
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
            Self::Conv { .. } | Self::Depthwise { .. } => "conv",
            Self::MaxPool { .. } => "max-pool",
            Self::AvgPool { .. } => "avg-pool",
            Self::GlobalMaxPool => "global max-pool",
            Self::GlobalAvgPool => "global avg-pool",
            Self::Upsample { .. } => "upsample",
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

#[cfg(feature = "serde")]
fn one() -> usize {
    1
}

#[cfg(feature = "serde")]
fn is_one(n: &usize) -> bool {
    *n == 1
}

#[cfg(feature = "serde")]
fn is_false(chosen: &bool) -> bool {
    !*chosen
}
