//! The convolution (38).

use gradflow_kernels::{
    ConvShape, Real, Workers, conv_backward_filter, conv_backward_input, conv_forward,
};
use gradflow_tensor::{Batch, BatchMut, Shape};
use rand::Rng;

use crate::window::Window;
use crate::{Activation, Block, Init, Layer, LayerError, Pass};

/// A strided convolution (a cross-correlation: the filter is not flipped), with one bias for each output channel.
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
/// use gradflow_layers::{Activation, Conv};
/// use gradflow_tensor::Shape;
///
/// let layer = Conv::strided(Shape::new([1, 28, 28])?, 8, [4, 4], [2, 2], Activation::Relu)?;
/// assert_eq!(layer.output().dims(), [8, 13, 13]);
///
/// let error = Conv::strided(Shape::new([1, 27, 27])?, 8, [4, 4], [2, 2], Activation::Relu).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "conv 4x4, stride 2x2: input 1x27x27 leaves a remainder of 1 vertically and 1 horizontally"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Conv {
    input: Shape<3>,
    output: Shape<3>,
    window: Window,
    activation: Activation,
    init: Init,
    bias_init: Init,
    blocks: [Block; 2],
}

impl Conv {
    /// So many filters of size `[vertical, horizontal]` with stride 1 and no padding.
    ///
    /// # Errors
    /// [`LayerError`] if a size is zero, the filter is larger than the input, or sizes overflow.
    pub fn new(
        input: Shape<3>,
        filters: usize,
        size: [usize; 2],
        activation: Activation,
    ) -> Result<Self, LayerError> {
        Self::strided(input, filters, size, [1, 1], activation)
    }

    /// So many filters of size `[vertical, horizontal]` with a stride `[vertical, horizontal]` and no padding.
    ///
    /// # Errors
    /// [`LayerError`] as [`Conv::new`], or if the stride is zero or leaves a remainder.
    pub fn strided(
        input: Shape<3>,
        filters: usize,
        size: [usize; 2],
        stride: [usize; 2],
        activation: Activation,
    ) -> Result<Self, LayerError> {
        Self::padded(input, filters, size, stride, [0, 0], activation)
    }

    /// Like [`Conv::strided`], with so many zeros on each side `[vertical, horizontal]`.
    ///
    /// # Errors
    /// [`LayerError`] as [`Conv::strided`], with the padded input in place of the input.
    pub fn padded(
        input: Shape<3>,
        filters: usize,
        size: [usize; 2],
        stride: [usize; 2],
        padding: [usize; 2],
        activation: Activation,
    ) -> Result<Self, LayerError> {
        activation.check()?;
        let window = Window {
            layer: "conv",
            size,
            stride,
            padding,
        };
        let output = window.output(input, filters)?;
        let dims = [filters, input.dims()[0], size[0], size[1]];
        let weights = Shape::new(dims)
            .map_err(|source| LayerError::Shape {
                layer: "conv",
                source,
            })?
            .len();
        let blocks = [
            Block {
                name: "filter",
                dims: dims.to_vec(),
                range: 0..weights,
            },
            Block {
                name: "bias",
                dims: vec![filters],
                range: weights..weights + filters,
            },
        ];
        let init = Init::default_for(&activation);
        let layer = Self {
            input,
            output,
            window,
            activation,
            init,
            bias_init: Init::Constant(0.0),
            blocks,
        };
        if !layer.shape().is_valid() {
            return Err(LayerError::TooManyElements {
                layer: "conv",
                input: input.dims(),
            });
        }
        Ok(layer)
    }

    /// Chooses how filters are drawn.
    ///
    /// # Errors
    /// [`LayerError::Init`] if its constant is invalid.
    pub fn with_init(self, init: Init) -> Result<Self, LayerError> {
        Ok(Self {
            init: init.check()?,
            ..self
        })
    }

    /// Chooses how biases are drawn.
    ///
    /// # Errors
    /// [`LayerError::Init`] if its constant is invalid.
    pub fn with_bias_init(self, init: Init) -> Result<Self, LayerError> {
        Ok(Self {
            bias_init: init.check()?,
            ..self
        })
    }

