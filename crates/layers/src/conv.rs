//! The convolution (38).

mod as_dense;

use gradflow_kernels::{
    ConvPlan, ConvShape, Real, conv_backward_filter, conv_backward_input, conv_forward,
};
use gradflow_tensor::{Batch, BatchMut, Shape, ShapeError};

use crate::init::with_inits;
use crate::slide::Slide;
use crate::window::Window;
use crate::{
    Activation, Cx, Describe, Init, Layer, LayerError, LayerFault, Own, Pass, Plan, Recipe, Room,
    Spec,
};

/// A strided convolution (a cross-correlation: the filter is not flipped), with one bias for each output channel: `Conv2D`, `Conv1D` and
/// `DepthwiseConv2D` in Keras, `nn.Conv2d` and `nn.Conv1d` in PyTorch.
///
/// ```text
/// (38)  p_ijk = σ(Σ_abc f_iabc x_{a, b r_v + j s_v, c r_h + k s_h} + b_i)
///       o_v = (i_v − f_v)/s_v + 1, likewise o_h
/// ```
///
/// with the dilation `r`, which is usually 1. Its parameters are `filter [out depth, in depth, vertical, horizontal]` and
/// `bias [out depth]`, in this order. Filter and input are compatible iff the divisions are exact in both directions, unless the
/// [`Window`] says what becomes of a remainder. There is no padding unless asked for; a padded layer equals the unpadded one on the
/// input with zeros around it.
///
/// With `G` groups, inputs and outputs are `G` blocks of channels, and each block of outputs reads the block of inputs of its
/// number: filters are `[out depth, in depth / G, vertical, horizontal]`. With as many groups as channels the convolution is
/// [depthwise](Conv::depthwise).
///
/// With `delta = dL/dz = sigma'(z) p_bar`, backward is (47) and (45), each over the terms of (38):
///
/// ```text
/// (47)  b_bar_i = Σ_jk δ_ijk,   f_bar_iabc = Σ_jk δ_ijk x_{a, b r_v + j s_v, c r_h + k s_h}
/// (45)  x_bar_aBC = Σ_ibc f_iabc δ_ijk  over all b r_v + j s_v = B and c r_h + k s_h = C
/// ```
///
/// In one dimension, channels stand in the depth and the sequence lies horizontally: inputs are `[channels, 1, length]`, filters
/// `[1, size]`, and [`Padding::Causal`](crate::Padding::Causal) keeps outputs from seeing what comes after them.
///
/// ```
/// use gradflow_layers::{Activation, Conv, Describe, Window};
/// use gradflow_tensor::Shape;
///
/// let every_second = |size| Window::from(size).stride([2, 2]);
/// let layer = Conv::new(Shape::new([1, 28, 28])?, 8, every_second([4, 4]), Activation::Relu)?;
/// assert_eq!(layer.spec().output.dims(), [8, 13, 13]);
///
/// let window = every_second([5, 5]);
/// let error = Conv::new(Shape::new([1, 28, 28])?, 8, window, Activation::Relu).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "conv 5x5, stride 2x2: the last window must end at the edge of the input 1x28x28, \
///      but 1 row and 1 column are left over: use a filter of 4x4 or 6x6, \
///      or an input of 27x27 or 29x29, or choose `Remainder::Floor` or `Ceil`"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Conv {
    spec: Spec,
    shape: ConvShape,
    window: Window,
    /// Whether there are as many groups as input channels, however many these are.
    depthwise: bool,
    activation: Activation,
    /// How weights and biases are drawn, where that was chosen.
    inits: [Option<Init>; 2],
}

impl Conv {
    /// So many filters of this size `[vertical, horizontal]`, with stride 1 and no padding, or of a [`Window`] that says more.
    ///
    /// # Errors
    /// [`LayerError`] if a size or the stride is zero, the filter is larger than the padded input, the stride leaves a remainder, or
    /// sizes overflow.
    pub fn new(
        input: Shape<3>,
        filters: usize,
        window: impl Into<Window>,
        activation: Activation,
    ) -> Result<Self, LayerError> {
        Self::grouped(input, filters, 1, window, activation)
    }

