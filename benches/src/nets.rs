//! The networks that the measurements run on.

use gradflow::optim::{Adam, MomentumSummed, Rule};
use gradflow::{Activation, Cost, Model, Network, Protocol, Real};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// One of the networks: a to e are this library's own, f to h the tasks that SimpleChains (a Julia library) publishes figures of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Net {
    /// Dense 784-128-10, ReLU.
    A,
    /// Dense 784-512-512-10, ReLU.
    B,
    /// 1x28x28, conv 5@3x3, conv 8@5x5 stride 3, dense 10, ReLU.
    C,
    /// 1x28x28, conv 16@5x5, conv 32@4x4 stride 2, dense 128, dense 10, ReLU.
    D,
    /// Dense 5-32-16-8-4-2, tanh.
    E,
    /// LeNet-5: 1x28x28, conv 6@5x5, maxima of 2x2, conv 16@5x5, maxima of 2x2, dense 120, dense 84, dense 10, ReLU.
    F,
    /// Dense 4-32-16-4, tanh.
    G,
    /// Dense 24-8-2, tanh, in double precision.
    H,
}

type Failure = Box<dyn std::error::Error>;

impl Net {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::A,
        Self::B,
        Self::C,
        Self::D,
        Self::E,
        Self::F,
        Self::G,
        Self::H,
    ];

    /// The network of that letter.
    pub fn from_letter(letter: char) -> Option<Self> {
        Self::ALL.into_iter().find(|net| net.letter() == letter)
    }

    /// `a` to `h`.
    pub fn letter(self) -> char {
        match self {
            Self::A => 'a',
            Self::B => 'b',
            Self::C => 'c',
            Self::D => 'd',
            Self::E => 'e',
            Self::F => 'f',
            Self::G => 'g',
            Self::H => 'h',
        }
    }

    /// The batch sizes of the table.
    pub fn batches(self) -> &'static [usize] {
        match self {
            Self::A => &[1, 32, 256],
            Self::B => &[1, 64, 256],
            Self::C => &[1, 40, 256],
            Self::D => &[1, 64],
            Self::E => &[1, 32, 1000],
            Self::F => &[64, 256],
            Self::G => &[10_000],
            Self::H => &[200],
        }
    }

    /// Whether it has values as targets, by the squared error, and not ten classes.
    pub fn regression(self) -> bool {
        matches!(self, Self::E | Self::G | Self::H)
    }

    /// Samples in a shuffled epoch with this batch size, a multiple of it.
    pub fn epoch_samples(self, batch: usize) -> usize {
        let all = if self.regression() { 7_000 } else { 58_000 };
        let samples = if batch == 1 || self == Self::D {
            all / 10
        } else {
            all
        };
        (samples - samples % batch).max(batch)
    }

    /// Elements of an input and of an output sample.
    pub fn sizes(self) -> (usize, usize) {
        match self {
            Self::E => (5, 2),
            Self::G => (4, 4),
            Self::H => (24, 2),
            _ => (784, 10),
        }
    }

    /// The update rule: Adam at 0.001 (f: 0.0003), or momentum 0.9 at 0.01 for e.
    pub fn rule(self) -> Result<Rule, Failure> {
        Ok(match self {
            Self::E => MomentumSummed {
                rate: 0.01,
                beta: 0.9,
            }
            .into(),
            Self::F => Adam::new(3e-4).into(),
            _ => Adam::new(1e-3).into(),
        })
    }

    /// Steps by that rule on mini-batches of this size; of g in four pieces, which fit in a second-level cache.
    pub fn protocol(self, batch: usize) -> Result<Protocol, Failure> {
        let pieces = if self == Self::G { 4 } else { 1 };
        Ok(Protocol::new(self.rule()?).batch(batch).pieces(pieces))
    }

    /// The network with its cost, from seed 1.
    pub fn model<T: Real>(self, threads: usize) -> Result<Model<T>, Failure> {
        let (relu, tanh) = (Activation::Relu, Activation::Tanh);
        let image = || Network::builder([1, 28, 28]);
        let network = match self {
            Self::A => Network::builder([784, 1, 1])
                .dense(128, relu)
                .dense(10, Activation::Identity),
            Self::B => Network::builder([784, 1, 1])
                .dense(512, relu.clone())
                .dense(512, relu)
                .dense(10, Activation::Identity),
            Self::C => image()
                .conv(5, [3, 3], relu.clone())
                .conv(8, [5, 5], relu)
                .stride([3, 3])
                .dense(10, Activation::Identity),
            Self::D => image()
                .conv(16, [5, 5], relu.clone())
                .conv(32, [4, 4], relu.clone())
                .stride([2, 2])
                .dense(128, relu)
                .dense(10, Activation::Identity),
            Self::E => Network::builder([5, 1, 1])
                .dense(32, tanh.clone())
                .dense(16, tanh.clone())
                .dense(8, tanh.clone())
                .dense(4, tanh)
                .dense(2, Activation::Identity),
            Self::F => image()
                .conv(6, [5, 5], relu.clone())
                .max_pool([2, 2])
                .conv(16, [5, 5], relu.clone())
                .max_pool([2, 2])
                .dense(120, relu.clone())
                .dense(84, relu)
                .dense(10, Activation::Identity),
            Self::G => Network::builder([4, 1, 1])
                .dense(32, tanh.clone())
                .dense(16, tanh)
                .dense(4, Activation::Identity),
            Self::H => Network::builder([24, 1, 1])
                .dense(8, tanh)
                .dense(2, Activation::Identity),
        };
        let cost = if self.regression() {
            Cost::regression()
        } else {
            Cost::classification()
        };
        Ok(Model::new(network.build()?, cost, 1)?.with_threads(threads))
    }

    /// Inputs uniform in [0, 1) and labels that go round the ten classes (a regression: targets uniform in [0, 1)).
    pub fn samples<T: Real>(self, samples: usize, seed: u64) -> Samples<T> {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let (inputs, outputs) = self.sizes();
        let mut uniform = |n: usize| -> Vec<T> {
            let draw = |_| T::from_f64(rng.random::<f32>().into());
            (0..n).map(draw).collect()
        };
        let x = uniform(samples * inputs);
        let labels: Vec<usize> = (0..samples).map(|s| s * 7 % 10).collect();
        let y = if self.regression() {
            uniform(samples * outputs)
        } else {
            labels
                .iter()
                .flat_map(|l| (0..10).map(move |a| if a == *l { T::ONE } else { T::ZERO }))
                .collect()
        };
        Samples { x, y, labels }
    }
}

/// Made-up data of a net's sizes.
#[derive(Debug, Clone)]
pub struct Samples<T> {
    /// Inputs, sample after sample.
    pub x: Vec<T>,
    /// Targets, sample after sample.
    pub y: Vec<T>,
    /// Class of each sample.
    pub labels: Vec<usize>,
}
