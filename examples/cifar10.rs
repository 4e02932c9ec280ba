//! The text's network and protocol on CIFAR-10: convolutions with soft signs and max-pooling, 35 epochs.
//!
//! `cargo run --release --example cifar10 -- --data DIR`
//!
//! `DIR` holds the "binary version" of the data set: `data_batch_1.bin` … `data_batch_5.bin` and `test_batch.bin`, plain or gzip. As
//! in the text the first 28,800 images are trained on and the entrywise cross-entropy (21)+(22) is minimised by Adam in batches of 64;
//! weights are Glorot's. The rate falls linearly to zero, which is worth about two points on the test set; `--constant`
//! keeps it at 0.005 throughout, as the text does.

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use gradflow::optim::{Adam, Descent, Schedule};
use gradflow::{Activation, Cost, Loss, Model, Network, Output, Protocol};
use gradflow_examples::{Common, Data, report, train_and_test};

/// Samples in a mini-batch.
const BATCH: usize = 64;

/// CIFAR-10 with the network of the text.
#[derive(Parser)]
#[command(allow_negative_numbers = true)]
struct Args {
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    common: Common,
    /// Passes over the training set.
    #[arg(long, default_value_t = 35)]
    epochs: usize,
    /// Adam's learning rate.
    #[arg(long, default_value_t = 0.005)]
    rate: f64,
    /// Keep the rate as it is, as in the text, instead of letting it fall linearly to zero.
    #[arg(long)]
    constant: bool,
}

fn main() -> ExitCode {
    report(run(Args::parse()))
}

fn run(args: Args) -> Result<()> {
    let (train, test) = gradflow::data::cifar10::<f32>(&args.data.data)?;
    let samples = train.len().min(28_800);
    let train = train.first(samples)?;

    let network = Network::builder([3, 32, 32])
        .conv(5, [3, 3], Activation::SoftSign)
        .max_pool([2, 2])
        .conv(8, [5, 5], Activation::SoftSign)
        .stride([2, 2])
        .dense(10, Activation::Identity)
        .build()?;
    println!("{}", network.summary());

    let cost = Cost::new(Output::Softmax, Loss::CrossEntropy)?;
    let mut model = Model::new(network, cost, args.common.seed)?.with_threads(args.common.threads);
    let steps = args.epochs.saturating_mul(train.len().div_ceil(BATCH));
    let schedule = match args.constant || steps == 0 {
        true => Schedule::Constant,
        false => Schedule::Polynomial {
            steps,
            floor: 0.0,
            power: 1.0,
        },
    };
    let descent = Descent::new(Adam::new(args.rate)).with_schedule(schedule);
    let protocol = Protocol::new(descent)
        .epochs(args.epochs)
        .batch(BATCH)
        .seed(args.common.seed);
    train_and_test(&protocol, &mut model, &train, &test, &args.common)?;
    Ok(())
}
