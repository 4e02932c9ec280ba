//! Trains a small convolutional network on 1,797 real handwritten digits, which come with this repository.
//!
//! `cargo run --release --example 04_digits`
//!
//! A fifth of the digits, each class in proportion, is held out; the seed fixes which.

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use gradflow::optim::Adam;
use gradflow::{Activation, Cost, Model, Network, Protocol};
use gradflow_examples::{Common, accuracies, closing_line, digits, report};

/// Handwritten digits of 8 x 8 pixels: the whole path from data to predictions in one page.
#[derive(Parser)]
#[command(allow_negative_numbers = true)]
struct Args {
    #[command(flatten)]
    common: Common,
    /// Passes over the training set.
    #[arg(long, default_value_t = 30)]
    epochs: usize,
    /// Samples in a mini-batch.
    #[arg(long, default_value_t = 32)]
    batch: usize,
    /// Adam's learning rate.
    #[arg(long, default_value_t = 0.003)]
    rate: f64,
}

fn main() -> ExitCode {
    report(run(Args::parse()))
}

fn run(args: Args) -> Result<()> {
    let (train, test) = digits()?.split_stratified(0.8, args.common.seed)?;
    println!(
        "{} digits to train on, {} held out",
        train.len(),
        test.len()
    );

    let network = Network::builder([1, 8, 8])
        .conv(16, [3, 3], Activation::Relu)
        .conv(32, [3, 3], Activation::Relu)
        .dense(10, Activation::Identity)
        .build()?;
    println!("{}", network.summary());

    let mut model = Model::new(network, Cost::classification(), args.common.seed)?
        .with_threads(args.common.threads);
    let protocol = Protocol::new(Adam::new(args.rate))
        .epochs(args.epochs)
        .batch(args.batch)
        .seed(args.common.seed);
    let history = gradflow_examples::train(&protocol, &mut model, &train, &args.common)?;

    let (train, test) = (model.evaluate(&train)?, model.evaluate(&test)?);
    if let Some(confusion) = &test.confusion {
        println!("the held-out digits:\n{confusion}");
    }
    closing_line(&accuracies(&train, &test)?, &history);
    Ok(())
}
