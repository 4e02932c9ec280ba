//! Functions of single numbers, and soft-max.

use gradflow_kernels::Real;
use gradflow_layers::{Activation, Recipe};

use super::affine::push;
use super::norm::tidy;
use crate::onnx::OnnxError;
use crate::onnx::import::flow::{Kind, Primitive};
use crate::onnx::import::reader::Reader;

/// An activation, with plain scales before and behind it, `(x - offset)/scale` each.
struct Composed {
    before: Option<[f64; 2]>,
    activation: Activation,
    behind: Option<[f64; 2]>,
}

impl From<Activation> for Composed {
    fn from(activation: Activation) -> Self {
        let (before, behind) = (None, None);
        Self {
            before,
            activation,
            behind,
        }
    }
}

/// An operator that works on every number alone.
pub(super) fn read<T: Real>(
    reader: &mut Reader<'_, T>,
    at: usize,
    operator: &str,
) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let alpha = |usual| tidy(node.float("alpha", usual));
    let composed: Composed = match operator {
        "Relu" => Activation::Relu.into(),
        "Sigmoid" => Activation::Logistic.into(),
        "Tanh" => Activation::Tanh.into(),
        "Softsign" => Activation::SoftSign.into(),
        "Softplus" => Activation::Softplus.into(),
        "HardSwish" => Activation::HardSwish.into(),
        "Elu" => Activation::Elu(alpha(1.0)).into(),
        // a elu(x/a)
        "Celu" => Composed {
            before: Some([0.0, alpha(1.0)]),
            activation: Activation::Elu(1.0),
            behind: Some([0.0, 1.0 / alpha(1.0)]),
        },
        "LeakyRelu" => Activation::LeakyRelu(alpha(0.01)).into(),
        "Swish" if alpha(1.0) == 1.0 => Activation::Silu.into(),
        "Gelu" => match node.text("approximate") {
            "tanh" => Activation::GeluTanh.into(),
            _ => Activation::Gelu.into(),
        },
        "PRelu" => match reader.constant(&node, 1)?.scalar() {
            Some(slope) => Activation::LeakyRelu(slope).into(),
            None => return Err(node.refuse("one slope for all", "several")),
        },
        "Selu" => Composed {
            before: None,
            activation: Activation::Elu(alpha(1.673_263_2)),
            behind: Some([0.0, 1.0 / node.float("gamma", 1.050_701)]),
        },
        "HardSigmoid" => hard_sigmoid(node.float("alpha", 0.2), node.float("beta", 0.5)),
        "Clip" => {
            let bound = |input: usize, name: &str, usual: f64| match reader.optional(&node, input) {
                Ok(Some(tensor)) => Ok(tensor.scalar().unwrap_or(f64::NAN)),
                Ok(None) => Ok(node.float(name, usual)),
                Err(error) => Err(error),
            };
            let low = bound(1, "min", f64::NEG_INFINITY)?;
            let high = bound(2, "max", f64::INFINITY)?;
            match clip(low, high) {
                Some(Some(composed)) => composed,
                Some(None) => return super::layout::same(reader, at),
                None => {
                    let came = format!("{low} and {high}");
                    return Err(node.refuse("a lower bound below an upper one", came));
                }
            }
        }
        "Erf" => return part(reader, at, Primitive::Erf),
        "Sqrt" => return part(reader, at, Primitive::Sqrt),
        "Abs" => return part(reader, at, Primitive::Abs),
        "Greater" => return above(reader, at),
        "Where" => return chosen(reader, at),
        _ => return Err(node.unknown()),
    };
    compose(reader, at, composed)
}

fn part<T: Real>(reader: &mut Reader<'_, T>, at: usize, part: Primitive) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let x = reader.sample(&node, 0)?;
    reader.keep(at, x, Kind::Primitive(part));
    Ok(())
}

/// From 15 on, `ln(1 + e^x)` is `x` to single precision.
const SOFTPLUS_IS_X: f64 = 15.0;

/// A comparison, as PyTorch writes it in front of a soft-plus.
fn above<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let than = reader.constant(&node, 1)?.scalar();
    if than.is_none_or(|than| than < SOFTPLUS_IS_X) {
        return Err(node.unknown());
    }
    part(reader, at, Primitive::Above)
}

