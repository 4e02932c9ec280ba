//! L-BFGS: the limited-memory quasi-Newton method.

use super::line_search::Line;
use super::vectors::{difference, dot, parts};
use crate::error::{check, check_array, check_rate};
use crate::theory::{Theory, nonlinear};
use crate::{Method, NonFinite, OptimError, Step};
use gradflow_kernels::{Real, Workers, update};

/// L-BFGS: steps along `-H J`, where `H` is what the last steps and the changes of the gradient in them say about the inverse
/// of the second derivative.
///
/// ```text
/// s = qₙ − qₙ₋₁ ;  y = Jₙ₊₁ − Jₙ                            the last `memory` pairs with yᵀ s > 0
/// H ← (1 − s yᵀ / yᵀ s) H (1 − y sᵀ / yᵀ s) + s sᵀ / yᵀ s   from (yᵀ s / yᵀ y) 1, oldest pair first
/// qₙ = qₙ₋₁ − t H Jₙ
/// ```
///
/// `H` is applied by the two loops of Nocedal, Math. Comp. 35 (1980), never formed: `4 memory` vector operations a step. The
/// length `t` fulfils the strong Wolfe conditions, `V` falls by `1e-4 t` of the slope and at most 0.9 of the slope is left; where
/// rounding hides the decrease, the approximate ones of Hager and Zhang, SIAM J. Optim. 16 (2005), by slopes alone. So it
/// goes on to machine precision. A trial point whose value is not finite is too far; only if no point is any good has it diverged.
///
/// A step costs the gradients that the search takes, mostly one, and the one at its start, which
/// [`minimise`](crate::minimise()) remembers. It is for whole sets: all evaluations of a step must be of the same function, and pairs of
/// different mini-batches say little. A point at which no decrease is found is kept: stop at steps of length 0.
///
/// ```
/// use gradflow_optim::{Lbfgs, Reason, Stop, minimise, study::Rosenbrock};
///
/// let stop = Stop::gradient_norm(1e-12);
/// let end = minimise(&mut Rosenbrock, &[-1.2, 1.0], Lbfgs::default(), &stop)?;
/// assert_eq!(end.reason, Reason::GradientNorm);
/// assert!((end.q[0] - 1.0_f64).abs() < 1e-12 && end.gradients < 60);
/// # Ok::<(), gradflow_optim::OptimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields, default)
)]
pub struct Lbfgs {
    /// The `t` that is tried first; usually 1.
    pub rate: f64,
    /// Pairs that are kept, up to 100; usually 10.
    pub memory: usize,
}

impl Default for Lbfgs {
    fn default() -> Self {
        Self {
            rate: 1.0,
            memory: 10,
        }
    }
}

/// State of [`Lbfgs`]: steps and changes of the gradient in them, the newest first; zeros where there was none yet.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Pairs<T> {
    steps: Vec<Vec<T>>,
    changes: Vec<Vec<T>>,
}

const NAME: &str = "Lbfgs";

/// Most pairs: their coefficients stand on the stack.
const MOST_PAIRS: usize = 100;

impl<T: Real> Pairs<T> {
    /// `out = -H J`, and whether there was any pair to say something about `H`; else it is `-J`.
    fn direction(&self, workers: &Workers, j: &[T], out: &mut [T]) -> bool {
        let mut first = [0.0; MOST_PAIRS];
        let mut curvatures = [0.0; MOST_PAIRS];
        let mut scale = None;
        update::combine(out, 0.0, &[(-1.0, j)], workers);
        for (i, (s, y)) in self.steps.iter().zip(&self.changes).enumerate() {
            let curvature = dot(s, y);
            // What a file brought need not be a pair.
            if curvature > 0.0 {
                scale = scale.or_else(|| Some(curvature / dot(y, y)));
                curvatures[i] = curvature;
                first[i] = dot(s, out) / curvature;
                update::combine(out, 1.0, &[(-first[i], y)], workers);
            }
        }
        let Some(scale) = scale else {
            return false;
        };
        update::scale(out, scale);
        for (i, (s, y)) in self.steps.iter().zip(&self.changes).enumerate().rev() {
            if curvatures[i] > 0.0 {
                let second = dot(y, out) / curvatures[i];
                update::combine(out, 1.0, &[(first[i] - second, s)], workers);
            }
        }
        true
    }

