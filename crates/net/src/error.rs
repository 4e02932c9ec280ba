//! What can be wrong with a network or a model.

use gradflow_data::{AugmentError, DiskError, FeatureError, MismatchError};
use gradflow_layers::LayerError;
use gradflow_loss::CostError;
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
    #[error(
        "a network needs at least one layer: add one before `build`, such as `.dense(10, Activation::Identity)`"
    )]
    Empty,
    /// An option stands before the first layer.
    #[error(
        "`{option}` stands before the first layer: call it right behind the layer that it is for, such as `.conv(..)`"
    )]
    NoLayerYet {
        /// The option, such as `stride`.
        option: &'static str,
    },
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
    /// Pictures cannot be changed like this.
    #[error(transparent)]
    Augment(#[from] AugmentError),
    /// Cross-entropy needs outputs in (0, 1).
    #[error(
        "cross-entropy needs outputs in (0, 1), but those of the last layer lie in ({low}, {high}): use `Cost::binary()` (output `Logistic`, loss `CrossEntropy`), or with an output for each class `Cost::classification()` (output `Softmax`, loss `CategoricalCrossEntropy`), behind a last layer with `Activation::Identity`"
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
    #[error(
        "{came} parameters for a network that has {expected}: theta holds all of `Network::blocks`, one after another"
    )]
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
    #[error("parameter {name:?} has the dimensions {dims:?}: it is a tensor of rank {rank}, not {came}: use `view::<{rank}>()`", rank = dims.len())]
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
    #[error("parameter {name:?}: element {index} is {value}, but all must be finite")]
    ParameterNotFinite {
        /// The parameter's name.
        name: String,
        /// Which element, in row-major order.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// State of another length.
    #[error("state of {came} numbers for layers that have {expected}")]
    State {
        /// Length of the layers' state.
        expected: usize,
        /// Length of what was given.
        came: usize,
    },
    /// A part of the layers' state is infinite or NaN.
    #[error("state {name:?}: element {index} is {value}, but all must be finite")]
    StateNotFinite {
        /// The name of the block.
        name: String,
        /// Which of its elements.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// More memory than there is.
    #[error("there is no memory for {what}: {bytes} bytes")]
    Memory {
        /// What was to be kept in it.
        what: &'static str,
        /// Bytes wanted.
        bytes: u128,
    },
    /// A sample of another size.
    #[error("a sample of {came} number{} came, but the network reads {} ({expected}){}", plural(*came), expected.len(), Many { expected: expected.len(), came: *came })]
    InputSize {
        /// The shape that the network reads.
        expected: Shape<3>,
        /// Elements given.
        came: usize,
    },
    /// Inputs that are not a whole number of samples.
    #[error(
        "{came} input values are not a whole number of samples: the network reads {expected} for each"
    )]
    Inputs {
        /// Elements of a sample.
        expected: usize,
        /// Elements given.
        came: usize,
    },
    /// A sample of another shape.
    #[error(
        "samples of shape {came} for a network that reads {expected}: build the network for them, `Network::builder(data.shape())`"
    )]
    InputShape {
        /// The shape that the network reads.
        expected: Shape<3>,
        /// The shape given.
        came: Shape<3>,
    },
    /// Targets of another size.
    #[error("targets of {came} value{} for a network that {}", plural(*came), match classes {
        true => format!("tells {expected} classes apart: hand over labels by `Dataset::classification`; to predict the values, use `Cost::regression()` and a last layer with {came} output{}", plural(*came)),
        false => format!("puts out {expected}: its last layer must have {came} output{}", plural(*came)),
    })]
    OutputSize {
        /// The cost is one for classes.
        classes: bool,
        /// Elements that the network puts out.
        expected: usize,
        /// Elements given.
        came: usize,
    },
    /// Another number of classes.
    #[error("labels of {came} classes for a network that tells {expected} apart: {}", LastLayer(*came))]
    Classes {
        /// Classes that the outputs stand for.
        expected: usize,
        /// Classes of the data.
        came: usize,
    },
    /// Data whose numbers mean something else than those that the model was trained on.
    #[error(transparent)]
    Schema(#[from] MismatchError),
    /// Samples that stay on disk cannot be had.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// Samples that stay on disk where they are needed in memory.
    #[error(
        "the samples stay on disk, but are needed in memory: hand over some of them, `data.first(1000)?`"
    )]
    NotInMemory,
    /// A raw row cannot become what the model reads.
    #[error(transparent)]
    Features(#[from] FeatureError),
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
    #[error("no samples: there must be at least 1")]
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
    #[error("{came} target value{} for {samples} sample{} of {outputs} output{}: {}", plural(*came), plural(*samples), plural(*outputs), Needed { samples: *samples, outputs: *outputs, came: *came })]
    Targets {
        /// Samples of the input.
        samples: usize,
        /// Outputs of the network.
        outputs: usize,
        /// Target values given.
        came: usize,
    },
    /// Values where labels are needed.
    #[error("the targets are values, but weights by class need labels: `Dataset::classification`")]
    NoClasses,
    /// Another number of class weights.
    #[error("{came} class weight{} for data of {expected} classes: each class needs one", plural(*came))]
    ClassWeights {
        /// Classes of the data.
        expected: usize,
        /// Weights given.
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

fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

/// Several samples where one is meant.
struct Many {
    expected: usize,
    came: usize,
}

impl core::fmt::Display for Many {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        if self.came > self.expected && self.came.is_multiple_of(self.expected) {
            f.write_str("; for several samples at once use `predict_batch`")
        } else {
            Ok(())
        }
    }
}

/// How many target values there must be, and how a class is given where there is one number for a sample.
struct Needed {
    samples: usize,
    outputs: usize,
    came: usize,
}

impl core::fmt::Display for Needed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let needed = self.samples as u128 * self.outputs as u128;
        write!(f, "there must be {needed}")?;
        if self.outputs > 1 && self.came == self.samples {
            f.write_str("; a class is given as a one-hot vector")?;
        }
        Ok(())
    }
}

/// What the last layer must be for so many classes.
struct LastLayer(usize);

impl core::fmt::Display for LastLayer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.0 {
            2 => f.write_str("its last layer must have 2 outputs, or 1 with `Cost::binary()` (output `Logistic`, loss `CrossEntropy`)"),
            n => write!(f, "its last layer must have {n} outputs"),
        }
    }
}
