//! Normalisation over a sample.

use gradflow_kernels::Real;
use gradflow_kernels::norm::{self, Channels, PerSample};
use gradflow_tensor::{Batch, BatchMut, Shape};

use crate::{Cx, Describe, Init, Layer, LayerError, LayerFault, Own, Pass, Recipe, Room, Spec};

/// Normalisation over the `n` elements of each sample, with a gain and a shift of each element (Ba, Kiros, Hinton 2016): `nn.LayerNorm` of
/// the sample's shape in PyTorch; Keras's `LayerNormalization` normalises the last axis alone.
///
/// ```text
/// μ = mean x,  v = mean (x − μ)²,  u = (x − μ)/√(v + ε),  p = g u + c
///
/// y = g p_bar,  x_bar = (y − mean y − u mean(y u))/√(v + ε)
/// g_bar = Σ_s p_bar u,  c_bar = Σ_s p_bar
/// ```
///
/// with means over the elements of a sample, sums over samples. Its parameters are `gain` `g`, from 1, and `shift` `c`, from 0, both of
/// the sample's shape. It has no state, and computes the same in training and in prediction. A sample of one element becomes `c`.
///
/// ```
/// use gradflow_layers::{Describe, LayerNorm};
/// use gradflow_tensor::Shape;
///
/// let layer = LayerNorm::new(Shape::new([3, 8, 8])?, 1e-5)?;
/// assert_eq!(layer.spec().blocks[0].dims, [3, 8, 8]);
/// assert_eq!(layer.spec().parameters(), 2 * 3 * 8 * 8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct LayerNorm {
    spec: Spec,
    epsilon: f64,
}

impl LayerNorm {
    /// For samples of this shape, with `epsilon`; 1e-5 is usual.
    ///
    /// # Errors
    /// [`LayerError`] if epsilon is not positive, or there are too many parameters.
    pub fn new(shape: Shape<3>, epsilon: f64) -> Result<Self, LayerError> {
        let refuse = |fault| LayerError::new("layer norm", fault);
        check_epsilon(epsilon).map_err(refuse)?;
        // Mean and 1/sqrt(v + epsilon) of each sample.
        let room = Room { fixed: 0, each: 2 };
        let spec = Spec::new("layer norm", shape, shape)
            .block("gain", shape.dims(), Init::Constant(1.0))
            .block("shift", shape.dims(), Init::Constant(0.0))
            .room(room, room);
        spec.check()?;
        Ok(Self { spec, epsilon })
    }
}

/// Whether it is positive, and neither 0 nor infinite in any precision.
pub(crate) fn check_epsilon(epsilon: f64) -> Result<(), LayerFault> {
    if epsilon > 0.0 && (epsilon as f32).is_normal() {
        return Ok(());
    }
    Err(LayerFault::Epsilon { epsilon })
}

impl Describe for LayerNorm {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn recipe(&self) -> Option<Recipe> {
        let epsilon = self.epsilon;
        Some(Recipe::LayerNorm { epsilon })
    }
}

impl<T: Real> Layer<T> for LayerNorm {
    fn forward(
        &self,
        own: Own<'_, T>,
        x: Batch<'_, T>,
        mut p: BatchMut<'_, T>,
        scratch: &mut [T],
        cx: Cx<'_>,
    ) {
        let samples = x.samples();
        if samples == 0 {
            return;
        }
        let (mean, scale) = scratch[..2 * samples].split_at_mut(samples);
        let size = Channels {
            channels: samples,
            positions: self.spec.input.len(),
        };
        norm::moments(size, x.data(), [mean, scale], cx.workers);
        for scale in &mut *scale {
            *scale = T::ONE / (*scale + T::from_f64(self.epsilon)).sqrt();
        }
        let (gain, shift) = own.theta.split_at(self.spec.input.len());
        let by = PerSample { mean, scale, gain };
        norm::layer_forward(by, x.data(), shift, p.data(), cx.workers);
    }

    fn backward(&self, own: Own<'_, T>, pass: Pass<'_, T>, theta_bar: &mut [T], cx: Cx<'_>) {
        let (samples, n) = (pass.x.samples(), self.spec.input.len());
        let (mean, scale) = pass.scratch[..2 * samples].split_at(samples);
        let by = PerSample {
            mean,
            scale,
            gain: &own.theta[..n],
        };
        let p_bar = pass.p_bar.as_batch();
        let from = [pass.x.data(), p_bar.data()];
        let (gain_bar, shift_bar) = theta_bar.split_at_mut(n);
        norm::layer_backward_parameters(by, from, [gain_bar, shift_bar], cx.workers);
        if let Some(mut x_bar) = pass.x_bar {
            norm::layer_backward(by, from, x_bar.data(), cx.workers);
        }
    }
}
