//! What can be wrong with a network, a model or a training run.

use gradflow_layers::LayerError;
use gradflow_loss::CostError;
use gradflow_optim::{Diverged, OptimError};
use gradflow_tensor::{Shape, ShapeError};
use thiserror::Error;

/// Why layers do not make a network. Layers are counted from 0.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum NetworkError {
    /// The input shape is not a shape.
    #[error("input of the network: {0}")]
    Input(ShapeError),
    /// A network needs a layer.
    #[error("a network needs at least one layer")]
    Empty,
    /// A layer cannot be made for the shape that arrives at it.
    #[error("{}", within(*layer, error))]
    Layer {
        /// Which layer.
        layer: usize,
        /// What is wrong with it.
        error: LayerError,
    },
    /// A user's layer reads another shape than the one that arrives at it.
    #[error("layer {layer} ({name}): reads {expected}, but {came} arrives")]
    Mismatch {
        /// Which layer.
        layer: usize,
        /// Its name.
        name: String,
        /// The shape it reads.
        expected: Shape<3>,
        /// The shape that arrives.
        came: Shape<3>,
    },
    /// The blocks of a user's layer leave gaps, overlap, or do not match their dimensions.
    #[error(
        "layer {layer} ({name}): block {block} does not follow the one before it or does not match its dimensions"
    )]
    Blocks {
        /// Which layer.
        layer: usize,
        /// Its name.
        name: String,
        /// Which block.
        block: &'static str,
    },
    /// The number of parameters overflows.
    #[error("layer {layer}: more parameters than memory can address")]
    TooManyParameters {
        /// The layer at which it overflows.
        layer: usize,
    },
}

/// A layer's message `what: why` as `layer 2 (what): why`.
fn within(layer: usize, source: &LayerError) -> String {
    let message = source.to_string();
    match message.split_once(": ") {
        Some((what, why)) => format!("layer {layer} ({what}): {why}"),
        None => format!("layer {layer}: {message}"),
    }
}

/// Why a network, a cost, parameters and data do not go together.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ModelError {
    /// The cost does not suit the number of outputs, the targets or the sample weights.
    #[error(transparent)]
    Cost(#[from] CostError),
    /// Cross-entropy needs outputs in (0, 1).
    #[error(
        "cross-entropy needs outputs in (0, 1); those of the last layer lie in ({low}, {high}): end in a logistic or soft logistic layer, or use a logistic or soft-max output"
    )]
    OutputRange {
        /// Greatest lower bound of the last layer's values.
        low: f64,
        /// Least upper bound of the last layer's values.
        high: f64,
    },
    /// Another number of parameters.
    #[error("{came} parameters for a network of {expected}")]
    Parameters {
        /// Parameters of the network.
        expected: usize,
        /// Parameters given.
        came: usize,
    },
    /// A parameter is infinite or NaN.
    #[error("parameter {index} is not finite")]
    NotFinite {
        /// Which parameter.
        index: usize,
    },
    /// More parameters than there is memory for.
    #[error("no memory for {parameters} parameters")]
    Memory {
        /// Parameters of the network.
        parameters: usize,
    },
    /// A sample of another size.
    #[error("samples of {came} elements for a network that reads {expected}")]
    InputSize {
        /// Elements that the network reads.
        expected: usize,
        /// Elements given.
        came: usize,
    },
    /// Outputs or targets of another size.
    #[error("outputs or targets of {came} elements for a network that puts out {expected}")]
    OutputSize {
        /// Elements that the network puts out.
        expected: usize,
        /// Elements given.
        came: usize,
    },
    /// Another number of samples.
    #[error("{came} samples or weights where {expected} were expected")]
    Samples {
        /// Samples of the input.
        expected: usize,
        /// Samples or weights given.
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
    /// A tape or workspace that was made for another network.
    #[error("the workspace was made for another network")]
    Workspace,
}

/// Why a training run cannot start or a single step cannot be taken.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum TrainingError {
    /// Network, cost and data do not go together.
    #[error("{role}: {error}")]
    Model {
        /// `training data`, `validation data`, `sample weights`, `batch` or `trainer`.
        role: &'static str,
        /// What is wrong.
        error: ModelError,
    },
    /// The update rule's constants are invalid.
    #[error(transparent)]
    Rule(#[from] OptimError),
    /// A batch of no samples.
    #[error("batch size 0: a batch needs at least one sample")]
    EmptyBatch,
    /// A batch whose activations no memory could hold.
    #[error("batch size {samples}: more activations than memory can address")]
    BatchTooLarge {
        /// The batch size asked for.
        samples: usize,
    },
    /// A least decrease that is negative or not finite.
    #[error("early stopping: least decrease {min_decrease}: it is finite and not negative")]
    MinDecrease {
        /// The least decrease asked for.
        min_decrease: f64,
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
    #[error("{0}")]
    Diverged(Diverged),
    /// Early stopping watches a validation set.
    #[error("early stopping needs a validation set")]
    NoValidation,
}
