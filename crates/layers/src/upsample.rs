//! Nearest upsampling.

use gradflow_kernels::{Real, upsample_backward, upsample_forward};
use gradflow_tensor::{Batch, BatchMut, Shape, ShapeError};

use crate::{Cx, Describe, Layer, LayerError, LayerFault, Own, Pass, Recipe, Spec};

/// Every element repeated down and across, channel by channel: `UpSampling2D` in Keras, `nn.Upsample` in PyTorch, both by the nearest
/// element.
///
/// ```text
/// p_ijk = x_{i, j / f_v, k / f_h} (rounded down)
/// x_bar_ijk = Σ_bc p_bar_{i, j f_v + b, k f_h + c}  over b < f_v, c < f_h
/// ```
///
/// ```
/// use gradflow_layers::{Describe, Upsample};
/// use gradflow_tensor::Shape;
///
/// let layer = Upsample::new(Shape::new([5, 7, 9])?, [2, 3])?;
/// assert_eq!(layer.spec().output.dims(), [5, 14, 27]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Upsample {
    spec: Spec,
    factor: [usize; 2],
}

impl Upsample {
    /// So many copies of each element, `[down, across]`.
    ///
    /// # Errors
    /// [`LayerError`] if a factor is zero, or the output is larger than any memory.
    pub fn new(input: Shape<3>, factor: [usize; 2]) -> Result<Self, LayerError> {
        let refuse = |fault| LayerError::new("upsample", fault);
        let [depth, vertical, horizontal] = input.dims();
        let size = (vertical.checked_mul(factor[0])).zip(horizontal.checked_mul(factor[1]));
        if factor.contains(&0) {
            return Err(refuse(LayerFault::ZeroSize { size: factor }));
        }
        let (vertical, horizontal) = size.ok_or_else(|| {
            let dims = [&input.dims()[..], &factor].concat();
            refuse(ShapeError::TooLarge { dims }.into())
        })?;
        let output = Shape::new([depth, vertical, horizontal]);
        let output = output.map_err(|error| refuse(error.into()))?;
        let name = format!("upsample {}x{}", factor[0], factor[1]);
        let spec = Spec::new(name, input, output);
        Ok(Self { spec, factor })
    }
}

impl Describe for Upsample {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn recipe(&self) -> Option<Recipe> {
        let factor = self.factor;
        Some(Recipe::Upsample { factor })
    }
}

impl<T: Real> Layer<T> for Upsample {
    fn forward(
        &self,
        _: Own<'_, T>,
        x: Batch<'_, T>,
        mut p: BatchMut<'_, T>,
        _: &mut [T],
        cx: Cx<'_>,
    ) {
        let row = self.spec.input.dims()[2];
        upsample_forward(row, self.factor, x.data(), p.data(), cx.workers);
    }

    fn backward(&self, _: Own<'_, T>, pass: Pass<'_, T>, _: &mut [T], cx: Cx<'_>) {
        if let Some(mut x_bar) = pass.x_bar {
            let (row, p_bar) = (self.spec.input.dims()[2], pass.p_bar.as_batch());
            upsample_backward(row, self.factor, p_bar.data(), x_bar.data(), cx.workers);
        }
    }
}
