//! What can be wrong with a cost and with what it is given.

use core::fmt;

use gradflow_tensor::names;
use thiserror::Error;

use crate::{Loss, Output, Targets};

/// Why a cost, a batch or weights are refused.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum CostError {
    /// The loss is not defined on what the output map yields.
    #[error("{loss} needs the output {}, not {output}: {}", loss.needs().0, loss.needs().1)]
    Impossible {
        /// The output map.
        output: Output,
        /// The loss.
        loss: Loss,
    },
    /// A constant of the loss is out of range.
    #[error("{loss}: {constant} is {value}, and must be {range}")]
    Constant {
        /// Name of the loss.
        loss: String,
        /// Name of the constant.
        constant: &'static str,
        /// Its value.
        value: f64,
        /// Where it must lie.
        range: &'static str,
    },
    /// The loss is one of the user's that a file has named.
    #[error(
        "the loss `{name}` is known by name only, as a file holds it: hand it to `Cost::resolve`, \
         `Losses::new().loss(..)`"
    )]
    Unresolved {
        /// The name.
        name: String,
    },
    /// The loss is not among those of the user's own.
    #[error(
        "there is no loss `{name}` among those of your own, which are [{}]{}", known.join(", "), Meant { name, known }
    )]
    UnknownLoss {
        /// The name.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// Component weights for a loss that is no sum over components.
    #[error(
        "component weights do not apply to the criterion {loss}, which is no sum over components"
    )]
    NoComponents {
        /// The loss.
        loss: Loss,
    },
    /// Label smoothing out of range.
    #[error("label smoothing of {value}: it lies in [0, 1), 0.1 is usual")]
    LabelSmoothing {
        /// What was given.
        value: f64,
    },
    /// Label smoothing for a loss whose targets are no labels.
    #[error(
        "label smoothing needs targets that are probabilities of classes, a cross-entropy, but the loss is {loss}"
    )]
    NoLabels {
        /// The loss.
        loss: Loss,
    },
    /// Soft-max of one number is 1, whatever the number.
    #[error(
        "soft-max of one output is always 1: use `Cost::binary()`, or a last layer of two outputs"
    )]
    SoftmaxOfOne,
    /// There are no outputs.
    #[error("a cost of 0 outputs: there is at least 1")]
    NoOutputs,
    /// The component weights do not fit the number of outputs.
    #[error("{found} component weights for {expected} outputs: each output needs one")]
    WeightCount {
        /// Number of outputs.
        expected: usize,
        /// Number of weights.
        found: usize,
    },
    /// A weight is negative, infinite or NaN.
    #[error("the weight of {of} {index} is {value}: it must be finite and not negative")]
    Weight {
        /// What it belongs to.
        of: WeightOf,
        /// Which weight, counted from 0.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// All weights are zero, so that nothing would count.
    #[error("all weights are zero, so that nothing counts")]
    ZeroWeights,
    /// The sum of the weights overflows.
    #[error(
        "the weights or their sum are infinite in {number}: scale them down, only their ratios matter"
    )]
    WeightSum {
        /// Name of the type of numbers.
        number: &'static str,
    },
    /// A weight is zero only because numbers of the type cannot hold it.
    #[error(
        "the weight of {of} {index} is {value:e}, which vanishes in {number}: use 0 to leave it out, or weights that differ less"
    )]
    WeightVanishes {
        /// What it belongs to.
        of: WeightOf,
        /// Which weight, counted from 0.
        index: usize,
        /// Its value.
        value: f64,
        /// Name of the type of numbers.
        number: &'static str,
    },
    /// The targets are not of the outputs' size.
    #[error("targets of {found} components for outputs of {expected}")]
    TargetSize {
        /// Components of an output.
        expected: usize,
        /// Components of a target.
        found: usize,
    },
    /// There are not as many targets as samples.
    #[error("{found} targets for {expected} samples")]
    TargetCount {
        /// Number of samples.
        expected: usize,
        /// Number of targets.
        found: usize,
    },
    /// The mean over no samples.
    #[error("a batch without samples: there is at least 1")]
    EmptyBatch,
    /// There are not as many sample weights as samples.
    #[error("{found} sample weights for {expected} samples: each sample needs one")]
    SampleWeightCount {
        /// Number of samples.
        expected: usize,
        /// Number of weights.
        found: usize,
    },
    /// The loss is not defined for this target.
    #[error(
        "a target is {value} (sample {sample}, component {component}), but {loss} needs targets in {targets}{}",
        Values(loss)
    )]
    Target {
        /// Which sample, counted from 0.
        sample: usize,
        /// Which component, counted from 0.
        component: usize,
        /// The target's value.
        value: f64,
        /// The loss.
        loss: Loss,
        /// Where its targets lie.
        targets: Targets,
    },
    /// A label names no class.
    #[error("label {label} of sample {sample}: there are {classes} classes, counted from 0")]
    Label {
        /// Which sample, counted from 0.
        sample: usize,
        /// Its label.
        label: usize,
        /// Number of classes.
        classes: usize,
    },
    /// A class has no samples, so that no weight balances it.
    #[error(
        "class {class} has no samples, so that no weight balances it: leave it out of the classes, or give weights of your own"
    )]
    EmptyClass {
        /// Which class, counted from 0.
        class: usize,
    },
}

/// What a weight belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeightOf {
    /// A component of the output.
    Component,
    /// A sample.
    Sample,
    /// A class.
    Class,
}

impl fmt::Display for WeightOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Component => "component",
            Self::Sample => "sample",
            Self::Class => "class",
        })
    }
}

/// The name that was probably meant, or how to add one.
struct Meant<'a> {
    name: &'a str,
    known: &'a [String],
}

impl fmt::Display for Meant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match names::meant(self.name, self.known.iter().map(String::as_str)) {
            Some(name) => write!(f, ": did you mean `{name}`?"),
            None => f.write_str(": add it with `Losses::loss`"),
        }
    }
}

/// A cross-entropy is for classes.
struct Values<'a>(&'a Loss);

impl fmt::Display for Values<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Loss::CrossEntropy | Loss::CategoricalCrossEntropy => {
                f.write_str("; other numbers are for `Cost::regression()`")
            }
            _ => Ok(()),
        }
    }
}
