//! The five networks that the measurements run on.

use gradflow::optim::{Adam, MomentumSummed, Rule};
use gradflow::{Activation, Cost, Model, Network, Protocol, Real};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// One of the networks a to e.
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
}

type Failure = Box<dyn std::error::Error>;

impl Net {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::A, Self::B, Self::C, Self::D, Self::E];

    /// The network of that letter.
    pub fn from_letter(letter: char) -> Option<Self> {
        Self::ALL.into_iter().find(|net| net.letter() == letter)
    }

    /// `a` to `e`.
    pub fn letter(self) -> char {
        match self {
            Self::A => 'a',
            Self::B => 'b',
            Self::C => 'c',
            Self::D => 'd',
            Self::E => 'e',
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
        }
    }

    /// Samples in a shuffled epoch with this batch size, a multiple of it.
    pub fn epoch_samples(self, batch: usize) -> usize {
        let all = if self == Self::E { 7_000 } else { 58_000 };
        let samples = if batch == 1 || self == Self::D {
            all / 10
        } else {
            all
        };
        samples - samples % batch
    }

    /// Elements of an input and of an output sample.
    pub fn sizes(self) -> (usize, usize) {
        if self == Self::E { (5, 2) } else { (784, 10) }
    }

    /// The update rule: Adam at 0.001, or momentum 0.9 at 0.01 for e.
    pub fn rule(self) -> Result<Rule, Failure> {
        Ok(if self == Self::E {
            MomentumSummed {
                rate: 0.01,
                beta: 0.9,
            }
            .into()
        } else {
            Adam::new(1e-3).into()
        })
    }

    /// Steps by that rule on mini-batches of this size.
    pub fn protocol(self, batch: usize) -> Result<Protocol, Failure> {
        Ok(Protocol::new(self.rule()?).batch(batch))
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
        };
        let cost = if self == Self::E {
            Cost::regression()
        } else {
            Cost::classification()
        };
        Ok(Model::new(network.build()?, cost, 1)?.with_threads(threads))
    }

    /// Inputs uniform in [0, 1) and labels that go round the ten classes (e: targets uniform in [0, 1)).
    pub fn samples(self, samples: usize, seed: u64) -> Samples {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let (inputs, outputs) = self.sizes();
        let mut uniform = |n: usize| (0..n).map(|_| rng.random::<f32>()).collect::<Vec<_>>();
        let x = uniform(samples * inputs);
        let labels: Vec<usize> = (0..samples).map(|s| s * 7 % 10).collect();
        let y = if self == Self::E {
            uniform(samples * outputs)
        } else {
            labels
                .iter()
                .flat_map(|l| (0..10).map(move |a| if a == *l { 1.0 } else { 0.0 }))
                .collect()
        };
        Samples { x, y, labels }
    }
}

/// Made-up data of a net's sizes.
#[derive(Debug, Clone)]
pub struct Samples {
    /// Inputs, sample after sample.
    pub x: Vec<f32>,
    /// Targets, sample after sample.
    pub y: Vec<f32>,
    /// Class of each sample.
    pub labels: Vec<usize>,
}
