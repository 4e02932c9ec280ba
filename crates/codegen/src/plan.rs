//! A model as steps over a few buffers.

use gradflow::data::{FeatureMap, Outputs};
use gradflow::layers::{Activation, Join, Layer, Padding, Recipe, Registry, Window};
use gradflow::{Model, Output, Shape};

use crate::CodegenError;

/// A buffer, by number; the first is the input.
pub(crate) type Buffer = usize;

/// The raw input.
pub(crate) const INPUT: Buffer = 0;

/// What a prediction does.
pub(crate) struct Plan {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) steps: Vec<Step>,
    /// Elements of each buffer; that of the input takes no memory.
    pub(crate) buffers: Vec<usize>,
    pub(crate) result: Buffer,
    pub(crate) classes: Vec<String>,
}

/// From one buffer to another, which may be the same.
pub(crate) struct Step {
    pub(crate) what: String,
    pub(crate) from: Buffer,
    pub(crate) to: Buffer,
    pub(crate) op: Op,
}

/// What a step computes, with its constants.
pub(crate) enum Op {
    /// Weights `[in][out]`, biases.
    Dense {
        weights: Vec<Vec<f32>>,
        biases: Vec<f32>,
    },
    /// Filters `[out][in/groups][vertical][horizontal]`, flat.
    Conv {
        slide: Slide,
        groups: usize,
        filters: Vec<f32>,
        biases: Vec<f32>,
    },
    MaxPool(Slide),
    AvgPool {
        slide: Slide,
        padded: bool,
    },
    Upsample {
        input: [usize; 3],
        factor: [usize; 2],
    },
    Activation {
        len: usize,
        activation: Activation,
    },
    /// `(x - offset) factor + shift` of each channel, all of so many positions.
    Scale {
        positions: usize,
        offset: Vec<f32>,
        factor: Vec<f32>,
        shift: Vec<f32>,
    },
    LayerNorm {
        gain: Vec<f32>,
        shift: Vec<f32>,
        epsilon: f32,
    },
    /// Copies elements to a place in the other buffer.
    Copy {
        len: usize,
        at: usize,
    },
    /// Adds elements to those of the other buffer.
    Add {
        len: usize,
    },
    Softmax {
        len: usize,
    },
}

/// A window over an input.
#[derive(Clone, Copy)]
pub(crate) struct Slide {
    pub(crate) input: [usize; 3],
    pub(crate) output: [usize; 3],
    pub(crate) size: [usize; 2],
    pub(crate) stride: [usize; 2],
    pub(crate) dilation: [usize; 2],
    pub(crate) front: [usize; 2],
    pub(crate) behind: [usize; 2],
}

impl Slide {
    fn new(window: Window, usual: [usize; 2], input: Shape<3>, output: Shape<3>) -> Self {
        let (input, output) = (input.dims(), output.dims());
        let stride = window.stride.unwrap_or(usual);
        let side = |d: usize| -> [usize; 2] {
            let reach = (window.size[d] - 1) * window.dilation[d] + 1;
            match window.padding {
                Padding::Both(both) => [both[d]; 2],
                Padding::Sides { front, behind } => [front[d], behind[d]],
                Padding::Causal => [reach - 1, 0],
                Padding::Same => {
                    let last = (output[d + 1] - 1) * stride[d];
                    let total = (last + reach).saturating_sub(input[d + 1]);
                    [total / 2, total - total / 2]
                }
            }
        };
        let sides = [side(0), side(1)];
        Self {
            input,
            output,
            size: window.size,
            stride,
            dilation: window.dilation,
            front: sides.map(|[front, _]| front),
            behind: sides.map(|[_, behind]| behind),
        }
    }
}

