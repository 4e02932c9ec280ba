//! What a method is.

use crate::{Objective, OptimError};
use core::fmt::Debug;
use gradflow_kernels::{Real, Workers};

/// A method that makes steps: constants in `self`, what it remembers beside it.
///
/// The driver, [`Optimiser`](crate::Optimiser), evaluates `J`, adds the trap, checks that both are finite, clips, and then
/// calls [`step`](Method::step). Two methods and a type make a rule of your own; it then composes with traps, schedules
/// and clipping, saves and restores like those of the library:
///
/// ```
/// use gradflow_optim::{Descent, Method, NonFinite, Schedule, Step, Stop, study::Rosenbrock};
///
/// /// Lion (Chen et al. 2023): u = sign(beta1 m + (1 - beta1) J) ; q -= rate (u + decay q) ;
/// /// m = beta2 m + (1 - beta2) J
/// #[derive(Debug, Clone)]
/// struct Lion(f64, f64, f64, f64); // rate, beta1, beta2, decay
///
/// impl Method<f64> for Lion {
///     type State = Vec<f64>;
///     fn init(&self, q: &[f64]) -> Vec<f64> {
///         vec![0.0; q.len()]
///     }
///     fn step(&self, at: Step<'_, f64>, m: &mut Vec<f64>) -> Result<(), NonFinite> {
///         let &Lion(rate, beta1, beta2, decay) = self;
///         for ((q, j), m) in at.q.iter_mut().zip(at.j).zip(m) {
///             let u = beta1 * *m + (1.0 - beta1) * j;
///             let sign = f64::from(u > 0.0) - f64::from(u < 0.0);
///             *q -= rate * at.factor * (sign + decay * *q);
///             *m = beta2 * *m + (1.0 - beta2) * j;
///         }
///         Ok(())
///     }
/// }
///
/// let falling = Schedule::Exponential { factor: 0.999 };
/// let lion = Descent::of(Lion(0.01, 0.9, 0.99, 0.0)).with_schedule(falling);
/// let end = lion.minimise(&mut Rosenbrock, &[-1.2, 1.0], &Stop::after(5000))?;
/// assert!((end.q[0] - 1.0).abs() < 0.01);
/// # Ok::<(), gradflow_optim::OptimError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an update rule for these parameters",
    label = "does not implement `Method` for their numbers",
    note = "implement `Method<T>`, `T` being `f32` or `f64`: `init` makes its state, `step` changes the parameters `q` and the state"
)]
pub trait Method<T: Real>: Clone + Debug {
    /// What the method remembers from step to step: what a file holds, no scratch and no step number.
    type State: Clone + Debug;

    /// The state before the first step.
    fn init(&self, q: &[T]) -> Self::State;

    /// One step: `q` from `q_{n-1}` to `q_n`.
    ///
    /// # Errors
    /// [`NonFinite`] when a value or gradient that it asked [`Step::more`] for is not finite; `q` is then left as it was.
    ///
    /// # Panics
    /// The methods of this crate panic when `state`, `q` and `j` differ in length.
    fn step(&self, at: Step<'_, T>, state: &mut Self::State) -> Result<(), NonFinite>;

    /// The learning rate, which a schedule multiplies and which histories and observers show: 1 unless a method says its own. A rate that the numbers cannot hold is refused, so a method that does
    /// not say its own must look after it.
    fn rate(&self) -> f64 {
        1.0
    }

    /// How far a step moves in the end when the gradient stays 1: what [`L1`](crate::L1) needs to know. Nothing where that is not the
    /// same for every gradient, or where a step takes more gradients than one.
    fn displacement(&self) -> Option<f64> {
        None
    }

    /// Numbers of scratch that a step on `len` parameters is handed.
    fn scratch(&self, len: usize) -> usize {
        let _ = len;
        0
    }

    /// Numbers of the state that [`init`](Method::init) makes for `len` parameters, so that too many are an error.
    fn memory(&self, len: usize) -> usize {
        let _ = len;
        0
    }

    /// Refuses a state from outside that is not one for `len` parameters: of other lengths, with numbers that no run leaves.
    /// A method that has no such check takes every state as it is.
    ///
    /// # Errors
    /// An [`OptimError`] that says what is wrong with it.
    fn check(&self, state: &Self::State, len: usize) -> Result<(), OptimError> {
        let _ = (state, len);
        Ok(())
    }

    /// Refuses constants for which the method means nothing.
    ///
    /// # Errors
    /// [`OptimError::Constant`] names the type, the field, its value and what is allowed.
    fn validate(&self) -> Result<(), OptimError> {
        Ok(())
    }

    /// What everybody who runs the method should know, if it is unsafe by nature.
    fn caution(&self) -> Option<&'static str> {
        None
    }
}

/// What a [`Method`] makes a step of.
///
/// Methods with one gradient a step need `factor`, `q` and `j`.
pub struct Step<'a, T> {
    /// The number of the step, from 1.
    pub n: usize,
    /// Factor on the learning rate: the schedule's.
    pub factor: f64,
    /// `V(q_{n-1})`, with the trap.
    pub value: f64,
    /// The parameters, `q_{n-1}`.
    pub q: &'a mut [T],
    /// `J_n`, trapped and clipped, finite.
    pub j: &'a [T],
    /// As many numbers as [`Method::scratch`] asked for, with what an earlier step left there.
    pub scratch: &'a mut [T],
    /// Threads.
    pub workers: &'a Workers,
    /// More values and gradients of the same mini-batch, trapped and clipped. [`evaluate`] checks them.
    pub more: &'a mut dyn Objective<T>,
}

impl<T: Debug> Debug for Step<'_, T> {
    fn fmt(&self, f: &mut core::fmt::Formatter) -> core::fmt::Result {
        let mut step = f.debug_struct("Step");
        step.field("n", &self.n).field("factor", &self.factor);
        step.field("value", &self.value).field("q", &self.q);
        step.field("j", &self.j).finish_non_exhaustive()
    }
}

/// An evaluation gave a value or a gradient that is not finite.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{}", if value.is_finite() { "the gradient is not finite" } else { "the value is not finite" })]
pub struct NonFinite {
    /// The value that came with it.
    pub value: f64,
}

/// `V(q)`, and `J(q)` into `j`, both checked before anybody uses them.
///
/// # Errors
/// [`NonFinite`] if the value or the gradient is not finite.
pub fn evaluate<T: Real, O: Objective<T> + ?Sized>(
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
