//! Minimisation of any objective.

use crate::descent::{Clipped, Trapped};
use crate::{Constants, Descent, Objective, OptimError, Optimiser, Reason, Rule, Stepper, Stop};
use core::ops::ControlFlow;
use gradflow_kernels::{Real, update};
use std::time::Instant;

/// What a minimisation found.
#[derive(Debug, Clone, PartialEq)]
pub struct Minimum<T> {
    /// The last parameters, always finite.
    pub q: Vec<T>,
    /// `V(q)`, with the trap's value.
    pub value: f64,
    /// `|J(q)|`, with the trap's gradient, before clipping.
    pub gradient_norm: f64,
    /// Why it ended.
    pub reason: Reason,
    /// Steps made.
    pub iterations: u64,
    /// Gradients evaluated (a value comes with each).
    pub gradients: u64,
    /// Values evaluated without a gradient.
    pub values: u64,
    /// Every point from the first to the last, if asked for.
    pub trajectory: Vec<Vec<T>>,
}

/// What an observer sees at each point, the first one included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress<'a, T> {
    /// Steps made so far.
    pub iteration: u64,
    /// Gradients evaluated so far.
    pub gradients: u64,
    /// The point.
    pub q: &'a [T],
    /// `V(q)`, with the trap's value.
    pub value: f64,
    /// `|J(q)|`, with the trap's gradient, before clipping.
    pub gradient_norm: f64,
}

/// Minimises `objective` from `q0` by a rule until `stop` says so.
///
/// A divergence is a result, [`Reason::Diverged`], with the last finite parameters. For a trap, clipping, a schedule or a
/// method of your own see [`Descent::minimise`].
///
/// # Errors
/// An [`OptimError`] for invalid constants, no parameters, a start of the wrong length or one that is not finite.
///
/// ```
/// use gradflow_optim::{Reason, Stop, Adam, minimise, study::Rosenbrock};
///
/// let stop = Stop { iterations: 20_000, ..Stop::gradient_norm(1e-6) };
/// let end = minimise(&mut Rosenbrock, &[-1.2, 1.0], Adam::new(0.02), &stop)?;
/// assert_eq!(end.reason, Reason::GradientNorm);
/// assert!((end.q[0] - 1.0_f64).abs() < 1e-5);
/// # Ok::<(), gradflow_optim::OptimError>(())
/// ```
pub fn minimise<T: Real, O: Objective<T> + ?Sized>(
    objective: &mut O,
    q0: &[T],
    rule: impl Into<Rule>,
    stop: &Stop,
) -> Result<Minimum<T>, OptimError> {
    Descent::new(rule).minimise(objective, q0, stop)
}

impl<T: Real, R: Stepper<T> + Constants> Descent<T, R> {
    /// Minimises `objective` from `q0` by this descent until `stop` says so: see [`minimise`].
    ///
    /// # Errors
    /// As [`minimise`].
    pub fn minimise<O: Objective<T> + ?Sized>(
        &self,
        objective: &mut O,
        q0: &[T],
        stop: &Stop,
    ) -> Result<Minimum<T>, OptimError> {
        self.minimise_observed(objective, q0, stop, |_| ControlFlow::Continue(()))
    }

    /// The same, with an observer that sees every point and may end it.
    ///
    /// # Errors
    /// As [`minimise`].
    pub fn minimise_observed<O: Objective<T> + ?Sized>(
        &self,
        objective: &mut O,
        q0: &[T],
        stop: &Stop,
        observer: impl FnMut(Progress<T>) -> ControlFlow<()>,
    ) -> Result<Minimum<T>, OptimError> {
        stop.validate()?;
        let mut optimiser = Optimiser::new(self.clone(), q0)?;
        let (expected, found) = (objective.dimension(), q0.len());
        if expected != found {
            return Err(OptimError::Length {
                of: "the start",
                expected,
                found,
            });
        }
        let mut q = q0.to_vec();
        let mut probe = Probe {
            objective: Trapped {
                objective,
                trap: self.trap.as_ref(),
            },
            observer,
            stop,
            begin: Instant::now(),
            iteration: 0,
            fresh: true,
            gradients: 0,
            values: 0,
            value: f64::NAN,
            gradient_norm: f64::NAN,
            reason: None,
            trajectory: Vec::new(),
        };
        let mut before = q0.to_vec();
        let reason = loop {
            probe.fresh = true;
            if stop.step.is_some() {
                before.copy_from_slice(&q);
            }
            let mut clipped = Clipped {
                objective: &mut probe,
                clip: self.clip,
            };
            match optimiser.advance(&mut clipped, &mut q) {
                Ok(_) => probe.iteration += 1,
                Err(diverged) => break probe.reason.unwrap_or(Reason::Diverged(diverged)),
            }
            if stop
                .step
                .is_some_and(|limit| distance(&q, &before) <= limit)
            {
                break probe.last_look(&q).unwrap_or(Reason::Step);
            }
        };
        let Probe {
            value,
            gradient_norm,
            iteration,
            gradients,
            values,
            trajectory,
            ..
        } = probe;
        let iterations = iteration;
        Ok(Minimum {
            q,
            value,
            gradient_norm,
            reason,
            iterations,
            gradients,
            values,
            trajectory,
        })
    }
}

