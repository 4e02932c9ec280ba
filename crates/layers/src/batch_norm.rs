//! Normalisation over a batch.

use gradflow_kernels::Real;
use gradflow_kernels::norm::{self, Channels};
use gradflow_tensor::{Batch, BatchMut, Shape};

use crate::layer_norm::check_epsilon;
use crate::{
    Cx, Describe, Init, Layer, LayerError, LayerFault, Mode, Own, Pass, Recipe, Room, Spec,
};

/// Normalisation of each channel over samples and positions, `N` elements, with a gain and a shift (Ioffe, Szegedy 2015):
/// `BatchNormalization` in Keras, `nn.BatchNorm1d` and `nn.BatchNorm2d` in PyTorch.
///
/// ```text
/// μ = mean x,  v = mean (x − μ)²,  u = (x − μ)/√(v + ε),  p = g u + c
///
/// c_bar = Σ p_bar,  g_bar = Σ p_bar u,  x_bar = g/√(v + ε) (p_bar − c_bar/N − u g_bar/N)
/// ```
///
/// Its parameters are `gain [channels]` `g`, from 1, and `shift [channels]` `c`, from 0; a vector's channels are its elements. Its state is
/// the running `mean [channels]`, from 0, and `variance [channels]`, from 1, which move on once an accepted step:
///
/// ```text
/// m ← (1 − r) m + r μ,   s ← (1 − r) s + r v N/(N − 1)
/// ```
///
/// with the momentum `r` in PyTorch's sense; Keras's is `1 - r`. Prediction, and a frozen layer, take `m` and `s` for `mu` and `v`; then
/// `x_bar = g/sqrt(s + epsilon) p_bar`. A training pass over `N = 1` is refused where it is set up
/// (`least_samples` of the [`Spec`]): its normalised value would be 0 whatever came. An activation behind it is a layer of its own.
///
/// ```
/// use gradflow_kernels::Workers;
/// use gradflow_layers::{BatchNorm, Cx, Describe, Draw, Layer, Own};
/// use gradflow_tensor::Shape;
///
/// let layer = BatchNorm::new(Shape::vector(1)?, 0.1, 1e-5)?;
/// let (input, workers) = (layer.spec().input, Workers::inline());
/// let own = Own { theta: &[1.0, 0.0], state: &[0.0, 1.0] };
/// let (x, mut p) = ([1.0, 3.0_f64], [0.0; 2]);
/// let mut scratch = vec![0.0; layer.spec().train.of(2)];
/// let cx = Cx::train(&workers, Draw::new(1, 1));
/// layer.forward(own, input.columns(&x, 2), input.columns_mut(&mut p, 2), &mut scratch, cx);
/// assert!((p[0] + 1.0).abs() < 1e-5 && (p[1] - 1.0).abs() < 1e-5); // mean 2, variance 1
///
/// let mut state = [0.0, 1.0];
/// layer.settle(2, &scratch, &mut state);
/// assert_eq!(state, [0.1 * 2.0, 0.9 + 0.1 * 2.0]); // the unbiased variance is 2
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct BatchNorm {
    spec: Spec,
    momentum: f64,
    epsilon: f64,
}

/// Arrays of one number a channel in the scratch of a training pass: mean, variance, `1/sqrt(v + epsilon)`, that times the gain, and two
/// for the backward pass. Behind them `N`, or 0 where nothing was learnt.
const ARRAYS: usize = 6;

impl BatchNorm {
    /// For samples of this shape, with the momentum `r` and `epsilon`; 0.1 and 1e-5 are usual.
    ///
    /// # Errors
    /// [`LayerError`] if the momentum does not lie in (0, 1], or epsilon is not positive.
    pub fn new(shape: Shape<3>, momentum: f64, epsilon: f64) -> Result<Self, LayerError> {
        let refuse = |fault| LayerError::new("batch norm", fault);
        check_epsilon(epsilon).map_err(refuse)?;
        if !(momentum > 0.0 && momentum <= 1.0) {
            return Err(refuse(LayerFault::NormMomentum { momentum }));
        }
        let channels = shape.dims()[0];
        let train = Room {
            fixed: channels.saturating_mul(ARRAYS).saturating_add(1),
            each: 0,
        };
        let predict = Room {
            fixed: channels,
            each: 0,
        };
        let least = if shape.len() == channels { 2 } else { 1 };
        let spec = Spec::new("batch norm", shape, shape)
            .block("gain", [channels], Init::Constant(1.0))
            .block("shift", [channels], Init::Constant(0.0))
            .state("mean", [channels], Init::Constant(0.0))
            .state("variance", [channels], Init::Constant(1.0))
            .room(train, predict)
            .least_samples(least);
        Ok(Self {
            spec,
            momentum,
            epsilon,
        })
    }