    /// Puts `point - q` and `ahead - j` in the place of the oldest pair, if the curvature along the step is positive.
    fn push(&mut self, [q, point]: [&[T]; 2], [j, ahead]: [&[T]; 2]) {
        let curved = |s: &[T], y: &[T]| {
            let least = T::EPSILON.to_f64() * update::norm(s) * update::norm(y);
            let curvature = dot(s, y);
            curvature > least && curvature.is_finite()
        };
        if let (Some(s), Some(y)) = (self.steps.last_mut(), self.changes.last_mut()) {
            difference(s, point, q);
            difference(y, ahead, j);
            if !curved(s, y) {
                s.fill(T::ZERO);
                y.fill(T::ZERO);
                return;
            }
        }
        self.steps.rotate_right(1);
        self.changes.rotate_right(1);
    }

    fn forget(&mut self) {
        for x in self.steps.iter_mut().chain(&mut self.changes) {
            x.fill(T::ZERO);
        }
    }
}

impl<T: Real> Method<T> for Lbfgs {
    type State = Pairs<T>;

    fn init(&self, q: &[T]) -> Pairs<T> {
        let zeros = || vec![vec![T::ZERO; q.len()]; self.memory];
        Pairs {
            steps: zeros(),
            changes: zeros(),
        }
    }

    fn step(&self, at: Step<'_, T>, pairs: &mut Pairs<T>) -> Result<(), NonFinite> {
        let Step { q, j, workers, .. } = at;
        let [direction, point, gradient] = parts(at.scratch, q.len());
        let rate = self.rate * at.factor;
        loop {
            let known = pairs.direction(workers, j, direction);
            let slope = dot(direction, j);
            // A first step has no scale: it is no longer than 1.
            let first = match known {
                true => rate,
                false => rate / update::norm(j).max(1.0),
            };
            let mut line = Line {
                q,
                direction,
                point,
                gradient,
                workers,
                objective: at.more,
            };
            let falls = slope < 0.0 && slope.is_finite();
            let found = match falls {
                true => line.search(at.value, slope, first),
                false => Ok(false),
            };
            match found {
                Ok(true) => {
                    pairs.push([q, point], [j, gradient]);
                    q.copy_from_slice(point);
                    return Ok(());
                }
                // Pairs may mislead; the gradient itself does not.
                _ if known => pairs.forget(),
                _ => return found.map(|_| ()),
            }
        }
    }

    fn rate(&self) -> f64 {
        self.rate
    }

    fn scratch(&self, len: usize) -> usize {
        len.saturating_mul(3)
    }

    fn memory(&self, len: usize) -> usize {
        len.saturating_mul(2).saturating_mul(self.memory)
    }

    fn check(&self, pairs: &Pairs<T>, len: usize) -> Result<(), OptimError> {
        for (array, x) in [("steps", &pairs.steps), ("changes", &pairs.changes)] {
            if x.len() != self.memory {
                return Err(OptimError::StateLength { rule: NAME, len });
            }
            (x.iter()).try_for_each(|x| check_array(NAME, array, x, len))?;
        }
        Ok(())
    }

    fn validate(&self) -> Result<(), OptimError> {
        check_rate(NAME, "rate", self.rate)?;
        let holds = (1..=MOST_PAIRS).contains(&self.memory);
        check(holds, NAME, "memory", "from 1 to 100", self.memory as f64)
    }
}

// The length of a step is looked for: it follows no flow.
nonlinear!(Lbfgs, |self| None, 2);
