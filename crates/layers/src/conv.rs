//! The convolution (38).

use gradflow_kernels::{ConvShape, Real, conv_backward_filter, conv_backward_input, conv_forward};
use gradflow_tensor::{Batch, BatchMut, Shape};

use crate::init::with_inits;
use crate::window::{Slide, Window};
use crate::{
    Activation, Cx, Describe, Init, Layer, LayerError, LayerFault, Own, Pass, Recipe, Room, Spec,
};

/// A strided convolution (a cross-correlation: the filter is not flipped), with one bias for each output channel: `Conv2D` in Keras,
/// `nn.Conv2d` in PyTorch.
///
/// ```text
/// (38)  p_ijk = sigma(sum_abc f_iabc x_{a, b + j s_v, c + k s_h} + b_i),   o_v = (i_v - f_v)/s_v + 1, likewise o_h
/// ```
///
/// Its parameters are `filter [out depth, in depth, vertical, horizontal]` and `bias [out depth]`, in this order. Filter and input
/// are compatible iff the divisions are exact in both directions. There is no padding unless asked for; a padded layer
/// equals the unpadded one on the input with zeros around it.
///
/// ```
/// use gradflow_layers::{Activation, Conv, Describe, Window};
/// use gradflow_tensor::Shape;
///
/// let every_second = |size| Window { stride: [2, 2], ..Window::from(size) };
/// let layer = Conv::new(Shape::new([1, 28, 28])?, 8, every_second([4, 4]), Activation::Relu)?;
/// assert_eq!(layer.spec().output.dims(), [8, 13, 13]);
///
/// let error = Conv::new(Shape::new([1, 28, 28])?, 8, every_second([5, 5]), Activation::Relu).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "conv 5x5, stride 2x2: input 1x28x28 leaves a remainder of 1 vertically and 1 horizontally: \
///      use an input of 27 or 29"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Conv {
    spec: Spec,
    shape: ConvShape,
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
        activation.check().map_err(refuse)?;
        let window = window.into();
        let slide = Slide {
            layer: "conv",
            window,
        };
        let output = slide.output(input, filters)?;
        let Window {
            size,
            stride,
            padding,
        } = window;
        let dims = [filters, input.dims()[0], size[0], size[1]];
        Shape::new(dims).map_err(|error| refuse(error.into()))?;
        let shape = ConvShape {
            input: input.dims(),
            output: output.dims(),
            filter: size,
            stride,
            padding,
        };
        if !shape.is_valid() {
            return Err(refuse(LayerFault::TooManyElements { input }));
        }
        let (low, high) = activation.range();
        let fan = [input.dims()[0], filters].map(|depth| depth * size[0] * size[1]);
        let spec = Spec::new(name(&shape, &activation), input, output)
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
            activation,
            inits: [None, None],
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

/// `conv 5@3x3 relu`, with stride and padding where they are not the usual ones.
fn name(shape: &ConvShape, activation: &Activation) -> String {
    let ([v, h], filters) = (shape.filter, shape.output[0]);
    let mut name = format!("conv {filters}@{v}x{h}");
    if shape.stride != [1, 1] {
        name += &format!(" stride {}x{}", shape.stride[0], shape.stride[1]);
    }
    if shape.padding != [0, 0] {
        name += &format!(" padding {}x{}", shape.padding[0], shape.padding[1]);
    }
    format!("{name} {activation}")
}

impl Describe for Conv {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn recipe(&self) -> Option<Recipe> {
        Some(Recipe::Conv {
            filters: self.shape.output[0],
            size: self.shape.filter,
            stride: self.shape.stride,
            padding: self.shape.padding,
            activation: self.activation.clone(),
            init: self.inits[0],
            bias_init: self.inits[1],
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
