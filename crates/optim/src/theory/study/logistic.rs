//! Logistic regression.

use crate::Objective;
use gradflow_kernels::Real;

/// The cost of logistic regression, equation (15) with the entrywise cross-entropy (21), averaged as in (19).
///
/// ```text
/// p(x) = σ(w . φ(x) + b)
/// V = (1/S) Σₛ max(zₛ, 0) − zₛ yₛ + ln(1 + e^-|zₛ|) ;  J = (1/S) Σₛ (pₛ − yₛ) (φₛ, 1)
/// ```
///
/// Parameters are the weights, then the bias. It is convex; separable data has no minimiser, so stop by value or steps,
/// or add a trap.
///
/// ```
/// use gradflow_optim::{Adam, Stop, minimise, study::{LogisticRegression, monomials}};
///
/// // A circle of radius 1 in the plane, learnt with monomials up to degree 2.
/// let points = (0..200).map(|i| [(i as f64 * 0.7).sin() * 1.6, (i as f64 * 1.3).cos() * 1.6]);
/// let inside = |x: &[f64; 2]| x[0] * x[0] + x[1] * x[1] < 1.0;
/// let samples = points.map(|x| (monomials(&x, 2), inside(&x))).collect::<Vec<_>>();
/// let mut regression = LogisticRegression::new(samples.clone())?;
/// let end = minimise(&mut regression, &[0.0; 6], Adam::new(0.1), &Stop::after(500))?;
/// let right = samples.iter().filter(|(x, y)| (regression.probability(&end.q, x) >= 0.5) == *y);
/// assert!(right.count() >= 196);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticRegression {
    samples: Vec<(Vec<f64>, bool)>,
    features: usize,
}

/// Why data is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LogisticError {
    /// There are no samples.
    #[error("logistic regression needs at least one sample")]
    NoSamples,
    /// A sample has another number of features than the first one.
    #[error("sample {sample} has {found} features, the first one has {expected}")]
    Features {
        /// Index of the sample.
        sample: usize,
        /// Features of the first sample.
        expected: usize,
        /// Its features.
        found: usize,
    },
    /// A feature is not finite.
    #[error("feature {feature} of sample {sample} is not finite")]
    NotFinite {
        /// Index of the sample.
        sample: usize,
        /// Index of the feature.
        feature: usize,
    },
}

impl LogisticRegression {
    /// The regression on samples of features `phi(x)` and class.
    ///
    /// # Errors
    /// [`LogisticError`] for no samples, different numbers of features, features that are not finite.
    pub fn new(samples: Vec<(Vec<f64>, bool)>) -> Result<Self, LogisticError> {
        let expected = samples.first().ok_or(LogisticError::NoSamples)?.0.len();
        for (sample, (x, _)) in samples.iter().enumerate() {
            if x.len() != expected {
                return Err(LogisticError::Features {
                    sample,
                    expected,
                    found: x.len(),
                });
            }
            if let Some(feature) = x.iter().position(|x| !x.is_finite()) {
                return Err(LogisticError::NotFinite { sample, feature });
            }
        }
        Ok(Self {
            samples,
            features: expected,
        })
    }

    /// `p(x)`, the probability of class 1, for features `phi(x)`.
    pub fn probability<T: Real>(&self, q: &[T], features: &[f64]) -> f64 {
        1.0 / (1.0 + (-logit(q, features)).exp())
    }
}

/// `z = w . phi + b`
fn logit<T: Real>(q: &[T], features: &[f64]) -> f64 {
    let weighted = features
        .iter()
        .zip(q)
        .map(|(x, w)| x * w.to_f64())
        .sum::<f64>();
    weighted + q.get(features.len()).map_or(0.0, |b| b.to_f64())
}

/// The cross-entropy of logit `z` and class `y`; the form never overflows.
fn loss(z: f64, y: bool) -> f64 {
    z.max(0.0) - if y { z } else { 0.0 } + (-z.abs()).exp().ln_1p()
}

impl<T: Real> Objective<T> for LogisticRegression {
    fn dimension(&self) -> usize {
        self.features + 1
    }

    fn value(&mut self, q: &[T]) -> f64 {
        let sum: f64 = self
            .samples
            .iter()
            .map(|(x, y)| loss(logit(q, x), *y))
            .sum();
        sum / self.samples.len() as f64
    }

    fn value_and_gradient(&mut self, q: &[T], j: &mut [T]) -> f64 {
        let share = 1.0 / self.samples.len() as f64;
        let mut gradient = vec![0.0; self.features + 1];
        let mut value = 0.0;
        for (x, y) in &self.samples {
            let z = logit(q, x);
            value += loss(z, *y);
            let slope = 1.0 / (1.0 + (-z).exp()) - if *y { 1.0 } else { 0.0 };
            for (g, x) in gradient.iter_mut().zip(x) {
                *g += slope * x;
            }
            gradient[self.features] += slope;
        }
        for (j, g) in j.iter_mut().zip(gradient) {
            *j = T::from_f64(share * g);
        }
        share * value
    }
}

/// All monomials of the components of `x` of degree 1 to `degree`: `C(d + k, k) - 1` of them for `d` components and
/// degree `k`, a feature map of (15).
///
/// ```
/// use gradflow_optim::study::monomials;
///
/// assert_eq!(monomials(&[2.0, 3.0], 2), [2.0, 3.0, 4.0, 6.0, 9.0]); // x1, x2, x1^2, x1 x2, x2^2
/// ```
pub fn monomials(x: &[f64], degree: u32) -> Vec<f64> {
    let mut all = Vec::new();
    // Monomials of the last degree, each with the index of its last factor: the next may not come before it.
    let mut last = vec![(1.0, 0)];
    for _ in 0..degree {
        last = last
            .into_iter()
            .flat_map(|(m, from)| (from..x.len()).map(move |i| (m * x[i], i)))
            .collect();
        all.extend(last.iter().map(|(m, _)| m));
    }
    all
}