    fn size(&self) -> Channels {
        let [channels, vertical, horizontal] = self.spec.input.dims();
        Channels {
            channels,
            positions: vertical * horizontal,
        }
    }

    /// `1/sqrt(v + epsilon)`
    fn scale<T: Real>(&self, variance: T) -> T {
        T::ONE / (variance + T::from_f64(self.epsilon)).sqrt()
    }
}

/// Arrays of this length, one after another.
fn arrays<T, const N: usize>(scratch: &mut [T], len: usize) -> [&mut [T]; N] {
    let mut arrays = scratch.chunks_exact_mut(len);
    core::array::from_fn(|_| arrays.next().unwrap_or_default())
}

impl Describe for BatchNorm {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn recipe(&self) -> Option<Recipe> {
        let (momentum, epsilon) = (self.momentum, self.epsilon);
        Some(Recipe::BatchNorm { momentum, epsilon })
    }
}

impl<T: Real> Layer<T> for BatchNorm {
    fn forward(
        &self,
        own: Own<'_, T>,
        x: Batch<'_, T>,
        mut p: BatchMut<'_, T>,
        scratch: &mut [T],
        cx: Cx<'_>,
    ) {
        let size = self.size();
        let channels = size.channels;
        let (gain, shift) = own.theta.split_at(channels);
        let (mean, variance) = own.state.split_at(channels);
        if cx.mode == Mode::Predict {
            let factor = &mut scratch[..channels];
            for c in 0..channels {
                factor[c] = gain[c] * self.scale(variance[c]);
            }
            let constants = [mean, factor, shift];
            return norm::scale_shift(size, x.data(), constants, p.data(), cx.workers);
        }
        let learnt = if cx.learns() {
            x.data().len() / channels
        } else {
            0
        };
        scratch[ARRAYS * channels] = T::from_f64(learnt as f64);
        let [mu, v, scale, factor] = arrays(scratch, channels);
        if learnt > 0 {
            norm::moments(size, x.data(), [mu, v], cx.workers);
        } else {
            mu.copy_from_slice(mean);
            v.copy_from_slice(variance);
        }
        for c in 0..channels {
            scale[c] = self.scale(v[c]);
            factor[c] = gain[c] * scale[c];
        }
        norm::scale_shift(size, x.data(), [mu, factor, shift], p.data(), cx.workers);
    }

    fn backward(&self, _: Own<'_, T>, pass: Pass<'_, T>, theta_bar: &mut [T], cx: Cx<'_>) {
        let size = self.size();
        let channels = size.channels;
        let n = pass.scratch[ARRAYS * channels];
        let [mean, _, scale, factor, back, slope] = arrays(pass.scratch, channels);
        let p_bar = pass.p_bar.as_batch();
        let from = [pass.x.data(), p_bar.data()];
        let (gain_bar, shift_bar) = theta_bar.split_at_mut(channels);
        norm::sums(size, from, mean, [shift_bar, gain_bar], cx.workers);
        // Where nothing was learnt, mean and variance do not depend on x.
        let share = if n == T::ZERO { T::ZERO } else { T::ONE / n };
        for c in 0..channels {
            gain_bar[c] *= scale[c];
            back[c] = share * shift_bar[c];
            slope[c] = share * gain_bar[c] * scale[c];
        }
        if let Some(mut x_bar) = pass.x_bar {
            let constants = [&*mean, factor, back, slope];
            norm::backward(size, from, constants, x_bar.data(), cx.workers);
        }
    }

    fn settle(&self, _: usize, scratch: &[T], state: &mut [T]) {
        let channels = self.size().channels;
        let n = scratch[ARRAYS * channels];
        if n == T::ZERO {
            return;
        }
        let (new, rate) = (&scratch[..2 * channels], T::from_f64(self.momentum));
        let unbiased = n / (n - T::ONE);
        for (i, (old, new)) in state.iter_mut().zip(new).enumerate() {
            let new = if i < channels { *new } else { *new * unbiased };
            *old += rate * (new - *old);
        }
    }
}
