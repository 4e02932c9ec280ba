//! Rules that need one gradient a step.

use crate::OptimError;
use gradflow_kernels::{Real, Workers};

/// A rule that turns a gradient into a step: constants in `self`, running state beside it.
///
/// Two methods make a rule of your own; [`OneGradient`](crate::OneGradient) then makes steps of an objective with it.
///
/// ```
/// use gradflow_optim::UpdateRule;
///
/// /// Moves every parameter by a fixed length against the sign of its gradient.
/// struct SignDescent {
///     rate: f64,
/// }
///
/// impl UpdateRule<f64> for SignDescent {
///     type State = ();
///     fn init(&self, _q: &[f64]) {}
///     fn update(&self, _state: &mut (), q: &mut [f64], j: &[f64]) {
///         for (q, j) in q.iter_mut().zip(j) {
///             *q -= self.rate * j.signum();
///         }
///     }
/// }
///
/// let mut q = [1.0, -1.0];
/// SignDescent { rate: 0.25 }.update(&mut (), &mut q, &[3.0, -0.1]);
/// assert_eq!(q, [0.75, -0.75]);
/// ```
pub trait UpdateRule<T: Real> {
    /// What the rule remembers from step to step.
    type State;

    /// The state before the first step.
    fn init(&self, q: &[T]) -> Self::State;

    /// One step: `q` from `q_{n-1}` to `q_n`, with `j = J_n`.
    ///
    /// # Panics
    /// The rules of this crate panic when `state`, `q` and `j` differ in length.
    fn update(&self, state: &mut Self::State, q: &mut [T], j: &[T]);

    /// [`update`](UpdateRule::update) on the given threads; the bits do not depend on them.
    fn update_with(&self, workers: &Workers, state: &mut Self::State, q: &mut [T], j: &[T]) {
        let _ = workers;
        self.update(state, q, j);
    }
}

/// Constants of a method: what a [`Descent`](crate::Descent) needs to know besides how to step.
pub trait Constants: Clone {
    /// The same method with its learning rate (the text's `alpha`) multiplied by `factor`.
    fn scaled(&self, factor: f64) -> Self;

    /// Refuses constants for which the method means nothing.
    ///
    /// # Errors
    /// [`OptimError::Constant`] names the type, the field, its value and what is allowed.
    fn validate(&self) -> Result<(), OptimError>;

    /// What everybody who runs the method should know, if it is unsafe by nature.
    fn caution(&self) -> Option<&'static str> {
        None
    }
}
