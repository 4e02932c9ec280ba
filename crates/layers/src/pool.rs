//! Max-pooling and average pooling.

use core::fmt::Debug;
use core::marker::PhantomData;

use gradflow_kernels::{
    PoolShape, Real, Workers, avg_pool_backward, avg_pool_forward, max_pool_backward,
    max_pool_forward,
};
use gradflow_tensor::{Batch, BatchMut, Shape};

use crate::window::{Slide, Window};
use crate::{Cx, Describe, Layer, LayerError, Own, Pass, Recipe, Spec};

/// Max-pooling: each output is the largest element of its window, channel by channel.
///
/// On a tie the first element in row-major order takes the whole gradient; a NaN in the window is the maximum.
///
/// ```
/// use gradflow_layers::{Describe, MaxPool};
/// use gradflow_tensor::Shape;
///
/// let layer = MaxPool::new(Shape::new([5, 30, 30])?, [2, 2])?;
/// assert_eq!(layer.spec().output.dims(), [5, 15, 15]);
/// assert!(MaxPool::new(Shape::new([5, 31, 31])?, [2, 2]).is_err()); // a row and a column would be left over
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type MaxPool = Pool<Max>;

/// Average pooling: each output is the mean of its window, channel by channel; the gradient is shared equally.
///
/// ```
/// use gradflow_layers::{AvgPool, Describe};
/// use gradflow_tensor::Shape;
///
/// let layer = AvgPool::strided(Shape::new([1, 7, 7])?, [3, 3], [2, 2])?;
/// assert_eq!(layer.spec().output.dims(), [1, 3, 3]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type AvgPool = Pool<Avg>;

/// A layer that makes one number of each window: [`MaxPool`] or [`AvgPool`].
#[derive(Debug, Clone)]
pub struct Pool<K> {
    spec: Spec,
    shape: PoolShape,
    /// As chosen; the window if it was not.
    stride: Option<[usize; 2]>,
    kind: PhantomData<K>,
}

/// What is made of a window: the library's [`Max`] or [`Avg`].
pub trait Kind: sealed::Kind + Debug + Clone + Send + Sync {}

/// The largest element of a window.
#[derive(Debug, Clone, Copy)]
pub enum Max {}

/// The mean of a window.
#[derive(Debug, Clone, Copy)]
pub enum Avg {}

impl Kind for Max {}
impl Kind for Avg {}

mod sealed {
    use super::*;

    pub trait Kind {
        const NAME: &'static str;

        fn forward<T: Real>(shape: &PoolShape, x: &[T], p: &mut [T], workers: &Workers);

        fn backward<T: Real>(
            shape: &PoolShape,
            x: &[T],
            p_bar: &[T],
            x_bar: &mut [T],
            workers: &Workers,
        );

        fn recipe(window: [usize; 2], stride: Option<[usize; 2]>) -> Recipe;
    }

    impl Kind for Max {
        const NAME: &'static str = "max-pool";

        fn forward<T: Real>(shape: &PoolShape, x: &[T], p: &mut [T], workers: &Workers) {
            max_pool_forward(shape, x, p, workers);
        }

        fn backward<T: Real>(
            shape: &PoolShape,
            x: &[T],
            p_bar: &[T],
            x_bar: &mut [T],
            workers: &Workers,
        ) {
            max_pool_backward(shape, x, p_bar, x_bar, workers);
        }

        fn recipe(window: [usize; 2], stride: Option<[usize; 2]>) -> Recipe {
            Recipe::MaxPool { window, stride }
        }
    }

    impl Kind for Avg {
        const NAME: &'static str = "avg-pool";

        fn forward<T: Real>(shape: &PoolShape, x: &[T], p: &mut [T], workers: &Workers) {
            avg_pool_forward(shape, x, p, workers);
        }

        fn backward<T: Real>(
            shape: &PoolShape,
            _: &[T],
            p_bar: &[T],
            x_bar: &mut [T],
            workers: &Workers,
        ) {
            avg_pool_backward(shape, p_bar, x_bar, workers);
        }

        fn recipe(window: [usize; 2], stride: Option<[usize; 2]>) -> Recipe {
            Recipe::AvgPool { window, stride }
        }
    }
}

impl<K: Kind> Pool<K> {
    /// Windows `[vertical, horizontal]` side by side.
    ///
    /// # Errors
    /// [`LayerError`] if a size is zero, larger than the input, or leaves a remainder.
    pub fn new(input: Shape<3>, window: [usize; 2]) -> Result<Self, LayerError> {
        Self::with(input, window, None)
    }

    /// Windows with a stride of their own; they may overlap.
    ///
    /// # Errors
    /// As [`Pool::new`], or if the stride is zero.
    pub fn strided(
        input: Shape<3>,
        window: [usize; 2],
        stride: [usize; 2],
    ) -> Result<Self, LayerError> {
        Self::with(input, window, Some(stride))
    }

    pub(crate) fn with(
        input: Shape<3>,
        size: [usize; 2],
        stride: Option<[usize; 2]>,
    ) -> Result<Self, LayerError> {
        let window = Window {
            stride: stride.unwrap_or(size),
            ..Window::from(size)
        };
        let slide = Slide {
            layer: K::NAME,
            window,
        };
        let output = slide.output(input, input.dims()[0])?;
        let mut name = format!("{} {}x{}", K::NAME, size[0], size[1]);
        if window.stride != size {
            name += &format!(" stride {}x{}", window.stride[0], window.stride[1]);
        }
        Ok(Self {
            spec: Spec::new(name, input, output),
            shape: PoolShape {
                input: input.dims(),
                output: output.dims(),
                window: size,
                stride: window.stride,
            },
            stride,
            kind: PhantomData,
        })
    }
}

impl<K: Kind> Describe for Pool<K> {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn recipe(&self) -> Option<Recipe> {
        Some(K::recipe(self.shape.window, self.stride))
    }
}

impl<T: Real, K: Kind> Layer<T> for Pool<K> {
    fn forward(
        &self,
        _: Own<'_, T>,
        x: Batch<'_, T>,
        mut p: BatchMut<'_, T>,
        _: &mut [T],
        cx: Cx<'_>,
    ) {
        K::forward(&self.shape, x.data(), p.data(), cx.workers);
    }

    fn backward(&self, _: Own<'_, T>, pass: Pass<'_, T>, _: &mut [T], cx: Cx<'_>) {
        if let Some(mut x_bar) = pass.x_bar {
            let p_bar = pass.p_bar.as_batch();
            K::backward(
                &self.shape,
                pass.x.data(),
                p_bar.data(),
                x_bar.data(),
                cx.workers,
            );
        }
    }
}
