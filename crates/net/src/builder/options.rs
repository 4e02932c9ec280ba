//! Options of the layer that was added last.

use gradflow_kernels::Real;
use gradflow_layers::{Init, LayerError, Padding, Recipe, Remainder};

use super::{Item, NetworkBuilder};

impl<T: Real> NetworkBuilder<T> {
    /// Sets the stride `[vertical, horizontal]` of the convolution or pooling added last. In other libraries: Keras' `strides`.
    #[doc(alias = "strides")]
    pub fn stride(self, stride: [usize; 2]) -> Self {
        self.change("stride", |recipe| recipe.stride(stride))
    }

    /// Sets the padding of the convolution or pooling added last: so many rows and columns on each side, `[vertical, horizontal]`, or another
    /// [`Padding`] such as `Padding::Same`.
    pub fn padding(self, padding: impl Into<Padding>) -> Self {
        let padding = padding.into();
        self.change("padding", |recipe| recipe.padding(padding))
    }

    /// Sets the dilation `[vertical, horizontal]` of the convolution or pooling added last: from one element of its window to the next. In
    /// other libraries: Keras' `dilation_rate`.
    #[doc(alias = "dilation_rate")]
    pub fn dilation(self, dilation: [usize; 2]) -> Self {
        self.change("dilation", |recipe| recipe.dilation(dilation))
    }

    /// Sets what becomes of rows and columns that the stride of the convolution or pooling added last leaves over. In other libraries:
    /// PyTorch's `ceil_mode`.
    #[doc(alias = "ceil_mode")]
    pub fn remainder(self, remainder: Remainder) -> Self {
        self.change("remainder", |recipe| recipe.remainder(remainder))
    }

    /// Sets the number of groups of the convolution added last.
    pub fn groups(self, groups: usize) -> Self {
        self.change("groups", |recipe| recipe.groups(groups))
    }

    /// Has the mean of the average pooling added last taken over the padding too. In other libraries: PyTorch's `count_include_pad`.
    #[doc(alias = "count_include_pad")]
    pub fn count_padding(self) -> Self {
        self.change("count_padding", Recipe::count_padding)
    }

    /// Sets the momentum of the batch normalisation added last: the share of the new statistics in the running ones, PyTorch's `momentum`.
    pub fn momentum(self, momentum: f64) -> Self {
        self.change("momentum", |recipe| recipe.momentum(momentum))
    }

    /// Sets the epsilon of the normalisation added last.
    pub fn epsilon(self, epsilon: f64) -> Self {
        self.change("epsilon", |recipe| recipe.epsilon(epsilon))
    }

    /// Sets how the weights of the layer added last are drawn. In other libraries: Keras' `kernel_initializer`, PyTorch's `nn.init`.
    #[doc(alias = "kernel_initializer")]
    pub fn init(self, init: Init) -> Self {
        self.change("init", |recipe| recipe.init(init))
    }

    /// Sets how the biases of the layer added last are drawn. In other libraries: Keras' `bias_initializer`.
    #[doc(alias = "bias_initializer")]
    pub fn bias_init(self, init: Init) -> Self {
        self.change("bias_init", |recipe| recipe.bias_init(init))
    }

    fn change(mut self, option: &'static str, change: impl FnOnce(Recipe) -> Recipe) -> Self {
        match self.layers.pop() {
            Some(Item::Recipe(recipe)) => return self.recipe(change(*recipe)),
            // A layer of the user's is made of a closure, which has no options.
            Some(Item::Made(_)) => self.layers.push(Item::Made(Box::new(move |_| {
                Err(LayerError::no_option("layer of your own", option))
            }))),
            None | Some(Item::Early(_)) => self.layers.push(Item::Early(option)),
        }
        self
    }
}
