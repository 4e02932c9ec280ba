//! Builds a network and checks every shape.

mod options;

use core::fmt;
use std::sync::Arc;

use gradflow_kernels::Real;
use gradflow_layers::{Activation, Chain, Join, Layer, LayerError, Recipe, Registry, Window};
use gradflow_tensor::{IntoShape, Shape, ShapeError};

use crate::{Network, NetworkError};

/// Collects the layers of a [`Network`]; [`NetworkBuilder::build`] makes each for the output shape of the one before.
///
/// An error names the layer, counted from 0, and the numbers.
///
/// ```
/// use gradflow::{Activation, Network};
///
/// let error = Network::<f32>::builder([1, 27, 27])
///     .conv(8, [5, 5], Activation::Relu)
///     .stride([3, 3])
///     .build()
///     .unwrap_err();
/// let way_out = "pad by 1, or use a filter of 3x3 or 6x6, or an input of 26x26 or 29x29, \
///     or choose `Remainder::Floor` or `Ceil`";
/// assert!(error.to_string().ends_with(way_out), "{error}");
/// ```
pub struct NetworkBuilder<T: Real> {
    input: Result<Shape<3>, ShapeError>,
    layers: Vec<Item<T>>,
    registry: Registry<T>,
}

/// A layer to be built.
enum Item<T: Real> {
    Recipe(Box<Recipe>),
    Made(Make<T>),
    /// An option before the first layer.
    Early(&'static str),
}

type Make<T> = Box<dyn FnOnce(Shape<3>) -> Result<Arc<dyn Layer<T>>, LayerError>>;

impl<T: Real> Network<T> {
    /// Starts a network that reads samples of this shape: a number for a vector, `[vertical, horizontal]`,
    /// `[depth, vertical, horizontal]`, or a [`Shape`]. What is no shape is an error of [`NetworkBuilder::build`].
    ///
    /// ```
    /// use gradflow::{Activation, Network};
    ///
    /// let vector = Network::<f32>::builder(4).dense(3, Activation::Identity).build()?;
    /// assert_eq!(vector.input().dims(), [4, 1, 1]);
    /// let picture = Network::<f32>::builder([28, 28]).dense(10, Activation::Identity).build()?;
    /// assert_eq!(picture.input().dims(), [1, 28, 28]);
    /// # Ok::<(), gradflow::Error>(())
    /// ```
    pub fn builder(input: impl IntoShape) -> NetworkBuilder<T> {
        NetworkBuilder::new(input)
    }

    /// Builds the layers that the recipes describe, one after another; names in them are looked up in the registry.
    ///
    /// ```
    /// use gradflow::layers::{Recipe, Registry};
    /// use gradflow::{Activation, Network};
    ///
    /// let recipes = [Recipe::dense(8, Activation::Tanh), Recipe::dense(2, Activation::Identity)];
    /// let network = Network::<f32>::from_recipes(4, &recipes, &Registry::default())?;
    /// assert_eq!(network.recipes().as_deref(), Some(&recipes[..]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`NetworkError`] of the first layer that does not fit, or if there is none.
    pub fn from_recipes(
        input: impl IntoShape,
        recipes: &[Recipe],
        registry: &Registry<T>,
    ) -> Result<Self, NetworkError> {
        let builder = NetworkBuilder::new(input).registry(registry.clone());
        let all = recipes.iter().cloned();
        all.fold(builder, NetworkBuilder::recipe).build()
    }
}

impl<T: Real> NetworkBuilder<T> {
    pub(crate) fn new(input: impl IntoShape) -> Self {
        Self {
            input: input.into_shape(),
            layers: Vec::new(),
            registry: Registry::default(),
        }
    }

    /// Where names in recipes are looked up: layers and activations of your own.
    pub fn registry(self, registry: Registry<T>) -> Self {
        Self { registry, ..self }
    }

    /// Adds a fully connected layer of so many outputs (17): weights and biases, then the activation. In other libraries: Keras'
    /// `Dense(units)`, PyTorch's `nn.Linear`.
    #[doc(alias = "Linear")]
    #[doc(alias = "Dense")]
    pub fn dense(self, outputs: usize, activation: Activation) -> Self {
        self.recipe(Recipe::dense(outputs, activation))
    }

    /// Adds a convolution (38) of so many filters (output channels) of a size `[vertical, horizontal]`, with stride 1 and no padding unless
    /// a [`Window`] says more, or [`stride`](Self::stride), [`padding`](Self::padding), [`dilation`](Self::dilation),
    /// [`groups`](Self::groups) or [`remainder`](Self::remainder) follow. In other libraries: Keras' `Conv2D(filters, kernel_size)`,
    /// PyTorch's `nn.Conv2d`.
    #[doc(alias = "Conv2d")]
    #[doc(alias = "Conv2D")]
    pub fn conv(self, filters: usize, window: impl Into<Window>, activation: Activation) -> Self {
        self.recipe(Recipe::conv(filters, window, activation))
    }

