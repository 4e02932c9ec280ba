//! Plain layers for tests: one with statistics of the batch, one with random draws.

use std::sync::Arc;

use gradflow_kernels::Real;
use gradflow_tensor::{Batch, BatchMut, Shape};

use crate::{Cx, Describe, Init, Layer, LayerError, Own, Pass, Recipe, Registry, Room, Spec};

/// What [`PlainBatchNorm`] and [`PlainDropout`] are called in recipes; every generated recipe can be built with it.
pub fn registry<T: Real>() -> Registry<T> {
    Registry::default()
        .layer("batch norm", |shape, constants| {
            let constant = |name, usual| constants.get(name).unwrap_or(usual);
            let (epsilon, rate) = (constant("epsilon", 1e-5), constant("rate", 0.1));
            Ok(Arc::new(PlainBatchNorm::new(shape, epsilon, rate)?))
        })
        .layer("dropout", |shape, constants| {
            let rate = constants.get("rate").unwrap_or(0.5);
            Ok(Arc::new(PlainDropout::new(shape, rate)?))
        })
}

/// Normalisation of each channel over samples and positions (Ioffe, Szegedy 2015), as plain as its formulas:
///
/// ```text
/// u = (x − μ)/√(v + ε),  p = g u + c
/// ```
///
/// with the batch's mean and biased variance where it learns, else with the state's. Once a step, the state moves on:
/// `m <- (1 - r) m + r mu`, `s <- (1 - r) s + r v N/(N - 1)`.
#[derive(Debug, Clone)]
pub struct PlainBatchNorm {
    spec: Spec,
    epsilon: f64,
    rate: f64,
}

impl PlainBatchNorm {
    /// For samples of this shape, with `epsilon` and the rate `r` of the running state.
    ///
    /// # Errors
    /// [`LayerError`] if `epsilon` is not positive or the rate does not lie in (0, 1].
    pub fn new(shape: Shape<3>, epsilon: f64, rate: f64) -> Result<Self, LayerError> {
        if !(epsilon > 0.0 && rate > 0.0 && rate <= 1.0) {
            let reason = format!("epsilon {epsilon} or rate {rate} is out of range");
            return Err(LayerError::refused("batch norm", reason));
        }
        let channels = shape.dims()[0];
        // Per channel: mean, variance, 1/sqrt(v + epsilon); then N, or 0 where nothing was learnt.
        let train = Room {
            fixed: 3 * channels + 1,
            each: 0,
        };
        let spec = Spec::new("batch norm", shape, shape)
            .block("gain", [channels], Init::Constant(1.0))
            .block("shift", [channels], Init::Constant(0.0))
            .state("mean", [channels], Init::Constant(0.0))
            .state("variance", [channels], Init::Constant(1.0))
            .room(train, Room::NONE)
            .least_samples(2);
        Ok(Self {
            spec,
            epsilon,
            rate,
        })
    }

    /// `(channels, positions)`
    fn sizes(&self) -> (usize, usize) {
        let [channels, vertical, horizontal] = self.spec.input.dims();
        (channels, vertical * horizontal)
    }

    /// All elements of a channel, sample after sample.
    fn channel<'a, T>(&self, x: Batch<'a, T>, c: usize) -> impl Iterator<Item = &'a T> {
        let (_, positions) = self.sizes();
        x.iter()
            .flat_map(move |x| &x[c * positions..(c + 1) * positions])
    }

    /// Mean, variance and `1/sqrt(v + epsilon)` of a channel: the batch's, or without one the state's.
    fn moments<T: Real>(&self, x: Option<Batch<'_, T>>, c: usize, state: &[T]) -> [T; 3] {
        let (channels, _) = self.sizes();
        let [mean, variance] = match x {
            Some(x) => {
                let n = T::from_f64(self.channel(x, c).count() as f64);
                let mean = self.channel(x, c).copied().sum::<T>() / n;
                let square = |x: &T| (*x - mean) * (*x - mean);
                [mean, self.channel(x, c).map(square).sum::<T>() / n]
            }
            None => [state[c], state[channels + c]],
        };
        let scale = T::ONE / (variance + T::from_f64(self.epsilon)).sqrt();
        [mean, variance, scale]
    }
}

impl Describe for PlainBatchNorm {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn recipe(&self) -> Option<Recipe> {
        let constants = [("epsilon", self.epsilon), ("rate", self.rate)];
        Some(Recipe::named("batch norm", constants))
    }
}

impl<T: Real> Layer<T> for PlainBatchNorm {
    fn forward(
        &self,
        own: Own<'_, T>,
        x: Batch<'_, T>,
        mut p: BatchMut<'_, T>,
        scratch: &mut [T],
        cx: Cx<'_>,
    ) {
        let (channels, positions) = self.sizes();
        let (gain, shift) = own.theta.split_at(channels);
        for c in 0..channels {
            let moments = self.moments(cx.learns().then_some(x), c, own.state);
            let [mean, _, scale] = moments;
            if cx.draw().is_some() {
                (0..3).for_each(|k| scratch[k * channels + c] = moments[k]);
            }
            let channel = c * positions..(c + 1) * positions;
            for (x, p) in x.iter().zip(p.iter_mut()) {
                for (x, p) in x[channel.clone()].iter().zip(&mut p[channel.clone()]) {
                    *p = gain[c] * ((*x - mean) * scale) + shift[c];
                }
            }
        }
        if cx.draw().is_some() {
            let learnt = if cx.learns() {
                x.samples() * positions
            } else {
                0
            };
            scratch[3 * channels] = T::from_f64(learnt as f64);
        }
    }