/// Plans the model, folded.
pub(crate) fn plan(model: &Model<f32>) -> Result<Plan, CodegenError> {
    let folded = model.folded()?;
    let mut planner = Planner {
        theta: folded.theta(),
        state: folded.state(),
        steps: Vec::new(),
        buffers: Vec::new(),
        free: Vec::new(),
    };
    let schema = model.schema();
    let input = folded.network().input();
    let inputs = schema.map_or(input.len(), |schema| schema.inputs());
    planner.buffers.push(inputs);
    let mut at = INPUT;
    for (step, map) in schema
        .map_or(&[][..], |schema| schema.steps())
        .iter()
        .enumerate()
    {
        at = planner.features(step, map, at)?;
    }
    for (index, layer) in folded.network().layers().enumerate() {
        at = planner.layer(&index.to_string(), layer, at, false)?;
    }
    let outputs = folded.network().output().len();
    at = planner.output(model.cost().output(), outputs, at);
    let mut classes = Vec::new();
    match schema.map(|schema| schema.outputs()) {
        Some(Outputs::Values { steps, .. }) => {
            for scaling in steps.iter().rev() {
                let of = |x: &[f64]| x.iter().map(|x| *x as f32).collect();
                let none = vec![0.0; outputs];
                at = planner.scale(
                    "units",
                    at,
                    1,
                    [none, of(scaling.scale()), of(scaling.offset())],
                );
            }
        }
        Some(Outputs::Classes { names, .. }) => classes.clone_from(names),
        _ => {}
    }
    Ok(Plan {
        inputs,
        outputs,
        steps: planner.steps,
        buffers: planner.buffers,
        result: at,
        classes,
    })
}

struct Planner<'a> {
    theta: &'a [f32],
    state: &'a [f32],
    steps: Vec<Step>,
    buffers: Vec<usize>,
    free: Vec<Buffer>,
}

impl Planner<'_> {
    /// A buffer of at least so many elements.
    fn take(&mut self, len: usize) -> Buffer {
        let buffer = self.free.pop().unwrap_or_else(|| {
            self.buffers.push(0);
            self.buffers.len() - 1
        });
        self.buffers[buffer] = self.buffers[buffer].max(len);
        buffer
    }

    fn give(&mut self, buffer: Buffer) {
        if buffer != INPUT {
            self.free.push(buffer);
        }
    }

    /// A step into a buffer of its own; what it reads is given back unless others read it too.
    fn step(&mut self, what: &str, from: Buffer, len: usize, kept: bool, op: Op) -> Buffer {
        let to = self.take(len);
        self.push(what, from, to, op);
        if !kept {
            self.give(from);
        }
        to
    }

    fn push(&mut self, what: &str, from: Buffer, to: Buffer, op: Op) {
        let what = what.to_owned();
        self.steps.push(Step { what, from, to, op });
    }

    /// A step of single elements, in place where nobody else reads.
    fn each(&mut self, what: &str, from: Buffer, len: usize, kept: bool, op: Op) -> Buffer {
        if from == INPUT || kept {
            return self.step(what, from, len, kept, op);
        }
        self.push(what, from, from, op);
        from
    }

    fn scale(
        &mut self,
        what: &str,
        from: Buffer,
        positions: usize,
        constants: [Vec<f32>; 3],
    ) -> Buffer {
        let [offset, factor, shift] = constants;
        let len = offset.len() * positions;
        let op = Op::Scale {
            positions,
            offset,
            factor,
            shift,
        };
        self.each(what, from, len, false, op)
    }

    /// The next so many parameters.
    fn parameters(&mut self, count: usize) -> Vec<f32> {
        let (mine, others) = self.theta.split_at(count);
        self.theta = others;
        mine.to_vec()
    }

    fn numbers_of_state(&mut self, count: usize) -> Vec<f32> {
        let (mine, others) = self.state.split_at(count);
        self.state = others;
        mine.to_vec()
    }

    fn features(
        &mut self,
        step: usize,
        map: &FeatureMap,
        at: Buffer,
    ) -> Result<Buffer, CodegenError> {
        match map {
            FeatureMap::Identity => Ok(at),
            FeatureMap::Scaling(scaling) => {
                let offset: Vec<f32> = scaling.offset().iter().map(|x| *x as f32).collect();
                let factor = scaling.scale().iter().map(|x| (1.0 / x) as f32).collect();
                let none = vec![0.0; offset.len()];
                Ok(self.scale("scaling", at, 1, [offset, factor, none]))
            }
            FeatureMap::Then(maps) => maps
                .iter()
                .try_fold(at, |at, map| self.features(step, map, at)),
            map => Err(CodegenError::Features {
                step,
                map: format!("{map:?}").chars().take(60).collect(),
            }),
        }
    }

    fn output(&mut self, output: Output, len: usize, at: Buffer) -> Buffer {
        match output {
            Output::Softmax => self.each("soft-max", at, len, false, Op::Softmax { len }),
            Output::Logistic => {
                let activation = Activation::Logistic;
                self.each(
                    "logistic",
                    at,
                    len,
                    false,
                    Op::Activation { len, activation },
                )
            }
            _ => at,
        }
    }

    /// A layer; `kept` says that others read what it reads.
    fn layer(
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
) -> Result<std::sync::Arc<dyn Layer<f32>>, CodegenError> {
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