    /// Adds a convolution in one dimension: its inputs are `[channels, 1, length]`, its filters have a length. In other libraries: Keras'
    /// `Conv1D`, PyTorch's `nn.Conv1d`.
    ///
    /// ```
    /// use gradflow::{Activation, Network, Padding};
    ///
    /// // 3 channels of 100 numbers; outputs see what came before them, and themselves.
    /// let network = Network::<f32>::builder([3, 1, 100])
    ///     .conv1d(8, 5, Activation::Relu)
    ///     .padding(Padding::Causal)
    ///     .conv1d(8, 5, Activation::Relu)
    ///     .padding(Padding::Causal)
    ///     .dilation([1, 4])
    ///     .global_avg_pool()
    ///     .dense(2, Activation::Identity)
    ///     .build()?;
    /// assert_eq!(network.blocks()[2].name, "1.filter");
    /// assert_eq!(network.blocks()[2].dims, [8, 8, 1, 5]);
    /// # Ok::<(), gradflow::NetworkError>(())
    /// ```
    #[doc(alias = "Conv1D")]
    pub fn conv1d(self, filters: usize, size: usize, activation: Activation) -> Self {
        self.recipe(Recipe::conv1d(filters, size, activation))
    }

    /// Adds a convolution of every channel on its own, with one filter each; options as for [`conv`](Self::conv). In other libraries:
    /// Keras' `DepthwiseConv2D`, PyTorch's `nn.Conv2d(groups=channels)`.
    #[doc(alias = "DepthwiseConv2D")]
    pub fn depthwise(self, window: impl Into<Window>, activation: Activation) -> Self {
        self.recipe(Recipe::depthwise(window, activation))
    }

    /// Adds max-pooling, over windows `[vertical, horizontal]` that do not overlap unless [`stride`](Self::stride) follows; other options
    /// as for [`conv`](Self::conv). In other libraries: Keras' `MaxPooling2D`, PyTorch's `nn.MaxPool2d`.
    #[doc(alias = "MaxPool2d")]
    #[doc(alias = "MaxPooling2D")]
    pub fn max_pool(self, window: impl Into<Window>) -> Self {
        self.recipe(Recipe::max_pool(window))
    }

    /// Adds average pooling, over windows `[vertical, horizontal]` that do not overlap unless [`stride`](Self::stride) follows; other
    /// options as for [`conv`](Self::conv). In other libraries: Keras' `AveragePooling2D`, PyTorch's
    /// `nn.AvgPool2d(count_include_pad=False)`.
    #[doc(alias = "AvgPool2d")]
    #[doc(alias = "AveragePooling2D")]
    pub fn avg_pool(self, window: impl Into<Window>) -> Self {
        self.recipe(Recipe::avg_pool(window))
    }

    /// Adds the largest element of each channel. In other libraries: Keras' `GlobalMaxPooling2D`, PyTorch's `nn.AdaptiveMaxPool2d(1)`.
    #[doc(alias = "AdaptiveMaxPool2d")]
    pub fn global_max_pool(self) -> Self {
        self.recipe(Recipe::GlobalMaxPool)
    }

    /// Adds the mean of each channel. In other libraries: Keras' `GlobalAveragePooling2D`, PyTorch's `nn.AdaptiveAvgPool2d(1)`.
    #[doc(alias = "AdaptiveAvgPool2d")]
    pub fn global_avg_pool(self) -> Self {
        self.recipe(Recipe::GlobalAvgPool)
    }

    /// Repeats every element so many times, `[down, across]`. In other libraries: Keras' `UpSampling2D(size)`, PyTorch's
    /// `nn.Upsample(scale_factor)`.
    #[doc(alias = "UpSampling2D")]
    pub fn upsample(self, factor: [usize; 2]) -> Self {
        self.recipe(Recipe::Upsample { factor })
    }

    /// Adds an activation that stands alone, `p = sigma(x)`. In other libraries: Keras' `Activation`, PyTorch's `nn.ReLU` and its kind.
    #[doc(alias = "ReLU")]
    #[doc(alias = "Tanh")]
    #[doc(alias = "Sigmoid")]
    pub fn activation(self, activation: Activation) -> Self {
        self.recipe(Recipe::Activation(activation))
    }

    /// Adds batch normalisation of each channel, over samples and positions, with a momentum of 0.1 and an epsilon of 1e-5 unless
    /// [`momentum`](Self::momentum) or [`epsilon`](Self::epsilon) follow. An activation comes behind it. In other libraries: Keras'
    /// `BatchNormalization`, PyTorch's `nn.BatchNorm2d`.
    ///
    /// ```
    /// use gradflow::{Activation, Network};
    ///
    /// let network = Network::<f32>::builder([3, 32, 32])
    ///     .conv(16, [3, 3], Activation::Identity)
    ///     .batch_norm()
    ///     .activation(Activation::Relu)
    ///     .dense(10, Activation::Identity)
    ///     .dropout(0.5)
    ///     .build()?;
    /// assert_eq!(network.spec().state_len(), 2 * 16); // running means and variances
    /// # Ok::<(), gradflow::NetworkError>(())
    /// ```
    #[doc(alias = "BatchNorm2d")]
    #[doc(alias = "BatchNormalization")]
    pub fn batch_norm(self) -> Self {
        self.recipe(Recipe::batch_norm())
    }

