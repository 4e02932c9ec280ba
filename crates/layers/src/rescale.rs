//! Shift and scale by constants.

use gradflow_kernels::Real;
use gradflow_kernels::norm::{self, Channels};
use gradflow_tensor::{Batch, BatchMut, Shape};

use crate::{Cx, Describe, Layer, LayerError, LayerFault, Own, Pass, Recipe, Spec};

/// Shift and scale by constants, `p = (x - offset)/scale`: standardisation as a part of the network. `Normalization` in Keras, with the variance in
/// place of its root; `transforms.Normalize` in PyTorch.
///
/// ```text
/// x_bar = p_bar/scale
/// ```
///
/// Offsets and scales are one number for all elements, or one for each channel, or one for each element (41). They are no parameters: training
/// leaves them alone, and they are a part of the recipe.
///
/// ```
/// use gradflow_kernels::Workers;
/// use gradflow_layers::{Cx, Describe, Layer, Own, Rescale};
/// use gradflow_tensor::Shape;
///
/// let layer = Rescale::new(Shape::vector(2)?, &[1.0, 100.0], &[2.0])?;
/// let (input, workers, mut p) = (layer.spec().input, Workers::inline(), [0.0_f64; 2]);
/// let own = Own { theta: &[], state: &[] };
/// let (x, cx) = ([5.0, 90.0], Cx::predict(&workers));
/// layer.forward(own, input.columns(&x, 1), input.columns_mut(&mut p, 1), &mut [], cx);
/// assert_eq!(p, [2.0, -5.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Rescale<T: Real> {
    spec: Spec,
    /// As given.
    offset: Vec<f64>,
    scale: Vec<f64>,
    size: Channels,
    /// Offsets, factors and zeros, as many as `size` has channels.
    constants: [Vec<T>; 3],
}

impl<T: Real> Rescale<T> {
    /// For samples of this shape.
    ///
    /// # Errors
    /// [`LayerError`] if there are more or fewer numbers than 1, channels, or elements, an offset is not finite, or a scale is 0, not finite, or
    /// so large or small that `1/scale` is no normal number of `T`.
    pub fn new(shape: Shape<3>, offset: &[f64], scale: &[f64]) -> Result<Self, LayerError> {
        let refuse = |fault| LayerError::new("rescale", fault);
        let (channels, elements) = (shape.dims()[0], shape.len());
        let mut numbers = 1;
        for (what, given) in [("offset", offset), ("scale", scale)] {
            if ![1, channels, elements].contains(&given.len()) {
                let (came, input) = (given.len(), shape);
                return Err(refuse(LayerFault::ScaleLength { what, came, input }));
            }
            numbers = numbers.max(given.len());
        }
        let size = Channels {
            channels: numbers,
            positions: elements / numbers,
        };
        // One number stands for all, one of a channel for its elements.
        let each = |given: &[f64], f: &dyn Fn(f64) -> T| -> Vec<T> {
            let repeat = numbers / given.len();
            (0..numbers).map(|i| f(given[i / repeat])).collect()
        };
        let constants = [
            each(offset, &|x| T::from_f64(x)),
            each(scale, &|x| T::from_f64(1.0 / x)),
            each(&[0.0], &|x| T::from_f64(x)),
        ];
        let normal = |x: f64| T::from_f64(x).is_finite() && T::from_f64(x.abs()) >= T::MIN_POSITIVE;
        let bad_offset = offset.iter().position(|x| !T::from_f64(*x).is_finite());
        let bad_scale = scale.iter().position(|x| !normal(*x) || !normal(1.0 / x));
        for (what, given, bad) in [("offset", offset, bad_offset), ("scale", scale, bad_scale)] {
            if let Some(index) = bad {
                let value = given[index];
                return Err(refuse(LayerFault::ScaleValue { what, index, value }));
            }
        }
        Ok(Self {
            spec: Spec::new("rescale", shape, shape),
            offset: offset.to_vec(),
            scale: scale.to_vec(),
            size,
            constants,
        })
    }
}

impl<T: Real> Describe for Rescale<T> {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn recipe(&self) -> Option<Recipe> {
        Some(Recipe::Rescale {
            offset: self.offset.clone(),
            scale: self.scale.clone(),
        })
    }
}

impl<T: Real> Layer<T> for Rescale<T> {
    fn forward(
        &self,
        _: Own<'_, T>,
        x: Batch<'_, T>,
        mut p: BatchMut<'_, T>,
        _: &mut [T],
        cx: Cx<'_>,
    ) {
        let [offset, factor, zero] = &self.constants;
        let constants = [&offset[..], factor, zero];
        norm::scale_shift(self.size, x.data(), constants, p.data(), cx.workers);
    }

    fn backward(&self, _: Own<'_, T>, pass: Pass<'_, T>, _: &mut [T], cx: Cx<'_>) {
        if let Some(mut x_bar) = pass.x_bar {
            let [_, factor, zero] = &self.constants;
            let (p_bar, constants) = (pass.p_bar.as_batch(), [&zero[..], factor, zero]);
            norm::scale_shift(self.size, p_bar.data(), constants, x_bar.data(), cx.workers);
        }
    }
}
