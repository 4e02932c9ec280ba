//! Every rule on every landscape.

use anyhow::Result;
use gradflow::optim::study::{
    Beale, Himmelblau, LogisticRegression, Quadratic, Rosenbrock, Saddle, monomials,
};
use gradflow::optim::{Objective, Reason, Rule, Stop, minimise};

/// Gradients that a run may take.
const MOST: usize = 20_000;

struct Task {
    name: &'static str,
    objective: Box<dyn Objective<f64>>,
    start: Vec<f64>,
}

fn tasks() -> Result<Vec<Task>> {
    let samples = (0..60)
        .map(|i| {
            let x = [(f64::from(i) * 0.9).sin(), (f64::from(i) * 1.7).cos()];
            // Some labels are wrong, so that a minimiser exists.
            (monomials(&x, 2), (x[0] * x[1] > 0.1) != (i % 9 == 0))
        })
        .collect();
    // Unequal components: rules that only look at signs would find all ones at once.
    let valley_start = [1.0, -0.4, 0.7, 1.3, -0.9, 0.3, 1.1, -0.6, 0.8, -1.2];
    let task = |name, objective: Box<dyn Objective<f64>>, start: &[f64]| Task {
        name,
        objective,
        start: start.to_vec(),
    };
    Ok(vec![
        task(
            "quadratic, kappa 100",
            Box::new(Quadratic::log_spaced(10, 1.0, 100.0)),
            &valley_start,
        ),
        task("Rosenbrock", Box::new(Rosenbrock), &[-1.2, 1.0]),
        task("Beale", Box::new(Beale), &[1.0, 1.0]),
        task("Himmelblau", Box::new(Himmelblau), &[-0.3, -1.1]),
        task("saddle", Box::new(Saddle), &[1.4, 0.01]),
        task(
            "logistic",
            Box::new(LogisticRegression::new(samples)?),
            &[0.0; 6],
        ),
    ])
}

/// Fewest gradients of a rule until `|J| <= 1e-5`, over many rates, or the smallest norm that it reached.
fn best(rule: &Rule, task: &mut Task) -> Result<String> {
    let stop = Stop {
        gradients: Some(MOST),
        ..Stop::gradient_norm(1e-5)
    };
    let (mut fewest, mut smallest) = (None, f64::INFINITY);
    for i in -20..=16 {
        let rate = rule.rate() * 10_f64.powf(f64::from(i) / 4.0);
        let rule = rule.clone().with_rate(rate);
        if rule.validate().is_err() {
            continue;
        }
        let stop = Stop {
            gradients: Some(fewest.unwrap_or(MOST)),
            ..stop.clone()
        };
        let end = minimise(task.objective.as_mut(), &task.start, rule, &stop)?;
        if end.reason == Reason::GradientNorm {
            fewest = Some(fewest.unwrap_or(usize::MAX).min(end.gradients));
        }
        if end.gradient_norm.is_finite() {
            smallest = smallest.min(end.gradient_norm);
        }
    }
    Ok(match fewest {
        Some(gradients) => gradients.to_string(),
        None => format!("({smallest:.0e})"),
    })
}

/// Prints the table.
pub(crate) fn print() -> Result<()> {
    let mut tasks = tasks()?;
    println!(
        "\ngradients to |J| <= 1e-5, each rule at the best of 37 rates (in brackets: smallest |J| within {MOST})\n"
    );
    let heads: Vec<&str> = tasks.iter().map(|task| task.name).collect();
    println!(
        "| rule | {} |\n|---|{}",
        heads.join(" | "),
        "---|".repeat(tasks.len())
    );
    for rule in Rule::examples() {
        let cells = tasks.iter_mut().map(|task| best(&rule, task));
        let cells: Vec<String> = cells.collect::<Result<_>>()?;
        println!("| {} | {} |", rule.name(), cells.join(" | "));
    }
    Ok(())
}