    /// Adds layer normalisation over the elements of each sample, with an epsilon of 1e-5 unless [`epsilon`](Self::epsilon) follows. In
    /// other libraries: Keras' `LayerNormalization`, PyTorch's `nn.LayerNorm` of the sample's shape.
    #[doc(alias = "LayerNormalization")]
    pub fn layer_norm(self) -> Self {
        self.recipe(Recipe::layer_norm())
    }

    /// Adds dropout: in training each element is left out with this probability, and the others are divided by what remains of 1. In other
    /// libraries: Keras' `Dropout(rate)`, PyTorch's `nn.Dropout(p)`.
    pub fn dropout(self, rate: f64) -> Self {
        self.recipe(Recipe::dropout(rate))
    }

    /// Adds `(x - offset)/scale` with constants, each one number, or one for each channel or element: standardisation as a part of the
    /// network. In other libraries: Keras' `Rescaling` and `Normalization`, scikit-learn's `StandardScaler`.
    #[doc(alias = "Normalization")]
    #[doc(alias = "StandardScaler")]
    #[doc(alias = "Rescaling")]
    pub fn rescale(self, offset: impl Into<Vec<f64>>, scale: impl Into<Vec<f64>>) -> Self {
        self.recipe(Recipe::rescale(offset, scale))
    }

    /// Adds a residual block `p = x + F(x)`, with these layers as `F`; its output has the shape of its input. In other libraries: Keras'
    /// `Add`, a skip connection.
    ///
    /// ```
    /// use gradflow::layers::Recipe;
    /// use gradflow::{Activation, Network};
    ///
    /// let network = Network::<f32>::builder([16, 1, 1])
    ///     .residual([Recipe::dense(16, Activation::Tanh), Recipe::dense(16, Activation::Identity)])
    ///     .dense(2, Activation::Identity)
    ///     .build()?;
    /// assert!(network.block("0.0.1.weight").is_some()); // layer 0, branch 0, its layer 1
    /// # Ok::<(), gradflow::NetworkError>(())
    /// ```
    #[doc(alias = "skip")]
    #[doc(alias = "Add")]
    pub fn residual(self, layers: impl IntoIterator<Item = Recipe>) -> Self {
        self.recipe(Recipe::residual(layers.into_iter().collect()))
    }

    /// Adds branches that read the same input, and whose outputs are added up, or concatenated along the depth (channels). In other
    /// libraries: Keras' `Add` and `Concatenate`, PyTorch's `torch.cat`.
    #[doc(alias = "Concatenate")]
    #[doc(alias = "cat")]
    pub fn branches(self, join: Join, branches: impl IntoIterator<Item = Recipe>) -> Self {
        self.recipe(Recipe::Branches {
            join,
            branches: branches.into_iter().collect(),
        })
    }

    /// Adds the layer that a recipe describes.
    pub fn recipe(mut self, recipe: Recipe) -> Self {
        self.layers.push(Item::Recipe(Box::new(recipe)));
        self
    }

    /// Adds a layer made for the shape that the layer before puts out: the way for layers of your own.
    pub fn layer<L: Layer<T> + 'static>(
        mut self,
        make: impl FnOnce(Shape<3>) -> Result<L, LayerError> + 'static,
    ) -> Self {
        let make = |input| make(input).map(|layer| Arc::new(layer) as Arc<dyn Layer<T>>);
        self.layers.push(Item::Made(Box::new(make)));
        self
    }

    /// Builds the layers and checks what they say of themselves.
    ///
    /// # Errors
    /// [`NetworkError`] of the first layer that does not fit, or if there is no layer.
    pub fn build(self) -> Result<Network<T>, NetworkError> {
        let input = self.input.map_err(NetworkError::Input)?;
        let (mut shape, mut layers) = (input, Vec::with_capacity(self.layers.len()));
        for (index, item) in self.layers.into_iter().enumerate() {
            let layer = match item {
                Item::Recipe(recipe) => recipe.on(shape, &self.registry),
                Item::Made(make) => make(shape),
                Item::Early(option) => return Err(NetworkError::NoLayerYet { option }),
            };
            let layer = layer.map_err(|error| error.within(index))?;
            shape = layer.spec().output;
            layers.push(layer);
        }
        Network::of(Chain::new(input, layers)?)
    }
}

impl<T: Real> fmt::Debug for NetworkBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let layers = self.layers.iter().map(|item| match item {
            Item::Recipe(recipe) => Some(recipe),
            Item::Made(_) | Item::Early(_) => None,
        });
        f.debug_struct("NetworkBuilder")
            .field("input", &self.input)
            .field("layers", &layers.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
