//! How far small convolutional networks get on MNIST, Fashion-MNIST and CIFAR-10.
//!
//! `cargo run --release --example results -- mnist --data DIR`
//!
//! All choices are in [`Settings`]; `--hold-out` judges them by the last 10,000 images of the training set instead of the test set. The
//! accuracy is that of the moving average of the parameters after the last epoch. [docs/results.md](../docs/results.md) has the figures.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use gradflow::data::{Augment, cifar10, mnist};
use gradflow::optim::{AdamW, Descent, Nesterov, Rule, Schedule, Trap};
use gradflow::{Activation, Cost, Model, Network, Protocol, Samples};
use gradflow_examples::{Common, Data, report};

/// Small convolutional networks on real images.
#[derive(Parser)]
struct Args {
    /// The data set.
    set: Set,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    common: Common,
    /// Passes over the training set, instead of those of the settings.
    #[arg(long)]
    epochs: Option<usize>,
    /// Train without the last 10,000 training images and look at those instead of the test set.
    #[arg(long)]
    hold_out: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Set {
    Mnist,
    FashionMnist,
    Cifar10,
}

/// All that was chosen for a data set.
struct Settings {
    /// Filters of each pair of 3 x 3 convolutions; maxima of 2 x 2 lie between the pairs.
    filters: &'static [[usize; 2]],
    /// The share of the features that is left out before the last layer.
    dropout: f64,
    /// Mean and standard deviation of each channel of the training set, from 0 to 1.
    pixels: ([f64; 3], [f64; 3]),
    augment: Augment,
    label_smoothing: f64,
    epochs: usize,
    batch: usize,
    /// The update rule, at the highest learning rate of the cycle.
    rule: Rule,
    /// The trap `lam/2 |theta|^2`.
    trap: f64,
    /// How slowly the moving average of the parameters forgets.
    average: f64,
}

impl Settings {
    fn of(set: Set) -> Self {
        let plain = Augment::default();
        match set {
            Set::Mnist => Self {
                filters: &[[16, 16], [32, 32], [48, 0]],
                dropout: 0.0,
                pixels: ([0.1307; 3], [0.3081; 3]),
                augment: plain.shift([2, 2]).turn(10.0).zoom(0.1),
                label_smoothing: 0.0,
                epochs: 12,
                batch: 64,
                rule: AdamW::new(0.01, 0.01).into(),
                trap: 0.0,
                average: 0.998,
            },
            Set::FashionMnist => Self {
                filters: &[[32, 32], [64, 64], [128, 0]],
                dropout: 0.2,
                pixels: ([0.2860; 3], [0.3530; 3]),
                augment: plain.shift([2, 2]).flip().cut_out([8, 8]),
                label_smoothing: 0.05,
                epochs: 18,
                batch: 64,
                rule: AdamW::new(0.005, 0.05).into(),
                trap: 0.0,
                average: 0.998,
            },
            Set::Cifar10 => Self {
                filters: &[[32, 0], [64, 64], [128, 128], [256, 256]],
                dropout: 0.1,
                pixels: ([0.4914, 0.4822, 0.4465], [0.2470, 0.2435, 0.2616]),
                augment: plain.shift([3, 3]).flip(),
                label_smoothing: 0.05,
                epochs: 14,
                batch: 64,
                rule: nesterov(0.05),
                trap: 5e-4,
                average: 0.998,
            },
        }
    }

    /// Standardised pixels; pairs of convolutions, each normalised, with maxima between them; means over what is left of the picture.
    fn network(&self, input: [usize; 3]) -> Result<Network<f32>> {
        let (mean, deviation) = (&self.pixels.0[..input[0]], &self.pixels.1[..input[0]]);
        let mut network = Network::builder(input).rescale(mean.to_vec(), deviation.to_vec());
        for (pair, filters) in self.filters.iter().enumerate() {
            if pair > 0 {
                network = network.max_pool([2, 2]);
            }
            for filters in filters.iter().filter(|filters| **filters > 0) {
                network = network
                    .conv(*filters, [3, 3], Activation::Identity)
                    .padding([1, 1])
                    .batch_norm()
                    .activation(Activation::Relu);
            }
        }
        let network = network.global_avg_pool().dropout(self.dropout);
        Ok(network.dense(10, Activation::Identity).build()?)
    }

    fn protocol(&self, epochs: usize, samples: usize, seed: u64) -> Protocol {
        let steps = epochs.saturating_mul(samples.div_ceil(self.batch)).max(2);
        let cycle = Schedule::OneCycle {
            steps,
            rise: (steps / 4).max(1),
            start: 0.04,
            end: 1e-4,
        };
        let descent = Descent::new(self.rule.clone()).with_trap(Trap::new(self.trap));
        Protocol::new(descent.with_schedule(cycle))
            .epochs(epochs)
            .batch(self.batch)
            .average(self.average)
            .seed(seed)
    }
}

fn nesterov(rate: f64) -> Rule {
    Nesterov { rate, beta: 0.9 }.into()
}

fn main() -> ExitCode {
    report(run(Args::parse()))
}

fn run(args: Args) -> Result<()> {
    let settings = Settings::of(args.set);
    let (train, test) = match args.set {
        Set::Mnist | Set::FashionMnist => mnist::<f32>(&args.data.data)?,
        Set::Cifar10 => cifar10::<f32>(&args.data.data)?,
    };
    let kept = train.len().saturating_sub(10_000);
    let (train, test) = match args.hold_out {
        true => train.split_at(kept)?,
        false => (train, test),
    };
    let epochs = args.epochs.unwrap_or(settings.epochs);

    let network = settings.network(train.shape().dims())?;
    println!("{}", network.summary());
    let parameters = network.parameters();
    let cost = Cost::classification().with_label_smoothing(settings.label_smoothing)?;
    let mut model = Model::new(network, cost, args.common.seed)?.with_threads(args.common.threads);

    let protocol = settings.protocol(epochs, train.len(), args.common.seed);
    let samples = Samples::from(&train).augmented(settings.augment)?;
    let history = gradflow_examples::train(&protocol, &mut model, samples, &args.common)?;
    let accuracy = model.evaluate(&test)?.accuracy().unwrap_or(f64::NAN);
    println!(
        "parameters={parameters} epochs={epochs} seconds={:.1} test_accuracy={accuracy:.4}",
        history.seconds
    );
    Ok(())
}
