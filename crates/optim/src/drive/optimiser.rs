//! A descent in progress.

use super::diverged::{Cause, Diverged};
use super::limits::{holds_rate, reserved, zeros};
use crate::compose::Composed;
use crate::{Descent, Method, NonFinite, Objective, OptimError, Rule, Step, evaluate};
use gradflow_kernels::{Real, Workers};

/// A [`Descent`] with its running state: what a training loop drives, one call a step.
///
/// A step has two halves, between which whoever drives may look at value and gradient and decide:
/// [`look`](Optimiser::look) evaluates `J`, adds the trap and checks both; [`advance`](Optimiser::advance) clips and lets the
/// method act. [`step`](Optimiser::step) is both.
///
/// ```
/// use gradflow_optim::{Closure, MomentumAveraged, Objective, Optimiser};
///
/// let mut bowl = Closure::new(2, |q: &[f64], j: &mut [f64]| {
///     j.copy_from_slice(&[2.0 * q[0], 4.0 * q[1]]);
///     q[0] * q[0] + 2.0 * q[1] * q[1]
/// });
/// let mut q = [1.0, 1.0];
/// let mut optimiser = Optimiser::new(MomentumAveraged { rate: 0.3, beta: 0.9 }.into(), &q)?;
/// for _ in 0..300 {
///     optimiser.step(&mut bowl, &mut q)?;
/// }
/// assert!(bowl.value(&q) < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Optimiser<T: Real, M: Method<T> = Rule> {
    descent: Descent<M>,
    workers: Workers,
    steps: usize,
    state: M::State,
    /// The value that a look found and that no step has used yet.
    looked: Option<f64>,
    /// The rate of the last step, or of the next one before the first.
    rate: f64,
    gradient: Vec<T>,
    scratch: Vec<T>,
}

/// What a checkpoint of an [`Optimiser`] holds besides the parameters.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OptimiserState<S> {
    /// Steps made.
    pub steps: usize,
    /// State of the method.
    pub method: S,
}

/// What an evaluation with this value lacked.
fn of(value: f64) -> Cause {
    match value.is_finite() {
        true => Cause::Gradient,
        false => Cause::Value,
    }
}

/// Most steps of a state from outside: numbers of steps up to here are exact in double precision.
const MOST_STEPS: u64 = 1 << 53;

impl<T: Real, M: Method<T>> Optimiser<T, M> {
    /// The descent before its first step, on the calling thread.
    ///
    /// # Errors
    /// An [`OptimError`] for invalid constants, no parameters, parameters that are not finite, or too little memory.
    pub fn new(descent: Descent<M>, q: &[T]) -> Result<Self, OptimError> {
        Self::with_state(descent, q, |method| {
            // Asked for and given back: `init` cannot fail.
            drop(reserved::<T>(method.memory(q.len()))?);
            Ok((0, method.init(q)))
        })
    }

    /// The descent as it was left: it continues with the same bits as an unbroken one.
    ///
    /// # Errors
    /// As [`Optimiser::new`]; and for a state of another rule, of another number of parameters, or with numbers that no run
    /// leaves.
    pub fn restore(
        descent: Descent<M>,
        state: OptimiserState<M::State>,
        q: &[T],
    ) -> Result<Self, OptimError> {
        let OptimiserState { steps, method } = state;
        Self::with_state(descent, q, |of| {
            if steps as u64 > MOST_STEPS {
                return Err(OptimError::Steps { steps });
            }
            of.check(&method, q.len())?;
            Ok((steps, method))
        })
    }

    fn with_state(
        descent: Descent<M>,
        q: &[T],
        state: impl FnOnce(&M) -> Result<(usize, M::State), OptimError>,
    ) -> Result<Self, OptimError> {
        descent.validate::<T>(q.len())?;
        if let Some(index) = q.iter().position(|q| !q.is_finite()) {
            let value = q[index].to_f64();
            return Err(OptimError::Start { index, value });
        }
        let gradient = zeros(q.len())?;
        let scratch = zeros(descent.rule.scratch(q.len()))?;
        let (steps, state) = state(&descent.rule)?;
        let rate = descent.rule.rate() * descent.schedule.factor(steps);
        Ok(Self {
            descent,
            workers: Workers::inline(),
            steps,
            state,
            looked: None,
            rate,
            gradient,
            scratch,
        })
    }

    /// The same on other threads; the bits do not depend on them.
    #[must_use]
    pub fn with_workers(self, workers: Workers) -> Self {
        Self { workers, ..self }
    }

