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
use gradflow::layers::{Block, Remainder};
use gradflow::nalgebra::{DMatrix, DVector, SymmetricEigen};
use gradflow::optim::{AdamW, Descent, Mask, Nesterov, Rule, Schedule, Trap};
use gradflow::{Activation, Cost, Dataset, Model, Network, Parameter, Protocol, Samples};
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

/// A part of a network.
enum Part {
    /// A 2 x 2 convolution that makes neighbouring pixels uncorrelated and stays as it is, and the activation.
    Whiten,
    /// A 3 x 3 convolution of so many filters.
    Conv(usize),
    /// Maxima of 2 x 2.
    Pool,
    /// Batch normalisation and the activation.
    Norm,
    /// The mean of each channel.
    Mean,
    /// The maximum of each channel.
    Max,
}
use Part::{Conv, Max, Mean, Norm, Pool, Whiten};

/// All that was chosen for a data set.
struct Settings {
    /// What lies between the standardised pixels and the last layer.
    parts: &'static [Part],
    activation: Activation,
    /// Whether the first filters of each convolution hand the channels on at the start.
    identity: bool,
    /// What the outputs of the last layer are divided by.
    temperature: f64,
    /// Mean and standard deviation of each channel of the training set, from 0 to 1.
    pixels: ([f64; 3], [f64; 3]),
    augment: Augment,
    label_smoothing: f64,
    epochs: usize,
    batch: usize,
    /// The update rule, at the highest learning rate of the cycle.
    rule: Rule,
    /// The trap `lam/2 |theta|^2` of filters and weights. Gains stay free: small ones leave of GELU little more than a line.
    trap: f64,
    /// How slowly the moving average of the parameters forgets.
    average: f64,
}

impl Settings {
    fn of(set: Set) -> Self {
        let plain = Augment::default();
        match set {
            #[rustfmt::skip]
            Set::Mnist => Self {
                parts: &[
                    Conv(16), Norm, Conv(16), Norm, Pool,
                    Conv(32), Norm, Conv(32), Norm, Pool,
                    Conv(48), Norm, Mean,
                ],
                activation: Activation::Relu,
                identity: false,
                temperature: 1.0,
                pixels: ([0.1307; 3], [0.3081; 3]),
                augment: plain.shift([2, 2]).turn(10.0).zoom(0.1),
                label_smoothing: 0.0,
                epochs: 12,
                batch: 64,
                rule: AdamW::new(0.01, 0.01).into(),
                trap: 0.0,
                average: 0.998,
            },
            Set::FashionMnist => {
                let augment = plain.shift([2, 2]).flip();
                Self::whitened(([0.2860; 3], [0.3530; 3]), augment, 8)
            }
            Set::Cifar10 => {
                let pixels = ([0.4914, 0.4822, 0.4465], [0.2470, 0.2435, 0.2616]);
                let augment = plain.shift([2, 2]).flip().fill(0.45);
                Self::whitened(pixels, augment, 12)
            }
        }
    }

    /// What Fashion-MNIST and CIFAR-10 share: a narrower form of "94% on CIFAR-10 in 3.29 seconds" (Jordan 2024).
    fn whitened(pixels: ([f64; 3], [f64; 3]), augment: Augment, epochs: usize) -> Self {
        #[rustfmt::skip]
        let parts = &[
            Whiten,
            Conv(48), Pool, Norm, Conv(48), Norm,
            Conv(96), Pool, Norm, Conv(96), Norm,
            Conv(192), Pool, Norm, Conv(192), Norm, Max,
        ];
        Self {
            parts,
            activation: Activation::Gelu,
            identity: true,
            temperature: 9.0,
            pixels,
            augment,
            label_smoothing: 0.2,
            epochs,
            batch: 64,
            rule: Nesterov {
                rate: 0.09,
                beta: 0.85,
            }
            .into(),
            trap: 1.3e-3,
            average: 0.998,
        }
    }

    fn network(&self, input: [usize; 3]) -> Result<Network<f32>> {
        let (mean, deviation) = (&self.pixels.0[..input[0]], &self.pixels.1[..input[0]]);
        let mut network = Network::builder(input).rescale(mean, deviation);
        for part in self.parts {
            let activation = self.activation.clone();
            network = match part {
                Whiten => network.conv(8 * input[0], [2, 2], activation),
                Conv(filters) => network
                    .conv(*filters, [3, 3], Activation::Identity)
                    .padding([1, 1]),
                Pool => network.max_pool([2, 2]).remainder(Remainder::Floor),
                Norm => network.batch_norm().activation(activation),
                Mean => network.global_avg_pool(),
                Max => network.global_max_pool(),
            };
        }
        let network = network.dense(10, Activation::Identity);
        Ok(network.rescale([0.0], [self.temperature]).build()?)
    }

