//! Newton's method in a trust region, by truncated conjugate gradients.

use super::steihaug::{Model, Promise, Room};
use super::vectors::{noise, parts};
use crate::error::{check, check_rate};
use crate::theory::{Theory, nonlinear};
use crate::{Method, NonFinite, Objective, OptimError, Step, evaluate};
use gradflow_kernels::{Real, Workers, update};

/// Newton's method in a trust region: steps to where a quadratic model of `V` is smallest.
///
/// ```text
/// p ~ argmin Jₙ . p + p . H p / 2   within |p| ≤ radius
/// qₙ = qₙ₋₁ + t p ,   t = rate, or a quarter of it, and so on
/// ```
///
/// `p` comes by conjugate gradients, truncated as Steihaug, SIAM J. Numer. Anal. 20 (1983), does: at the radius, where the model bends
/// downwards, after `products`, or when the residual is at most `min(1/10, sqrt |J|) |J|`, which makes the last steps converge
/// faster than linearly. They need products `H v` alone: those of [`Objective::curvature`], or differences of gradients. The
/// radius doubles where the model keeps its promise at the edge, and shrinks where it does not; a step that is refused is
/// shortened, which costs an evaluation but no product. Where rounding hides the decrease, the gradient's norm must fall.
///
/// For whole sets, and where gradients cost much more than `products` vector operations. A point at which no decrease is found
/// is kept: stop at steps of length 0.
///
/// ```
/// use gradflow_optim::{NewtonCg, Reason, Stop, minimise, study::Quadratic};
///
/// let mut bowl = Quadratic::log_spaced(50, 1.0, 1000.0);
/// let end = minimise(&mut bowl, &[1.0; 50], NewtonCg::default(), &Stop::gradient_norm(1e-10))?;
/// assert_eq!(end.reason, Reason::GradientNorm);
/// assert!(end.iterations < 15 && end.gradients < 15);
/// # Ok::<(), gradflow_optim::OptimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields, default)
)]
pub struct NewtonCg {
    /// The share of the step that is tried first; usually 1.
    pub rate: f64,
    /// Most products with the second derivative in a step; usually 200.
    pub products: usize,
}

impl Default for NewtonCg {
    fn default() -> Self {
        Self {
            rate: 1.0,
            products: 200,
        }
    }
}

/// State of [`NewtonCg`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TrustRegion<T> {
    /// Within which the model is trusted.
    radius: T,
}

const NAME: &str = "NewtonCg";

/// Share of the promised decrease that is enough.
const ENOUGH: f64 = 1e-4;
/// Most evaluations of a step.
const MOST: usize = 30;

impl<T: Real> TrustRegion<T> {
    /// After a step of length `moved` that kept `ratio` of its promise.
    fn learn(&mut self, ratio: f64, moved: f64, bounded: bool) {
        let radius = self.radius.to_f64();
        let next = match ratio {
            _ if ratio < 0.25 => 0.25 * moved,
            _ if ratio > 0.75 && bounded => 2.0 * radius,
            _ => radius,
        };
        let smallest = T::MIN_POSITIVE.to_f64();
        self.radius = T::from_f64(next.clamp(smallest, T::MAX.to_f64().sqrt()));
    }
}

/// Where a step starts, and memory for where it ends.
struct Trial<'a, T: Real> {
    value: f64,
    j: &'a [T],
    point: &'a mut [T],
    ahead: &'a mut [T],
    workers: &'a Workers,
    objective: &'a mut dyn Objective<T>,
}

impl<T: Real> Trial<'_, T> {
    /// Evaluates `q + t p`; the share of the promise that it keeps, or nothing if it is so small that rounding hides it and
    /// the gradient did not fall either.
    fn ratio(
        &mut self,
        q: &[T],
        p: &[T],
        t: f64,
        promise: Promise,
    ) -> Result<Option<f64>, NonFinite> {
        self.point.copy_from_slice(q);
        update::combine(self.point, 1.0, &[(t, p)], self.workers);
        let value = evaluate(self.objective, self.point, self.ahead)?;
        let (promised, kept) = (promise.decrease(t), self.value - value);
        let noise = noise::<T>(self.value);
        Ok(if promised <= 0.0 {
            // Far beyond the model's minimum.
            Some(-1.0)
        } else if promised > noise || kept < -noise {
            Some(kept / promised)
        } else if update::norm(self.ahead) < update::norm(self.j) {
            Some(1.0)
        } else {
            None
        })
    }
}

impl<T: Real> Method<T> for NewtonCg {
    type State = TrustRegion<T>;

    fn init(&self, q: &[T]) -> TrustRegion<T> {
        let radius = 10.0 * update::norm(q).max(1.0);
        let radius = T::from_f64(radius.min(T::MAX.to_f64().sqrt()));
        TrustRegion { radius }
    }

    fn step(&self, at: Step<'_, T>, region: &mut TrustRegion<T>) -> Result<(), NonFinite> {
        let Step { q, j, workers, .. } = at;
        let [p, d, hd, r, point, ahead] = parts(at.scratch, q.len());
        let norm = update::norm(j);
        if norm == 0.0 {
            return Ok(());
        }
        let tolerance = norm.sqrt().min(0.1) * norm;
        let bounds = (region.radius.to_f64(), tolerance, self.products);
        let mut model = Model {
            q,
            j,
            objective: at.more,
            workers,
            point,
            ahead,
        };
        let promise = model.minimise(p, Room { d, hd, r }, bounds);
        let (length, mut t, mut bad) = (update::norm(p), self.rate * at.factor, None);
        let mut trial = Trial {
            value: at.value,
            j,
            point,
            ahead,
            workers,
            objective: at.more,
        };
        for _ in 0..MOST {
            let ratio = match trial.ratio(q, p, t, promise) {
                Ok(Some(ratio)) => ratio,
                Ok(None) => break,
                Err(error) => {
                    bad = Some(error);
                    -1.0
                }
            };
            region.learn(ratio, t * length, promise.bounded);
            if ratio > ENOUGH {
                q.copy_from_slice(trial.point);
                return Ok(());
            }
            t *= 0.25;
        }
        bad.map_or(Ok(()), Err)
    }

    fn rate(&self) -> f64 {
        self.rate
    }

    fn scratch(&self, len: usize) -> usize {
        len.saturating_mul(6)
    }

    fn check(&self, region: &TrustRegion<T>, _: usize) -> Result<(), OptimError> {
        let radius = region.radius;
        if radius.is_finite() && radius > T::ZERO {
            return Ok(());
        }
        Err(OptimError::StateValue {
            rule: NAME,
            array: "radius",
            index: 0,
            expected: "finite and positive",
            value: radius.to_f64(),
        })
    }

    fn validate(&self) -> Result<(), OptimError> {
        check_rate(NAME, "rate", self.rate)?;
        let (holds, products) = (self.products > 0, self.products as f64);
        check(holds, NAME, "products", "at least 1", products)
    }
}

// The length of a step is looked for: it follows no flow.
nonlinear!(NewtonCg, |self| None, 2);