    /// The first half of a step: evaluates `V` and `J` at `q`, adds the trap, and checks that both are finite. Returns `V`;
    /// [`gradient`](Optimiser::gradient) is then `J`, both with the trap.
    ///
    /// # Errors
    /// [`Diverged`] when the value or the gradient is not finite.
    ///
    /// # Panics
    /// When `q` has not the length that the optimiser was made for.
    pub fn look<O: Objective<T> + ?Sized>(
        &mut self,
        objective: &mut O,
        q: &[T],
    ) -> Result<f64, Diverged> {
        assert_eq!(q.len(), self.gradient.len(), "another number of parameters");
        self.looked = None;
        let mut whole = Composed::new(objective, self.descent.trap.as_ref(), None);
        match evaluate(&mut whole, q, &mut self.gradient) {
            Ok(value) => Ok(*self.looked.insert(value)),
            Err(NonFinite { value }) => Err(Diverged {
                untouched: self.steps == 0,
                ..self.diverged(value, of(value))
            }),
        }
    }

    /// The second half of a step: clips `J` and lets the method act, its rate multiplied by the schedule's factor and by
    /// `factor`. `q` is what was looked at; it looks itself if nobody has since the last step.
    ///
    /// # Errors
    /// [`Diverged`] when the rate, or a further value or gradient that the method asks for, is not finite. `q` is then as it
    /// was before.
    ///
    /// # Panics
    /// When `q` has not the length that the optimiser was made for.
    pub fn advance<O: Objective<T> + ?Sized>(
        &mut self,
        objective: &mut O,
        q: &mut [T],
        factor: f64,
    ) -> Result<(), Diverged> {
        let value = match self.looked {
            Some(value) => value,
            None => self.look(objective, q)?,
        };
        let Descent {
            rule, trap, clip, ..
        } = &self.descent;
        let factor = self.rate_factor() * factor;
        let rate = rule.rate() * factor;
        if !holds_rate::<T>(rate) || !factor.is_finite() {
            return Err(self.diverged(value, Cause::Rate(rate)));
        }
        self.looked = None;
        self.rate = rate;
        if let Some(clip) = clip {
            clip.apply(&mut self.gradient);
        }
        let h = rule.displacement();
        let at = Step {
            n: self.steps + 1,
            factor,
            value,
            q: &mut *q,
            j: &self.gradient,
            scratch: &mut self.scratch,
            workers: &self.workers,
            more: &mut Composed::new(objective, trap.as_ref(), *clip),
        };
        match rule.step(at, &mut self.state) {
            Ok(()) => self.steps += 1,
            Err(NonFinite { value }) => return Err(self.diverged(value, of(value))),
        }
        if let (Some(l1), Some(h)) = (&self.descent.l1, h) {
            l1.shrink(q, h * factor);
        }
        Ok(())
    }

    /// One step, both halves; returns the value, with that of the trap, at the parameters before it.
    ///
    /// # Errors
    /// [`Diverged`] when a value, a gradient or the rate is not finite. `q` is then as it was before the step.
    ///
    /// # Panics
    /// When `q` has not the length that the optimiser was made for.
    pub fn step<O: Objective<T> + ?Sized>(
        &mut self,
        objective: &mut O,
        q: &mut [T],
    ) -> Result<f64, Diverged> {
        let value = self.look(objective, q)?;
        self.advance(objective, q, 1.0)?;
        Ok(value)
    }

    fn diverged(&self, value: f64, cause: Cause) -> Diverged {
        Diverged {
            step: self.steps + 1,
            value,
            rate: self.rate,
            cause,
            untouched: false,
            caution: self.descent.rule.caution(),
        }
    }

    /// The gradient that the last look found, with the trap; after a step also clipped.
    pub fn gradient(&self) -> &[T] {
        &self.gradient
    }

    /// The constants.
    pub fn descent(&self) -> &Descent<M> {
        &self.descent
    }

    /// The rate of the last step, with all factors on it; before the first, that of the next.
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// Number of steps made.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// The schedule's factor on the learning rate of the next step.
    pub fn rate_factor(&self) -> f64 {
        self.descent.schedule.factor(self.steps)
    }

    /// What a checkpoint holds, in a form that serialises.
    pub fn state(&self) -> OptimiserState<M::State> {
        OptimiserState {
            steps: self.steps,
            method: self.state.clone(),
        }
    }
}
