//! What can be wrong with a network, a model or a training run.

use gradflow_layers::LayerError;
use gradflow_loss::CostError;
use gradflow_optim::{Diverged, OptimError};
use gradflow_tensor::{Shape, ShapeError};
use thiserror::Error;

use crate::metrics::MetricError;

/// Why layers do not make a network. Layers are counted from 0.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// The input shape is not a shape.
    #[error("input of the network: {0}")]
    Input(#[source] ShapeError),
    /// A network needs a layer.
    #[error("a network needs at least one layer")]
    Empty,
    /// A layer cannot be made for the shape that arrives at it, or says what cannot be of itself.
    #[error(transparent)]
    Layer(#[from] LayerError),
}

/// Why a network, a cost, parameters and data do not go together.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The cost does not suit the number of outputs, the targets or the sample weights.
    #[error(transparent)]
    Cost(#[from] CostError),
    /// A metric has no meaning.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// Cross-entropy needs outputs in (0, 1).
    #[error(
        "cross-entropy needs outputs in (0, 1); those of the last layer lie in ({low}, {high}): end in a soft logistic layer, or use a logistic or soft-max output"
    )]
    OutputRange {
        /// Greatest lower bound of the last layer's values.
        low: f64,
        /// Least upper bound of the last layer's values.
        high: f64,
    },
    /// A logistic activation rounds to 0 and 1, where the cross-entropy loses its gradient.
    #[error(
        "cross-entropy behind a logistic activation loses its gradient where the activation rounds to 1: give the last layer the identity and the cost the logistic output (`Cost::binary()`), which is the same function"
    )]
    Logistic,
    /// The cost's output map is the logistic function already.
    #[error(
        "the logistic function is applied twice, by the last layer and by the cost's output: give the last layer the identity"
    )]
    LogisticTwice,
    /// Another number of parameters.
    #[error("{came} parameters for a network of {expected}")]
    Parameters {
        /// Parameters of the network.
        expected: usize,
        /// Parameters given.
        came: usize,
    },
    /// No parameter has this name.
    #[error("there is no parameter {name:?}{}", Nearest(nearest))]
    NoParameter {
        /// The name asked for.
        name: String,
        /// The names nearest to it, the nearest first; none if the network has no parameters.
        nearest: Vec<String>,
    },
    /// A parameter of another rank.
    #[error("parameter {name:?} has the dimensions {dims:?}: it is a tensor of rank {}, not {came}", dims.len())]
    Rank {
        /// The parameter's name.
        name: String,
        /// Its dimensions.
        dims: Vec<usize>,
        /// The rank asked for.
        came: usize,
    },
    /// Values of other dimensions than the parameter's.
    #[error("values of dimensions {came:?} for parameter {name:?}, which has {expected:?}")]
    ParameterDims {
        /// The parameter's name.
        name: String,
        /// Its dimensions.
        expected: Vec<usize>,
        /// The dimensions given.
        came: Vec<usize>,
    },
    /// Another number of values than the parameter's.
    #[error("{came} values for parameter {name:?}, which has {expected}: dimensions {dims:?}")]
    ParameterLength {
        /// The parameter's name.
        name: String,
        /// Its dimensions.
        dims: Vec<usize>,
        /// Their product.
        expected: usize,
        /// Values given.
        came: usize,
    },
    /// A value for a parameter is infinite or NaN.
    #[error("parameter {name:?}: value {index} is not finite")]
    ParameterNotFinite {
        /// The parameter's name.
        name: String,
        /// Which value, in row-major order.
        index: usize,
    },
    /// State of another length.
    #[error("state of {came} numbers for layers that have {expected}")]
    State {
        /// Length of the layers' state.
        expected: usize,
        /// Length of what was given.
        came: usize,
    },
    /// A parameter or a part of the state is infinite or NaN.
    #[error("{what}: number {index} is not finite")]
    NotFinite {
        /// `parameter` or `state of the layers`.
        what: &'static str,
        /// Which number.
        index: usize,
    },
    /// More memory than there is.
    #[error("no memory for {what}: {bytes} bytes")]
    Memory {
        /// What was to be kept in it.
        what: &'static str,
        /// Bytes wanted.
        bytes: u128,
    },
    /// A sample of another size.
    #[error("samples of {came} elements for a network that reads {expected}")]
    InputSize {
        /// Elements that the network reads.
        expected: usize,
        /// Elements given.
        came: usize,
    },
    /// A sample of another shape.
    #[error("samples of shape {came} for a network that reads {expected}")]
    InputShape {
        /// The shape that the network reads.
        expected: Shape<3>,
        /// The shape given.
        came: Shape<3>,
    },
    /// Targets of another size.
    #[error("targets of {came} elements for a network that puts out {expected}")]
    OutputSize {
        /// Elements that the network puts out.
        expected: usize,
        /// Elements given.
        came: usize,
    },
    /// Another number of classes.
    #[error("labels of {came} classes for a network that tells {expected} apart")]
    Classes {
        /// Classes that the outputs stand for.
        expected: usize,
        /// Classes of the data.
        came: usize,
    },
    /// Two data sets whose classes have other names, or another order.
    #[error("class {class} is called {came:?} here and {expected:?} in the training data")]
    ClassNames {
        /// Which class.
        class: usize,
        /// Its name in the training data, shortened if it is long.
        expected: String,
        /// Its name here, shortened if it is long.
        came: String,
    },
    /// A label names no class.
    #[error("label {label} of sample {sample}: there are {classes} classes, counted from 0")]
    Label {
        /// Which sample of the mini-batch.
        sample: usize,
        /// Its label.
        label: usize,
        /// Number of classes.
        classes: usize,
    },
    /// Another number of samples.
    #[error("{came} samples where {expected} were expected")]
    Samples {
        /// Samples expected.
        expected: usize,
        /// Samples given.
        came: usize,
    },
    /// No samples at all.
    #[error("no samples")]
    NoSamples,
    /// Batch statistics need more samples.
    #[error(
        "a mini-batch, or a piece of one, of {came} samples, but the layers' batch statistics need {expected}: choose a batch size that does not leave so few at the end of an epoch"
    )]
    FewSamples {
        /// The least number.
        expected: usize,
        /// The number that would come.
        came: usize,
    },
    /// Targets of another size.
    #[error("{came} target values for {samples} samples of {outputs} outputs")]
    Targets {
        /// Samples of the input.
        samples: usize,
        /// Outputs of the network.
        outputs: usize,
        /// Target values given.
        came: usize,
    },
    /// A slice for outputs of another length.
    #[error("room for {came} outputs where {expected} are computed")]
    Room {
        /// Outputs computed.
        expected: usize,
        /// Length of the slice.
        came: usize,
    },
    /// An arena that was made for another network, or for prediction where training needs one or the other way round.
    #[error(
        "the arena was made for another network or another use: `Arena::training` for gradients, `Arena::prediction` for predictions, of this network"
    )]
    Arena,
}

