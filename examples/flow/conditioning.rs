//! Gradients to a tolerance against condition number.

use core::ops::ControlFlow;
use std::path::Path;

use anyhow::{Context, Result};
use gradflow::optim::study::Quadratic;
use gradflow::optim::{
    AdamsBashforth2, Chebyshev, Chebyshev2, Descent, GradientDescent, MomentumSummed, Nesterov,
    Reason, Rule, RungeKutta, Stop, Tableau,
};

use gradflow_examples::picture::{Axes, Curve, Frame, chart};

/// Curvatures of the quadratic.
const CURVATURES: usize = 50;
/// What is left of the distance to the minimum at the end.
const TOLERANCE: f64 = 1e-6;

/// Gradients until `|q| <= 1e-6 |q_0|` on 50 curvatures log-spaced in `[1, kappa]`, from `q_0` all ones.
/// Nothing if two million do not suffice.
fn gradients(rule: impl Into<Rule>, kappa: f64) -> Result<Option<usize>> {
    let rule = rule.into();
    let each = rule.gradients_per_step();
    let mut bowl = Quadratic::log_spaced(CURVATURES, 1.0, kappa);
    let norm = |q: &[f64]| q.iter().map(|q| q * q).sum::<f64>().sqrt();
    let goal = TOLERANCE * (CURVATURES as f64).sqrt();
    let end = Descent::new(rule).minimise_observed(
        &mut bowl,
        &[1.0; CURVATURES],
        &Stop::after(2_000_000 / each),
        |at| {
            if norm(at.q) <= goal {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        },
    )?;
    Ok((end.reason == Reason::Observer).then_some(end.iterations * each))
}

/// Every method at its best constants for curvatures in `[1, kappa]`.
fn methods(kappa: f64) -> Result<Vec<(&'static str, Rule)>> {
    let root = kappa.sqrt();
    // The largest rate that keeps the flattest direction from being the slowest for nothing: where growth at both ends
    // of the spectrum is equal, or nearly at the limit.
    let at_limit = |rule: Rule| {
        let limit = rule.limit().unwrap_or(0.0);
        balanced(&rule, 0.5 * limit / kappa, 0.999_999 * limit / kappa, kappa)
    };
    let heun = Rule::from(RungeKutta {
        rate: 1.0,
        table: Tableau::Heun,
    });
    let rk4 = Rule::from(RungeKutta {
        rate: 1.0,
        table: Tableau::Rk4,
    });
    let beta = ((root - 1.0) / (root + 1.0)).powi(2);
    Ok(vec![
        (
            "gradient descent (2)",
            GradientDescent {
                rate: 2.0 / (kappa + 1.0),
            }
            .into(),
        ),
        ("Heun", at_limit(heun)),
        ("RK4", at_limit(rk4)),
        (
            "Adams-Bashforth 2",
            at_limit(AdamsBashforth2 { rate: 1.0 }.into()),
        ),
        ("Chebyshev, only L known", Chebyshev::below(kappa)?.into()),
        (
            "Nesterov",
            Nesterov {
                rate: 1.0 / kappa,
                beta: (root - 1.0) / (root + 1.0),
            }
            .into(),
        ),
        (
            "Chebyshev, mu and L known",
            Chebyshev::between(1.0, kappa)?.into(),
        ),
        (
            "momentum (7)",
            MomentumSummed {
                rate: 4.0 / (root + 1.0).powi(2),
                beta,
            }
            .into(),
        ),
    ])
}

/// The rule at the rate between two at which the slowest curvature of `[1, kappa]` is fastest, by golden section.
fn balanced(rule: &Rule, low: f64, high: f64, kappa: f64) -> Rule {
    let slowest = |rate: f64| {
        let rule = rule.clone().with_rate(rule.rate() * rate);
        (0..=200)
            .filter_map(|i| rule.growth(kappa.powf(f64::from(i) / 200.0)))
            .fold(0.0, f64::max)
    };
    let (mut a, mut b) = (low, high);
    let golden = (5_f64.sqrt() - 1.0) / 2.0;
    for _ in 0..60 {
        let (c, d) = (b - golden * (b - a), a + golden * (b - a));
        if slowest(c) < slowest(d) {
            b = d
        } else {
            a = c
        }
    }
    rule.clone().with_rate(rule.rate() * 0.5 * (a + b))
}

/// Draws gradients against condition number, and prints them.
pub(crate) fn draw(out: &Path) -> Result<()> {
    let kappas: Vec<f64> = (2..=8).map(|i| 10_f64.powf(0.5 * f64::from(i))).collect();
    let mut curves: Vec<Curve> = Vec::new();
    for kappa in &kappas {
        for (i, (name, rule)) in methods(*kappa)?.into_iter().enumerate() {
            if curves.len() <= i {
                curves.push(Curve {
                    label: name.into(),
                    points: Vec::new(),
                    marked: true,
                    // Two of them lie on one another.
                    width: if name == "Heun" { 6.0 } else { 2.0 },
                });
            }
            if let Some(gradients) = gradients(rule, *kappa)? {
                curves[i].points.push((*kappa, gradients as f64));
            }
        }
    }
    println!(
        "\ngradients to 1e-6 on 50 curvatures log-spaced in [1, kappa], at the best constants\n"
    );
    let heads: Vec<String> = kappas.iter().map(|kappa| format!("{kappa:.0}")).collect();
    println!(
        "| method | kappa = {} |\n|---|{}",
        heads.join(" | "),
        "---|".repeat(kappas.len())
    );
    for curve in &curves {
        let cells: Vec<String> = curve.points.iter().map(|p| format!("{:.0}", p.1)).collect();
        println!("| {} | {} |", curve.label, cells.join(" | "));
    }
    let frame = Frame {
        title: "Gradients to reduce the error a million times",
        axes: ["condition number", "gradients"],
        x: [8.0, 13_000.0],
        y: [10.0, 1_000_000.0],
    };
    chart(&out.join("conditioning.svg"), &frame, Axes::Log, &curves)
}

/// The closing line: gradients at condition number 1000.
pub(crate) fn closing_line() -> Result<String> {
    let count = |rule: Rule| gradients(rule, 1000.0)?.context("a method did not converge");
    let l_only = count(Chebyshev::below(1000.0)?.into())?;
    let both = count(Chebyshev::between(1.0, 1000.0)?.into())?;
    let descent = count(GradientDescent { rate: 2.0 / 1001.0 }.into())?;
    let second = count(Chebyshev2::below(1000.0, 5)?.into())?;
    Ok(format!(
        "rkc_l_only_gradients={l_only} rkc_mu_l_gradients={both} gradient_descent_gradients={descent} \
         rkc_second_order_gradients={second}"
    ))
}
