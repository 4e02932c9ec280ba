//! Operators, each as steps of the flow.

mod affine;
mod function;
mod join;
mod layout;
mod linear;
mod made;
mod norm;
mod pad;
mod pool;
mod resize;
mod sklearn;
mod window;

use gradflow_kernels::Real;

use super::reader::{Reader, Value};
use crate::onnx::OnnxError;

/// Reads the node at this place.
pub(super) fn read<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    if !node.live {
        return Ok(());
    }
    if reader.is_label(&node) {
        (0..node.proto.output.len()).for_each(|output| reader.set(&node, output, Value::Label));
        return Ok(());
    }
    match (&*node.proto.domain, &*node.proto.op_type) {
        ("" | "ai.onnx", operator) if reader.is_constant(&node) => made::read(reader, at, operator),
        ("" | "ai.onnx", operator) => plain(reader, at, operator),
        ("ai.onnx.ml", "Scaler") => sklearn::scaler(reader, at),
        ("ai.onnx.ml", "LinearClassifier") => sklearn::linear_classifier(reader, at),
        ("ai.onnx.ml", "LinearRegressor") => sklearn::linear_regressor(reader, at),
        ("ai.onnx.ml", "Normalizer") => sklearn::normalizer(reader, at),
        ("ai.onnx.ml", "ZipMap") => layout::same(reader, at),
        _ => Err(node.unknown()),
    }
}

fn plain<T: Real>(reader: &mut Reader<'_, T>, at: usize, operator: &str) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    match operator {
        "Gemm" | "MatMul" => linear::dense(reader, at),
        "Conv" => window::conv(reader, at),
        "MaxPool" | "AveragePool" => pool::pool(reader, at),
        "GlobalMaxPool" | "GlobalAveragePool" | "ReduceMean" | "ReduceMax" => {
            pool::global(reader, at)
        }
        "Pad" => pad::pad(reader, at),
        "Resize" | "Upsample" => resize::upsample(reader, at),
        "BatchNormalization" => norm::batch_norm(reader, at),
        "LayerNormalization" => norm::layer_norm(reader, at),
        "Dropout" => norm::dropout(reader, at),
        "Add" | "Sub" | "Mul" | "Div" => affine::binary(reader, at),
        "Neg" => affine::negative(reader, at),
        "Sum" => join::sum(reader, at),
        "Concat" => join::concat(reader, at),
        "Flatten" => layout::flatten(reader, at),
        "Reshape" => layout::reshape(reader, at),
        "Squeeze" => layout::squeeze(reader, at),
        "Unsqueeze" => layout::unsqueeze(reader, at),
        "Transpose" => layout::transpose(reader, at),
        "Shape" => layout::shape(reader, at),
        "Identity" => layout::same(reader, at),
        "Cast" => layout::cast(reader, at),
        "Softmax" | "LogSoftmax" => function::softmax(reader, at),
        "ArgMax" => {
            reader.set(&node, 0, Value::Label);
            Ok(())
        }
        _ => function::read(reader, at, operator),
    }
}