/// `; the nearest names are "a", "b"`
struct Nearest<'a>(&'a [String]);

impl core::fmt::Display for Nearest<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let begin = match self.0 {
            [] => return f.write_str("; the network has no parameters"),
            [_] => "; the nearest name is",
            _ => "; the nearest names are",
        };
        f.write_str(begin)?;
        for (i, name) in self.0.iter().enumerate() {
            write!(f, "{} {name:?}", if i == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

/// What the data are that do not suit a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataRole {
    /// What the model is trained on.
    Training,
    /// What cost and accuracy are taken on after each epoch.
    Validation,
    /// A batch handed to a single step.
    Batch,
}

impl core::fmt::Display for DataRole {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Training => "training data",
            Self::Validation => "validation data",
            Self::Batch => "batch",
        })
    }
}

/// Why a training run cannot start or go on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrainingError {
    /// Model and data do not go together.
    #[error("{role}: {error}")]
    Data {
        /// Which data.
        role: DataRole,
        /// What is wrong.
        #[source]
        error: ModelError,
    },
    /// The model cannot be trained like this.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The constants of the method, its trap, clipping or schedule are invalid, or its memory is another method's.
    #[error(transparent)]
    Method(#[from] OptimError),
    /// A batch of no samples.
    #[error("batch size 0: a batch needs at least one sample")]
    EmptyBatch,
    /// A mini-batch in no pieces.
    #[error("0 pieces: a mini-batch has at least one")]
    NoPieces,
    /// A least decrease that is negative or not finite.
    #[error("least decrease {min_decrease}: it is finite and not negative")]
    MinDecrease {
        /// The least decrease asked for.
        min_decrease: f64,
    },
    /// A plateau's factor or floor.
    #[error("plateau: factor {factor} must lie in (0, 1) and floor {floor} in [0, 1]")]
    Plateau {
        /// The factor asked for.
        factor: f64,
        /// The floor asked for.
        floor: f64,
    },
    /// A frozen layer that does not exist.
    #[error("layer {layer} cannot be frozen: the network has layers 0 to {last}")]
    NoSuchLayer {
        /// The layer asked for.
        layer: usize,
        /// The last layer.
        last: usize,
    },
    /// A single step met a cost or a gradient that is not finite; the model keeps the parameters it had.
    #[error(transparent)]
    Diverged(Diverged),
    /// Early stopping watches a validation set.
    #[error("early stopping needs a validation set: `Run::validate`")]
    NoValidation,
    /// A snapshot is of another network or data set.
    #[error("snapshot: {0}")]
    Snapshot(#[source] ModelError),
    /// A snapshot says that the run stands where it cannot.
    #[error("snapshot: no run stands at sample {position} of {samples} in mini-batches of {batch}")]
    Position {
        /// Where it says that the run stands.
        position: usize,
        /// Samples of a mini-batch.
        batch: usize,
        /// Samples of an epoch.
        samples: usize,
    },
    /// Samples cannot be had from a source.
    #[error("the source of the samples failed: {0}")]
    Source(#[source] Box<dyn std::error::Error + Send + Sync>),
}
