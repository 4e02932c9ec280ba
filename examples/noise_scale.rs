//! How large a mini-batch is worth its samples: the gradient noise scale of two networks while they train.
//!
//! `cargo run --release --example noise_scale -- mnist --data DIR`, or `cifar10`
//!
//! With the gradient `G` of the whole cost and the covariance `S` of the gradients of single samples, a mini-batch of `B` samples has a gradient of
//! mean `G` and covariance `S/B`. The noise scale `tr S / |G|^2` is the `B` at which both are of one size: far below it twice the samples halve the steps
//! that are needed, far above it they are wasted (McCandlish et al. 2018, "An Empirical Model of Large-Batch Training", `B_simple`).
//!
//! Both numbers are taken from the pieces of each mini-batch: `E |g_B|^2 = |G|^2 + tr S / B`, for pieces and for their mean. They are averaged over an epoch
//! before they are divided. Who adds up the pieces, a `Reduce`, sees them all.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use gradflow::optim::Adam;
use gradflow::{
    Activation, Cost, Dataset, InProcess, Model, Network, Pieces, Protocol, Reduce, Run,
};
use gradflow_examples::{Data, report};

/// The gradient noise scale of a network while it trains.
#[derive(Parser)]
struct Args {
    /// The data set.
    set: Set,
    #[command(flatten)]
    data: Data,
    /// Passes over the training set.
    #[arg(long, default_value_t = 10)]
    epochs: usize,
    /// Samples of a mini-batch.
    #[arg(long, default_value_t = 512)]
    batch: usize,
    /// Pieces of a mini-batch.
    #[arg(long, default_value_t = 8)]
    pieces: usize,
    /// Seed of parameters and order.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Clone, Copy, ValueEnum)]
enum Set {
    /// Net a: dense 784-128-10.
    Mnist,
    /// The network of the example `cifar10`.
    Cifar10,
}

/// Adds up pieces, and the squares of the lengths of the gradients of a whole mini-batch and its pieces.
#[derive(Debug, Default)]
struct Lengths {
    reduce: InProcess<f32>,
    pieces: usize,
    whole: f64,
    parts: f64,
    steps: usize,
}

impl Reduce<f32> for &mut Lengths {
    fn sum(&mut self, pieces: &mut dyn Pieces<f32>, q: &[f32]) -> (f64, &[f32]) {
        self.pieces = pieces.len();
        let mut watched = Watched {
            pieces,
            squares: 0.0,
        };
        let (value, sum) = self.reduce.sum(&mut watched, q);
        // A piece is the gradient of its share of the cost: so many times its mean.
        self.parts += watched.squares * self.pieces as f64;
        self.whole += square(sum);
        self.steps += 1;
        (value, sum)
    }
}

/// Pieces whose gradients are measured.
struct Watched<'a> {
    pieces: &'a mut dyn Pieces<f32>,
    squares: f64,
}

impl Pieces<f32> for Watched<'_> {
    fn len(&self) -> usize {
        self.pieces.len()
    }

    fn numbers(&self) -> usize {
        self.pieces.numbers()
    }

    fn piece(&mut self, i: usize, q: &[f32], sum: &mut [f32]) -> f64 {
        let value = self.pieces.piece(i, q, sum);
        self.squares += square(sum);
        value
    }
}

fn square(x: &[f32]) -> f64 {
    x.iter().map(|x| f64::from(*x).powi(2)).sum()
}

impl Lengths {
    /// `tr S` and `|G|^2`, with mini-batches of so many samples.
    fn noise(&self, batch: usize) -> (f64, f64) {
        let (large, steps) = (batch as f64, self.steps as f64);
        let small = large / self.pieces as f64;
        let (whole, part) = (self.whole / steps, self.parts / steps);
        let noise = (part - whole) / (1.0 / small - 1.0 / large);
        (noise, whole - noise / large)
    }
}

fn main() -> ExitCode {
    report(run(&Args::parse()))
}

fn data(args: &Args) -> Result<(Dataset<f32>, Network<f32>)> {
    let folder = &args.data.data;
    Ok(match args.set {
        Set::Mnist => {
            let network = Network::builder([1, 28, 28]).dense(128, Activation::Relu);
            let network = network.dense(10, Activation::Identity).build()?;
            (gradflow::data::mnist(folder)?.0, network)
        }
        Set::Cifar10 => {
            let network = Network::builder([3, 32, 32])
                .conv(5, [3, 3], Activation::SoftSign)
                .max_pool([2, 2])
                .conv(8, [5, 5], Activation::SoftSign)
                .stride([2, 2])
                .dense(10, Activation::Identity)
                .build()?;
            (gradflow::data::cifar10(folder)?.0, network)
        }
    })
}

fn run(args: &Args) -> Result<()> {
    let (train, network) = data(args)?;
    // Whole mini-batches of whole pieces only.
    let whole = train.len() - train.len() % args.batch;
    let train = train.first(whole)?;
    let mut model = Model::new(network, Cost::classification(), args.seed)?;
    println!("epoch      cost   |G|^2    tr S  noise scale");
    for epoch in 1..=args.epochs {
        let mut lengths = Lengths::default();
        let protocol = Protocol::new(Adam::new(1e-3)).seed(args.seed + epoch as u64);
        let protocol = protocol.batch(args.batch).pieces(args.pieces);
        let run = Run::new(protocol, &mut model, &train)?.reduce(&mut lengths)?;
        let history = run.finish()?;
        let cost = history.epochs.last().map_or(f64::NAN, |epoch| epoch.cost);
        let (noise, gradient) = lengths.noise(args.batch);
        println!(
            "{epoch:5} {cost:9.4} {gradient:7.4} {noise:7.3} {:12.0}",
            noise / gradient
        );
    }
    Ok(())
}
