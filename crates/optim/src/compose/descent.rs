//! A method with everything that composes with it.

use crate::drive::{holds_rate, largest_rate};
use crate::{Clip, IntoRule, L1, Method, OptimError, Rule, Schedule, Trap};
use gradflow_kernels::Real;

/// An optimiser as constants: an update rule with its learning-rate schedule, L2 regularisation (the trap) and gradient clipping, if any.
///
/// A step evaluates `J`, adds the trap, clips, and lets the method act with its rate multiplied by the schedule's factor.
/// Methods of several gradients a step do so with each of them. All are constants, and none of them knows the type of
/// the numbers; running state stands in [`Optimiser`](crate::Optimiser).
///
/// ```
/// use gradflow_optim::{Adam, Clip, Descent, Schedule, Trap};
///
/// let descent = Descent::new(Adam::new(0.01))
///     .with_schedule(Schedule::Cosine { steps: 1000, floor: 0.0 })
///     .with_trap(Trap::new(1e-4))
///     .with_clip(Clip::Norm(1.0));
/// assert!(descent.validate::<f32>(10).is_ok());
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Descent<M = Rule> {
    /// The update rule.
    pub rule: M,
    /// Factor on its learning rate for each step.
    #[cfg_attr(feature = "serde", serde(default))]
    pub schedule: Schedule,
    /// L2 regularisation, the harmonic trap (3).
    #[cfg_attr(feature = "serde", serde(default))]
    pub trap: Option<Trap>,
    /// Gradient clipping.
    #[cfg_attr(feature = "serde", serde(default))]
    pub clip: Option<Clip>,
    /// L1 regularisation, by a proximal step after the rule's.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub l1: Option<L1>,
}

impl Descent {
    /// An update rule of the library, with nothing else.
    pub fn new(rule: impl IntoRule) -> Self {
        Self::of(rule.into())
    }
}

impl<R: IntoRule> From<R> for Descent {
    /// The rule, with nothing else.
    fn from(rule: R) -> Self {
        Self::new(rule)
    }
}

/// What is accepted where a descent is wanted: a [`Descent`], a [`Rule`], or each rule of the library.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an update rule of the library",
    label = "no rule of the library",
    note = "a rule of your own implements `Method`: wrap it, `Descent::of(rule)`, and say `Protocol::of(descent)` to train, \
            `descent.minimise(..)` to minimise"
)]
pub trait IntoDescent<M = Rule>: Into<Descent<M>> {}

impl<M> IntoDescent<M> for Descent<M> {}

impl<R: IntoRule> IntoDescent for R {}

impl<M> Descent<M> {
    /// Any update rule with nothing else, one of your own too.
    pub const fn of(method: M) -> Self {
        Self {
            rule: method,
            schedule: Schedule::Constant,
            trap: None,
            clip: None,
            l1: None,
        }
    }

    /// Adds a factor on the learning rate for each step.
    #[must_use]
    pub fn with_schedule(self, schedule: Schedule) -> Self {
        Self { schedule, ..self }
    }

    /// Adds L2 regularisation about a centre: the harmonic trap (3).
    #[must_use]
    pub fn with_trap(self, trap: Trap) -> Self {
        let trap = Some(trap);
        Self { trap, ..self }
    }

    /// Adds gradient clipping.
    #[must_use]
    pub fn with_clip(self, clip: Clip) -> Self {
        let clip = Some(clip);
        Self { clip, ..self }
    }

    /// The same with L1 regularisation.
    #[must_use]
    pub fn with_l1(self, l1: L1) -> Self {
        let l1 = Some(l1);
        Self { l1, ..self }
    }

    /// Refuses what means nothing for `len` parameters of type `T`.
    ///
    /// # Errors
    /// An [`OptimError`] that names the type and the field.
    pub fn validate<T: Real>(&self, len: usize) -> Result<(), OptimError>
    where
        M: Method<T>,
    {
        if len == 0 {
            return Err(OptimError::NoParameters);
        }
        self.rule.validate()?;
        let rate = self.rule.rate();
        if !holds_rate::<T>(rate) {
            return Err(OptimError::Rate {
                rate,
                numbers: T::NAME,
                largest: largest_rate::<T>(),
            });
        }
        self.schedule.validate()?;
        if let Some(trap) = &self.trap {
            trap.validate(len)?;
            trap.fits_in(T::MAX.to_f64())?;
        }
        if let Some(l1) = &self.l1 {
            l1.validate(len)?;
            self.rule.displacement().ok_or(OptimError::NoDisplacement)?;
        }
        self.clip.map_or(Ok(()), |clip| clip.validate())
    }
}
