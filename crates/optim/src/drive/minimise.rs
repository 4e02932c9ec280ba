//! Minimisation of any objective.

use crate::error::check_length;
use crate::{Descent, IntoDescent, Method, Objective, OptimError, Optimiser, Reason, Stop};
use core::ops::ControlFlow;
use gradflow_kernels::{Clock, Real, update};

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
    pub iterations: usize,
    /// Gradients evaluated (a value comes with each).
    pub gradients: usize,
    /// Values evaluated without a gradient.
    pub values: usize,
    /// Products with the second derivative that the objective gave.
    pub products: usize,
    /// Every point from the first to the last, if asked for.
    pub trajectory: Vec<Vec<T>>,
}

/// What an observer sees at each point, the first one included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress<'a, T> {
    /// Steps made so far.
    pub iteration: usize,
    /// Gradients evaluated so far.
    pub gradients: usize,
    /// The point.
    pub q: &'a [T],
    /// `V(q)`, with the trap's value.
    pub value: f64,
    /// `|J(q)|`, with the trap's gradient, before clipping.
    pub gradient_norm: f64,
}

/// Minimises `objective` from `q0` by a rule or a [`Descent`] until `stop` says so.
///
/// A divergence is a result, [`Reason::Diverged`], with the last finite parameters. For a method of your own see
/// [`Descent::minimise`].
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
    descent: impl IntoDescent,
    stop: &Stop,
) -> Result<Minimum<T>, OptimError> {
    descent.into().minimise(objective, q0, stop)
}

impl<M> Descent<M> {
    /// Minimises `objective` from `q0` by this descent until `stop` says so: see [`minimise`].
    ///
    /// # Errors
    /// As [`minimise`].
    pub fn minimise<T: Real, O: Objective<T> + ?Sized>(
        &self,
        objective: &mut O,
        q0: &[T],
        stop: &Stop,
    ) -> Result<Minimum<T>, OptimError>
    where
        M: Method<T>,
    {
        self.minimise_observed(objective, q0, stop, |_| ControlFlow::Continue(()))
    }

    /// The same, with an observer that sees every point and may end it.
    ///
    /// # Errors
    /// As [`minimise`].
    pub fn minimise_observed<T: Real, O: Objective<T> + ?Sized>(
        &self,
        objective: &mut O,
        q0: &[T],
        stop: &Stop,
        mut observer: impl FnMut(Progress<T>) -> ControlFlow<()>,
    ) -> Result<Minimum<T>, OptimError>
    where
        M: Method<T>,
    {
        stop.validate()?;
        let mut optimiser = Optimiser::new(self.clone(), q0)?;
        check_length("the start", objective.dimension(), q0.len())?;
        let clock = Clock::start();
        let mut objective = Counted::new(objective);
        let mut at = Minimum::start(q0);
        let mut before = q0.to_vec();
        let mut short = false;
        at.reason = loop {
            let looked = optimiser.look(&mut objective, &at.q);
            at.gradients = objective.gradients;
            at.gradient_norm = update::norm(optimiser.gradient());
            if stop.trajectory {
                at.trajectory.push(at.q.clone());
            }
            match looked {
                Ok(value) => at.value = value,
                Err(diverged) => {
                    at.value = diverged.value;
                    break Reason::Diverged(diverged);
                }
            }
            if observer(at.progress()).is_break() {
                break Reason::Observer;
            }
            match at.reason_to_stop(stop, &clock) {
                // A short step is the better reason if that happened to be the last one.
                Some(Reason::Iterations) | None if short => break Reason::Step,
                Some(reason) => break reason,
                None => {}
            }
            before.copy_from_slice(&at.q);
            if let Err(diverged) = optimiser.advance(&mut objective, &mut at.q, 1.0) {
                break Reason::Diverged(diverged);
            }
            at.iterations += 1;
            short = stop
                .step
                .is_some_and(|limit| distance(&at.q, &before) <= limit);
        };
        (at.gradients, at.values) = (objective.gradients, objective.values);
        at.products = objective.products;
        Ok(at)
    }
}