/// `x` above some number, and soft-plus of it below, which is soft-plus.
fn chosen<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let [above, x, y] = [0, 1, 2].map(|input| reader.sample(&node, input));
    let (above, x, y) = (above?, x?, y?);
    let [above, plus] = [&above, &y].map(|of| &reader.flow.steps[of.step]);
    let soft = Recipe::Activation(Activation::Softplus);
    let is_soft = matches!(&plus.kind, Kind::Layer(recipe, ..) if *recipe == soft);
    let is_above = matches!(above.kind, Kind::Primitive(Primitive::Above));
    if !(is_above && is_soft && above.from == [x.step] && plus.from == [x.step]) {
        return Err(node.refuse("a soft-plus", "a choice between other values"));
    }
    reader.look(at, &y, y.view.clone());
    Ok(())
}

fn compose<T: Real>(
    reader: &mut Reader<'_, T>,
    at: usize,
    composed: Composed,
) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let mut x = reader.sample(&node, 0)?;
    if let Some([offset, scale]) = composed.before {
        push(reader, at, x, vec![offset], vec![scale])?;
        x = reader.output(&node)?;
    }
    let recipe = Recipe::Activation(composed.activation);
    reader.keep(at, x, Kind::Layer(recipe, Vec::new(), Vec::new()));
    if let Some([offset, scale]) = composed.behind {
        let x = reader.output(&node)?;
        push(reader, at, x, vec![offset], vec![scale])?;
    }
    Ok(())
}

/// `clip(alpha x + beta, 0, 1)`, where this library has a slope of 1/6 and 1/2.
fn hard_sigmoid(alpha: f64, beta: f64) -> Composed {
    let activation = Activation::HardLogistic;
    let usual = (6.0 * alpha - 1.0).abs() < 1e-6 && beta == 0.5;
    Composed {
        // 6 (alpha x + beta - 1/2)
        before: (!usual).then(|| [(0.5 - beta) / alpha, 1.0 / (6.0 * alpha)]),
        activation,
        behind: None,
    }
}

/// `clip(x, low, high)`; nothing in between if there are no bounds, and nothing at all if these are none.
fn clip(low: f64, high: f64) -> Option<Option<Composed>> {
    // What stands for infinity in files of single precision.
    let most = f64::from(f32::MAX);
    let free = [low <= -most, high >= most];
    if low.is_nan() || high.is_nan() || low >= high {
        return None;
    }
    Some(match free {
        [true, true] => None,
        [false, true] if low == 0.0 => Some(Activation::Relu.into()),
        // low + max(x - low, 0)
        [false, true] => Some(Composed {
            before: Some([low, 1.0]),
            activation: Activation::Relu,
            behind: Some([-low, 1.0]),
        }),
        // high - max(high - x, 0)
        [true, false] => Some(Composed {
            before: Some([high, -1.0]),
            activation: Activation::Relu,
            behind: Some([high, -1.0]),
        }),
        [false, false] if (low, high) == (-1.0, 1.0) => Some(Activation::HardTanh.into()),
        // m + r clip((x - m)/r, -1, 1)
        [false, false] => {
            let (middle, half) = ((low + high) / 2.0, (high - low) / 2.0);
            Some(Composed {
                before: Some([middle, half]),
                activation: Activation::HardTanh,
                behind: Some([-middle / half, 1.0 / half]),
            })
        }
    })
}

/// Soft-max over all outputs of a sample. The logarithm of it is left to the cost, which works with logits anyway.
pub(super) fn softmax<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let x = reader.sample(&node, 0)?;
    let rank = x.view.dims.len() as i64 + 1;
    let old = reader.graph.version < 13;
    let axis = node.int("axis", if old { 1 } else { -1 });
    let axis = if axis < 0 {
        axis.saturating_add(rank)
    } else {
        axis
    };
    // Older versions take all dimensions from the axis on.
    let whole = match usize::try_from(axis) {
        Ok(1) if old => true,
        Ok(axis) if (1..rank as usize).contains(&axis) => x.view.dims[axis - 1] == x.shape.len(),
        _ => false,
    };
    if !whole {
        let expected = "soft-max over all outputs of a sample";
        return Err(node.refuse(
            expected,
            format!("axis {axis} of [N, ..] of {:?}", x.view.dims),
        ));
    }
    reader.keep(at, x, Kind::Softmax);
    Ok(())
}
