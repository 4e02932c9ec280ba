//! Learning rates that change with the step.

use crate::OptimError;
use crate::error::{check, check_rate, check_weight};
use core::f64::consts::PI;

/// A learning-rate schedule: a factor on a rule's learning rate for each step. Schedules compose.
///
/// The step `t` counts from 0: it is the number of steps made before.
///
/// ```
/// use gradflow_optim::{Leg, Schedule};
///
/// let schedule = Schedule::Sequence(vec![
///     Leg { steps: 10, schedule: Schedule::WarmUp { steps: 10 } },
///     Leg { steps: 90, schedule: Schedule::Cosine { steps: 90, floor: 0.0 } },
/// ]);
/// schedule.validate()?;
/// assert_eq!(schedule.factor(0), 0.1);
/// assert_eq!(schedule.factor(10), 1.0);
/// assert_eq!(schedule.factor(55), 0.5);
/// assert_eq!(schedule.factor(500), 0.0);
/// # Ok::<(), gradflow_optim::OptimError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub enum Schedule {
    /// `1`
    #[default]
    Constant,
    /// `factor^floor(t / every)`: `StepLR` in PyTorch.
    Step {
        /// Steps between two changes.
        every: usize,
        /// Factor of each change.
        factor: f64,
    },
    /// `factor^t`: `ExponentialLR` in PyTorch.
    Exponential {
        /// Factor of each step.
        factor: f64,
    },
    /// `floor + (1 - floor) (1 + cos(pi t / steps)) / 2`, then `floor`: `CosineDecay` in Keras, `CosineAnnealingLR` in PyTorch.
    Cosine {
        /// Steps from 1 to the floor.
        steps: usize,
        /// Where it ends.
        floor: f64,
    },
    /// `floor + (1 - floor) (1 - t / steps)^power`, then `floor`; power 1 is linear: `PolynomialDecay` in Keras.
    Polynomial {
        /// Steps from 1 to the floor.
        steps: usize,
        /// Where it ends.
        floor: f64,
        /// The exponent.
        power: f64,
    },
    /// `(t + 1) / steps`, then 1: multiply it with another or let another follow
    WarmUp {
        /// Steps to reach 1.
        steps: usize,
    },
    /// A half cosine from `start` up to 1 in `rise` steps, another down to `end` by step `steps`, then `end`
    OneCycle {
        /// Steps of the whole cycle.
        steps: usize,
        /// Steps up, fewer than `steps`.
        rise: usize,
        /// Where it starts.
        start: f64,
        /// Where it ends.
        end: f64,
    },
    /// The product of schedules on the same clock.
    Product(Vec<Schedule>),
    /// One schedule after another, each on its own clock; the last one goes on for ever.
    Sequence(Vec<Leg>),
}

/// A part of [`Schedule::Sequence`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Leg {
    /// Steps that it lasts.
    pub steps: usize,
    /// Its schedule, from step 0.
    pub schedule: Schedule,
}

impl Schedule {
    /// The factor of step `t`, counted from 0.
    pub fn factor(&self, t: usize) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Step { every, factor } => factor.powf((t / (*every).max(1)) as f64),
            Self::Exponential { factor } => factor.powf(t as f64),
            Self::Cosine { steps, floor } => half_cosine(1.0, *floor, share(t, *steps)),
            Self::Polynomial {
                steps,
                floor,
                power,
            } => floor + (1.0 - floor) * (1.0 - share(t, *steps)).powf(*power),
            Self::WarmUp { steps } => share(t.saturating_add(1), *steps),
            Self::OneCycle {
                steps,
                rise,
                start,
                end,
            } => {
                if t < *rise {
                    half_cosine(*start, 1.0, share(t, *rise))
                } else {
                    half_cosine(1.0, *end, share(t - rise, steps.saturating_sub(*rise)))
                }
            }
            Self::Product(factors) => factors.iter().map(|s| s.factor(t)).product(),
            Self::Sequence(legs) => in_sequence(legs, t),
        }
    }

    /// Refuses schedules that mean nothing.
    ///
    /// # Errors
    /// [`OptimError::Constant`] for no steps, a factor that is not positive, an end that is negative, an empty composition.
    pub fn validate(&self) -> Result<(), OptimError> {
        const OF: &str = "Schedule";
        match self {
            Self::Constant => Ok(()),
            Self::Step { every, factor } => {
                at_least_one("every", *every)?;
                check_rate(OF, "factor", *factor)
            }
            Self::Exponential { factor } => check_rate(OF, "factor", *factor),
            Self::Cosine { steps, floor } => {
                at_least_one("steps", *steps)?;
                check_weight(OF, "floor", *floor)
            }
            Self::Polynomial {
                steps,
                floor,
                power,
            } => {
                at_least_one("steps", *steps)?;
                check_weight(OF, "floor", *floor)?;
                check_rate(OF, "power", *power)
            }
            Self::WarmUp { steps } => at_least_one("steps", *steps),
            Self::OneCycle {
                steps,
                rise,
                start,
                end,
            } => {
                at_least_one("rise", *rise)?;
                check(rise < steps, OF, "steps", "more than rise", *steps as f64)?;
                check_weight(OF, "start", *start)?;
                check_weight(OF, "end", *end)
            }
            Self::Product(factors) => {
                at_least_one("Product", factors.len())?;
                factors.iter().try_for_each(Self::validate)
            }
            Self::Sequence(legs) => {
                at_least_one("Sequence", legs.len())?;
                legs.iter().try_for_each(|leg| {
                    at_least_one("steps", leg.steps)?;
                    leg.schedule.validate()
                })
            }
        }
    }
}

/// A number of steps, or of parts.
fn at_least_one(field: &'static str, count: usize) -> Result<(), OptimError> {
    check(count > 0, "Schedule", field, "at least 1", count as f64)
}

/// `t / steps`, at most 1.
fn share(t: usize, steps: usize) -> f64 {
    if t >= steps {
        1.0
    } else {
        t as f64 / steps as f64
    }
}

/// From `from` at 0 to `to` at 1, level at both ends.
fn half_cosine(from: f64, to: f64, t: f64) -> f64 {
    // Both weights come from cosines of small arguments, so that the ends are exact.
    let weight = if t < 0.5 {
        (1.0 - (PI * t).cos()) / 2.0
    } else {
        (1.0 + (PI * (1.0 - t)).cos()) / 2.0
    };
    from * (1.0 - weight) + to * weight
}

fn in_sequence(legs: &[Leg], t: usize) -> f64 {
    let mut t = t;
    for (i, leg) in legs.iter().enumerate() {
        if t < leg.steps || i + 1 == legs.len() {
            return leg.schedule.factor(t);
        }
        t -= leg.steps;
    }
    1.0
}
