//! Linear multistep methods: the printed formulas (13) and (14), Adams-Bashforth.

use super::multistep_table::*;
use crate::error::{check_array, check_rate};
use crate::theory::{Theory, roots::largest_root};
use crate::{Method, NonFinite, OptimError, Step};
use gradflow_kernels::{Real, update};

/// State of a multistep method: the points or gradients of the last steps, the newest first.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Past<T>(Vec<Vec<T>>);

/// The two-step midpoint formula ("leapfrog" on the flow). **Unstable for every rate.**
///
/// ```text
/// qₙ = qₙ₋₂ − 2 rate Jₙ                              (13), the first step by (2)
/// ```
///
/// It has order 2, but on any positive curvature `lambda` errors of alternating sign grow by the factor
/// `z + sqrt(1 + z^2)`, `z = rate lambda`, a step: a smaller rate only delays it. It is here because the text prints it
/// and asks what it is good for. To minimise, nothing.
///
/// ```
/// use gradflow_optim::{Rule, TwoStepMidpoint};
///
/// let rule = Rule::from(TwoStepMidpoint { rate: 0.1 });
/// assert!((rule.growth(1.0).unwrap() - (0.1 + 1.01_f64.sqrt())).abs() < 1e-12);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct TwoStepMidpoint {
    /// Learning rate.
    pub rate: f64,
}

/// The three-step formula. **Not zero-stable: it diverges for every rate.**
///
/// ```text
/// qₙ = −3/2 qₙ₋₁ + 3 qₙ₋₂ − 1/2 qₙ₋₃ − 3 rate Jₙ     (14), the first two steps by (2)
/// ```
///
/// It has order 3 in each step, but without any gradient its recurrence has the roots 1, 0.1861 and -2.6861: whatever
/// error there is grows 2.69 times a step. It is here because the text prints it.
///
/// ```
/// use gradflow_optim::{Rule, ThreeStep};
///
/// let rule = Rule::from(ThreeStep { rate: 1e-9, second_by_midpoint: false });
/// assert!((rule.growth(1.0).unwrap() - 2.6861).abs() < 1e-4);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct ThreeStep {
    /// Learning rate.
    pub rate: f64,
    /// Makes the second step by (13).
    #[cfg_attr(feature = "serde", serde(default))]
    pub second_by_midpoint: bool,
}

/// The Adams-Bashforth method of order 2.
///
/// ```text
/// qₙ = qₙ₋₁ − rate (3 Jₙ − Jₙ₋₁) / 2                  the first step by (2)
/// ```
///
/// It follows the gradient flow more closely than (2) for one gradient a step, but is stable only for
/// `rate lambda < 1`, half of what (2) allows: to minimise, it is half as fast.
///
/// ```
/// use gradflow_optim::{AdamsBashforth2, study::follow};
///
/// let q = follow(AdamsBashforth2 { rate: 0.5 }, [1.0], &[[1.0], [2.0]])?; // (2), then (6 - 1) / 2
/// assert_eq!(q, [-0.75]);
/// # Ok::<(), gradflow_optim::OptimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct AdamsBashforth2 {
    /// Learning rate.
    pub rate: f64,
}

/// The Adams-Bashforth method of order 3.
///
/// ```text
/// qₙ = qₙ₋₁ − rate (23 Jₙ − 16 Jₙ₋₁ + 5 Jₙ₋₂) / 12     the first steps by (2) and AdamsBashforth2
/// ```
///
/// Stable for `rate lambda < 6/11`: for following the flow, not for minimising.
///
/// ```
/// use gradflow_optim::{AdamsBashforth3, study::follow};
///
/// let q = follow(AdamsBashforth3 { rate: 1.0 }, [0.0], &[[1.0]; 3])?;
/// assert!((q[0] + 3.0_f64).abs() < 1e-14); // exact on a constant gradient
/// # Ok::<(), gradflow_optim::OptimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct AdamsBashforth3 {
    /// Learning rate.
    pub rate: f64,
}

const MIDPOINT_CAUTION: &str = "the two-step midpoint formula (13) is unstable for every rate: \
     on curvature lambda errors grow by z + sqrt(1 + z^2), z = rate lambda, a step";
const THREE_STEP_CAUTION: &str = "the three-step formula (14) is not zero-stable and diverges for every rate: \
     errors grow 2.69 times a step";

/// One step of any table.
fn step<T: Real>(table: &MultistepTable, rate: f64, at: Step<'_, T>, past: &mut Past<T>) {
    let Step { q, j, workers, .. } = at;
    let started = at.n - 1;
    let formula = table.start.get(started).unwrap_or(table);
    let MultistepTable {
        points, gradients, ..
    } = formula;
    let factor = |k| -rate * gradients.get(k).copied().unwrap_or(0.0);
    let (keep, older) = if table.points.len() > 1 {
        let point = |k| points.get(k).copied().unwrap_or(0.0);
        (update::Keep::Point, [1, 2].map(point))
    } else {
        (update::Keep::Gradient, [1, 2].map(factor))
    };
    match past.0.as_mut_slice() {
        [] => update::descend(q, j, rate, workers),
        [oldest] => {
            let factors = [points[0], factor(0), older[0]];
            update::multistep(q, j, oldest, factors, None, keep, workers);
        }
        [newest, oldest, ..] => {
            let factors = [points[0], factor(0), older[1]];
            let other = Some((older[0], newest.as_slice()));
            update::multistep(q, j, oldest, factors, other, keep, workers);
            past.0.swap(0, 1);
        }
    }
}