    /// The same in so many groups of channels.
    ///
    /// # Errors
    /// As [`Conv::new`], or if the groups do not divide the depth of the input and the number of filters.
    pub fn grouped(
        input: Shape<3>,
        filters: usize,
        groups: usize,
        window: impl Into<Window>,
        activation: Activation,
    ) -> Result<Self, LayerError> {
        activation.check().map_err(refuse)?;
        let window = window.into();
        let slide = Slide::new("conv", window, [1, 1]);
        let fit = slide.fit(input, filters)?;
        let (output, size) = (fit.output, window.size);
        let depth = input.dims()[0];
        if groups == 0 || !depth.is_multiple_of(groups) || !filters.is_multiple_of(groups) {
            let fault = LayerFault::Groups {
                groups,
                depth,
                filters,
            };
            return Err(slide.refuse(fault));
        }
        let dims = [filters, depth / groups, size[0], size[1]];
        Shape::new(dims).map_err(|error| refuse(error.into()))?;
        let shape = ConvShape {
            input: input.dims(),
            output: output.dims(),
            filter: size,
            stride: slide.stride,
            dilation: window.dilation,
            padding: fit.read,
            groups,
        };
        if !shape.is_valid() {
            return Err(refuse(LayerFault::TooManyElements { input }));
        }
        let (low, high) = activation.range();
        let fan = [depth, filters].map(|depth| depth / groups * size[0] * size[1]);
        let spec = Spec::new(name(&shape, &window, &activation), input, output)
            .block("filter", dims, Init::default_for(&activation))
            .fan(fan)
            .block("bias", [filters], Init::Constant(0.0))
            .fan(fan)
            .room(activation.room(output.len()), Room::NONE)
            .output_range(low, high)
            .sums_products();
        Ok(Self {
            spec,
            shape,
            window,
            depthwise: false,
            activation,
            inits: [None, None],
        })
    }

    /// Every channel on its own, with `multiplier` filters each: as many groups as channels.
    ///
    /// ```
    /// use gradflow_layers::{Activation, Conv, Describe};
    /// use gradflow_tensor::Shape;
    ///
    /// let layer = Conv::depthwise(Shape::new([16, 8, 8])?, 1, [3, 3], Activation::Identity)?;
    /// assert_eq!(layer.spec().output.dims(), [16, 6, 6]);
    /// assert_eq!(layer.spec().blocks[0].dims, [16, 1, 3, 3]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Conv::new`].
    pub fn depthwise(
        input: Shape<3>,
        multiplier: usize,
        window: impl Into<Window>,
        activation: Activation,
    ) -> Result<Self, LayerError> {
        let depth = input.dims()[0];
        let filters = depth.checked_mul(multiplier).ok_or_else(|| {
            let dims = vec![depth, multiplier];
            refuse(ShapeError::TooLarge { dims }.into())
        })?;
        let layer = Self::grouped(input, filters, depth, window, activation)?;
        Ok(Self {
            depthwise: true,
            ..layer
        })
    }

    fn filter_len(&self) -> usize {
        self.spec.blocks[0].range.end
    }
}

with_inits!(Conv);

fn refuse(fault: LayerFault) -> LayerError {
    LayerError::new("conv", fault)
}

/// `conv 5@3x3 relu`, with what is not usual: `conv 8@3x3 groups 2 stride 2x2 padding same relu`.
fn name(shape: &ConvShape, window: &Window, activation: &Activation) -> String {
    let ([v, h], filters) = (shape.filter, shape.output[0]);
    let groups = match shape.groups {
        1 => String::new(),
        groups => format!(" groups {groups}"),
    };
    let options = window.options([1, 1]);
    format!("conv {filters}@{v}x{h}{groups}{options} {activation}")
}

impl Describe for Conv {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn recipe(&self) -> Option<Recipe> {
        let ([init, bias_init], window) = (self.inits, self.window);
        let ([filters, ..], groups) = (self.shape.output, self.shape.groups);
        let activation = self.activation.clone();
        Some(match self.depthwise {
            true => Recipe::Depthwise {
                multiplier: filters / groups,
                window,
                activation,
                init,
                bias_init,
            },
            false => Recipe::Conv {
                filters,
                groups,
                window,
                activation,
                init,
                bias_init,
            },
        })
    }
}

impl<T: Real> Layer<T> for Conv {
    fn forward(
        &self,
        own: Own<'_, T>,
        x: Batch<'_, T>,
        mut p: BatchMut<'_, T>,
        scratch: &mut [T],
        cx: Cx<'_>,
    ) {
        let (filter, bias) = own.theta.split_at(self.filter_len());
        conv_forward(
            &self.shape,
            filter,
            bias,
            x.data(),
            p.data(),
            self.activation.fused(),
            cx.workers,
        );
        self.activation.finish(p.data(), scratch, cx.mode);
    }

    fn plan<'a>(&self, own: Own<'a, T>) -> Option<Plan<'a, T>> {
        let (filter, bias) = own.theta.split_at(self.filter_len());
        let function = self.activation.unary()?;
        let plan = ConvPlan::new(&self.shape, filter, bias, function)?;
        Some(Plan::Conv(Box::new(plan)))
    }

    fn backward(&self, own: Own<'_, T>, mut pass: Pass<'_, T>, theta_bar: &mut [T], cx: Cx<'_>) {
        self.activation
            .delta(pass.p.data(), pass.scratch, pass.p_bar.data());
        let delta = &*pass.p_bar.data();
        let (filter_bar, bias_bar) = theta_bar.split_at_mut(self.filter_len());
        conv_backward_filter(
            &self.shape,
            pass.x.data(),
            delta,
            filter_bar,
            bias_bar,
            cx.workers,
        );
        if let Some(mut x_bar) = pass.x_bar {
            let filter = &own.theta[..self.filter_len()];
            conv_backward_input(&self.shape, filter, delta, x_bar.data(), cx.workers);
        }
    }
}
