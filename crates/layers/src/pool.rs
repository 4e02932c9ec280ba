//! Max-pooling and average pooling.

use core::fmt::Debug;
use core::marker::PhantomData;

use gradflow_kernels::{
    Over, PoolShape, Real, Workers, avg_pool_backward, avg_pool_forward, max_pool_backward,
    max_pool_forward,
};
use gradflow_tensor::{Batch, BatchMut, Shape};

use crate::slide::Slide;
use crate::{Cx, Describe, Layer, LayerError, LayerFault, Own, Pass, Recipe, Spec, Window};

/// Max-pooling: each output is the largest element of its window, channel by channel.
///
/// On a tie the first element in row-major order takes the whole gradient; a NaN in the window is the maximum. Padding is
/// `-inf`: it is never the maximum.
///
/// ```
/// use gradflow_layers::{Describe, MaxPool, Remainder, Window};
/// use gradflow_tensor::Shape;
///
/// let layer = MaxPool::new(Shape::new([5, 30, 30])?, [2, 2])?;
/// assert_eq!(layer.spec().output.dims(), [5, 15, 15]);
/// let odd = Shape::new([5, 31, 31])?;
/// assert!(MaxPool::new(odd, [2, 2]).is_err()); // a row and a column would be left over
/// let floor = Window::from([2, 2]).remainder(Remainder::Floor);
/// assert_eq!(MaxPool::new(odd, floor)?.spec().output.dims(), [5, 15, 15]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type MaxPool = Pool<Max>;

/// Average pooling: each output is the mean of its window, channel by channel; the gradient is shared equally.
///
/// Of a window that leaves the input, the mean is that of the elements inside, unless
/// [`counting_padding`](AvgPool::counting_padding) has the padding's zeros count too.
///
/// ```text
/// p_ijk = (1/n_jk) Σ_bc x_{i, b r_v + j s_v − pad_v, c r_h + k s_h − pad_h}
/// x_bar = Σ p_bar_ijk / n_jk  over the windows of x
/// ```
///
/// ```
/// use gradflow_layers::{AvgPool, Describe, Window};
/// use gradflow_tensor::Shape;
///
/// let layer = AvgPool::new(Shape::new([1, 7, 7])?, Window::from([3, 3]).stride([2, 2]))?;
/// assert_eq!(layer.spec().output.dims(), [1, 3, 3]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type AvgPool = Pool<Avg>;

/// A layer that makes one number of each window: [`MaxPool`] or [`AvgPool`].
#[derive(Debug, Clone)]
pub struct Pool<K> {
    spec: Spec,
    shape: PoolShape,
    over: Over,
    recipe: Recipe,
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

    pub trait Kind: Sized {
        const NAME: &'static str;
        /// The recipe of one window over the whole input.
        const GLOBAL: Recipe;

        fn forward<T: Real>(pool: &Pool<Self>, x: &[T], p: &mut [T], workers: &Workers);

        fn backward<T: Real>(
            pool: &Pool<Self>,
            x: &[T],
            p_bar: &[T],
            x_bar: &mut [T],
            workers: &Workers,
        );

        fn recipe(window: Window) -> Recipe;
    }

    impl Kind for Max {
        const NAME: &'static str = "max-pool";
        const GLOBAL: Recipe = Recipe::GlobalMaxPool;

        fn forward<T: Real>(pool: &Pool<Self>, x: &[T], p: &mut [T], workers: &Workers) {
            max_pool_forward(&pool.shape, x, p, workers);
        }

        fn backward<T: Real>(
            pool: &Pool<Self>,
            x: &[T],
            p_bar: &[T],
            x_bar: &mut [T],
            workers: &Workers,
        ) {
            max_pool_backward(&pool.shape, x, p_bar, x_bar, workers);
        }

        fn recipe(window: Window) -> Recipe {
            Recipe::MaxPool { window }
        }
    }

