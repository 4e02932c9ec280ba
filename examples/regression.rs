//! The text's regression: two functions of five variables on a grid, learnt by a small dense network.
//!
//! `cargo run --release --example regression` (and `-- --rule adam`)
//!
//! The targets are `sin(x0 + … + x4)` and `0.2 (cos(x0 - x1 + x2 - x3 + x4) + x2 - x4)` on the 6^5 points of a grid in
//! `[0, 1]^5`; 7,000 of them are trained on, 776 kept for the test. The network is dense 32-16-8-4-2 with soft signs, ReLU in the
//! second layer and an identity at the end; weights start in +-0.7, biases in +-0.07.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use gradflow::data::Dataset;
use gradflow::optim::{Adam, MomentumAveraged, Rule};
use gradflow::{Activation, Cost, Init, Model, Network, Protocol, Recipe, Shape};
use gradflow_examples::{Common, closing_line, report};

/// Regression of two functions of five variables, with the network and protocol of the text.
#[derive(Parser)]
#[command(allow_negative_numbers = true)]
struct Args {
    #[command(flatten)]
    common: Common,
    /// Update rule.
    #[arg(long, value_enum, default_value = "momentum")]
    rule: RuleName,
    /// Learning rate; 1 for momentum and 0.01 for Adam if not given.
    #[arg(long)]
    rate: Option<f64>,
    /// Passes over the training set.
    #[arg(long, default_value_t = 100)]
    epochs: usize,
    /// Samples in a mini-batch.
    #[arg(long, default_value_t = 1000)]
    batch: usize,
}

#[derive(Clone, Copy, ValueEnum)]
enum RuleName {
    /// Averaged momentum `m = 0.9 m + 0.1 J; q -= rate m`.
    Momentum,
    /// Adam (11).
    Adam,
}

/// The points of the grid and the two functions on them.
fn grid() -> Result<Dataset<f32>> {
    const STEPS: usize = 6;
    let (mut inputs, mut targets) = (Vec::new(), Vec::new());
    for point in 0..STEPS.pow(5) {
        let x: Vec<f64> = (0..5)
            .map(|axis| (point / STEPS.pow(axis) % STEPS) as f64 / (STEPS - 1) as f64)
            .collect();
        let sum: f64 = x.iter().sum();
        targets.push(sum.sin() as f32);
        targets.push((0.2 * ((x[0] - x[1] + x[2] - x[3] + x[4]).cos() + x[2] - x[4])) as f32);
        inputs.extend(x.iter().map(|x| *x as f32));
    }
    Ok(Dataset::regression(Shape::vector(5)?, inputs, 2, targets)?)
}

fn main() -> ExitCode {
    report(run(Args::parse()))
}

fn run(args: Args) -> Result<()> {
    // Not the seed itself: the weights are drawn from that one, and the split should know nothing of them.
    let (train, test) = grid()?.shuffled(!args.common.seed)?.split_at(7000)?;

    let dense = |outputs, activation| {
        Recipe::dense(outputs, activation)
            .init(Init::Uniform(0.7))
            .bias_init(Init::Uniform(0.07))
    };
    let network = Network::builder([5, 1, 1])
        .recipe(dense(32, Activation::SoftSign))
        .recipe(dense(16, Activation::Relu))
        .recipe(dense(8, Activation::SoftSign))
        .recipe(dense(4, Activation::SoftSign))
        .recipe(dense(2, Activation::Identity))
        .build()?;
    println!("{}", network.summary());

    let rule: Rule = match args.rule {
        RuleName::Momentum => MomentumAveraged {
            rate: args.rate.unwrap_or(1.0),
            beta: 0.9,
        }
        .into(),
        RuleName::Adam => Adam::new(args.rate.unwrap_or(0.01)).into(),
    };
    let mut model = Model::new(network, Cost::regression(), args.common.seed)?
        .with_threads(args.common.threads);
    let protocol = Protocol::new(rule)
        .epochs(args.epochs)
        .batch(args.batch)
        .seed(args.common.seed);
    let history = gradflow_examples::train(&protocol, &mut model, &train, &args.common)?;

    let results = [
        ("train_cost", model.evaluate(&train)?.cost),
        ("test_cost", model.evaluate(&test)?.cost),
    ];
    closing_line(&results, &history);
    Ok(())
}
