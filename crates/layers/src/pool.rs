//! Max-pooling and average pooling.

use gradflow_kernels::{
    PoolShape, Real, Workers, avg_pool_backward, avg_pool_forward, max_pool_backward,
    max_pool_forward,
};
use gradflow_tensor::{Batch, BatchMut, Shape};
use rand::Rng;

use crate::window::Window;
use crate::{Block, Layer, LayerError, Pass};

/// What the two kinds of pooling share.
#[derive(Debug, Clone)]
struct Pool {
    input: Shape<3>,
    output: Shape<3>,
    window: Window,
}

impl Pool {
    fn new(
        layer: &'static str,
        input: Shape<3>,
        size: [usize; 2],
        stride: [usize; 2],
    ) -> Result<Self, LayerError> {
        let window = Window {
            layer,
            size,
            stride,
            padding: [0, 0],
        };
        let output = window.output(input, input.dims()[0])?;
        Ok(Self {
            input,
            output,
            window,
        })
    }

    fn name(&self) -> String {
        let Window {
            layer,
            size,
            stride,
            ..
        } = self.window;
        let stride = if stride == size {
            String::new()
        } else {
            format!(" stride {}x{}", stride[0], stride[1])
        };
        format!("{layer} {}x{}{stride}", size[0], size[1])
    }

    fn shape(&self) -> PoolShape {
        PoolShape {
            input: self.input.dims(),
            output: self.output.dims(),
            window: self.window.size,
            stride: self.window.stride,
        }
    }
}

/// Max-pooling: each output is the largest element of its window, channel by channel.
///
/// On a tie the first element in row-major order takes the whole gradient; a NaN in the window is the maximum.
///
/// ```
/// use gradflow_layers::MaxPool;
/// use gradflow_tensor::Shape;
///
/// let layer = MaxPool::new(Shape::new([5, 30, 30])?, [2, 2])?;
/// assert_eq!(layer.output().dims(), [5, 15, 15]);
/// assert!(MaxPool::new(Shape::new([5, 31, 31])?, [2, 2]).is_err()); // a row and a column would be left over
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct MaxPool(Pool);

/// Average pooling: each output is the mean of its window, channel by channel; the gradient is shared equally.
///
/// ```
/// use gradflow_layers::AvgPool;
/// use gradflow_tensor::Shape;
///
/// let layer = AvgPool::strided(Shape::new([1, 7, 7])?, [3, 3], [2, 2])?;
/// assert_eq!(layer.output().dims(), [1, 3, 3]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct AvgPool(Pool);

impl MaxPool {
    /// Windows `[vertical, horizontal]` side by side.
    ///
    /// # Errors
    /// [`LayerError`] if a size is zero, larger than the input, or leaves a remainder.
    pub fn new(input: Shape<3>, window: [usize; 2]) -> Result<Self, LayerError> {
        Self::strided(input, window, window)
    }

    /// Windows with a stride of their own; they may overlap.
    ///
    /// # Errors
    /// As [`MaxPool::new`].
    pub fn strided(
        input: Shape<3>,
        window: [usize; 2],
        stride: [usize; 2],
    ) -> Result<Self, LayerError> {
        Pool::new("max-pool", input, window, stride).map(Self)
    }

    /// Shape of an input sample.
    pub fn input(&self) -> Shape<3> {
        self.0.input
    }

    /// Shape of an output sample.
    pub fn output(&self) -> Shape<3> {
        self.0.output
    }

    /// Size of a window `[vertical, horizontal]`.
    pub fn window(&self) -> [usize; 2] {
        self.0.window.size
    }

    /// Stride `[vertical, horizontal]`.
    pub fn stride(&self) -> [usize; 2] {
        self.0.window.stride
    }
}

impl AvgPool {
    /// Windows `[vertical, horizontal]` side by side.
    ///
    /// # Errors
    /// [`LayerError`] if a size is zero, larger than the input, or leaves a remainder.
    pub fn new(input: Shape<3>, window: [usize; 2]) -> Result<Self, LayerError> {
        Self::strided(input, window, window)
    }

    /// Windows with a stride of their own; they may overlap.
    ///
    /// # Errors
    /// As [`AvgPool::new`].
    pub fn strided(
        input: Shape<3>,
        window: [usize; 2],
        stride: [usize; 2],
    ) -> Result<Self, LayerError> {
        Pool::new("avg-pool", input, window, stride).map(Self)
    }

    /// Shape of an input sample.
    pub fn input(&self) -> Shape<3> {
        self.0.input
    }

    /// Shape of an output sample.
    pub fn output(&self) -> Shape<3> {
        self.0.output
    }

    /// Size of a window `[vertical, horizontal]`.
    pub fn window(&self) -> [usize; 2] {
        self.0.window.size
    }

    /// Stride `[vertical, horizontal]`.
    pub fn stride(&self) -> [usize; 2] {
        self.0.window.stride
    }
}

impl<T: Real> Layer<T> for MaxPool {
    fn name(&self) -> String {
        self.0.name()
    }

    fn input(&self) -> Shape<3> {
        self.0.input
    }

    fn output(&self) -> Shape<3> {
        self.0.output
    }

    fn blocks(&self) -> &[Block] {
        &[]
    }

    fn initialise(&self, _theta: &mut [T], _rng: &mut dyn Rng) {}

    fn forward(
        &self,
        _theta: &[T],
        x: Batch<'_, T>,
        mut p: BatchMut<'_, T>,
        _scratch: &mut [T],
        workers: &Workers,
    ) {
        max_pool_forward(&self.0.shape(), x.data(), p.data(), workers);
    }

    fn backward(
        &self,
        _theta: &[T],
        pass: Pass<'_, T>,
        p_bar: BatchMut<'_, T>,
        _theta_bar: &mut [T],
        x_bar: Option<BatchMut<'_, T>>,
        workers: &Workers,
    ) {
        if let Some(mut x_bar) = x_bar {
            let p_bar = p_bar.as_batch();
            max_pool_backward(
                &self.0.shape(),
                pass.x.data(),
                p_bar.data(),
                x_bar.data(),
                workers,
            );
        }
    }
}

impl<T: Real> Layer<T> for AvgPool {
    fn name(&self) -> String {
        self.0.name()
    }

    fn input(&self) -> Shape<3> {
        self.0.input
    }

    fn output(&self) -> Shape<3> {
        self.0.output
    }

    fn blocks(&self) -> &[Block] {
        &[]
    }

    fn initialise(&self, _theta: &mut [T], _rng: &mut dyn Rng) {}

    fn forward(
        &self,
        _theta: &[T],
        x: Batch<'_, T>,
        mut p: BatchMut<'_, T>,
        _scratch: &mut [T],
        workers: &Workers,
    ) {
        avg_pool_forward(&self.0.shape(), x.data(), p.data(), workers);
    }

    fn backward(
        &self,
        _theta: &[T],
        _pass: Pass<'_, T>,
        p_bar: BatchMut<'_, T>,
        _theta_bar: &mut [T],
        x_bar: Option<BatchMut<'_, T>>,
        workers: &Workers,
    ) {
        if let Some(mut x_bar) = x_bar {
            let p_bar = p_bar.as_batch();
            avg_pool_backward(&self.0.shape(), p_bar.data(), x_bar.data(), workers);
        }
    }
}
