//! Max-pooling and average pooling.

use gradflow_kernels::{Real, Workers};
use gradflow_tensor::{Batch, BatchMut, Shape};
use rand::Rng;

use crate::window::Window;
use crate::{Block, Layer, LayerError, Pass};

/// What the two kinds of pooling share: shapes and the walk over windows.
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

    /// Calls `f(output position, position of the window's first element)` for every window of a sample.
    #[inline(always)]
    fn for_each_window(&self, mut f: impl FnMut(usize, usize)) {
        let [depth, vertical, horizontal] = self.output.dims();
        let [_, iv, ih] = self.input.dims();
        let [sv, sh] = self.window.stride;
        let mut output = 0;
        for i in 0..depth {
            for j in 0..vertical {
                let row = (i * iv + j * sv) * ih;
                for k in 0..horizontal {
                    f(output, row + k * sh);
                    output += 1;
                }
            }
        }
    }

    /// Position of the largest element of the window that starts at `first`: the first of equals, a NaN before all.
    #[inline(always)]
    fn argmax<T: Real>(&self, x: &[T], first: usize) -> usize {
        let [fv, fh] = self.window.size;
        let width = self.input.dims()[2];
        let mut best = first;
        for row in 0..fv {
            for at in first + row * width..first + row * width + fh {
                // False for every comparison with a NaN that is already the best.
                if x[at] > x[best] || (x[at].is_nan() && !x[best].is_nan()) {
                    best = at;
                }
            }
        }
        best
    }

    /// Rough number of operations of a pass, for the workers.
    fn work(&self, samples: usize) -> usize {
        samples * self.output.len() * self.window.size[0] * self.window.size[1]
    }
}

/// Max-pooling: each output is the largest element of its window, channel by channel.
///
/// On a tie the first element in row-major order takes the whole gradient; a NaN in the window is the maximum.
///
/// ```
/// use gradflow_layers::{Layer, MaxPool};
/// use gradflow_tensor::Shape;
///
/// let layer = MaxPool::new(Shape::new([5, 30, 30])?, [2, 2])?;
/// assert_eq!(Layer::<f32>::output(&layer).dims(), [5, 15, 15]);
/// assert!(MaxPool::new(Shape::new([5, 31, 31])?, [2, 2]).is_err()); // a row and a column would be left over
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct MaxPool(Pool);

/// Average pooling: each output is the mean of its window, channel by channel; the gradient is shared equally.
///
/// ```
/// use gradflow_layers::{AvgPool, Layer};
/// use gradflow_tensor::Shape;
///
/// let layer = AvgPool::strided(Shape::new([1, 7, 7])?, [3, 3], [2, 2])?;
/// assert_eq!(Layer::<f32>::output(&layer).dims(), [1, 3, 3]);
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
        let (pool, inputs) = (&self.0, x.size());
        workers.for_each_chunk(
            p.data(),
            pool.output.len(),
            pool.work(x.samples()),
            |s, p| {
                let x = &x.data()[s * inputs..][..inputs];
                pool.for_each_window(|output, first| p[output] = x[pool.argmax(x, first)]);
            },
        );
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
        let Some(mut x_bar) = x_bar else { return };
        let (pool, inputs, outputs) = (&self.0, pass.x.size(), pass.p.size());
        let p_bar = p_bar.as_batch();
        workers.for_each_chunk(
            x_bar.data(),
            inputs,
            pool.work(pass.x.samples()),
            |s, x_bar| {
                let x = &pass.x.data()[s * inputs..][..inputs];
                let p_bar = &p_bar.data()[s * outputs..][..outputs];
                x_bar.fill(T::ZERO);
                pool.for_each_window(|output, first| x_bar[pool.argmax(x, first)] += p_bar[output]);
            },
        );
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
        let (pool, inputs) = (&self.0, x.size());
        let [fv, fh] = pool.window.size;
        let (width, share) = (pool.input.dims()[2], T::from_f64(1.0 / (fv * fh) as f64));
        workers.for_each_chunk(
            p.data(),
            pool.output.len(),
            pool.work(x.samples()),
            |s, p| {
                let x = &x.data()[s * inputs..][..inputs];
                pool.for_each_window(|output, first| {
                    let rows = (0..fv)
                        .map(|row| x[first + row * width..][..fh].iter().copied().sum::<T>());
                    p[output] = share * rows.sum();
                });
            },
        );
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
        let Some(mut x_bar) = x_bar else { return };
        let (pool, inputs, outputs) = (&self.0, pass.x.size(), pass.p.size());
        let [fv, fh] = pool.window.size;
        let (width, share) = (pool.input.dims()[2], T::from_f64(1.0 / (fv * fh) as f64));
        let p_bar = p_bar.as_batch();
        workers.for_each_chunk(
            x_bar.data(),
            inputs,
            pool.work(pass.x.samples()),
            |s, x_bar| {
                let p_bar = &p_bar.data()[s * outputs..][..outputs];
                x_bar.fill(T::ZERO);
                pool.for_each_window(|output, first| {
                    for row in 0..fv {
                        x_bar[first + row * width..][..fh]
                            .iter_mut()
                            .for_each(|x| *x += share * p_bar[output]);
                    }
                });
            },
        );
    }
}
