//! Linear multistep methods: the printed formulas (13) and (14), Adams-Bashforth.

use crate::error::check_rate;
use crate::multistep_table::*;
use crate::{Constants, OptimError, UpdateRule};
use gradflow_kernels::{Real, Workers, update};
use serde::{Deserialize, Serialize};

/// State of a multistep method: number of steps, and the points or gradients of the last ones, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct History<T> {
    pub(crate) steps: u64,
    pub(crate) past: Vec<Vec<T>>,
}

/// The two-step midpoint formula ("leapfrog" on the flow). **Unstable for every rate.**
///
/// ```text
/// q_n = q_{n-2} - 2 rate J_n                                         (13), the first step by (2)
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
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TwoStepMidpoint {
    /// Learning rate.
    pub rate: f64,
}

/// The three-step formula. **Not zero-stable: it diverges for every rate.**
///
/// ```text
/// q_n = -3/2 q_{n-1} + 3 q_{n-2} - 1/2 q_{n-3} - 3 rate J_n          (14), the first two steps by (2)
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
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThreeStep {
    /// Learning rate.
    pub rate: f64,
    /// Makes the second step by (13).
    #[serde(default)]
    pub second_by_midpoint: bool,
}

/// The Adams-Bashforth method of order 2.
///
/// ```text
/// q_n = q_{n-1} - rate (3 J_n - J_{n-1}) / 2                          the first step by (2)
/// ```
///
/// It follows the gradient flow more closely than (2) for one gradient a step, but is stable only for
/// `rate lambda < 1`, half of what (2) allows: to minimise, it is half as fast.
///
/// ```
/// use gradflow_optim::{AdamsBashforth2, UpdateRule};
///
/// let rule = AdamsBashforth2 { rate: 0.5 };
/// let (mut q, mut state) = ([1.0], rule.init(&[1.0]));
/// rule.update(&mut state, &mut q, &[1.0]); // (2)
/// rule.update(&mut state, &mut q, &[2.0]); // (6 - 1) / 2
/// assert_eq!(q, [-0.75]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdamsBashforth2 {
    /// Learning rate.
    pub rate: f64,
}

/// The Adams-Bashforth method of order 3.
///
/// ```text
/// q_n = q_{n-1} - rate (23 J_n - 16 J_{n-1} + 5 J_{n-2}) / 12          the first steps by (2) and AdamsBashforth2
/// ```
///
/// Stable for `rate lambda < 6/11`: for following the flow, not for minimising.
///
/// ```
/// use gradflow_optim::{AdamsBashforth3, UpdateRule};
///
/// let rule = AdamsBashforth3 { rate: 1.0 };
/// let (mut q, mut state) = ([0.0], rule.init(&[0.0]));
/// for _ in 0..3 {
///     rule.update(&mut state, &mut q, &[1.0]);
/// }
/// assert!((q[0] + 3.0_f64).abs() < 1e-14); // exact on a constant gradient
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdamsBashforth3 {
    /// Learning rate.
    pub rate: f64,
}

pub(crate) const MIDPOINT_CAUTION: &str = "the two-step midpoint formula (13) is unstable for every rate: \
     on curvature lambda errors grow by z + sqrt(1 + z^2), z = rate lambda, a step";
pub(crate) const THREE_STEP_CAUTION: &str = "the three-step formula (14) is not zero-stable and diverges for every rate: \
     errors grow 2.69 times a step";

/// One step of any table.
fn step<T: Real>(
    table: &MultistepTable,
    rate: f64,
    workers: &Workers,
    state: &mut History<T>,
    q: &mut [T],
    j: &[T],
) {
    let started = usize::try_from(state.steps).unwrap_or(usize::MAX);
    state.steps += 1;
    let MultistepTable {
        points, gradients, ..
    } = table.start.get(started).unwrap_or(table);
    let factor = |k| -rate * gradients.get(k).copied().unwrap_or(0.0);
    let (keep, past) = if table.points.len() > 1 {
        (
            update::Keep::Point,
            [1, 2].map(|k| points.get(k).copied().unwrap_or(0.0)),
        )
    } else {
        (update::Keep::Gradient, [1, 2].map(factor))
    };
    match state.past.as_mut_slice() {
        [] => update::descend(workers, q, j, rate),
        [oldest] => {
            update::multistep(
                workers,
                q,
                j,
                oldest,
                [points[0], factor(0), past[0]],
                None,
                keep,
            );
        }
        [newest, oldest, ..] => {
            let factors = [points[0], factor(0), past[1]];
            let other = Some((past[0], newest.as_slice()));
            update::multistep(workers, q, j, oldest, factors, other, keep);
            state.past.swap(0, 1);
        }
    }
}

macro_rules! multistep_rule {
    ($rule:ident, |$self:ident| $table:expr, $caution:expr) => {
        impl $rule {
            pub(crate) fn table(&$self) -> &'static MultistepTable {
                $table
            }
        }

        impl Constants for $rule {
            fn scaled(&self, factor: f64) -> Self {
                #[allow(clippy::needless_update)]
                Self { rate: self.rate * factor, ..*self }
            }

            fn validate(&self) -> Result<(), OptimError> {
                check_rate(stringify!($rule), "rate", self.rate)
            }

            fn caution(&self) -> Option<&'static str> {
                $caution
            }
        }

        impl<T: Real> UpdateRule<T> for $rule {
            type State = History<T>;

            fn init(&self, q: &[T]) -> History<T> {
                let past = self.table().start.iter().map(|_| vec![T::ZERO; q.len()]).collect();
                History { steps: 0, past }
            }

            fn update(&self, state: &mut History<T>, q: &mut [T], j: &[T]) {
                self.update_with(&Workers::inline(), state, q, j);
            }

            fn update_with(
                &self,
                workers: &Workers,
                state: &mut History<T>,
                q: &mut [T],
                j: &[T],
            ) {
                step(self.table(), self.rate, workers, state, q, j);
            }
        }
    };
}

multistep_rule!(TwoStepMidpoint, |self| &MIDPOINT, Some(MIDPOINT_CAUTION));
multistep_rule!(
    ThreeStep,
    |self| if self.second_by_midpoint {
        &THREE_STEP_AFTER_MIDPOINT
    } else {
        &THREE_STEP
    },
    Some(THREE_STEP_CAUTION)
);
multistep_rule!(AdamsBashforth2, |self| &ADAMS_BASHFORTH_2, None);
multistep_rule!(AdamsBashforth3, |self| &ADAMS_BASHFORTH_3, None);

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