impl<T: Real> Minimum<T> {
    /// Before anything is known.
    fn start(q0: &[T]) -> Self {
        Self {
            q: q0.to_vec(),
            value: 0.0,
            gradient_norm: 0.0,
            reason: Reason::Iterations,
            iterations: 0,
            gradients: 0,
            values: 0,
            products: 0,
            trajectory: Vec::new(),
        }
    }

    fn progress(&self) -> Progress<'_, T> {
        Progress {
            iteration: self.iterations,
            gradients: self.gradients,
            q: &self.q,
            value: self.value,
            gradient_norm: self.gradient_norm,
        }
    }

    /// The first condition of `stop` that holds at this point.
    fn reason_to_stop(&self, stop: &Stop, clock: &Clock) -> Option<Reason> {
        let at_most = |x: f64, limit: Option<f64>| limit.is_some_and(|limit| x <= limit);
        if at_most(self.gradient_norm, stop.gradient_norm) {
            Some(Reason::GradientNorm)
        } else if at_most(self.value, stop.value) {
            Some(Reason::Value)
        } else if self.iterations >= stop.iterations {
            Some(Reason::Iterations)
        } else if stop.gradients.is_some_and(|limit| self.gradients >= limit) {
            Some(Reason::Gradients)
        } else if stop.time.is_some_and(|limit| clock.elapsed() >= limit) {
            Some(Reason::Time)
        } else {
            None
        }
    }
}

/// `|x - y|`, in units of the largest difference, so that squares neither overflow nor vanish.
fn distance<T: Real>(x: &[T], y: &[T]) -> f64 {
    let differences = || {
        x.iter()
            .zip(y)
            .map(|(x, y)| (x.to_f64() - y.to_f64()).abs())
    };
    let largest = differences().fold(0.0, f64::max);
    if largest == 0.0 {
        return 0.0;
    }
    let squares: f64 = differences().map(|d| (d / largest).powi(2)).sum();
    largest * squares.sqrt()
}

/// An objective that counts how often it is asked, and answers at once where it was asked last.
///
/// Methods that search end where they have evaluated, and the next step looks there.
struct Counted<'a, T, O: ?Sized> {
    objective: &'a mut O,
    gradients: usize,
    values: usize,
    products: usize,
    /// The last point with its gradient, and the value there if there is one.
    point: Vec<T>,
    gradient: Vec<T>,
    value: Option<f64>,
}

impl<'a, T: Real, O: Objective<T> + ?Sized> Counted<'a, T, O> {
    fn new(objective: &'a mut O) -> Self {
        let len = objective.dimension();
        Self {
            objective,
            gradients: 0,
            values: 0,
            products: 0,
            point: vec![T::ZERO; len],
            gradient: vec![T::ZERO; len],
            value: None,
        }
    }
}

impl<T: Real, O: Objective<T> + ?Sized> Objective<T> for Counted<'_, T, O> {
    fn dimension(&self) -> usize {
        self.objective.dimension()
    }

    fn value(&mut self, q: &[T]) -> f64 {
        self.values += 1;
        self.objective.value(q)
    }

    fn value_and_gradient(&mut self, q: &[T], j: &mut [T]) -> f64 {
        if let Some(value) = self.value
            && self.point == q
        {
            j.copy_from_slice(&self.gradient);
            return value;
        }
        self.gradients += 1;
        let value = self.objective.value_and_gradient(q, j);
        self.point.copy_from_slice(q);
        self.gradient.copy_from_slice(j);
        *self.value.insert(value)
    }

    fn curvature(&mut self, q: &[T], v: &[T], hv: &mut [T]) -> bool {
        let known = self.objective.curvature(q, v, hv);
        self.products += usize::from(known);
        known
    }

    fn gradient_is_finite(&self, j: &[T]) -> bool {
        self.objective.gradient_is_finite(j)
    }
}
