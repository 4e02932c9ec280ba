//! Functions of two parameters, and the way that a rule takes on them.

use core::ops::ControlFlow;

use gradflow::optim::study::{Beale, Himmelblau, Quadratic, Rosenbrock, Saddle};
use gradflow::optim::{Descent, Objective, Rule, Schedule, Stop, Trap, curvature};
use serde::{Deserialize, Serialize};

use crate::Result;

/// A function of two parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub enum Height {
    /// Curvatures 1 and 20.
    Quadratic,
    /// A bent valley.
    Rosenbrock,
    /// Plains and corners.
    Beale,
    /// Four minima.
    Himmelblau,
    /// A saddle between two minima.
    Saddle,
}

/// What of it is shown, and where a walk starts.
#[derive(Debug, Serialize)]
pub struct View {
    name: Height,
    x: [f64; 2],
    y: [f64; 2],
    start: [f64; 2],
    minima: &'static [[f64; 2]],
    formula: &'static str,
}

impl Height {
    const ALL: [Self; 5] = [
        Self::Rosenbrock,
        Self::Quadratic,
        Self::Beale,
        Self::Himmelblau,
        Self::Saddle,
    ];

    /// All of them, with what is shown.
    pub(crate) fn views() -> [View; 5] {
        Self::ALL.map(Self::view)
    }

    fn view(self) -> View {
        let (x, y, start): (_, _, [f64; 2]) = match self {
            Self::Quadratic => ([-2.5, 2.5], [-1.5, 1.5], [-2.0, 0.8]),
            Self::Rosenbrock => ([-2.0, 2.0], [-1.0, 3.0], [-1.2, 1.0]),
            Self::Beale => ([-1.0, 4.5], [-2.0, 2.0], [1.0, 1.0]),
            Self::Himmelblau => ([-5.0, 5.0], [-5.0, 5.0], [0.0, 0.0]),
            Self::Saddle => ([-2.0, 2.0], [-1.6, 1.6], [1.6, 0.02]),
        };
        let (minima, formula): (&[[f64; 2]], _) = match self {
            Self::Quadratic => (&[[0.0, 0.0]], "x²/2 + 10 y²"),
            Self::Rosenbrock => (&[[1.0, 1.0]], "(1 − x)² + 100 (y − x²)²"),
            Self::Beale => (
                &[[3.0, 0.5]],
                "(1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)²",
            ),
            Self::Himmelblau => (
                &[
                    [3.0, 2.0],
                    [-2.805118, 3.131312],
                    [-3.779310, -3.283186],
                    [3.584428, -1.848126],
                ],
                "(x² + y − 11)² + (x + y² − 7)²",
            ),
            Self::Saddle => (&[[0.0, 1.0], [0.0, -1.0]], "x²/2 − y²/2 + y⁴/4"),
        };
        View {
            name: self,
            x,
            y,
            start,
            minima,
            formula,
        }
    }

    fn objective(self) -> Box<dyn Objective<f64>> {
        match self {
            Self::Quadratic => Box::new(Quadratic::new(vec![1.0, 20.0])),
            Self::Rosenbrock => Box::new(Rosenbrock),
            Self::Beale => Box::new(Beale),
            Self::Himmelblau => Box::new(Himmelblau),
            Self::Saddle => Box::new(Saddle),
        }
    }

    /// Heights on a grid, row after row from the bottom.
    pub(crate) fn heights(self, grid: usize) -> Vec<f32> {
        let View { x, y, .. } = self.view();
        let at =
            |[from, to]: [f64; 2], i: usize| from + (to - from) * (i as f64 + 0.5) / grid as f64;
        let mut objective = self.objective();
        let cells = (0..grid * grid).map(|i| [at(x, i % grid), at(y, i / grid)]);
        cells.map(|q| objective.value(&q) as f32).collect()
    }
}

/// A walk on a landscape.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Walk {
    /// The function.
    pub height: Height,
    /// The rule.
    pub rule: Rule,
    /// Factor on its rate for each step.
    #[serde(default)]
    pub schedule: Schedule,
    /// Strength of a trap about the start; 0 for none.
    #[serde(default)]
    pub trap: f64,
    /// Where it starts.
    pub start: [f64; 2],
    /// Steps at most.
    pub steps: usize,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Walked {
    reason: String,
    steps: usize,
    gradients: usize,
    value: f64,
    gradient: f64,
    end: [f64; 2],
    curvature: Option<f64>,
    stability: Option<String>,
}

impl Walk {
    /// Walks; the path as `x, y, V` of every point.
    pub(crate) fn walk(&self) -> Result<(Walked, Vec<f32>)> {
        const MOST: usize = 100_000;
        let mut descent = Descent::new(self.rule.clone()).with_schedule(self.schedule.clone());
        if self.trap > 0.0 {
            descent = descent.with_trap(Trap {
                centre: Some(self.start.to_vec()),
                ..Trap::new(self.trap)
            });
        }
        let mut objective = self.height.objective();
        let stop = Stop {
            iterations: self.steps.min(MOST),
            ..Stop::gradient_norm(1e-8)
        };
        let mut path = Vec::new();
        let end = descent.minimise_observed(&mut *objective, &self.start, &stop, |at| {
            path.extend([at.q[0] as f32, at.q[1] as f32, at.value as f32]);
            ControlFlow::Continue(())
        })?;
        let found = curvature(&mut *objective, &end.q, 100).ok();
        let found = found.map(|found| found.estimate + self.trap);
        let walked = Walked {
            reason: end.reason.to_string(),
            steps: end.iterations,
            gradients: end.gradients,
            value: end.value,
            gradient: end.gradient_norm,
            end: [end.q[0], end.q[1]],
            curvature: found,
            stability: found.map(|found| self.rule.stability(found).to_string()),
        };
        Ok((walked, path))
    }
}