    /// Gives the convolutions their first filters, where they are not drawn.
    fn start(&self, model: &mut Model<f32>, train: &Dataset<f32>) -> Result<()> {
        let of = |p: Parameter<'_, f32>| (p.name().to_owned(), p.dims().to_vec());
        let blocks: Vec<_> = model.parameters().map(of).collect();
        for (name, dims) in blocks {
            match dims[..] {
                [_, _, 2, 2] => model.set_parameter(&name, self.whitening(train))?,
                [filters, channels, 3, 3] if self.identity => {
                    let mut values = model.parameter(&name)?.values().to_vec();
                    for k in 0..filters.min(channels) {
                        let filter = &mut values[9 * channels * k..][..9 * channels];
                        filter.fill(0.0);
                        filter[9 * k + 4] = 1.0;
                    }
                    model.set_parameter(&name, values)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The principal components of the 2 x 2 patches of the first 5,000 pictures, each divided by its deviation, and their negatives.
    fn whitening(&self, train: &Dataset<f32>) -> Vec<f32> {
        let [channels, vertical, horizontal] = train.shape().dims();
        let (mean, deviation) = &self.pixels;
        let places: Vec<_> = (0..vertical - 1)
            .flat_map(|i| (0..horizontal - 1).map(move |j| (i, j)))
            .collect();
        let mut moments = DMatrix::zeros(4 * channels, 4 * channels);
        let mut patches = 0.0;
        for picture in train.inputs().iter().take(5_000) {
            for (i, j) in &places {
                let patch = DVector::from_fn(4 * channels, |k, _| {
                    let (c, i, j) = (k / 4, i + k / 2 % 2, j + k % 2);
                    let pixel = picture[(c * vertical + i) * horizontal + j];
                    (f64::from(pixel) - mean[c]) / deviation[c]
                });
                moments.ger(1.0, &patch, &patch, 1.0);
                patches += 1.0;
            }
        }
        let components = SymmetricEigen::new(moments / patches);
        let mut filters = Vec::new();
        for sign in [1.0, -1.0] {
            let pairs = components.eigenvectors.column_iter();
            for (component, variance) in pairs.zip(&components.eigenvalues) {
                let scale = sign / (variance + 5e-4).sqrt();
                filters.extend(component.iter().map(|x| (scale * x) as f32));
            }
        }
        filters
    }

    fn protocol(
        &self,
        blocks: &[Block],
        epochs: usize,
        samples: usize,
        seed: u64,
    ) -> Result<Protocol> {
        let steps = epochs.saturating_mul(samples.div_ceil(self.batch)).max(2);
        let cycle = Schedule::OneCycle {
            steps,
            rise: (steps / 4).max(1),
            start: 0.04,
            end: 1e-4,
        };
        let bound = blocks.iter().filter(|block| block.dims.len() > 1);
        let trap = Trap {
            mask: Some(Mask::new(bound.map(|block| block.range.clone()).collect())?),
            ..Trap::new(self.trap)
        };
        let descent = Descent::new(self.rule.clone()).with_trap(trap);
        // The pixels are layer 0.
        let whitening = self.parts.iter().position(|part| matches!(part, Whiten));
        Ok(Protocol::new(descent.with_schedule(cycle))
            .freeze(whitening.map(|part| part + 1))
            .epochs(epochs)
            .batch(self.batch)
            .average(self.average)
            .seed(seed))
    }
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
    settings.start(&mut model, &train)?;

    let blocks = model.network().blocks();
    let protocol = settings.protocol(blocks, epochs, train.len(), args.common.seed)?;
    let samples = Samples::from(&train).augmented(settings.augment)?;
    let history = gradflow_examples::train(&protocol, &mut model, samples, &args.common)?;
    let accuracy = model.evaluate(&test)?.accuracy().unwrap_or(f64::NAN);
    println!(
        "parameters={parameters} epochs={epochs} seconds={:.1} test_accuracy={accuracy:.4}",
        history.seconds
    );
    Ok(())
}
