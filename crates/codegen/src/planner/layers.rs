//! The steps of each layer.

use std::sync::Arc;

use gradflow::Shape;
use gradflow::layers::{Activation, Join, Layer, Recipe, Registry, Window};

use super::Planner;
use crate::CodegenError;
use crate::plan::{Buffer, Op, Slide};

impl Planner<'_> {
    /// A layer; `kept` says that others read what it reads.
    pub(super) fn layer(
        &mut self,
        place: &str,
        layer: &dyn Layer<f32>,
        from: Buffer,
        kept: bool,
    ) -> Result<Buffer, CodegenError> {
        let spec = layer.spec();
        let (input, output) = (spec.input, spec.output);
        let no_source = || CodegenError::Layer {
            layer: place.to_owned(),
            name: spec.name.clone(),
        };
        let recipe = layer.recipe().ok_or_else(no_source)?;
        let what = format!("{place}: {}", spec.name);
        let len = output.len();
        let op = match recipe {
            Recipe::Chain(layers) => return self.chain(place, &layers, input, from, kept),
            Recipe::Branches { join, branches } => {
                return self.branches(place, join, &branches, (input, output), from, kept);
            }
            Recipe::Dropout { .. } if !kept => return Ok(from),
            Recipe::Dropout { .. } => Op::Copy { len, at: 0 },
            Recipe::Dense { ref activation, .. }
            | Recipe::Conv { ref activation, .. }
            | Recipe::Depthwise { ref activation, .. } => {
                let op = self.linear(&recipe, input, output);
                let to = self.step(&what, from, len, kept, op);
                return self.activation(place, &what, to, len, activation);
            }
            Recipe::Activation(activation) => {
                check_activation(place, &activation)?;
                let op = Op::Activation { len, activation };
                return Ok(self.each(&what, from, len, kept, op));
            }
            Recipe::MaxPool { window } => {
                Op::MaxPool(Slide::new(window, window.size, input, output))
            }
            Recipe::AvgPool {
                window,
                count_padding,
            } => Op::AvgPool {
                slide: Slide::new(window, window.size, input, output),
                padded: count_padding,
            },
            Recipe::GlobalMaxPool => Op::MaxPool(global(input, output)),
            Recipe::GlobalAvgPool => Op::AvgPool {
                slide: global(input, output),
                padded: false,
            },
            Recipe::Upsample { factor } => Op::Upsample {
                input: input.dims(),
                factor,
            },
            Recipe::BatchNorm { epsilon, .. } => self.batch_norm(input, epsilon),
            Recipe::LayerNorm { epsilon } => Op::LayerNorm {
                gain: self.parameters(len),
                shift: self.parameters(len),
                epsilon: epsilon as f32,
            },
            Recipe::Rescale { offset, scale } => rescale(input, &offset, &scale),
            _ => return Err(no_source()),
        };
        Ok(self.step(&what, from, len, kept, op))
    }

    fn linear(&mut self, recipe: &Recipe, input: Shape<3>, output: Shape<3>) -> Op {
        let (window, groups) = match *recipe {
            Recipe::Conv { window, groups, .. } => (window, groups),
            Recipe::Depthwise { window, .. } => (window, input.dims()[0]),
            _ => {
                let (n, m) = (input.len(), output.len());
                let rows = self.parameters(n * m);
                let column = |i: usize| (0..m).map(|o| rows[o * n + i]).collect();
                return Op::Dense {
                    weights: (0..n).map(column).collect(),
                    biases: self.parameters(m),
                };
            }
        };
        let depth = output.dims()[0];
        let taps = input.dims()[0] / groups * window.size[0] * window.size[1];
        Op::Conv {
            slide: Slide::new(window, [1, 1], input, output),
            groups,
            filters: self.parameters(depth * taps),
            biases: self.parameters(depth),
        }
    }

    fn batch_norm(&mut self, input: Shape<3>, epsilon: f64) -> Op {
        let channels = input.dims()[0];
        let (gain, shift) = (self.parameters(channels), self.parameters(channels));
        let (mean, variance) = (
            self.numbers_of_state(channels),
            self.numbers_of_state(channels),
        );
        let factor = gain.iter().zip(&variance);
        let factor = factor.map(|(g, v)| (f64::from(*g) / (f64::from(*v) + epsilon).sqrt()) as f32);
        Op::Scale {
            positions: input.len() / channels,
            offset: mean,
            factor: factor.collect(),
            shift,
        }
    }

    fn activation(
        &mut self,
        place: &str,
        what: &str,
        at: Buffer,
        len: usize,
        activation: &Activation,
    ) -> Result<Buffer, CodegenError> {
        check_activation(place, activation)?;
        if *activation == Activation::Identity {
            return Ok(at);
        }
        let activation = activation.clone();
        Ok(self.each(what, at, len, false, Op::Activation { len, activation }))
    }

    fn chain(
        &mut self,
        place: &str,
        layers: &[Recipe],
        input: Shape<3>,
        from: Buffer,
        kept: bool,
    ) -> Result<Buffer, CodegenError> {
        let (mut at, mut shape, mut kept) = (from, input, kept);
        for (index, recipe) in layers.iter().enumerate() {
            let place = format!("{place}.{index}");
            let layer = made(&place, recipe, shape)?;
            let to = self.layer(&place, &*layer, at, kept)?;
            kept = kept && to == at;
            (at, shape) = (to, layer.spec().output);
        }
        if kept && at == from {
            // The skip: others write over it.
            let len = input.len();
            at = self.step(place, from, len, true, Op::Copy { len, at: 0 });
        }
        Ok(at)
    }

    fn branches(
        &mut self,
        place: &str,
        join: Join,
        branches: &[Recipe],
        (input, output): (Shape<3>, Shape<3>),
        from: Buffer,
        kept: bool,
    ) -> Result<Buffer, CodegenError> {
        let sum = self.take(output.len());
        let mut filled = 0;
        for (index, recipe) in branches.iter().enumerate() {
            let place = format!("{place}.{index}");
            let layer = made(&place, recipe, input)?;
            let to = self.layer(&place, &*layer, from, true)?;
            let len = layer.spec().output.len();
            let op = match join {
                Join::Sum if index > 0 => Op::Add { len },
                Join::Sum => Op::Copy { len, at: 0 },
                _ => Op::Copy { len, at: filled },
            };
            self.push(&format!("{place}: joined"), to, sum, op);
            filled += len;
            if to != from {
                self.give(to);
            }
        }
        if !kept {
            self.give(from);
        }
        Ok(sum)
    }
}

