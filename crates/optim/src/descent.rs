//! A rule with everything that composes with it.

use crate::{Clip, Constants, Objective, OptimError, Rule, Schedule, Trap};
use gradflow_kernels::{Real, slices};
use serde::{Deserialize, Serialize};

/// What one descent does: a method, and what composes with it.
///
/// A step evaluates `J`, adds the trap, clips, and lets the method act with its rate multiplied by the schedule's factor.
/// Methods of several gradients a step do so with each of them. All are constants; running state stands in
/// [`Optimiser`](crate::Optimiser).
///
/// ```
/// use gradflow_optim::{Adam, Clip, Descent, Schedule, Trap};
///
/// let descent: Descent<f32> = Descent::new(Adam::new(0.01))
///     .with_schedule(Schedule::Cosine { steps: 1000, floor: 0.0 })
///     .with_trap(Trap::new(1e-4))
///     .with_clip(Clip::Norm(1.0));
/// assert!(descent.validate(10).is_ok());
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Descent<T, R = Rule> {
    /// The method.
    pub rule: R,
    /// Factor on its rate for each step.
    #[serde(default)]
    pub schedule: Schedule,
    /// Harmonic trap (3).
    #[serde(default = "Option::default")]
    pub trap: Option<Trap<T>>,
    /// Limit on the gradient.
    #[serde(default)]
    pub clip: Option<Clip>,
}

impl<T: Real> Descent<T> {
    /// A rule of the list, alone.
    pub fn new(rule: impl Into<Rule>) -> Self {
        Self::of(rule.into())
    }
}

impl<T: Real, R: Into<Rule>> From<R> for Descent<T> {
    /// The rule alone.
    fn from(rule: R) -> Self {
        Self::new(rule)
    }
}

impl<T: Real, R: Constants> Descent<T, R> {
    /// Any method, alone: one of your own, too.
    pub fn of(rule: R) -> Self {
        Self {
            rule,
            schedule: Schedule::Constant,
            trap: None,
            clip: None,
        }
    }

    /// The same with a schedule.
    pub fn with_schedule(self, schedule: Schedule) -> Self {
        Self { schedule, ..self }
    }

    /// The same in a trap.
    pub fn with_trap(self, trap: Trap<T>) -> Self {
        Self {
            trap: Some(trap),
            ..self
        }
    }

    /// The same with gradient clipping.
    pub fn with_clip(self, clip: Clip) -> Self {
        Self {
            clip: Some(clip),
            ..self
        }
    }

    /// Refuses what means nothing for `len` parameters.
    ///
    /// # Errors
    /// An [`OptimError`] that names the type and the field.
    pub fn validate(&self, len: usize) -> Result<(), OptimError> {
        if len == 0 {
            return Err(OptimError::NoParameters);
        }
        self.rule.validate()?;
        self.schedule.validate()?;
        self.trap
            .as_ref()
            .map_or(Ok(()), |trap| trap.validate(len))?;
        self.clip.map_or(Ok(()), |clip| clip.validate())
    }
}

/// An objective in its trap.
pub(crate) struct Trapped<'a, T, O: ?Sized> {
    pub(crate) objective: &'a mut O,
    pub(crate) trap: Option<&'a Trap<T>>,
}

impl<T: Real, O: Objective<T> + ?Sized> Objective<T> for Trapped<'_, T, O> {
    fn dimension(&self) -> usize {
        self.objective.dimension()
    }

    fn value(&mut self, q: &[T]) -> f64 {
        self.objective.value(q) + self.trap.map_or(0.0, |trap| trap.value(q))
    }

    fn value_and_gradient(&mut self, q: &[T], j: &mut [T]) -> f64 {
        let value = self.objective.value_and_gradient(q, j);
        value + self.trap.map_or(0.0, |trap| trap.add(q, j))
    }

    fn gradient_is_finite(&self, j: &[T]) -> bool {
        match self.trap {
            None => self.objective.gradient_is_finite(j),
            Some(_) => slices::all_finite(j),
        }
    }
}

/// An objective whose gradient is clipped.
pub(crate) struct Clipped<'a, O: ?Sized> {
    pub(crate) objective: &'a mut O,
    pub(crate) clip: Option<Clip>,
}

impl<T: Real, O: Objective<T> + ?Sized> Objective<T> for Clipped<'_, O> {
    fn dimension(&self) -> usize {
        self.objective.dimension()
    }

    fn value(&mut self, q: &[T]) -> f64 {
        self.objective.value(q)
    }

    fn value_and_gradient(&mut self, q: &[T], j: &mut [T]) -> f64 {
        let value = self.objective.value_and_gradient(q, j);
        if let Some(clip) = self.clip {
            clip.apply(j);
        }
        value
    }

    fn gradient_is_finite(&self, j: &[T]) -> bool {
        // Clipping makes numbers smaller and leaves alone what is not finite.
        self.objective.gradient_is_finite(j)
    }
}
