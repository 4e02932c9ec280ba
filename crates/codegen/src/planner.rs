//! A model as steps over a few buffers.

mod layers;

use gradflow::data::{FeatureMap, Outputs};
use gradflow::layers::Activation;
use gradflow::{Model, Output};

use crate::CodegenError;
use crate::plan::{Buffer, INPUT, Op, Plan, Step};

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
}