    /// Shape of an input sample.
    pub fn input(&self) -> Shape<3> {
        self.input
    }

    /// Shape of an output sample.
    pub fn output(&self) -> Shape<3> {
        self.output
    }

    /// Size of a filter `[vertical, horizontal]`.
    pub fn size(&self) -> [usize; 2] {
        self.window.size
    }

    /// Stride `[vertical, horizontal]`.
    pub fn stride(&self) -> [usize; 2] {
        self.window.stride
    }

    /// Zeros on each side `[vertical, horizontal]`.
    pub fn padding(&self) -> [usize; 2] {
        self.window.padding
    }

    /// The activation.
    pub fn activation(&self) -> &Activation {
        &self.activation
    }

    /// How filters are drawn.
    pub fn init(&self) -> Init {
        self.init
    }

    /// How biases are drawn.
    pub fn bias_init(&self) -> Init {
        self.bias_init
    }

    fn filter_len(&self) -> usize {
        self.blocks[0].range.end
    }

    fn shape(&self) -> ConvShape {
        ConvShape {
            input: self.input.dims(),
            output: self.output.dims(),
            filter: self.window.size,
            stride: self.window.stride,
            padding: self.window.padding,
        }
    }
}

impl<T: Real> Layer<T> for Conv {
    fn name(&self) -> String {
        let Window {
            size,
            stride,
            padding,
            ..
        } = self.window;
        let mut name = format!("conv {}@{}x{}", self.output.dims()[0], size[0], size[1]);
        if stride != [1, 1] {
            name += &format!(" stride {}x{}", stride[0], stride[1]);
        }
        if padding != [0, 0] {
            name += &format!(" padding {}x{}", padding[0], padding[1]);
        }
        format!("{name} {}", self.activation)
    }

    fn input(&self) -> Shape<3> {
        self.input
    }

    fn output(&self) -> Shape<3> {
        self.output
    }

    fn output_range(&self) -> (f64, f64) {
        self.activation.range()
    }

    fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    fn sums_products(&self) -> bool {
        true
    }

    fn initialise(&self, theta: &mut [T], rng: &mut dyn Rng) {
        let window = self.window.size[0] * self.window.size[1];
        let fan = [
            self.input.dims()[0] * window,
            self.output.dims()[0] * window,
        ];
        let (filter, bias) = theta.split_at_mut(self.filter_len());
        self.init.fill(filter, fan, rng);
        self.bias_init.fill(bias, fan, rng);
    }

    fn scratch(&self, samples: usize) -> usize {
        self.activation
            .scratch(samples.saturating_mul(self.output.len()))
    }

    fn forward(
        &self,
        theta: &[T],
        x: Batch<'_, T>,
        mut p: BatchMut<'_, T>,
        scratch: &mut [T],
        workers: &Workers,
    ) {
        let (filter, bias) = theta.split_at(self.filter_len());
        conv_forward(
            &self.shape(),
            filter,
            bias,
            x.data(),
            p.data(),
            self.activation.fused(),
            workers,
        );
        self.activation.finish(p.data(), scratch);
    }

    fn backward(
        &self,
        theta: &[T],
        pass: Pass<'_, T>,
        mut p_bar: BatchMut<'_, T>,
        theta_bar: &mut [T],
        x_bar: Option<BatchMut<'_, T>>,
        workers: &Workers,
    ) {
        self.activation
            .delta(pass.p.data(), pass.scratch, p_bar.data());
        let delta = &*p_bar.data();
        let (filter_bar, bias_bar) = theta_bar.split_at_mut(self.filter_len());
        conv_backward_filter(
            &self.shape(),
            pass.x.data(),
            delta,
            filter_bar,
            bias_bar,
            workers,
        );
        if let Some(mut x_bar) = x_bar {
            conv_backward_input(
                &self.shape(),
                &theta[..self.filter_len()],
                delta,
                x_bar.data(),
                workers,
            );
        }
    }
}