    fn backward(&self, own: Own<'_, T>, pass: Pass<'_, T>, theta_bar: &mut [T], cx: Cx<'_>) {
        let (channels, positions) = self.sizes();
        let p_bar = pass.p_bar.as_batch();
        let mut x_bar = pass.x_bar;
        for c in 0..channels {
            let [mean, scale] = [0, 2].map(|k| pass.scratch[k * channels + c]);
            let u = |x: &T| (*x - mean) * scale;
            let shift_bar = self.channel(p_bar, c).copied().sum::<T>();
            let both = self.channel(p_bar, c).zip(self.channel(pass.x, c));
            let gain_bar = both.map(|(bar, x)| *bar * u(x)).sum::<T>();
            (theta_bar[c], theta_bar[channels + c]) = (gain_bar, shift_bar);
            let Some(x_bar) = &mut x_bar else { continue };
            // Where nothing was learnt, mean and variance do not depend on x.
            let share = if cx.learns() {
                T::ONE / T::from_f64((p_bar.samples() * positions) as f64)
            } else {
                T::ZERO
            };
            let rows = p_bar.iter().zip(pass.x).zip(x_bar.iter_mut());
            for ((p_bar, x), x_bar) in rows {
                for i in c * positions..(c + 1) * positions {
                    let mean_part = share * shift_bar + u(&x[i]) * (share * gain_bar);
                    x_bar[i] = own.theta[c] * scale * (p_bar[i] - mean_part);
                }
            }
        }
    }

    fn settle(&self, _: usize, scratch: &[T], state: &mut [T]) {
        let (channels, _) = self.sizes();
        let n = scratch[3 * channels];
        if n == T::ZERO {
            return;
        }
        let rate = T::from_f64(self.rate);
        let unbiased = n / (n - T::ONE);
        for c in 0..channels {
            let new = [scratch[c], scratch[channels + c] * unbiased];
            for (k, new) in new.into_iter().enumerate() {
                let old = &mut state[k * channels + c];
                *old += rate * (new - *old);
            }
        }
    }
}

/// PlainDropout: in training an element is 0 with probability `rate`, else divided by `1 - rate`; in prediction it stays.
#[derive(Debug, Clone)]
pub struct PlainDropout {
    spec: Spec,
    rate: f64,
}

impl PlainDropout {
    /// For samples of this shape.
    ///
    /// # Errors
    /// [`LayerError`] if the rate does not lie in [0, 1).
    pub fn new(shape: Shape<3>, rate: f64) -> Result<Self, LayerError> {
        if !(0.0..1.0).contains(&rate) {
            let reason = format!("rate {rate} does not lie in [0, 1)");
            return Err(LayerError::refused("dropout", reason));
        }
        let spec = Spec::new("dropout", shape, shape);
        Ok(Self { spec, rate })
    }

    /// What an element is multiplied by, in `forward` and `backward` alike.
    fn factor<T: Real>(&self, cx: Cx<'_>, sample: usize, element: usize) -> T {
        match cx.draw() {
            None => T::ONE,
            Some(draw) if draw.uniform(sample as u64, element as u64) < self.rate => T::ZERO,
            Some(_) => T::from_f64(1.0 / (1.0 - self.rate)),
        }
    }
}

impl Describe for PlainDropout {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn recipe(&self) -> Option<Recipe> {
        Some(Recipe::named("dropout", [("rate", self.rate)]))
    }
}

impl<T: Real> Layer<T> for PlainDropout {
    fn forward(
        &self,
        _: Own<'_, T>,
        x: Batch<'_, T>,
        mut p: BatchMut<'_, T>,
        _: &mut [T],
        cx: Cx<'_>,
    ) {
        for (s, (x, p)) in x.iter().zip(p.iter_mut()).enumerate() {
            for (i, (x, p)) in x.iter().zip(p).enumerate() {
                *p = *x * self.factor(cx, s, i);
            }
        }
    }

    fn backward(&self, _: Own<'_, T>, pass: Pass<'_, T>, _: &mut [T], cx: Cx<'_>) {
        let Some(mut x_bar) = pass.x_bar else { return };
        let rows = pass.p_bar.as_batch().into_iter().zip(x_bar.iter_mut());
        for (s, (p_bar, x_bar)) in rows.enumerate() {
            for (i, (p_bar, x_bar)) in p_bar.iter().zip(x_bar).enumerate() {
                *x_bar = *p_bar * self.factor(cx, s, i);
            }
        }
    }
}
