//! Normalisation and dropout.

use gradflow_kernels::Real;
use gradflow_layers::Recipe;

use super::{affine, layout};
use crate::onnx::OnnxError;
use crate::onnx::import::flow::Kind;
use crate::onnx::import::reader::{Reader, Sample};
use crate::onnx::import::tensor::Tensor;

pub(super) fn batch_norm<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let x = reader.sample(&node, 0)?;
    if node.int("training_mode", 0) != 0 {
        return Err(node.refuse("normalisation by running statistics", "training_mode"));
    }
    let epsilon = node.float("epsilon", 1e-5);
    let kept = node.float("momentum", 0.9);
    let mut tensors = Vec::with_capacity(4);
    let channels = x.view.dims[0];
    for input in 1..5 {
        let tensor = reader.constant(&node, input)?;
        if tensor.len() != channels {
            let expected = format!("{channels} numbers as input {input}");
            return Err(node.refuse(&expected, tensor.len().to_string()));
        }
        reader.reserve(channels)?;
        tensors.push(tensor);
    }
    let [gain, shift, mean, variance] = [0, 1, 2, 3].map(|i| &tensors[i]);
    if x.view.depth_axis(x.shape) != Some(0) {
        // Of what was flattened each element has statistics of its own: no layer learns them.
        return elementwise(reader, at, x, [gain, shift, mean, variance], epsilon);
    }
    let momentum = tidy(1.0 - tidy(kept));
    let usual = Recipe::batch_norm().epsilon(tidy(epsilon));
    let recipe = match momentum > 0.0 && momentum <= 1.0 {
        true => usual.momentum(momentum),
        false => usual,
    };
    let both = |a: &Tensor<'_>, b: &Tensor<'_>| a.values::<T>().chain(b.values::<T>()).collect();
    let kind = Kind::Layer(recipe, both(gain, shift), both(mean, variance));
    reader.keep(at, x, kind);
    Ok(())
}

/// What a file rounded to single precision, by the shortest number that rounds to it: 0.1 and not 0.100000001490116.
pub(super) fn tidy(x: f64) -> f64 {
    let short = format!("{}", x as f32).parse().unwrap_or(x);
    if (short - x).abs() <= 1e-7 * x.abs() {
        short
    } else {
        x
    }
}

/// `(x - mean) gain/sqrt(variance + epsilon) + shift` as a plain scale.
fn elementwise<T: Real>(
    reader: &mut Reader<'_, T>,
    at: usize,
    x: Sample,
    [gain, shift, mean, variance]: [&Tensor<'_>; 4],
    epsilon: f64,
) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let n = x.shape.len();
    if x.view.dims.len() != 1 {
        let expected = "channels as the second dimension, or vectors";
        return Err(node.refuse(expected, format!("[N, ..] of {:?}", x.view.dims)));
    }
    reader.reserve(n)?;
    let (mut offset, mut scale) = (vec![0.0; n], vec![1.0; n]);
    for (i, place) in x.view.places(x.shape).enumerate() {
        scale[place] = (variance.at(i) + epsilon).sqrt() / gain.at(i);
        offset[place] = mean.at(i) - shift.at(i) * scale[place];
    }
    affine::push(reader, at, x, offset, scale)
}

pub(super) fn layer_norm<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let x = reader.sample(&node, 0)?;
    let rank = x.view.dims.len() + 1;
    let axis = layout::axes(&[node.int("axis", -1)], rank);
    let from = axis.and_then(|axis| axis.first().copied()).unwrap_or(0);
    // Dimensions of one element in front of it change nothing.
    let whole = from > 0 && x.view.dims[..from - 1].iter().all(|dim| *dim == 1);
    let n = x.shape.len();
    let gain = reader.constant(&node, 1)?;
    let shift = reader.optional(&node, 2)?;
    let fits = gain.len() == n && shift.as_ref().is_none_or(|shift| shift.len() == n);
    if !(whole && fits) {
        let expected = format!("a normalisation over all {n} elements of a sample");
        return Err(node.refuse(&expected, format!("axis {from}, {} gains", gain.len())));
    }
    reader.reserve(n.saturating_mul(2))?;
    let mut theta = vec![T::ZERO; 2 * n];
    for (i, place) in x.view.places(x.shape).enumerate() {
        theta[place] = T::from_f64(gain.at(i));
        theta[n + place] = shift
            .as_ref()
            .map_or(T::ZERO, |shift| T::from_f64(shift.at(i)));
    }
    let recipe = Recipe::layer_norm().epsilon(tidy(node.float("epsilon", 1e-5)));
    reader.keep(at, x, Kind::Layer(recipe, theta, Vec::new()));
    Ok(())
}

/// Does nothing in prediction, and its share when the network is trained on.
pub(super) fn dropout<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let x = reader.sample(&node, 0)?;
    let rate = match reader.optional(&node, 1)? {
        Some(rate) => rate.scalar().unwrap_or(0.0),
        None => node.float("ratio", 0.5),
    };
    if !(rate > 0.0 && rate < 1.0) {
        return layout::same(reader, at);
    }
    let kind = Kind::Layer(Recipe::dropout(tidy(rate)), Vec::new(), Vec::new());
    reader.keep(at, x, kind);
    Ok(())
}
