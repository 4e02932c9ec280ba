//! Why a metric has no meaning for what it was given.

use thiserror::Error;

/// Why a metric has no meaning for what it was given.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MetricError {
    /// As many predictions as targets are compared.
    #[error("{predicted} predictions for {targets} targets")]
    Lengths {
        /// Predictions given.
        predicted: usize,
        /// Labels or target values given.
        targets: usize,
    },
    /// Scores or probabilities that are not one number for each class of each sample.
    #[error(
        "{came} numbers for {samples} samples of {classes} classes: one is needed for each class of each sample (for two classes, the probability of class 1 alone will do)"
    )]
    Scores {
        /// Numbers given.
        came: usize,
        /// Samples: labels given.
        samples: usize,
        /// Number of classes.
        classes: usize,
    },
    /// Values that are not whole samples.
    #[error("{came} numbers are not whole samples of {size}")]
    Size {
        /// Numbers given.
        came: usize,
        /// Numbers of a sample.
        size: usize,
    },
    /// A class that there is not.
    #[error("class {class}: there are {classes} classes, counted from 0")]
    Class {
        /// The class given.
        class: usize,
        /// Number of classes.
        classes: usize,
    },
    /// A target of a yes-or-no answer that is neither 0 nor 1.
    #[error("target {index} is neither 0 nor 1")]
    NotBinary {
        /// Which number of the targets.
        index: usize,
    },
    /// A score that cannot be ranked.
    #[error("score {index} is NaN")]
    NotANumber {
        /// Which number of the scores.
        index: usize,
    },
    /// Another number of weights than samples.
    #[error("{came} weights for {expected} samples")]
    WeightCount {
        /// Number of samples.
        expected: usize,
        /// Weights given.
        came: usize,
    },
    /// A weight that is negative or not finite.
    #[error("weight {index} is negative or not finite")]
    Weight {
        /// Which sample's.
        index: usize,
    },
    /// Weights of which all are zero, or whose sum overflows.
    #[error("the sum of the weights is zero or not finite")]
    WeightSum,
    /// Confidences in no bins.
    #[error("0 bins: confidences are sorted into at least one")]
    NoBins,
    /// The first none of several classes.
    #[error("top 0: a class is among the first 1, 2, …")]
    TopZero,
}
