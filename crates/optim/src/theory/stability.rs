//! Which rates are stable: growth factors, limits, and how far a choice stands from them.

use crate::Rule;
use core::fmt;

/// How a rule with its constants behaves on one curvature.
///
/// Made by [`Rule::stability`].
#[derive(Debug, Clone, PartialEq)]
pub struct Stability {
    /// The rule.
    pub rule: Rule,
    /// The curvature `lambda`.
    pub curvature: f64,
    /// Factor by which errors grow a step in the long run, below 1 when stable; nothing for rules that rescale gradients.
    pub growth: Option<f64>,
    /// The largest curvature on which the rule is stable; 0 for an unstable formula.
    pub limit: Option<f64>,
    /// What is known about a rule that is unsafe by nature.
    pub caution: Option<&'static str>,
}

impl Stability {
    /// `curvature / limit`: below 1 is stable, 1 is the limit, infinite for an unstable formula.
    pub fn share(&self) -> Option<f64> {
        self.limit.map(|limit| self.curvature / limit)
    }
}

impl fmt::Display for Stability {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self {
            rule,
            curvature,
            growth,
            limit,
            caution,
        } = self;
        write!(f, "{rule} on curvature {curvature:.6}: ")?;
        if let Some(caution) = caution {
            return write!(f, "UNSTABLE: {caution}");
        }
        match (growth, limit) {
            (Some(growth), Some(limit)) if curvature <= limit => {
                let share = 100.0 * curvature / limit;
                write!(
                    f,
                    "stable, at {share:.1} % of the limit {limit:.6}, errors times {growth:.6} a step"
                )
            }
            (Some(growth), Some(limit)) => {
                let excess = curvature / limit;
                write!(
                    f,
                    "UNSTABLE, {excess:.3} times the limit {limit:.6}, errors times {growth:.6} a step"
                )
            }
            _ => write!(
                f,
                "no linear limit, since the rule rescales gradients; its steps are bounded by its rate"
            ),
        }
    }
}

impl Rule {
    /// The order of accuracy of a whole run, its first steps included: at a fixed time on the flow that the rule follows as
    /// its rate falls, halving the rate divides the error by `2^order`. The flow is (1) but for
    /// [`MomentumPhysical`](crate::MomentumPhysical), which follows (5), and for rules that rescale gradients.
    ///
    /// Nothing for (14), which diverges, for AdaGrad with sums, whose steps shrink with their number, and for the full matrix,
    /// which is singular at first.
    pub fn order(&self) -> Option<u32> {
        self.theory().order()
    }

    /// The factor by which errors grow a step, in the long run, on curvature `lambda`: the largest root of the rule's
    /// recurrence on `V = lambda/2 q^2`. Stable below 1.
    ///
    /// Nothing for rules that rescale gradients (AdaGrad, RMSProp, Adam): they are not linear.
    pub fn growth(&self, lambda: f64) -> Option<f64> {
        self.theory().growth(lambda)
    }

    /// The largest curvature on which the rule is stable: growth is at most 1 from 0 up to it. 0 for (13) and (14);
    /// nothing for rules that rescale gradients.
    pub fn limit(&self) -> Option<f64> {
        self.theory().limit()
    }

    /// How the rule behaves on curvature `lambda`, such as the [`curvature`](crate::curvature()) of an objective.
    ///
    /// ```
    /// use gradflow_optim::{GradientDescent, Rule};
    ///
    /// let report = Rule::from(GradientDescent { rate: 0.01 }).stability(150.0);
    /// assert!(report.to_string().contains("stable, at 75.0 % of the limit 200"));
    /// ```
    pub fn stability(&self, lambda: f64) -> Stability {
        Stability {
            rule: self.clone(),
            curvature: lambda,
            growth: self.growth(lambda),
            limit: self.limit(),
            caution: self.caution(),
        }
    }

    /// Gradients that one step costs; the fewest, of methods that look for the length of their step.
    pub fn gradients_per_step(&self) -> usize {
        self.theory().gradients()
    }
}

/// End of the interval `(0, z]` on which `growth` is at most 1, to 10 digits: a search in small steps, then bisection.
pub(crate) fn limit_of(growth: impl Fn(f64) -> f64) -> f64 {
    /// Rounding in a growth factor that is exactly 1.
    const TOLERANCE: f64 = 1e-9;
    let stable = |z: f64| growth(z) <= 1.0 + TOLERANCE;
    let mut below = 0.0;
    let mut above = 0.01;
    while stable(above) {
        if above > 1e12 {
            return f64::INFINITY;
        }
        (below, above) = (above, above * 1.01 + 0.01);
    }
    while above - below > 1e-10 * above {
        let middle = 0.5 * (below + above);
        if middle <= below || middle >= above {
            break;
        }
        if stable(middle) {
            below = middle
        } else {
            above = middle
        }
    }
    below
}
