//! Update rules without a network: how many gradients does each one need to the bottom of a landscape?
//!
//! `cargo run --release --example 09_landscapes`
//!
//! The larger program `flow` draws their paths.

use gradflow::Error;
use gradflow::optim::study::{Beale, Himmelblau, Quadratic, Rosenbrock};
use gradflow::optim::{
    Adam, GradientDescent, Lbfgs, MomentumSummed, Nesterov, Objective, Reason, Rule, Stop, minimise,
};

fn main() -> Result<(), Error> {
    // Each landscape with a start, and a rate that gradient descent is stable with.
    let mut landscapes: Vec<(&str, Box<dyn Objective<f64>>, [f64; 2], f64)> = vec![
        (
            "quadratic",
            Box::new(Quadratic::new(vec![1.0, 100.0])),
            [1.0, 1.0],
            0.0125,
        ),
        ("Rosenbrock", Box::new(Rosenbrock), [-1.2, 1.0], 0.0012),
        ("Beale", Box::new(Beale), [1.0, 1.0], 0.01),
        ("Himmelblau", Box::new(Himmelblau), [0.0, 0.0], 0.01),
    ];
    print!("{:10}", "");
    for rule in rules(0.0) {
        print!("{:>17}", rule.name());
    }
    println!();
    for (name, landscape, start, rate) in &mut landscapes {
        print!("{name:10}");
        for rule in rules(*rate) {
            let stop = Stop {
                iterations: 50_000,
                ..Stop::gradient_norm(1e-6)
            };
            let end = minimise(landscape.as_mut(), start, rule, &stop)?;
            match end.reason {
                Reason::GradientNorm => print!("{:17}", end.gradients),
                _ => print!("{:>17}", "-"),
            }
        }
        println!();
    }
    Ok(())
}

/// The rules, with the rate that their kind needs: those with memory go further with the same one, and Adam's is a length.
fn rules(rate: f64) -> Vec<Rule> {
    vec![
        GradientDescent { rate }.into(),
        MomentumSummed { rate, beta: 0.9 }.into(),
        Nesterov { rate, beta: 0.9 }.into(),
        Adam::new(0.05).into(),
        Lbfgs::default().into(),
    ]
}
