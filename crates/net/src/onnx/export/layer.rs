//! Layers as operators.

use gradflow_kernels::Real;
use gradflow_layers::{Activation, Join, Layer, Recipe, Registry, Window};
use gradflow_tensor::Shape;

use super::activation::activation;
use super::window::{self, Place};
use super::writer::{Value, Writer, float, int, text};
use crate::onnx::OnnxError;
use crate::onnx::proto::{AttributeProto, data_type};

/// What is left of parameters and state: layers take theirs in order.
#[derive(Debug)]
pub(super) struct Numbers<'a, T> {
    pub(super) theta: &'a [T],
    pub(super) state: &'a [T],
}

/// A layer with none inside: its description, its shapes, and its numbers.
struct Leaf<'a, T: Real> {
    at: &'a str,
    layer: &'a dyn Layer<T>,
    own: Numbers<'a, T>,
}

impl<'a, T: Real> Numbers<'a, T> {
    fn take(&mut self, parameters: usize, state: usize) -> Self {
        let (theta, rest) = self.theta.split_at(parameters);
        self.theta = rest;
        let (state, rest) = self.state.split_at(state);
        self.state = rest;
        Self { theta, state }
    }
}

/// Writes a layer that stands at `at` in the network.
pub(super) fn layer<T: Real>(
    to: &mut Writer,
    at: &str,
    recipe: &Recipe,
    x: Value,
    numbers: &mut Numbers<'_, T>,
) -> Result<Value, OnnxError> {
    match recipe {
        Recipe::Chain(layers) => chain(to, at, layers, x, numbers),
        Recipe::Branches { join, branches } => side_by_side(to, at, *join, branches, x, numbers),
        Recipe::Named { name, .. } => Err(OnnxError::Own {
            at: at.to_owned(),
            name: name.clone(),
        }),
        _ => leaf(to, at, recipe, x, numbers),
    }
}

/// Writes layers in a row.
pub(super) fn chain<T: Real>(
    to: &mut Writer,
    at: &str,
    layers: &[Recipe],
    mut x: Value,
    numbers: &mut Numbers<'_, T>,
) -> Result<Value, OnnxError> {
    for (index, recipe) in layers.iter().enumerate() {
        x = layer(to, &format!("{at}.{index}"), recipe, x, numbers)?;
    }
    Ok(x)
}

fn side_by_side<T: Real>(
    to: &mut Writer,
    at: &str,
    join: Join,
    branches: &[Recipe],
    x: Value,
    numbers: &mut Numbers<'_, T>,
) -> Result<Value, OnnxError> {
    let mut outputs = Vec::with_capacity(branches.len());
    for (index, recipe) in branches.iter().enumerate() {
        outputs.push(layer(
            to,
            &format!("{at}.{index}"),
            recipe,
            x.clone(),
            numbers,
        )?);
    }
    let picture = outputs.iter().any(|output| output.picture);
    if picture {
        outputs = outputs
            .into_iter()
            .map(|output| to.picture(at, output))
            .collect();
    }
    let names: Vec<&str> = outputs.iter().map(|output| &*output.name).collect();
    let depths = outputs.iter().map(|output| output.shape.dims()[0]);
    // Branches were built, so that there is one, and the sum of their depths is a depth.
    let [first, vertical, horizontal] = outputs.first().map_or([1; 3], |first| first.shape.dims());
    let (name, depth) = match join {
        Join::Sum => (to.node(at, "Sum", &names, Vec::new()), first),
        Join::Concat => (
            to.node(at, "Concat", &names, vec![int("axis", 1)]),
            depths.sum(),
        ),
    };
    let shape = Shape::new([depth, vertical, horizontal])?;
    Ok(Value {
        name,
        shape,
        picture,
    })
}

fn leaf<T: Real>(
    to: &mut Writer,
    at: &str,
    recipe: &Recipe,
    x: Value,
    numbers: &mut Numbers<'_, T>,
) -> Result<Value, OnnxError> {
    let layer = recipe.on::<T>(x.shape, &Registry::default())?;
    let own = numbers.take(layer.spec().parameters(), layer.spec().state_len());
    let layer = &*layer;
    Leaf { at, layer, own }.write(to, recipe, x)
}

/// What a block is called outside.
fn outside(block: &str) -> &str {
    match block {
        "filter" | "gain" => "weight",
        "shift" => "bias",
        "mean" => "running_mean",
        "variance" => "running_var",
        other => other,
    }
}

