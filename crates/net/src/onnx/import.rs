//! A model from an ONNX file.

mod assemble;
mod bounds;
mod flow;
mod graph;
mod input;
mod ops;
mod reader;
mod tensor;
mod view;

use std::path::Path;

use gradflow_data::read_file;
use gradflow_kernels::Real;
use gradflow_layers::{Activation, Recipe};
use gradflow_loss::{Cost, Output};
use gradflow_tensor::Shape;
use prost::Message;
use prost::bytes::Bytes;

use self::assemble::{Parts, assemble};
use self::graph::Graph;
use self::reader::{Reader, Value};
use super::proto::ModelProto;
use super::{OnnxError, names};
use crate::checks::check_cost;
use crate::text::excerpt;
use crate::{FileError, Model, ModelError, Network};

impl<T: Real> Model<T> {
    /// Makes a model of an ONNX file, with which it predicts, and which can be trained on. [`gradflow::onnx`](crate::onnx) lists the operators
    /// that are read.
    ///
    /// The last operator chooses the cost: soft-max (or its logarithm) that of [`Cost::classification`], a sigmoid that of
    /// [`Cost::binary`], else it is that of [`Cost::regression`]. Of two classes whose probabilities are `1 - p` and `p`, the model has
    /// one output, `p`. Numbers of other types are rounded to `T`.
    ///
    /// A network that reads `[N, vertical, horizontal, channels]`, as Keras's do, becomes one that reads `[channels, vertical, horizontal]`
    /// like any other here: bring its pictures into that order.
    ///
    /// # Errors
    /// [`OnnxError`] with the node that is no layer here, the tensor whose numbers are not those of its dimensions, or whatever else is
    /// not as it must be. A file that others have written costs at most 16 times its size and 32 MiB of memory, and no other file is read.
    pub fn from_onnx(file: impl Into<Vec<u8>>) -> Result<Self, OnnxError> {
        let file = Bytes::from(file.into());
        let told = text_or(&file);
        bounds::check(&file).map_err(told)?;
        let bytes = file.len();
        let model = ModelProto::decode(file).map_err(|error| {
            told(OnnxError::NotOnnx {
                reason: error.into(),
            })
        })?;
        let (input, parts) = read(&model, bytes)?;
        let mut read = build(input, parts)?;
        names::give(&mut read, &model.metadata_props)?;
        Ok(read)
    }

    /// [`Model::from_onnx`] of a file.
    ///
    /// # Errors
    /// Those of [`Model::from_onnx`], and [`OnnxError::File`].
    pub fn import_onnx(path: impl AsRef<Path>) -> Result<Self, OnnxError> {
        let path = path.as_ref();
        let file = read_file(path);
        let file = file.map_err(|error| FileError::io("reading")(error).at(path))?;
        Self::from_onnx(file)
    }
}

/// What is said of a file that is none: that it is a text, if it begins with letters alone.
fn text_or(file: &[u8]) -> impl Fn(OnnxError) -> OnnxError + Copy + use<> {
    const HEAD: usize = 64;
    let letter = |b: &u8| b.is_ascii_graphic() || b.is_ascii_whitespace();
    let is_text = file.len() > 1 && file.iter().take(HEAD).all(letter);
    move |error| match error {
        OnnxError::NotOnnx { .. } if is_text => OnnxError::Text,
        error => error,
    }
}

/// The shape of an input sample, and the layers.
fn read<T: Real>(model: &ModelProto, bytes: usize) -> Result<(Shape<3>, Parts<T>), OnnxError> {
    let graph = Graph::new(model)?;
    let input = input::view(&graph)?;
    let shape = input.0;
    let mut reader = Reader::new(&graph, input, bytes);
    for at in 0..graph.nodes.len() {
        ops::read(&mut reader, at)?;
    }
    let last = output(&graph, &reader)?;
    Ok((shape, assemble(&graph, reader.flow, last)?))
}

/// The step that the one output is made by; labels are left out.
fn output<T: Real>(graph: &Graph<'_>, reader: &Reader<'_, T>) -> Result<usize, OnnxError> {
    let mut found = None;
    for name in &graph.outputs {
        let refuse = |expected: &str, came: String| OnnxError::Value {
            value: excerpt(name),
            expected: expected.to_owned(),
            came,
        };
        match (reader.values.get(name), found) {
            (Some(Value::Label), _) => {}
            (Some(Value::Flow(step, _)), None) => found = Some(*step),
            (Some(Value::Flow(..)), Some(_)) => {
                let came = "another output of numbers before it".to_owned();
                return Err(refuse("to be the only output of the network", came));
            }
            (Some(Value::Constant(_)), _) => {
                return Err(refuse(
                    "an output that depends on the input",
                    "a constant".into(),
                ));
            }
            (None, _) => {
                return Err(refuse(
                    "an output that a node makes",
                    "none makes it".into(),
                ));
            }
        }
    }
    found.ok_or_else(|| OnnxError::NotOnnx {
        reason: "its graph has no output of numbers".into(),
    })
}

/// The model with the cost that goes with the output map.
fn build<T: Real>(input: Shape<3>, parts: Parts<T>) -> Result<Model<T>, OnnxError> {
    let Parts {
        mut recipes,
        theta,
        state,
        output,
    } = parts;
    let mut cost = match output {
        Output::Identity => Cost::regression(),
        Output::Logistic => Cost::binary(),
        Output::Softmax => Cost::classification(),
    };
    if recipes.is_empty() {
        recipes.push(Recipe::Activation(Activation::Identity));
    }
    let mut network = network(input, &recipes)?;
    // The logistic function of a logistic function is no probability: both are layers.
    if check_cost(&network, &cost) == Err(ModelError::LogisticTwice) {
        recipes.push(Recipe::Activation(Activation::Logistic));
        network = self::network(input, &recipes)?;
        cost = Cost::regression();
    }
    let mut model = Model::with_parameters(network, cost, theta)?;
    model.set_state(state)?;
    Ok(model)
}

fn network<T: Real>(input: Shape<3>, recipes: &[Recipe]) -> Result<Network<T>, OnnxError> {
    let layers = recipes.iter().cloned();
    let builder = layers.fold(Network::builder(input), |builder, recipe| {
        builder.recipe(recipe)
    });
    Ok(builder.build()?)
}
