//! A descent in progress.

use crate::descent::{Clipped, Trapped};
use crate::{Constants, Descent, Objective, OptimError, Rule, RuleState, Stepper};
use gradflow_kernels::{Real, Workers};
use serde::{Deserialize, Serialize};

/// A [`Descent`] with its running state: what a training loop drives, one call a step.
///
/// ```
/// use gradflow_optim::{Descent, MomentumAveraged, Objective, Optimiser};
///
/// struct Bowl;
/// impl Objective<f64> for Bowl {
///     fn dimension(&self) -> usize { 2 }
///     fn value(&mut self, q: &[f64]) -> f64 { q[0] * q[0] + 2.0 * q[1] * q[1] }
///     fn value_and_gradient(&mut self, q: &[f64], j: &mut [f64]) -> f64 {
///         j.copy_from_slice(&[2.0 * q[0], 4.0 * q[1]]);
///         self.value(q)
///     }
/// }
///
/// let mut q = [1.0, 1.0];
/// let descent = Descent::new(MomentumAveraged { rate: 0.3, beta: 0.9 });
/// let mut optimiser = Optimiser::new(descent, &q)?;
/// for _ in 0..300 {
///     optimiser.step(&mut Bowl, &mut q)?;
/// }
/// assert!(Bowl.value(&q) < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Optimiser<T: Real, R: Stepper<T> = Rule> {
    descent: Descent<T, R>,
    workers: Workers,
    steps: u64,
    state: R::State,
}

/// What a checkpoint of an [`Optimiser`] holds besides the parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OptimiserState<S> {
    /// Steps made.
    pub steps: u64,
    /// State of the rule.
    pub rule: S,
}

/// A step met a value or a gradient that is not finite: a result, in which the parameters keep their last finite values.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error(
    "diverged in step {step}: the {} is not finite{}{}",
    if value.is_finite() { "gradient" } else { "value" },
    if caution.is_some() { "; " } else { "" },
    caution.unwrap_or("")
)]
pub struct Diverged {
    /// The step, from 1, that could not be made.
    pub step: u64,
    /// The value that was found in it.
    pub value: f64,
    /// What is known about the rule, if it is unsafe by nature.
    pub caution: Option<&'static str>,
}

impl<T: Real, R: Stepper<T> + Constants> Optimiser<T, R> {
    /// The descent before its first step, on the calling thread.
    ///
    /// # Errors
    /// An [`OptimError`] for invalid constants, no parameters, or parameters that are not finite.
    pub fn new(descent: Descent<T, R>, q: &[T]) -> Result<Self, OptimError> {
        descent.validate(q.len())?;
        if let Some(index) = q.iter().position(|q| !q.is_finite()) {
            return Err(OptimError::Start {
                index,
                value: q[index].to_f64(),
            });
        }
        let state = descent.rule.start(q);
        Ok(Self {
            descent,
            workers: Workers::inline(),
            steps: 0,
            state,
        })
    }

    /// The same on other threads; the bits do not depend on them.
    pub fn with_workers(self, workers: Workers) -> Self {
        Self { workers, ..self }
    }

    /// One step; returns the value, with that of the trap, at the parameters before it.
    ///
    /// # Errors
    /// [`Diverged`] when a value or gradient is not finite. `q` is then as it was before the step.
    ///
    /// # Panics
    /// When `q` has not the length that the optimiser was made for.
    pub fn step<O: Objective<T> + ?Sized>(
        &mut self,
        objective: &mut O,
        q: &mut [T],
    ) -> Result<f64, Diverged> {
        let Descent { trap, clip, .. } = &self.descent;
        let mut trapped = Trapped {
            objective,
            trap: trap.as_ref(),
        };
        let mut clipped = Clipped {
            objective: &mut trapped,
            clip: *clip,
        };
        advance(
            &self.descent,
            &self.workers,
            &mut self.steps,
            &mut self.state,
            &mut clipped,
            q,
        )
    }

    /// One step of an objective that is trapped and clipped already.
    pub(crate) fn advance<O: Objective<T> + ?Sized>(
        &mut self,
        objective: &mut O,
        q: &mut [T],
    ) -> Result<f64, Diverged> {
        advance(
            &self.descent,
            &self.workers,
            &mut self.steps,
            &mut self.state,
            objective,
            q,
        )
    }

    /// The constants.
    pub fn descent(&self) -> &Descent<T, R> {
        &self.descent
    }

    /// Number of steps made.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// What a checkpoint holds, in a form that serialises.
    pub fn state(&self) -> OptimiserState<R::State>
    where
        R::State: Clone,
    {
        OptimiserState {
            steps: self.steps,
            rule: self.state.clone(),
        }
    }
}

/// One step; a function of the parts of an optimiser, because the trap lives in its constants.
fn advance<T: Real, R: Stepper<T> + Constants, O: Objective<T> + ?Sized>(
    descent: &Descent<T, R>,
    workers: &Workers,
    steps: &mut u64,
    state: &mut R::State,
    objective: &mut O,
    q: &mut [T],
) -> Result<f64, Diverged> {
    let rule = &descent.rule;
    let factor = descent.schedule.factor(*steps);
    let result = if factor == 1.0 {
        rule.step(workers, state, objective, q)
    } else {
        rule.scaled(factor).step(workers, state, objective, q)
    };
    let step = *steps + 1;
    match result {
        Ok(value) => {
            *steps = step;
            Ok(value)
        }
        Err(error) => Err(Diverged {
            step,
            value: error.value,
            caution: rule.caution(),
        }),
    }
}

impl<T: Real> Optimiser<T> {
    /// The descent as it was left: it continues with the same bits as an unbroken one.
    ///
    /// # Errors
    /// As [`Optimiser::new`]; and for a state of another rule or of another number of parameters.
    pub fn restore(
        descent: Descent<T>,
        state: OptimiserState<RuleState<T>>,
        q: &[T],
    ) -> Result<Self, OptimError> {
        let OptimiserState { steps, rule } = state;
        rule.validate(&descent.rule, q)?;
        Ok(Self {
            steps,
            state: rule,
            ..Self::new(descent, q)?
        })
    }

    /// The gradient that the last step used, trapped and clipped.
    pub fn gradient(&self) -> &[T] {
        self.state.gradient()
    }
}
