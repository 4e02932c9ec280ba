//! Methods that step on an objective.

use crate::{Constants, Objective, OptimError, UpdateRule};
use gradflow_kernels::{Real, Workers};
use serde::{Deserialize, Serialize};

/// A method that makes steps of an objective and may evaluate its gradient several times in each.
///
/// Every [`UpdateRule`] becomes one by [`OneGradient`].
pub trait Stepper<T: Real> {
    /// What the method remembers from step to step, and its scratch.
    type State;

    /// The state before the first step.
    fn start(&self, q: &[T]) -> Self::State;

    /// One step from `q_{n-1}` to `q_n`; returns `V(q_{n-1})`.
    ///
    /// All stages of the step see the same objective (the same mini-batch).
    ///
    /// # Errors
    /// [`NonFinite`] when a value or a gradient is not finite; `q` is then left as it was.
    fn step<O: Objective<T> + ?Sized>(
        &self,
        workers: &Workers,
        state: &mut Self::State,
        objective: &mut O,
        q: &mut [T],
    ) -> Result<f64, NonFinite>;
}

/// An evaluation gave a value or a gradient that is not finite.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{}", if value.is_finite() { "the gradient is not finite" } else { "the value is not finite" })]
pub struct NonFinite {
    /// The value that came with it.
    pub value: f64,
}

/// Evaluates value and gradient, and checks both before anybody uses them.
pub(crate) fn evaluate<T: Real, O: Objective<T> + ?Sized>(
    objective: &mut O,
    q: &[T],
    j: &mut [T],
) -> Result<f64, NonFinite> {
    let value = objective.value_and_gradient(q, j);
    if value.is_finite() && objective.gradient_is_finite(j) {
        Ok(value)
    } else {
        Err(NonFinite { value })
    }
}

/// An [`UpdateRule`] as a [`Stepper`]: it evaluates one gradient a step.
///
/// The rules of [`Rule`](crate::Rule) need no such wrapper there; a rule of your own does.
///
/// ```
/// use gradflow_kernels::Workers;
/// use gradflow_optim::{GradientDescent, OneGradient, Stepper, study::Quadratic};
///
/// let (mut bowl, mut q) = (Quadratic::new(vec![1.0, 2.0]), [1.0, 1.0]);
/// let stepper = OneGradient(GradientDescent { rate: 0.5 });
/// let mut state = stepper.start(&q);
/// let value = stepper.step(&Workers::inline(), &mut state, &mut bowl, &mut q)?;
/// assert_eq!((value, q), (1.5, [0.5, 0.0]));
/// # Ok::<(), gradflow_optim::NonFinite>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OneGradient<R>(pub R);

/// State of [`OneGradient`]: the rule's own, and the gradient that was evaluated last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OneGradientState<T, S> {
    /// State of the rule.
    pub rule: S,
    #[serde(skip, default = "Vec::new")]
    gradient: Vec<T>,
}

impl<T: Real, R: UpdateRule<T>> Stepper<T> for OneGradient<R> {
    type State = OneGradientState<T, R::State>;

    fn start(&self, q: &[T]) -> Self::State {
        OneGradientState {
            rule: self.0.init(q),
            gradient: vec![T::ZERO; q.len()],
        }
    }

    fn step<O: Objective<T> + ?Sized>(
        &self,
        workers: &Workers,
        state: &mut Self::State,
        objective: &mut O,
        q: &mut [T],
    ) -> Result<f64, NonFinite> {
        // Empty after a state was restored.
        state.gradient.resize(q.len(), T::ZERO);
        let value = evaluate(objective, q, &mut state.gradient)?;
        self.0
            .update_with(workers, &mut state.rule, q, &state.gradient);
        Ok(value)
    }
}

impl<R: Constants> Constants for OneGradient<R> {
    fn scaled(&self, factor: f64) -> Self {
        Self(self.0.scaled(factor))
    }

    fn validate(&self) -> Result<(), OptimError> {
        self.0.validate()
    }

    fn caution(&self) -> Option<&'static str> {
        self.0.caution()
    }
}