/// The layer of a recipe that has been built before.
fn made(
    place: &str,
    recipe: &Recipe,
    input: Shape<3>,
) -> Result<Arc<dyn Layer<f32>>, CodegenError> {
    recipe
        .on(input, &Registry::default())
        .map_err(|error| CodegenError::Layer {
            layer: place.to_owned(),
            name: error.layer,
        })
}

fn check_activation(place: &str, activation: &Activation) -> Result<(), CodegenError> {
    match activation {
        Activation::Custom(_) => Err(CodegenError::Activation {
            layer: place.to_owned(),
            name: activation.to_string(),
        }),
        _ => Ok(()),
    }
}

/// The window that is all of a plane.
fn global(input: Shape<3>, output: Shape<3>) -> Slide {
    let [_, v, h] = input.dims();
    Slide::new(Window::from([v, h]), [v, h], input, output)
}

fn rescale(input: Shape<3>, offset: &[f64], scale: &[f64]) -> Op {
    let numbers = offset.len().max(scale.len());
    let each = |given: &[f64], f: fn(f64) -> f64| -> Vec<f32> {
        let repeat = numbers / given.len();
        (0..numbers).map(|i| f(given[i / repeat]) as f32).collect()
    };
    Op::Scale {
        positions: input.len() / numbers,
        offset: each(offset, |x| x),
        factor: each(scale, |x| 1.0 / x),
        shift: vec![0.0; numbers],
    }
}
