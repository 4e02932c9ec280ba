//! Fashion-MNIST: ten kinds of clothes, 60,000 pictures of 28 x 28 pixels.
//!
//! `cargo run --release --example 14_fashion_mnist -- --data DIR`
//!
//! `DIR` holds the four original files, `train-images-idx3-ubyte` and so on, plain or gzip. Two pairs of a convolution and a max-pool,
//! and one cycle of the rate. The larger program `results` gets further.

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use gradflow::optim::{Adam, Schedule};
use gradflow::{Activation, Cost, Model, Network, Protocol};
use gradflow_examples::{Common, Data, report, train_and_test};

/// Ten kinds of clothes, told apart by a small convolutional network.
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    common: Common,
    /// Passes over the training set.
    #[arg(long, default_value_t = 5)]
    epochs: usize,
}

fn main() -> ExitCode {
    report(run(Args::parse()))
}

fn run(args: Args) -> Result<()> {
    let (train, test) = gradflow::data::mnist::<f32>(&args.data.data)?;
    let network = Network::builder([1, 28, 28])
        .conv(16, [5, 5], Activation::Relu)
        .max_pool([2, 2])
        .conv(32, [3, 3], Activation::Relu)
        .max_pool([2, 2])
        .dense(64, Activation::Relu)
        .dense(10, Activation::Identity)
        .build()?;
    println!("{}", network.summary());

    let mut model = Model::new(network, Cost::classification(), args.common.seed)?
        .with_threads(args.common.threads);
    let steps = (args.epochs * train.len()).div_ceil(64);
    let falling = Schedule::Cosine { steps, floor: 0.0 };
    let descent = gradflow::optim::Descent::new(Adam::new(0.003)).with_schedule(falling);
    let protocol = Protocol::new(descent)
        .epochs(args.epochs)
        .batch(64)
        .seed(args.common.seed);
    train_and_test(&protocol, &mut model, &train, &test, &args.common)
}
