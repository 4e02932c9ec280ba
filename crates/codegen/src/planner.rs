//! A model as steps over a few buffers.

mod layers;

use gradflow::data::{Encoding, FeatureMap, Outputs};
use gradflow::layers::Activation;
use gradflow::{Model, Output};

use crate::CodegenError;
use crate::plan::{Buffer, INPUT, Op, Plan, Step};

/// A model in three parts.
pub(crate) struct Parts {
    /// From raw inputs to what the network reads.
    pub(crate) before: Plan,
    pub(crate) network: Plan,
    /// From the network's outputs to the prediction.
    pub(crate) after: Plan,
}

/// Plans the model, folded, as one.
pub(crate) fn plan(model: &Model<f32>) -> Result<Plan, CodegenError> {
    let folded = model.folded()?;
    let mut planner = Planner::new(&folded, inputs(model));
    let at = planner.before(model, INPUT)?;
    let at = planner.network(&folded, at)?;
    let at = planner.after(model, at);
    Ok(planner.finish(at, folded.network().output().len()))
}

/// Plans the model, folded, part by part.
pub(crate) fn parts(model: &Model<f32>) -> Result<Parts, CodegenError> {
    let folded = model.folded()?;
    let (input, output) = (folded.network().input(), folded.network().output());
    let mut planner = Planner::new(&folded, inputs(model));
    let at = planner.before(model, INPUT)?;
    let before = planner.finish(at, input.len());
    let mut planner = Planner::new(&folded, input.len());
    let at = planner.network(&folded, INPUT)?;
    let network = planner.finish(at, output.len());
    let mut planner = Planner::new(&folded, output.len());
    let at = planner.after(model, INPUT);
    Ok(Parts {
        before,
        network,
        after: planner.finish(at, output.len()),
    })
}

/// Names that stand in a file.
#[derive(Debug)]
pub(crate) struct Names {
    /// Those of the classes, if they have names.
    pub(crate) classes: Vec<String>,
    /// Those of the values of each column that is a category, by the column's number.
    pub(crate) categories: Vec<(usize, Vec<String>)>,
}

/// The names of a model.
pub(crate) fn names(model: &Model<f32>) -> Names {
    let classes = model.schema().and_then(|schema| schema.class_names());
    let columns = match model.schema().map(|schema| schema.steps()) {
        Some([FeatureMap::Columns(columns), ..]) => &columns[..],
        _ => &[],
    };
    let values = |(column, encoding): (usize, &Encoding)| {
        let values = encoding.values()?;
        Some((column, values.to_vec()))
    };
    Names {
        classes: classes.map(<[String]>::to_vec).unwrap_or_default(),
        categories: columns.iter().enumerate().filter_map(values).collect(),
    }
}

/// Raw inputs.
fn inputs(model: &Model<f32>) -> usize {
    let schema = model.schema();
    schema.map_or(model.network().input().len(), |schema| schema.inputs())
}

struct Planner<'a> {
    theta: &'a [f32],
    state: &'a [f32],
    steps: Vec<Step>,
    buffers: Vec<usize>,
    free: Vec<Buffer>,
}

impl<'a> Planner<'a> {
    fn new(folded: &'a Model<f32>, inputs: usize) -> Self {
        Self {
            theta: folded.theta(),
            state: folded.state(),
            steps: Vec::new(),
            buffers: vec![inputs],
            free: Vec::new(),
        }
    }

    fn finish(self, result: Buffer, outputs: usize) -> Plan {
        Plan {
            inputs: self.buffers[INPUT],
            outputs,
            steps: self.steps,
            buffers: self.buffers,
            result,
        }
    }

    /// What is done to raw inputs.
    fn before(&mut self, model: &Model<f32>, from: Buffer) -> Result<Buffer, CodegenError> {
        let steps = model.schema().map_or(&[][..], |schema| schema.steps());
        let mut steps = steps.iter().enumerate();
        steps.try_fold(from, |at, (step, map)| self.features(step, map, at))
    }

    fn network(&mut self, folded: &Model<f32>, from: Buffer) -> Result<Buffer, CodegenError> {
        let mut layers = folded.network().layers().enumerate();
        layers.try_fold(from, |at, (index, layer)| {
            self.layer(&index.to_string(), layer, at, false)
        })
    }

    /// What is done to outputs: the cost's map, and the way back to their units.
    fn after(&mut self, model: &Model<f32>, from: Buffer) -> Buffer {
        let outputs = model.network().output().len();
        let mut at = self.output(model.cost().output(), outputs, from);
        if let Some(Outputs::Values { steps, .. }) = model.schema().map(|schema| schema.outputs()) {
            for scaling in steps.iter().rev() {
                let of = |x: &[f64]| x.iter().map(|x| *x as f32).collect();
                let none = vec![0.0; outputs];
                let constants = [none, of(scaling.scale()), of(scaling.offset())];
                at = self.scale("units", at, 1, constants);
            }
        }
        at
    }

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
            FeatureMap::Columns(columns) => {
                let op = Op::Columns(columns.clone());
                Ok(self.step("columns", at, op.end(), false, op))
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