    impl Kind for Avg {
        const NAME: &'static str = "avg-pool";
        const GLOBAL: Recipe = Recipe::GlobalAvgPool;

        fn forward<T: Real>(pool: &Pool<Self>, x: &[T], p: &mut [T], workers: &Workers) {
            avg_pool_forward(&pool.shape, pool.over, x, p, workers);
        }

        fn backward<T: Real>(
            pool: &Pool<Self>,
            _: &[T],
            p_bar: &[T],
            x_bar: &mut [T],
            workers: &Workers,
        ) {
            avg_pool_backward(&pool.shape, pool.over, p_bar, x_bar, workers);
        }

        fn recipe(window: Window) -> Recipe {
            let count_padding = false;
            Recipe::AvgPool {
                window,
                count_padding,
            }
        }
    }
}

impl<K: Kind> Pool<K> {
    /// Windows of this size `[vertical, horizontal]` side by side, or of a [`Window`] that says more; they overlap where the stride is
    /// less than the size.
    ///
    /// # Errors
    /// [`LayerError`] if a size or the stride is zero, a window is larger than the padded input or lies in the padding alone, or the
    /// stride leaves a remainder.
    pub fn new(input: Shape<3>, window: impl Into<Window>) -> Result<Self, LayerError> {
        let window = window.into();
        let slide = Slide::new(K::NAME, window, window.size);
        let fit = slide.fit(input, input.dims()[0])?;
        let shape = PoolShape {
            input: input.dims(),
            output: fit.output.dims(),
            window: window.size,
            stride: slide.stride,
            dilation: window.dilation,
            padding: fit.padding,
        };
        if !shape.is_valid() {
            let padding = window.padding;
            return Err(slide.refuse(LayerFault::PaddingAlone { input, padding }));
        }
        let [v, h] = window.size;
        let name = format!("{} {v}x{h}{}", K::NAME, window.options(window.size));
        Ok(Self {
            spec: Spec::new(name, input, fit.output),
            shape,
            over: Over::Inside,
            recipe: K::recipe(window),
            kind: PhantomData,
        })
    }

    /// One window over the whole input: an output for each channel.
    ///
    /// ```
    /// use gradflow_layers::{AvgPool, Describe};
    /// use gradflow_tensor::Shape;
    ///
    /// let layer = AvgPool::global(Shape::new([5, 7, 9])?)?;
    /// assert_eq!(layer.spec().output.dims(), [5, 1, 1]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// None for shapes that exist.
    pub fn global(input: Shape<3>) -> Result<Self, LayerError> {
        let [_, vertical, horizontal] = input.dims();
        let mut pool = Self::new(input, [vertical, horizontal])?;
        pool.spec.name = format!("global {}", K::NAME);
        pool.recipe = K::GLOBAL;
        Ok(pool)
    }
}

impl AvgPool {
    /// The mean is taken over the padding too, whose elements are 0: `count_include_pad` in PyTorch.
    #[must_use]
    pub fn counting_padding(mut self) -> Self {
        if let Recipe::AvgPool { count_padding, .. } = &mut self.recipe
            && !*count_padding
        {
            *count_padding = true;
            self.over = Over::Padded;
            self.spec.name += " counting padding";
        }
        self
    }

    pub(crate) fn counting(self, padding: bool) -> Self {
        if padding {
            self.counting_padding()
        } else {
            self
        }
    }
}

impl<K: Kind> Describe for Pool<K> {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn recipe(&self) -> Option<Recipe> {
        Some(self.recipe.clone())
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
        K::forward(self, x.data(), p.data(), cx.workers);
    }

    fn backward(&self, _: Own<'_, T>, pass: Pass<'_, T>, _: &mut [T], cx: Cx<'_>) {
        if let Some(mut x_bar) = pass.x_bar {
            let p_bar = pass.p_bar.as_batch();
            K::backward(self, pass.x.data(), p_bar.data(), x_bar.data(), cx.workers);
        }
    }
}
