//! Sums, differences, products and quotients.

use gradflow_kernels::Real;
use gradflow_layers::{Activation, Join, Recipe};

use super::join;
use crate::onnx::OnnxError;
use crate::onnx::import::flow::{Kind, Primitive};
use crate::onnx::import::reader::{Reader, Sample, Value};

/// Add, Sub, Mul or Div of two values, of which one may be a constant.
pub(super) fn binary<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let sides = [0, 1].map(|input| reader.is_flow(&node, input));
    match (sides, &*node.proto.op_type) {
        ([true, true], "Add") => join::of(reader, at, Join::Sum),
        ([true, true], "Mul") => gate(reader, at),
        ([true, true], "Div") => soft_sign(reader, at),
        ([true, true], _) => {
            Err(node.refuse("a constant on one side", "values of the sample on both"))
        }
        _ => constant(reader, at, sides[0]),
    }
}

/// `-x`.
pub(super) fn negative<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let x = reader.sample(&node, 0)?;
    reader.keep(at, x, Kind::Affine(vec![0.0], vec![-1.0]));
    Ok(())
}

/// With a constant behind the operator, or in front of it.
fn constant<T: Real>(reader: &mut Reader<'_, T>, at: usize, behind: bool) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let (own, other) = if behind { (0, 1) } else { (1, 0) };
    let x = reader.sample(&node, own)?;
    let tensor = reader.constant(&node, other)?;
    let c = reader.spread(&node, &tensor, &x)?;
    if node.proto.op_type == "Add" && biased(reader, at, &x, &c, own) {
        return Ok(());
    }
    let of = |f: fn(f64) -> f64| c.iter().map(|c| f(*c)).collect::<Vec<f64>>();
    let (offset, scale) = match (&*node.proto.op_type, behind) {
        ("Add", _) => (of(|c| -c), vec![1.0]),
        ("Sub", true) => (c, vec![1.0]),
        ("Sub", false) => (c, vec![-1.0]),
        ("Mul", _) => (vec![0.0], of(|c| 1.0 / c)),
        ("Div", true) => (vec![0.0], c),
        _ => return Err(node.refuse("a division by a constant", "a division by values")),
    };
    push(reader, at, x, offset, scale)
}

/// Adds `(x - offset)/scale`, if a layer can do it.
pub(super) fn push<T: Real>(
    reader: &mut Reader<'_, T>,
    at: usize,
    x: Sample,
    offset: Vec<f64>,
    scale: Vec<f64>,
) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let normal = |x: f64| T::from_f64(x).is_finite() && T::from_f64(x.abs()) >= T::MIN_POSITIVE;
    if let Some(bad) = scale.iter().find(|x| !normal(**x) || !normal(1.0 / **x)) {
        let expected = "factors that are neither 0 nor infinite nor close to them";
        return Err(node.refuse(expected, format!("a division by {bad}")));
    }
    if let Some(bad) = offset.iter().find(|x| !T::from_f64(**x).is_finite()) {
        return Err(node.refuse("finite numbers", bad.to_string()));
    }
    reader.keep(at, x, Kind::Affine(offset, scale));
    Ok(())
}

/// Takes numbers for the biases of a product without any, if nobody else reads it.
fn biased<T: Real>(
    reader: &mut Reader<'_, T>,
    at: usize,
    x: &Sample,
    c: &[f64],
    own: usize,
) -> bool {
    let alone = |reader: &Reader<'_, T>, name: Option<&String>| {
        let readers = name.and_then(|name| reader.graph.readers.get(&**name));
        readers == Some(&1)
    };
    let step = &reader.flow.steps[x.step];
    let outputs = step.shape.dims()[0];
    let per_output = c.len() == 1 || c.len() == outputs;
    let (node, maker) = (reader.graph.nodes[at], reader.graph.nodes.get(step.node));
    let read = alone(reader, node.proto.input.get(own));
    let made = alone(reader, maker.and_then(|maker| maker.proto.output.first()));
    if !(per_output && read && made && matches!(step.kind, Kind::NoBias(..))) {
        return false;
    }
    // A layer of its own, in the place of the one without: whoever reads that one as well is refused.
    let step = &mut reader.flow.steps[x.step];
    let (from, node, shape) = (step.from.clone(), step.node, step.shape);
    let Kind::NoBias(recipe, mut theta) = std::mem::replace(&mut step.kind, Kind::Input) else {
        return false;
    };
    let start = theta.len() - outputs;
    for (o, bias) in theta[start..].iter_mut().enumerate() {
        *bias = T::from_f64(c[if c.len() == 1 { 0 } else { o }]);
    }
    let kind = Kind::Layer(recipe, theta, Vec::new());
    let step = reader.flow.push(node, from, kind, shape);
    reader.look(at, &Sample { step, ..x.clone() }, x.view.clone());
    true
}

