//! How far methods can step: stability polynomials and limits per gradient.

use std::path::Path;

use anyhow::Result;
use gradflow::optim::{
    AdamsBashforth2, AdamsBashforth3, Chebyshev, Chebyshev2, GradientDescent, MomentumSummed, Rule,
    RungeKutta, Tableau, ThreeStep, TwoStepMidpoint,
};

use gradflow_examples::picture::{Axes, Curve, Frame, chart};

/// The smallest rate times curvature that is shown.
const FIRST: f64 = 0.05;

fn methods() -> Vec<(&'static str, Rule)> {
    let rk = |table| Rule::from(RungeKutta { rate: 1.0, table });
    let chebyshev = |stages| {
        Rule::from(Chebyshev {
            rate: 1.0,
            stages,
            damping: 0.05,
        })
    };
    let second = |stages| Rule::from(Chebyshev2 { rate: 1.0, stages });
    vec![
        ("Euler (2)", GradientDescent { rate: 1.0 }.into()),
        ("Heun", rk(Tableau::Heun)),
        ("Kutta, order 3", rk(Tableau::Kutta3)),
        ("RK4", rk(Tableau::Rk4)),
        ("Adams-Bashforth 2", AdamsBashforth2 { rate: 1.0 }.into()),
        ("Adams-Bashforth 3", AdamsBashforth3 { rate: 1.0 }.into()),
        (
            "momentum (7), beta = 0.9",
            MomentumSummed {
                rate: 1.0,
                beta: 0.9,
            }
            .into(),
        ),
        (
            "two-step midpoint (13)",
            TwoStepMidpoint { rate: 1.0 }.into(),
        ),
        (
            "three-step (14)",
            ThreeStep {
                rate: 1.0,
                second_by_midpoint: false,
            }
            .into(),
        ),
        ("Chebyshev, s = 3", chebyshev(3)),
        ("Chebyshev, s = 5", chebyshev(5)),
        ("Chebyshev, s = 10", chebyshev(10)),
        ("Chebyshev order 2, s = 3", second(3)),
        ("Chebyshev order 2, s = 5", second(5)),
        ("Chebyshev order 2, s = 10", second(10)),
    ]
}

/// Prints the limits on the real axis.
pub(crate) fn print() {
    println!("\nlargest stable rate times curvature\n");
    println!("| method | gradients a step | limit | limit per gradient |\n|---|---|---|---|");
    for (name, rule) in methods() {
        let gradients = rule.gradients_per_step();
        let limit = rule.limit().unwrap_or(f64::NAN);
        let each = limit / gradients as f64;
        println!("| {name} | {gradients} | {limit:.4} | {each:.3} |");
    }
}

/// Draws growth factors over `z = rate * curvature`, and limits per gradient over the number of stages.
pub(crate) fn draw(out: &Path) -> Result<()> {
    draw_growth(out)?;
    draw_limits(out)
}

fn draw_growth(out: &Path) -> Result<()> {
    let shown = [
        "Euler (2)",
        "RK4",
        "two-step midpoint (13)",
        "Chebyshev, s = 3",
        "Chebyshev, s = 5",
    ];
    let shown = methods()
        .into_iter()
        .filter(|(name, _)| shown.contains(name));
    let growth = |rule: &Rule, z: f64| rule.growth(z).unwrap_or(f64::NAN);
    let curves: Vec<Curve> = shown
        .map(|(name, rule)| Curve {
            label: name.into(),
            points: (0..=1500)
                .map(|i| FIRST * (100.0 / FIRST).powf(f64::from(i) / 1500.0))
                .map(|z| (z, growth(&rule, z)))
                .take_while(|(_, growth)| *growth <= 1.5)
                .collect(),
            marked: false,
            width: 2.0,
        })
        .collect();
    let frame = Frame {
        title: "Growth of an error in one step",
        axes: ["rate times curvature", "growth factor"],
        x: [FIRST, 100.0],
        y: [0.0, 1.6],
    };
    chart(&out.join("growth.svg"), &frame, Axes::LogX, &curves)
}

fn draw_limits(out: &Path) -> Result<()> {
    let per_gradient = |rule: &dyn Fn(usize) -> Rule, from: usize| -> Vec<(f64, f64)> {
        (from..=12)
            .map(|s| (s as f64, rule(s).limit().unwrap_or(f64::NAN) / s as f64))
            .collect()
    };
    let curve = |label: &str, points| Curve {
        label: label.into(),
        points,
        marked: true,
        width: 2.0,
    };
    let rk = |table: Tableau| {
        let rule = Rule::from(RungeKutta { rate: 1.0, table });
        let s = rule.gradients_per_step() as f64;
        (s, rule.limit().unwrap_or(f64::NAN) / s)
    };
    let first = |stages| {
        Rule::from(Chebyshev {
            rate: 1.0,
            stages,
            damping: 0.05,
        })
    };
    let second = |stages| Rule::from(Chebyshev2 { rate: 1.0, stages });
    let curves = [
        curve("Chebyshev, order 1", per_gradient(&first, 1)),
        curve("Chebyshev, order 2", per_gradient(&second, 2)),
        curve(
            "Euler, Heun, order 3, RK4",
            vec![
                (1.0, 2.0),
                rk(Tableau::Heun),
                rk(Tableau::Kutta3),
                rk(Tableau::Rk4),
            ],
        ),
    ];
    let frame = Frame {
        title: "Length of the stable interval that one gradient buys",
        axes: ["gradients a step", "limit / gradients"],
        x: [0.0, 12.5],
        y: [0.0, 26.0],
    };
    chart(&out.join("limits.svg"), &frame, Axes::Linear, &curves)
}