/// Largest root of `x^n = sum_k (points[k] - z gradients[k]) x^(n-1-k)`.
fn growth(table: &MultistepTable, z: f64) -> f64 {
    let mut polynomial = [0.0; 4];
    polynomial[0] = 1.0;
    for (k, p) in table.points.iter().enumerate() {
        polynomial[k + 1] -= p;
    }
    for (k, g) in table.gradients.iter().enumerate() {
        polynomial[k + 1] += z * g;
    }
    largest_root(&polynomial[..=table.start.len() + 1])
}

/// A table, the largest stable `rate lambda`, the order that a run shows, and what to beware of.
macro_rules! multistep {
    ($name:ident, |$self:ident| $table:expr, limit $limit:expr, order $order:expr, $caution:expr) => {
        impl $name {
            fn table(&$self) -> &'static MultistepTable {
                $table
            }
        }

        impl<T: Real> Method<T> for $name {
            type State = Past<T>;

            fn init(&self, q: &[T]) -> Past<T> {
                let start = self.table().start.iter();
                Past(start.map(|_| vec![T::ZERO; q.len()]).collect())
            }

            fn step(&self, at: Step<'_, T>, past: &mut Past<T>) -> Result<(), NonFinite> {
                step(self.table(), self.rate * at.factor, at, past);
                Ok(())
            }

            fn rate(&self) -> f64 {
                self.rate
            }

            fn displacement(&self) -> Option<f64> {
                // An unstable formula leads to no minimum.
                let caution: Option<&str> = $caution;
                caution.is_none().then_some(self.rate)
            }

            fn memory(&self, len: usize) -> usize {
                len.saturating_mul(self.table().start.len())
            }

            fn check(&self, past: &Past<T>, len: usize) -> Result<(), OptimError> {
                let rule = stringify!($name);
                if past.0.len() != self.table().start.len() {
                    return Err(OptimError::StateLength { rule, len });
                }
                past.0.iter().try_for_each(|x| check_array(rule, "past", x, len))
            }

            fn validate(&self) -> Result<(), OptimError> {
                check_rate(stringify!($name), "rate", self.rate)
            }

            fn caution(&self) -> Option<&'static str> {
                $caution
            }
        }

        impl Theory for $name {
            fn order(&self) -> Option<u32> {
                $order
            }

            fn growth(&self, lambda: f64) -> Option<f64> {
                Some(growth(self.table(), self.rate * lambda))
            }

            fn limit(&self) -> Option<f64> {
                Some($limit / self.rate)
            }
        }
    };
}

multistep!(TwoStepMidpoint, |self| &MIDPOINT, limit 0.0, order Some(2), Some(MIDPOINT_CAUTION));
multistep!(
    ThreeStep,
    |self| if self.second_by_midpoint { &THREE_STEP_AFTER_MIDPOINT } else { &THREE_STEP },
    // Order 3 in each step, but errors grow in every run.
    limit 0.0, order None, Some(THREE_STEP_CAUTION)
);
multistep!(AdamsBashforth2, |self| &ADAMS_BASHFORTH_2, limit 1.0, order Some(2), None);
// The table has order 3; the error of its first step, which is Euler's, stays.
multistep!(AdamsBashforth3, |self| &ADAMS_BASHFORTH_3, limit 6.0 / 11.0, order Some(2), None);

#[cfg(test)]
mod tests {
    use super::*;

    /// Error of one step on `q' = -q` from exact values.
    fn local_error(table: &MultistepTable, rate: f64) -> f64 {
        let exact = |steps_back: usize| (rate * (steps_back as f64)).exp();
        let sum = |factors: &[f64]| -> f64 {
            factors
                .iter()
                .enumerate()
                .map(|(k, c)| c * exact(k + 1))
                .sum()
        };
        sum(table.points) - rate * sum(table.gradients) - exact(0)
    }

    #[test]
    fn tables_have_the_order_that_they_claim() {
        for (table, order) in [
            (EULER, 1.0),
            (MIDPOINT, 2.0),
            (THREE_STEP, 3.0),
            (THREE_STEP_AFTER_MIDPOINT, 3.0),
            (ADAMS_BASHFORTH_2, 2.0),
            (ADAMS_BASHFORTH_3, 3.0),
        ] {
            let ratio = local_error(&table, 0.02) / local_error(&table, 0.01);
            assert!(
                (ratio.abs().log2() - (order + 1.0)).abs() < 0.1,
                "{table:?}: {ratio}"
            );
        }
    }
}
