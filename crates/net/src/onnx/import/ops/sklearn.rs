//! Operators of `ai.onnx.ml`, as skl2onnx writes them.

use gradflow_kernels::Real;
use gradflow_layers::{Activation, Recipe};

use super::{affine, layout, linear};
use crate::onnx::OnnxError;
use crate::onnx::import::flow::Kind;
use crate::onnx::import::graph::Node;
use crate::onnx::import::reader::{Reader, Sample, Value};
use crate::onnx::import::tensor::Tensor;
use crate::onnx::import::view::View;

/// Numbers of an attribute.
fn floats<'a>(node: &Node<'a>, name: &str) -> &'a [f32] {
    node.attribute(name).map_or(&[], |own| &own.floats)
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|value| f64::from(*value)).collect()
}

/// `(x - offset) scale`.
pub(super) fn scaler<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let x = reader.sample(&node, 0)?;
    let [offset, factor] = ["offset", "scale"].map(|name| floats(&node, name));
    let tensor = |values: &[f32], usual: f64| match values {
        [] => Tensor::floats(&[1], vec![usual]),
        values => Tensor::floats(&[values.len()], wide(values)),
    };
    let offset = reader.spread(&node, &tensor(offset, 0.0), &x)?;
    let factor = reader.spread(&node, &tensor(factor, 1.0), &x)?;
    let scale = factor.iter().map(|factor| 1.0 / factor).collect();
    affine::push(reader, at, x, offset, scale)
}

/// A dense layer of coefficients that stand in rows, and the rows there are.
fn dense<T: Real>(
    reader: &mut Reader<'_, T>,
    at: usize,
    x: &Sample,
    (coefficients, intercepts): (&[f32], &[f32]),
) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let inputs = x.shape.len();
    let outputs = coefficients.len() / inputs;
    let intercepts_fit = intercepts.is_empty() || intercepts.len() == outputs;
    let rows = outputs > 0 && coefficients.len() == outputs * inputs;
    if !(rows && intercepts_fit && x.view.dims.len() == 1) {
        let expected = format!("rows of {inputs} coefficients, and an intercept for each");
        let came = format!("{} and {}", coefficients.len(), intercepts.len());
        return Err(node.refuse(&expected, came));
    }
    reader.reserve(coefficients.len())?;
    let mut theta = vec![T::ZERO; coefficients.len()];
    for (i, place) in x.view.places(x.shape).enumerate() {
        for o in 0..outputs {
            theta[o * inputs + place] = T::from_f64(f64::from(coefficients[o * inputs + i]));
        }
    }
    let mut bias = vec![T::ZERO; outputs];
    for (bias, intercept) in bias.iter_mut().zip(intercepts) {
        *bias = T::from_f64(f64::from(*intercept));
    }
    linear::add(reader, at, x, theta, Some(bias), outputs)
}

pub(super) fn linear_regressor<T: Real>(
    reader: &mut Reader<'_, T>,
    at: usize,
) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let x = reader.sample(&node, 0)?;
    if !matches!(node.text("post_transform"), "" | "NONE") {
        return Err(node.refuse("the values themselves", node.text("post_transform")));
    }
    let numbers = (floats(&node, "coefficients"), floats(&node, "intercepts"));
    dense(reader, at, &x, numbers)
}

/// The first output is the label, the second are scores or probabilities.
pub(super) fn linear_classifier<T: Real>(
    reader: &mut Reader<'_, T>,
    at: usize,
) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let x = reader.sample(&node, 0)?;
    let inputs = x.shape.len();
    let mut numbers = (floats(&node, "coefficients"), floats(&node, "intercepts"));
    let transform = node.text("post_transform");
    // Two rows that differ in sign alone: one output, for the second class.
    let opposite = |all: &[f32]| {
        let (first, second) = all.split_at(all.len() / 2);
        first.len() == second.len() && first.iter().zip(second).all(|(a, b)| *a == -*b)
    };
    let rows = numbers.0.len() / inputs;
    let two = rows == 2 && opposite(numbers.0) && opposite(numbers.1);
    if transform == "LOGISTIC" && two {
        numbers = (&numbers.0[inputs..], &numbers.1[numbers.1.len() / 2..]);
    }
    dense(reader, at, &x, numbers)?;
    let z = reader.output(&node)?;
    match transform {
        "" | "NONE" => {}
        "SOFTMAX" => reader.keep(at, z, Kind::Softmax),
        "LOGISTIC" if two => {
            let logistic = Recipe::Activation(Activation::Logistic);
            reader.keep(at, z, Kind::Layer(logistic, Vec::new(), Vec::new()));
            let p = reader.output(&node)?;
            reader.put(at, vec![p.step], Kind::Pair, p.shape, View::vector(2));
        }
        "LOGISTIC" => {
            let logistic = Recipe::Activation(Activation::Logistic);
            reader.keep(at, z, Kind::Layer(logistic, Vec::new(), Vec::new()));
        }
        other => {
            let expected = "post_transform NONE, LOGISTIC or SOFTMAX";
            return Err(node.refuse(expected, other));
        }
    }
    let scores = reader.output(&node)?;
    reader.set(&node, 1, Value::Flow(scores.step, scores.view));
    reader.set(&node, 0, Value::Label);
    Ok(())
}

/// Probabilities that add up to 1 stay what they are.
pub(super) fn normalizer<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let x = reader.sample(&node, 0)?;
    let kind = &reader.flow.steps[x.step].kind;
    if matches!(kind, Kind::Softmax | Kind::Pair) && node.text("norm") == "L1" {
        return layout::same(reader, at);
    }
    let expected = "norm L1 of probabilities that add up to 1 already; no layer normalises rows";
    Err(node.refuse(expected, format!("norm {}", node.text("norm"))))
}
