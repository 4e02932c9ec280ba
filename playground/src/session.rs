//! One training, from step to step.

use gradflow::data::Targets;
use gradflow::optim::{Optimiser, Stability, curvature};
use gradflow::tensor::Batch;
use gradflow::{Arena, Dataset, Evaluation, Model, Network, Risk};

use crate::data::Parts;
use crate::order::shuffle;
use crate::plane::Feature;
use crate::{Config, Data, Result};

/// A model with its data and its descent, as a run of the library goes through them: the same seed gives the same bits.
///
/// The library's own run borrows its model; this one owns it, so that it can wait between two frames of the page.
#[derive(Debug)]
pub struct Session {
    config: Config,
    model: Model<f32>,
    optimiser: Optimiser<f32>,
    theta: Vec<f32>,
    arena: Arena<f32>,
    pub(crate) train: Dataset<f32>,
    pub(crate) test: Option<Dataset<f32>>,
    pub(crate) points: Vec<f32>,
    order: Vec<usize>,
    /// Samples of the epoch that are done.
    position: usize,
    epoch: usize,
    /// The mini-batch at work.
    x: Vec<f32>,
    y: Vec<f32>,
    end: Option<String>,
}

impl Session {
    /// The training before its first step.
    ///
    /// # Errors
    /// What the library refuses, in its words.
    pub fn new(config: Config) -> Result<Self> {
        let Parts {
            train,
            test,
            points,
        } = Parts::of(&config.data, &config.features, config.seed)?;
        let classes = train.classes();
        let cost = config.cost(classes.is_some())?;
        let outputs = match (&config.data, classes) {
            (Data::Table { outputs, .. }, _) => *outputs,
            (_, Some(classes)) if classes > 2 => classes,
            _ => 1,
        };
        let input = match config.data {
            Data::Digits => Network::builder([8, 8]),
            _ => Network::builder(train.shape().len()),
        };
        let hidden =
            (config.layers.iter().cloned()).fold(input, |network, layer| network.recipe(layer));
        let network = hidden
            .dense(outputs, gradflow::Activation::Identity)
            .build()?;
        let model = Model::new(network, cost, config.seed)?.with_threads(1);
        if config.batch == 0 {
            return Err("a mini-batch has at least one sample".into());
        }
        let theta = model.theta().to_vec();
        let optimiser = Optimiser::new(config.descent(&theta), &theta)?;
        let batch = config.batch.min(train.len());
        // Checks that the cost is defined for the targets.
        model.evaluate(&train)?;
        Ok(Self {
            arena: Arena::training(model.network(), batch)?,
            order: vec![0; train.len()],
            position: 0,
            epoch: 0,
            x: Vec::with_capacity(batch * model.network().input().len()),
            y: vec![0.0; batch * outputs],
            end: None,
            config,
            model,
            optimiser,
            theta,
            train,
            test,
            points,
        })
    }

    /// Takes up to so many steps; fewer where the descent diverges.
    pub fn train(&mut self, steps: usize) {
        for _ in 0..steps {
            if self.end.is_some() {
                break;
            }
            if let Err(error) = self.step() {
                self.end = Some(error.to_string());
            }
        }
    }

    fn step(&mut self) -> Result<()> {
        let total = self.train.len();
        if self.epoch == 0 || self.position >= total {
            self.epoch += 1;
            self.position = 0;
            shuffle(&mut self.order, self.config.seed, self.epoch);
        }
        let samples = self.config.batch.min(total - self.position);
        self.gather(samples);
        let network = self.model.network();
        let x = network.input().columns(&self.x, samples);
        let y = Batch::new(
            &self.y[..samples * network.output().len()],
            network.output().len(),
        )?;
        let mut risk = Risk::new(&self.model, x, y, &mut self.arena)?;
        self.optimiser.step(&mut risk, &mut self.theta)?;
        self.position += samples;
        Ok(())
    }

    /// Copies the next samples of the epoch's order.
    fn gather(&mut self, samples: usize) {
        let size = self.model.network().output().len();
        self.x.clear();
        let (inputs, targets) = (self.train.inputs(), self.train.targets());
        let each = inputs.size();
        for (place, &i) in self.order[self.position..][..samples].iter().enumerate() {
            self.x.extend(&inputs.data()[i * each..][..each]);
            let y = &mut self.y[place * size..][..size];
            match targets {
                Targets::Classes { labels, .. } => self.model.cost().encode(labels[i], y),
                Targets::Values(values) => y.copy_from_slice(&values.data()[i * size..][..size]),
            }
        }
    }

    /// The parameters.
    pub fn theta(&self) -> &[f32] {
        &self.theta
    }

    pub(crate) fn network(&self) -> &Network<f32> {
        self.model.network()
    }

    pub(crate) fn features(&self) -> &[Feature] {
        &self.config.features
    }

    /// The parameters' digest: FNV-1a of their bits, the lowest byte of each first.
    pub fn digest(&self) -> u64 {
        let bytes = self.theta.iter().flat_map(|q| q.to_bits().to_le_bytes());
        bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }

    /// Steps made.
    pub fn steps(&self) -> usize {
        self.optimiser.steps()
    }

    /// The epoch at work, from 1, and the share of it that is done.
    pub(crate) fn epochs(&self) -> f64 {
        match self.epoch {
            0 => 0.0,
            epoch => (epoch - 1) as f64 + self.position as f64 / self.train.len() as f64,
        }
    }

    /// The rate of the next step.
    pub(crate) fn rate(&self) -> f64 {
        self.optimiser.descent().rule.rate() * self.optimiser.rate_factor()
    }

    /// Why no further step can be made.
    pub fn end(&self) -> Option<&str> {
        self.end.as_deref()
    }

    /// The model with the parameters of now.
    pub fn model(&mut self) -> Result<&Model<f32>> {
        self.model.set_theta(self.theta.clone())?;
        Ok(&self.model)
    }

    /// Cost and accuracy on what is trained on, and on what is held out.
    pub(crate) fn evaluate(&mut self) -> Result<(Evaluation, Option<Evaluation>)> {
        self.model()?;
        let test = self.test.as_ref();
        let test = test.map(|test| self.model.evaluate(test)).transpose()?;
        Ok((self.model.evaluate(&self.train)?, test))
    }

    /// The largest curvature of the cost on all that is trained on, and what it means for the rule.
    pub(crate) fn stability(&mut self) -> Result<Stability> {
        /// Gradients of the whole training set, at most.
        const GRADIENTS: usize = 30;
        let network = self.model.network();
        let (samples, size) = (self.train.len(), network.output().len());
        let mut y = vec![0.0; samples * size];
        match self.train.targets() {
            Targets::Classes { labels, .. } => {
                let each = labels.iter().zip(y.chunks_exact_mut(size));
                each.for_each(|(label, y)| self.model.cost().encode(*label, y));
            }
            Targets::Values(values) => y.copy_from_slice(values.data()),
        }
        let x = network.input().columns(self.train.inputs().data(), samples);
        let mut arena = Arena::training(network, samples)?;
        let mut risk = Risk::new(&self.model, x, Batch::new(&y, size)?, &mut arena)?;
        let found = curvature(&mut risk, &self.theta, GRADIENTS)?;
        // The trap is as steep in every direction.
        let bound = found.estimate + self.config.trap.strength;
        let factor = self.optimiser.rate_factor();
        let rule = &self.optimiser.descent().rule;
        let rule = rule.clone().with_rate(rule.rate() * factor);
        Ok(rule.stability(bound))
    }
}
