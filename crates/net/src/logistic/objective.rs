//! The cost of a logistic regression in the unknowns that a solver sees.

use gradflow_kernels::Real;
use gradflow_optim::Objective;
use gradflow_tensor::Batch;

use super::linear::Linear;
use crate::ModelError;
use crate::memory::{filled, reserve};

/// Samples that say how features are scaled: any scales give the same minimum, good ones give it soon.
const LOOKED_AT: usize = 1024;

/// How a solver's unknowns stand for coefficients: `W_ka = u_ka / scale_a`, `b_k = c_k / scale - mean . W_k`.
pub(super) struct Scales {
    mean: Vec<f64>,
    scale: Vec<f64>,
    /// Of the intercept; none where there is no intercept.
    intercept: Option<f64>,
}

impl Scales {
    /// Unknowns of about the same curvature: features centred, where an intercept makes up for it, and with `1/4` of their
    /// variance and the trap in the scale.
    pub(super) fn of<T: Real>(
        x: Batch<'_, T>,
        lam: f64,
        intercept: bool,
    ) -> Result<Self, ModelError> {
        let what = "the scales of features";
        let (mut mean, mut squares) = (filled(0.0, x.size(), what)?, filled(0.0, x.size(), what)?);
        let stride = x.samples().div_ceil(LOOKED_AT);
        let chosen = || (0..x.samples()).step_by(stride).filter_map(|s| x.sample(s));
        let n = chosen().count() as f64;
        if intercept {
            for x in chosen() {
                mean.iter_mut()
                    .zip(x)
                    .for_each(|(mean, x)| *mean += x.to_f64() / n);
            }
        }
        for x in chosen() {
            let each = squares.iter_mut().zip(&mean).zip(x);
            each.for_each(|((sum, mean), x)| *sum += (x.to_f64() - mean).powi(2) / n);
        }
        let scale = squares
            .iter()
            .map(|variance| (0.25 * variance + lam).sqrt());
        // Constant features say nothing; so do those whose squares the numbers do not hold.
        let scale = scale.map(|s| if s.is_normal() { s } else { 1.0 });
        Ok(Self {
            scale: scale.collect(),
            mean,
            intercept: intercept.then_some(0.5),
        })
    }

    /// The features as they are, centred alone.
    pub(super) fn unit(mut self) -> Self {
        self.scale.fill(1.0);
        self.intercept = self.intercept.map(|_| 1.0);
        self
    }

    /// Numbers that `k` outputs have.
    pub(super) fn unknowns(&self, k: usize) -> usize {
        k.saturating_mul(self.mean.len() + usize::from(self.intercept.is_some()))
    }

    /// Coefficients, one output after another, and intercepts, of unknowns in the same order.
    pub(super) fn read<T: Real>(&self, u: &[T], w: &mut [f64], b: &mut [f64]) {
        let n = self.mean.len();
        let (of_w, of_b) = u.split_at(w.len());
        for (k, w) in w.chunks_exact_mut(n).enumerate() {
            for ((w, u), scale) in w.iter_mut().zip(&of_w[k * n..]).zip(&self.scale) {
                *w = u.to_f64() / scale;
            }
            b[k] = self.intercept.map_or(0.0, |scale| {
                let shift: f64 = w.iter().zip(&self.mean).map(|(w, mean)| w * mean).sum();
                of_b[k].to_f64() / scale - shift
            });
        }
    }

    /// The gradient in the unknowns, from that in coefficients and intercepts.
    fn write<T: Real>(&self, w: &[f64], b: &[f64], j: &mut [T]) {
        let n = self.mean.len();
        let (of_w, of_b) = j.split_at_mut(w.len());
        for (k, (w, of_w)) in w.chunks_exact(n).zip(of_w.chunks_exact_mut(n)).enumerate() {
            for (a, (w, j)) in w.iter().zip(of_w).enumerate() {
                *j = T::from_f64((w - self.mean[a] * b[k]) / self.scale[a]);
            }
        }
        if let Some(scale) = self.intercept {
            (of_b.iter_mut().zip(b)).for_each(|(j, b)| *j = T::from_f64(b / scale));
        }
    }
}

/// The cost with its trap, an [`Objective`] in the unknowns.
pub(super) struct Regression<'a, T> {
    linear: Linear<'a, T>,
    scales: &'a Scales,
    lam: f64,
    centre: Option<&'a [f64]>,
    /// Coefficients and intercepts, in double precision and as the data have it.
    w: Vec<f64>,
    b: Vec<f64>,
    rounded: [Vec<T>; 2],
    /// Gradient in the coefficients, then in the intercepts.
    sums: Vec<f64>,
    /// The unknowns of the last gradient.
    at: Vec<T>,
    /// Strength of L1 times the sign of each coefficient, where those that vanish stay 0; empty without a face.
    face: Vec<f64>,
}