/// A value times a function of itself: SiLU, GELU, hard swish, `z sqrt(z^2 + 1)`, or a square.
fn gate<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let (a, b) = (reader.sample(&node, 0)?, reader.sample(&node, 1)?);
    if a.step == b.step {
        reader.keep(at, a, Kind::Primitive(Primitive::Square));
        return Ok(());
    }
    let same = a.shape == b.shape && a.view.is_like(&b.view, a.shape);
    let found = matched(reader, a.step, b.step).or_else(|| matched(reader, b.step, a.step));
    let Some((base, activation, factor)) = found.filter(|_| same) else {
        let expected =
            "a value times a constant, or times a function of itself that is an activation";
        return Err(node.refuse(expected, "two other values"));
    };
    let kind = Kind::Layer(Recipe::Activation(activation), Vec::new(), Vec::new());
    let step = reader.flow.push(at, vec![base], kind, a.shape);
    if near(factor, 1.0) {
        reader.set(&node, 0, Value::Flow(step, a.view));
        return Ok(());
    }
    push(
        reader,
        at,
        Sample { step, ..a },
        vec![0.0],
        vec![1.0 / factor],
    )
}

/// Constants of files are rounded to single precision.
fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-6 * b.abs().max(1.0)
}

/// The value, the activation of it, and the factor of that, of which the product of `x` and `g` is made.
fn matched<T: Real>(
    reader: &Reader<'_, T>,
    x: usize,
    g: usize,
) -> Option<(usize, Activation, f64)> {
    let flow = &reader.flow;
    let (gate, gain, plus) = flow.peel(g);
    let step = &flow.steps[gate];
    let of = *step.from.first()?;
    // z f(k z), where f is the gate's function, or half the sum of it and 1.
    let (activation, k, half) = match &step.kind {
        Kind::Layer(Recipe::Activation(Activation::Logistic), ..) => (Activation::Silu, 1.0, false),
        Kind::Layer(Recipe::Activation(Activation::HardLogistic), ..) => {
            (Activation::HardSwish, 1.0, false)
        }
        Kind::Layer(Recipe::Activation(Activation::HardTanh), ..) => {
            (Activation::HardSwish, 1.0 / 3.0, true)
        }
        Kind::Primitive(Primitive::Erf) => {
            (Activation::Gelu, core::f64::consts::FRAC_1_SQRT_2, true)
        }
        Kind::Primitive(Primitive::Sqrt) => {
            // z sqrt(z^2 + 1)
            let (square, slope, start) = flow.peel(of);
            let step = &flow.steps[square];
            let own = matches!(step.kind, Kind::Primitive(Primitive::Square)) && step.from == [x];
            let fits = own && near(slope, 1.0) && near(start, 1.0) && near(plus, 0.0);
            return fits.then_some((x, Activation::SqrtSquare, gain));
        }
        _ => return None,
    };
    let (plus_of, times) = if half { (gain, 2.0) } else { (0.0, 1.0) };
    let (base, factor, shift) = flow.peel(x);
    let (inner, slope, start) = flow.peel(of);
    // x = c z, where k z is what the gate reads.
    let c = factor * k / slope;
    if inner != base || !near(plus, plus_of) || !near(shift, c * start / k) {
        return None;
    }
    let z = match () {
        () if near(c, 1.0) => x,
        () if near(slope, k) && near(start, 0.0) => base,
        () => return None,
    };
    Some((z, activation, times * gain * if z == x { 1.0 } else { c }))
}

/// `z / (1 + |z|)`.
fn soft_sign<T: Real>(reader: &mut Reader<'_, T>, at: usize) -> Result<(), OnnxError> {
    let node = reader.graph.nodes[at];
    let (x, below) = (reader.sample(&node, 0)?, reader.sample(&node, 1)?);
    let (size, factor, shift) = reader.flow.peel(below.step);
    let step = &reader.flow.steps[size];
    let own = matches!(step.kind, Kind::Primitive(Primitive::Abs)) && step.from == [x.step];
    if !(own && factor == 1.0 && shift == 1.0) {
        let expected = "a division by a constant, or z / (1 + |z|)";
        return Err(node.refuse(expected, "a division by other values"));
    }
    let recipe = Recipe::Activation(Activation::SoftSign);
    reader.keep(at, x, Kind::Layer(recipe, Vec::new(), Vec::new()));
    Ok(())
}
