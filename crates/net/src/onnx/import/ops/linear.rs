//! Products with matrices.

use gradflow_kernels::Real;
use gradflow_layers::{Activation, Recipe};
use gradflow_tensor::Shape;

use crate::onnx::OnnxError;
use crate::onnx::import::flow::Kind;
use crate::onnx::import::graph::Node;
use crate::onnx::import::reader::{Reader, Sample};
use crate::onnx::import::tensor::Tensor;
use crate::onnx::import::view::View;

/// `alpha x B + beta C`, of `B` or its transpose; the product alone.
pub(super) fn dense<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let x = reader.sample(&node, 0)?;
    let gemm = node.proto.op_type == "Gemm";
    if node.int("transA", 0) != 0 {
        return Err(node.refuse("samples in rows", "transA"));
    }
    let (alpha, beta) = (node.float("alpha", 1.0), node.float("beta", 1.0));
    let transposed = gemm && node.int("transB", 0) != 0;
    let matrix = reader.constant(&node, 1)?;
    let bias = match gemm {
        true => reader.optional(&node, 2)?,
        false => None,
    };
    let (weights, outputs) = weights(reader, &node, &x, &matrix, (transposed, alpha))?;
    let bias = bias
        .map(|bias| biases(&node, &bias, outputs, beta))
        .transpose()?;
    add(reader, at, &x, weights, bias, outputs)
}

/// A dense layer with these weights `[outputs, inputs]` in the order of this library.
pub(super) fn add<T: Real>(
    reader: &mut Reader<'_, T>,
    at: usize,
    x: &Sample,
    mut theta: Vec<T>,
    bias: Option<Vec<T>>,
    outputs: usize,
) -> Result<(), OnnxError> {
    let recipe = Recipe::dense(outputs, Activation::Identity);
    let shape = Shape::vector(outputs)?;
    reader.reserve(outputs)?;
    let kind = match bias {
        Some(bias) => {
            theta.extend(bias);
            Kind::Layer(recipe, theta, Vec::new())
        }
        None => {
            theta.resize(theta.len() + outputs, T::ZERO);
            Kind::NoBias(recipe, theta)
        }
    };
    reader.put(at, vec![x.step], kind, shape, View::vector(outputs));
    Ok(())
}

/// `alpha B` as rows of outputs, with the inputs in the order of this library, and the number of outputs.
fn weights<'a, T: Real>(
    reader: &mut Reader<'a, T>,
    node: &Node<'a>,
    x: &Sample,
    matrix: &Tensor<'a>,
    (transposed, alpha): (bool, f64),
) -> Result<(Vec<T>, usize), OnnxError> {
    let inputs = x.shape.len();
    let sides = match matrix.dims[..] {
        [outputs, inputs] if transposed => Some((outputs, inputs)),
        [inputs, outputs] => Some((outputs, inputs)),
        _ => None,
    };
    let fits = |sides: &(usize, usize)| sides.1 == inputs && sides.0 > 0;
    let sides = sides.filter(fits).filter(|_| x.view.dims.len() == 1);
    let Some((outputs, _)) = sides else {
        let expected = format!("[N, {inputs}] times a matrix of {inputs} inputs");
        let sizes = &x.view.dims;
        let dims = &matrix.dims[..matrix.dims.len().min(8)];
        return Err(node.refuse(&expected, format!("[N, ..] of {sizes:?} and {dims:?}")));
    };
    reader.reserve(matrix.len())?;
    let mut theta = vec![T::ZERO; matrix.len()];
    for (i, place) in x.view.places(x.shape).enumerate() {
        for o in 0..outputs {
            let from = if transposed {
                o * inputs + i
            } else {
                i * outputs + o
            };
            theta[o * inputs + place] = T::from_f64(alpha * matrix.at(from));
        }
    }
    Ok((theta, outputs))
}

/// `beta C` for each output.
fn biases<T: Real>(
    node: &Node<'_>,
    bias: &Tensor<'_>,
    outputs: usize,
    beta: f64,
) -> Result<Vec<T>, OnnxError> {
    let last = bias.dims.last().copied().unwrap_or(1);
    let row = bias.len() == last;
    match last {
        1 if row => Ok(vec![T::from_f64(beta * bias.at(0)); outputs]),
        n if row && n == outputs => Ok((0..n).map(|i| T::from_f64(beta * bias.at(i))).collect()),
        _ => {
            let dims = &bias.dims[..bias.dims.len().min(8)];
            Err(node.refuse(&format!("{outputs} biases"), format!("dimensions {dims:?}")))
        }
    }
}