impl<'a, T: Real> Regression<'a, T> {
    /// Of `k` outputs.
    pub(super) fn new(
        linear: Linear<'a, T>,
        scales: &'a Scales,
        lam: f64,
        centre: Option<&'a [f64]>,
        k: usize,
    ) -> Result<Self, ModelError> {
        let what = "the coefficients of a logistic regression";
        let numbers = k.saturating_mul(scales.mean.len());
        Ok(Self {
            linear,
            scales,
            lam,
            centre,
            w: filled(0.0, numbers, what)?,
            b: filled(0.0, k, what)?,
            rounded: [reserve(numbers, what)?, reserve(k, what)?],
            sums: filled(0.0, numbers.saturating_add(k), what)?,
            at: Vec::new(),
            face: Vec::new(),
        })
    }

    /// Coefficients and intercepts of the unknowns.
    pub(super) fn coefficients(&mut self, u: &[T]) -> (&[f64], &[f64]) {
        self.read(u);
        (&self.w, &self.b)
    }

    /// Whether the plane of the unknowns separates the classes.
    pub(super) fn separates(&mut self, u: &[T]) -> bool {
        self.value(u);
        self.linear.separates()
    }

    /// Keeps coefficients that vanish at `u` at 0, and adds L1 of this strength as the linear function that it is while the
    /// others keep their signs; or no longer. The unknowns are coefficients.
    pub(super) fn stay_on_face(&mut self, l1: Option<f64>, u: &[T]) {
        self.at.clear();
        self.face.clear();
        if let Some(l1) = l1 {
            let weights = &u[..self.w.len()];
            self.face.extend(weights.iter().map(|w| l1 * sign(*w)));
        }
    }

    /// Whether `u` is the minimum with L1, given that it is that of the face of `near`: no sign has changed, and no
    /// coefficient that vanishes is pulled away from 0.
    pub(super) fn is_lowest(&mut self, l1: f64, near: &[T], u: &[T]) -> bool {
        self.evaluate(u);
        let most = l1 * (1.0 + 1e3 * T::EPSILON.to_f64());
        let kept = near.iter().zip(u).take(self.w.len());
        let mut kept = kept.map(|(near, u)| sign(*near) == sign(*u));
        // In the unknowns, features are centred: an intercept makes up for a shift.
        let mut j = vec![T::ZERO; u.len()];
        let (of_w, of_b) = self.sums.split_at(self.w.len());
        self.scales.write(of_w, of_b, &mut j);
        let mut pulled = u.iter().zip(&j).take(self.w.len());
        kept.all(|kept| kept) && pulled.all(|(u, j)| *u != T::ZERO || j.to_f64().abs() <= most)
    }

    /// Leaves the face's vanishing coefficients out of a gradient.
    fn project(&self, j: &mut [T]) {
        for (j, face) in j.iter_mut().zip(&self.face) {
            if *face == 0.0 {
                *j = T::ZERO;
            }
        }
    }

    fn read(&mut self, u: &[T]) {
        self.scales.read(u, &mut self.w, &mut self.b);
        for (rounded, exact) in self.rounded.iter_mut().zip([&self.w, &self.b]) {
            rounded
                .iter_mut()
                .zip(exact)
                .for_each(|(to, x)| *to = T::from_f64(*x));
        }
    }

    /// Evaluates at `u`; the gradient stands in `sums`.
    fn evaluate(&mut self, u: &[T]) -> f64 {
        self.read(u);
        self.at.clear();
        self.at.extend_from_slice(u);
        let [w, b] = &self.rounded;
        let (mut value, sums) = self.linear.value_and_gradient(w, b);
        self.sums.copy_from_slice(sums);
        for (i, (w, j)) in self.w.iter().zip(&mut self.sums).enumerate() {
            let away = w - self.centre.map_or(0.0, |centre| centre[i]);
            value += 0.5 * self.lam * away * away;
            *j += self.lam * away;
        }
        for ((w, face), j) in self.w.iter().zip(&self.face).zip(&mut self.sums) {
            value += face * w;
            *j += face;
        }
        value
    }
}

/// 1, 0 or -1.
fn sign<T: Real>(x: T) -> f64 {
    f64::from(i8::from(x > T::ZERO) - i8::from(x < T::ZERO))
}

impl<T: Real> Objective<T> for Regression<'_, T> {
    fn dimension(&self) -> usize {
        self.scales.unknowns(self.b.len())
    }

    fn value(&mut self, u: &[T]) -> f64 {
        self.evaluate(u)
    }

    fn value_and_gradient(&mut self, u: &[T], j: &mut [T]) -> f64 {
        let value = self.evaluate(u);
        let (w, b) = self.sums.split_at(self.w.len());
        self.scales.write(w, b, j);
        self.project(j);
        value
    }

    fn curvature(&mut self, u: &[T], v: &[T], hv: &mut [T]) -> bool {
        if self.at != u {
            self.evaluate(u);
        }
        self.read(v);
        let [w, b] = &self.rounded;
        let Some(sums) = self.linear.curvature(w, b) else {
            return false;
        };
        self.sums.copy_from_slice(sums);
        (self.w.iter().zip(&mut self.sums)).for_each(|(w, h)| *h += self.lam * w);
        let (w, b) = self.sums.split_at(self.w.len());
        self.scales.write(w, b, hv);
        self.project(hv);
        true
    }
}