/// `|x - y|`
fn distance<T: Real>(x: &[T], y: &[T]) -> f64 {
    let square = |(x, y): (&T, &T)| (x.to_f64() - y.to_f64()).powi(2);
    x.iter().zip(y).map(square).sum::<f64>().sqrt()
}

/// An objective that counts, and looks at the first evaluation of each step: that of a new point. If the descent is to
/// end there, it gives a value that is not finite, so that the step is not made, and notes the reason.
struct Probe<'a, T, O: ?Sized, F> {
    objective: Trapped<'a, T, O>,
    observer: F,
    stop: &'a Stop,
    begin: Instant,
    iteration: u64,
    fresh: bool,
    gradients: u64,
    values: u64,
    value: f64,
    gradient_norm: f64,
    reason: Option<Reason>,
    trajectory: Vec<Vec<T>>,
}

impl<T: Real, O: Objective<T> + ?Sized, F: FnMut(Progress<T>) -> ControlFlow<()>>
    Probe<'_, T, O, F>
{
    /// Looks at a new point, with its value and gradient.
    fn look(&mut self, q: &[T], value: f64, j: &[T]) -> Option<Reason> {
        let stop = self.stop;
        (self.value, self.gradient_norm) = (value, update::norm(j));
        if stop.trajectory {
            self.trajectory.push(q.to_vec());
        }
        let Self {
            iteration,
            gradients,
            value,
            gradient_norm,
            ..
        } = *self;
        if !value.is_finite() || !gradient_norm.is_finite() {
            return None; // the driver finds it
        }
        if (self.observer)(Progress {
            iteration,
            gradients,
            q,
            value,
            gradient_norm,
        })
        .is_break()
        {
            return Some(Reason::Observer);
        }
        let at_most = |x: f64, limit: Option<f64>| limit.is_some_and(|limit| x <= limit);
        if at_most(gradient_norm, stop.gradient_norm) {
            Some(Reason::GradientNorm)
        } else if at_most(value, stop.value) {
            Some(Reason::Value)
        } else if iteration >= stop.iterations {
            Some(Reason::Iterations)
        } else if stop.gradients.is_some_and(|limit| gradients >= limit) {
            Some(Reason::Gradients)
        } else if stop.time.is_some_and(|limit| self.begin.elapsed() >= limit) {
            Some(Reason::Time)
        } else {
            None
        }
    }

    /// Evaluates where a descent ended for a reason found after its step.
    fn last_look(&mut self, q: &[T]) -> Option<Reason> {
        self.fresh = true;
        self.reason = None;
        let mut j = vec![T::ZERO; q.len()];
        self.value_and_gradient(q, &mut j);
        self.reason
            .filter(|reason| !matches!(reason, Reason::Iterations))
    }
}

impl<T: Real, O: Objective<T> + ?Sized, F: FnMut(Progress<T>) -> ControlFlow<()>> Objective<T>
    for Probe<'_, T, O, F>
{
    fn dimension(&self) -> usize {
        self.objective.dimension()
    }

    fn value(&mut self, q: &[T]) -> f64 {
        self.values += 1;
        self.objective.value(q)
    }

    fn value_and_gradient(&mut self, q: &[T], j: &mut [T]) -> f64 {
        self.gradients += 1;
        let value = self.objective.value_and_gradient(q, j);
        if core::mem::take(&mut self.fresh) {
            self.reason = self.look(q, value, j);
            if self.reason.is_some() {
                return f64::NAN;
            }
        }
        value
    }

    fn gradient_is_finite(&self, j: &[T]) -> bool {
        self.objective.gradient_is_finite(j)
    }
}