impl<T: Real> Leaf<'_, T> {
    /// Writes its blocks of parameters and state, and returns their names.
    fn blocks(&self, to: &mut Writer, dims: Option<&[usize]>) -> Vec<String> {
        let spec = self.layer.spec();
        let parameters = spec.blocks.iter().map(|block| (block, self.own.theta));
        let state = spec.state.iter().map(|block| (block, self.own.state));
        (parameters.chain(state))
            .map(|(block, numbers)| {
                let name = format!("{}.{}", self.at, outside(&block.name));
                let values = numbers[block.range.clone()].iter().copied();
                to.constant(name, dims.unwrap_or(&block.dims), values)
            })
            .collect()
    }

    /// Writes an operator with the layer's blocks behind `x`.
    fn with_blocks(
        &self,
        to: &mut Writer,
        operator: &str,
        x: &Value,
        attributes: Vec<AttributeProto>,
    ) -> String {
        // One number for each element, however these are written.
        let flat = [x.shape.len()];
        let dims = (operator == "LayerNormalization" && !x.picture).then_some(&flat[..]);
        let blocks = self.blocks(to, dims);
        let input: Vec<&str> = std::iter::once(&x.name)
            .chain(&blocks)
            .map(|name| &**name)
            .collect();
        to.node(self.at, operator, &input, attributes)
    }

    fn write(&self, to: &mut Writer, recipe: &Recipe, x: Value) -> Result<Value, OnnxError> {
        let (at, shape) = (self.at, self.layer.spec().output);
        Ok(match recipe {
            Recipe::Dense { activation: of, .. } => {
                let x = to.vector(at, x);
                let name = self.with_blocks(to, "Gemm", &x, vec![int("transB", 1)]);
                activation(to, at, of, Value { name, shape, ..x })?
            }
            Recipe::Conv {
                window,
                activation: of,
                groups,
                ..
            } => self.conv(to, window, *groups, of, x)?,
            Recipe::Depthwise {
                window,
                activation: of,
                ..
            } => self.conv(to, window, x.shape.dims()[0], of, x)?,
            Recipe::MaxPool { window } => self.pool(to, window, None, x),
            Recipe::AvgPool {
                window,
                count_padding,
            } => self.pool(to, window, Some(*count_padding), x),
            Recipe::GlobalMaxPool => self.plain(to, "GlobalMaxPool", x),
            Recipe::GlobalAvgPool => self.plain(to, "GlobalAveragePool", x),
            Recipe::Upsample { factor } => {
                let x = to.picture(at, x);
                let name = upsample(to, at, &x.name, *factor);
                Value { name, shape, ..x }
            }
            Recipe::Activation(of) => activation(to, at, of, x)?,
            Recipe::BatchNorm { momentum, epsilon } => {
                let attributes = vec![
                    float("epsilon", *epsilon),
                    float("momentum", 1.0 - *momentum),
                ];
                let name = self.with_blocks(to, "BatchNormalization", &x, attributes);
                Value { name, ..x }
            }
            Recipe::LayerNorm { epsilon } => {
                let attributes = vec![float("epsilon", *epsilon), int("axis", 1)];
                let name = self.with_blocks(to, "LayerNormalization", &x, attributes);
                Value { name, ..x }
            }
            // In prediction it does nothing.
            Recipe::Dropout { .. } => x,
            Recipe::Rescale { offset, scale } => rescale(to, at, offset, scale, x),
            other => {
                return Err(OnnxError::Layer {
                    at: at.to_owned(),
                    layer: format!("{other:?}"),
                });
            }
        })
    }

    fn plain(&self, to: &mut Writer, operator: &str, x: Value) -> Value {
        let x = to.picture(self.at, x);
        let shape = self.layer.spec().output;
        Value {
            shape,
            ..to.on(self.at, operator, &x, &[])
        }
    }

    /// A max-pool, or an average pool that counts the padding or not.
    fn pool(&self, to: &mut Writer, window: &Window, counts: Option<bool>, x: Value) -> Value {
        let x = to.picture(self.at, x);
        let shape = self.layer.spec().output;
        let place = Place::new(window, window.size, x.shape, shape);
        let name = match counts {
            None => window::max_pool(to, self.at, &place, &x.name),
            Some(counts) => window::avg_pool(to, self.at, &place, counts, &x),
        };
        Value { name, shape, ..x }
    }

    fn conv(
        &self,
        to: &mut Writer,
        window: &Window,
        groups: usize,
        of: &Activation,
        x: Value,
    ) -> Result<Value, OnnxError> {
        let x = to.picture(self.at, x);
        let shape = self.layer.spec().output;
        let blocks = self.blocks(to, None);
        let [filter, bias] = [0, 1].map(|i| blocks.get(i).map_or("", |name| &**name));
        let place = Place::new(window, [1, 1], x.shape, shape);
        let name = window::conv(to, self.at, &place, groups, [&x.name, filter, bias]);
        activation(to, self.at, of, Value { name, shape, ..x })
    }
}

fn upsample(to: &mut Writer, at: &str, x: &str, [down, across]: [usize; 2]) -> String {
    let factors = [1.0, 1.0, down as f64, across as f64];
    let name = format!("{at}.scales");
    // These are single precision whatever the rest is.
    let number = std::mem::replace(&mut to.number, data_type::FLOAT);
    let scales = to.constant(name, &[4], factors);
    to.number = number;
    let attributes = vec![
        text("mode", "nearest"),
        text("coordinate_transformation_mode", "asymmetric"),
        text("nearest_mode", "floor"),
    ];
    to.node(at, "Resize", &[x, "", &scales], attributes)
}

/// Writes `(x - offset)/scale`; each is one number, or one for each channel or element.
pub(super) fn rescale(
    to: &mut Writer,
    at: &str,
    offset: &[f64],
    scale: &[f64],
    mut x: Value,
) -> Value {
    let [depth, vertical, horizontal] = x.shape.dims();
    let picture = x.picture;
    let dims = |len: usize| match (len, picture) {
        (1, _) => vec![],
        (len, false) => vec![len],
        (len, true) if len == depth => vec![depth, 1, 1],
        (_, true) => vec![depth, vertical, horizontal],
    };
    if offset.iter().any(|offset| *offset != 0.0) {
        let name = format!("{at}.offset");
        let offset = to.constant(name, &dims(offset.len()), offset.iter().copied());
        x = to.on(at, "Sub", &x, &[&offset]);
    }
    if scale.iter().any(|scale| *scale != 1.0) {
        // The factor that layers multiply by: the same roundings.
        let factors = scale.iter().map(|scale| 1.0 / scale);
        let factor = to.constant(format!("{at}.factor"), &dims(scale.len()), factors);
        x = to.on(at, "Mul", &x, &[&factor]);
    }
    x
}
