//! What can be wrong with a cost and with what it is given.

use thiserror::Error;

use crate::{Loss, Output};

/// Why a cost, a batch or weights are refused.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum CostError {
    /// The loss is not defined on what the output map yields.
    #[error(
        "{loss} needs the outputs to be a distribution over classes: soft-max, but the output is {output}"
    )]
    Impossible {
        /// The output map.
        output: Output,
        /// The loss.
        loss: Loss,
    },
    /// Soft-max of one number is 1, whatever the number.
    #[error("soft-max of one output is always 1: use two outputs, or one logistic output")]
    SoftmaxOfOne,
    /// There are no outputs.
    #[error("a cost of no outputs")]
    NoOutputs,
    /// The component weights do not fit the number of outputs.
    #[error("{found} component weights for {expected} outputs")]
    WeightCount {
        /// Number of outputs.
        expected: usize,
        /// Number of weights.
        found: usize,
    },
    /// A weight is negative, infinite or NaN.
    #[error("weight {index} is {value}: weights are finite and not negative")]
    Weight {
        /// Which weight, counted from 0: of a component, a sample or a class.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// All weights are zero, so that nothing would count.
    #[error("all weights are zero")]
    ZeroWeights,
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
    #[error("a batch without samples")]
    EmptyBatch,
    /// There are not as many sample weights as samples.
    #[error("{found} sample weights for {expected} samples")]
    SampleWeightCount {
        /// Number of samples.
        expected: usize,
        /// Number of weights.
        found: usize,
    },
    /// The loss is not defined for this target.
    #[error(
        "target {value} (sample {sample}, component {component}): {loss} needs targets in {range}"
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
        range: &'static str,
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
    #[error("class {class} has no samples")]
    EmptyClass {
        /// Which class, counted from 0.
        class: usize,
    },
}
