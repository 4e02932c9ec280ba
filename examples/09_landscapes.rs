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

struct Landscape {
    name: &'static str,
    height: Box<dyn Objective<f64>>,
    start: [f64; 2],
    /// A rate at which gradient descent is stable on the way.
    rate: f64,
}

impl Landscape {
    fn new(
        name: &'static str,
        height: impl Objective<f64> + 'static,
        start: [f64; 2],
        rate: f64,
    ) -> Self {
        Self {
            name,
            height: Box::new(height),
            start,
            rate,
        }
    }
}

fn main() -> Result<(), Error> {
    let landscapes = [
        Landscape::new(
            "quadratic",
            Quadratic::new(vec![1.0, 100.0]),
            [1.0, 1.0],
            0.0125,
        ),
        Landscape::new("Rosenbrock", Rosenbrock, [-1.2, 1.0], 0.0012),
        Landscape::new("Beale", Beale, [1.0, 1.0], 0.01),
        Landscape::new("Himmelblau", Himmelblau, [0.0, 0.0], 0.01),
    ];
    print!("{:10}", "");
    for rule in rules(0.0) {
        print!("{:>17}", rule.name());
    }
    println!();
    for mut landscape in landscapes {
        print!("{:10}", landscape.name);
        for rule in rules(landscape.rate) {
            let stop = Stop {
                iterations: 50_000,
                ..Stop::gradient_norm(1e-6)
            };
            let end = minimise(landscape.height.as_mut(), &landscape.start, rule, &stop)?;
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
