//! What is trained, and how, as the page describes it.

use gradflow::layers::Recipe;
use gradflow::optim::{Descent, Rule, Schedule, Trap};
use gradflow::{Cost, Loss, Output};
use serde::Deserialize;

use crate::Result;
use crate::plane::{Feature, Set};

/// One training: data, network, descent. Layers, losses, rules and schedules are written as the library writes them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The samples.
    pub data: Data,
    /// What the network reads of a point of the plane.
    #[serde(default)]
    pub features: Vec<Feature>,
    /// The hidden layers; a dense layer to the outputs follows.
    pub layers: Vec<Recipe>,
    /// The loss; the output map follows from it.
    pub loss: Loss,
    /// The update rule.
    pub rule: Rule,
    /// Factor on its rate for each step.
    #[serde(default)]
    pub schedule: Schedule,
    /// L2 regularisation.
    #[serde(default)]
    pub trap: Spring,
    /// Samples of a mini-batch.
    pub batch: usize,
    /// Seed of the data, of the parameters and of the order of the samples.
    pub seed: u64,
}

/// Where samples come from.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Data {
    /// Points of the plane in a pattern.
    Plane {
        /// The pattern.
        set: Set,
        /// How many.
        samples: usize,
        /// Standard deviation of what is added to coordinates or values.
        noise: f64,
        /// The share that is trained on; the rest is held out.
        share: f64,
    },
    /// Points `x, y, class` that somebody drew.
    Drawn {
        /// The points; the class is 0 or 1.
        points: Vec<[f32; 3]>,
        /// The share that is trained on.
        share: f64,
    },
    /// The repository's 1,797 digits of 8 x 8 pixels; a fifth is held out.
    Digits,
    /// Any numbers, sample after sample, to fit values to.
    Table {
        /// Numbers of an input.
        inputs: usize,
        /// The inputs.
        x: Vec<f32>,
        /// Numbers of a target.
        outputs: usize,
        /// The targets.
        y: Vec<f32>,
    },
}

/// The harmonic trap (3) about one of three centres.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spring {
    /// Strength; 0 for none.
    pub strength: f64,
    /// Where it pulls to.
    pub centre: Centre,
}

/// The centre of a trap.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub enum Centre {
    /// The origin.
    #[default]
    Zero,
    /// The parameters before the first step.
    Start,
    /// All parameters at one number.
    Value(f64),
}

impl Config {
    /// The cost: what the loss needs of the output, logistic where there is a choice for classes.
    pub(crate) fn cost(&self, classes: bool) -> Result<Cost> {
        let output = match self.loss {
            Loss::CategoricalCrossEntropy => Output::Softmax,
            Loss::Hinge => Output::Identity,
            _ if classes => Output::Logistic,
            _ => Output::Identity,
        };
        Ok(Cost::new(output, self.loss.clone())?)
    }

    /// The rule with schedule and trap, for a start at `theta`.
    pub(crate) fn descent(&self, theta: &[f32]) -> Descent {
        let descent = Descent::new(self.rule.clone()).with_schedule(self.schedule.clone());
        let Spring { strength, centre } = self.trap;
        if strength == 0.0 {
            return descent;
        }
        let centre = match centre {
            Centre::Zero => None,
            Centre::Start => Some(theta.iter().map(|q| f64::from(*q)).collect()),
            Centre::Value(value) => Some(vec![value; theta.len()]),
        };
        descent.with_trap(Trap {
            strength,
            centre,
            mask: None,
        })
    }
}
