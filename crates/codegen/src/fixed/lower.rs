//! From a plan in floating point and the ranges of its values to one in fixed point.

mod activation;
mod constants;

use gradflow::layers::Activation;

use self::activation::{Piece, narrowed, table};
use self::constants::{Row, Rows, added, averaged, no_form, normed};
use super::number::{Fixed, Format, Range};
use super::plan::{Network, Op};
use crate::CodegenError;
use crate::plan::{self, Buffer, Plan, Step};
use crate::writer::Number;

/// The network in fixed point: `ranges` are those of the input and of what each step leaves.
pub(crate) fn lower(
    plan: &Plan,
    fixed: Fixed,
    (input, ranges): (Range, &[Range]),
) -> Result<Network, CodegenError> {
    let input = Format::of(fixed.number(), input);
    let mut lowering = Lowering {
        plan,
        ranges,
        fixed,
        formats: vec![input; plan.buffers.len()],
        steps: Vec::new(),
        buffers: plan.buffers.clone(),
        result: plan.result,
    };
    let mut index = 0;
    while index < plan.steps.len() {
        index = lowering.step(index)?;
    }
    let Lowering {
        steps,
        buffers,
        result,
        formats,
        ..
    } = lowering;
    let mut numbers = vec![fixed.number(); plan.buffers.len()];
    numbers.resize(buffers.len(), Number::I16);
    Ok(Network {
        plan: Plan {
            inputs: plan.inputs,
            outputs: plan.outputs,
            steps,
            buffers,
            result,
        },
        numbers,
        input,
        output: formats[result],
    })
}

struct Lowering<'a> {
    plan: &'a Plan,
    ranges: &'a [Range],
    fixed: Fixed,
    /// What the elements of each buffer stand for at this step.
    formats: Vec<Format>,
    steps: Vec<Step<Op>>,
    buffers: Vec<usize>,
    result: Buffer,
}

impl Lowering<'_> {
    /// The step, with the activation behind it if it takes that in; the next one's index.
    fn step(&mut self, index: usize) -> Result<usize, CodegenError> {
        let step = &self.plan.steps[index];
        let x = self.formats[step.from];
        match &step.op {
            plan::Op::MaxPool(slide) => self.push(step, step.to, Op::MaxPool(*slide), x),
            plan::Op::Upsample { input, factor } => {
                let (input, factor) = (*input, *factor);
                self.push(step, step.to, Op::Upsample { input, factor }, x);
            }
            plan::Op::Copy { len, at } => self.copy(index, *len, *at)?,
            plan::Op::Activation { len, activation } if Piece::of(activation).is_none() => {
                let (to, format) = self.target(index, index);
                let len = *len;
                let table = table(activation, x, format);
                self.push(step, to, Op::Table { len, table }, format);
            }
            _ => return self.linear(index),
        }
        Ok(index + 1)
    }

    fn push(&mut self, step: &Step, to: Buffer, op: Op, format: Format) {
        self.formats[to] = format;
        self.steps.push(Step {
            what: step.what.clone(),
            from: step.from,
            to,
            op,
        });
    }

    /// Where the values that a step leaves go, and as what: the last ones go to a buffer of their own, of 16 bits, as far as one step makes all of them.
    fn target(&mut self, index: usize, range: usize) -> (Buffer, Format) {
        let number = self.fixed.number();
        let step = &self.plan.steps[index];
        let whole = !matches!(step.op, plan::Op::Add { .. } | plan::Op::Copy { .. });
        if number == Number::I8 && range + 1 == self.plan.steps.len() && whole {
            self.result = self.buffers.len();
            self.buffers.push(self.plan.outputs);
            let format = Format::of(Number::I16, self.ranges[range]);
            self.formats.push(format);
            return (self.result, format);
        }
        (step.to, Format::of(number, self.ranges[range]))
    }

    /// A step that ends with a multiplication, and the activation behind it if that consists of straight pieces.
    fn linear(&mut self, index: usize) -> Result<usize, CodegenError> {
        let step = &self.plan.steps[index];
        let behind = self.plan.steps.get(index + 1);
        let behind = behind.and_then(|next| match &next.op {
            plan::Op::Activation { activation, .. } if [next.from, next.to] == [step.to; 2] => {
                Some(activation)
            }
            _ => None,
        });
        let own = match &step.op {
            plan::Op::Activation { activation, .. } => Piece::of(activation),
            _ => None,
        };
        let (to, format, piece, next) = match (own, behind.map(|of| (Piece::of(of), of))) {
            (Some(piece), _) => {
                let (to, format) = self.target(index, index);
                (to, format, piece, index + 1)
            }
            (None, Some((Some(piece), _))) => {
                let (to, format) = self.target(index, index + 1);
                (to, format, piece, index + 2)
            }
            (None, Some((None, activation))) => {
                let format = self.before_table(index, activation);
                (step.to, format, Piece::WHOLE, index + 1)
            }
            (None, None) => {
                let (to, format) = self.target(index, index);
                (to, format, Piece::WHOLE, index + 1)
            }
        };
        let op = self.multiplied(step, piece, format)?;
        self.push(step, to, op, format);
        Ok(next)
    }

    /// What a table reads: no further than where its values change.
    fn before_table(&self, index: usize, activation: &Activation) -> Format {
        let number = self.fixed.number();
        let last = index + 2 == self.plan.steps.len();
        let values = if last { Number::I16 } else { number };
        let half = Format::of(values, self.ranges[index + 1]).scale / 2.0;
        Format::of(number, narrowed(activation, self.ranges[index], half))
    }

    fn multiplied(&self, step: &Step, piece: Piece, to: Format) -> Result<Op, CodegenError> {
        let x = self.formats[step.from];
        Ok(match &step.op {
            plan::Op::Dense { weights, biases } => {
                let rows = Rows::folded(self.columns(weights, biases, x), x);
                let end = rows.end(&step.what, [x, to], piece)?;
                Op::Dense {
                    weights: rows.weights,
                    biases: rows.biases,
                    end,
                }
            }
            plan::Op::Conv {
                slide,
                groups,
                filters,
                biases,
            } => {
                let rows = filters.chunks(filters.len() / biases.len());
                let rows = rows.zip(biases).map(|(w, b)| self.row(w, *b, x));
                let rows = Rows::new(rows.collect(), x);
                Op::Conv {
                    slide: *slide,
                    groups: *groups,
                    zero: x.zero,
                    end: rows.end(&step.what, [x, to], piece)?,
                    filters: rows.weights.concat(),
                    biases: rows.biases,
                }
            }
            plan::Op::Scale {
                positions,
                offset,
                factor,
                shift,
            } => {
                let rows = self.scales([offset, factor, shift], x);
                self.scaled(step, (*positions, 0), rows, [x, to], piece)?
            }
            plan::Op::Activation { len, .. } => {
                self.scaled(step, (*len, 0), vec![Row::unit()], [x, to], piece)?
            }
            plan::Op::AvgPool { slide, padded } => {
                averaged(&step.what, slide, *padded, [x, to], piece)?
            }
            plan::Op::LayerNorm {
                gain,
                shift,
                epsilon,
            } => normed(
                &step.what,
                [gain, shift],
                (*epsilon, self.fixed),
                [x, to],
                piece,
            )?,
            plan::Op::Add { len } => {
                added(&step.what, *len, [x, self.formats[step.to], to], piece)?
            }
            _ => return Err(no_form(&step.what)),
        })
    }

    /// The columns of `[in][out]`, one for each output.
    fn columns(&self, weights: &[Vec<f32>], biases: &[f32], x: Format) -> Vec<Row> {
        let column = |o: usize| weights.iter().map(move |row| row[o]);
        let rows = (0..biases.len()).map(|o| column(o).collect::<Vec<f32>>());
        rows.zip(biases).map(|(w, b)| self.row(&w, *b, x)).collect()
    }

    /// `(x - offset) factor + shift` of each channel.
    fn scales(&self, [offset, factor, shift]: [&[f32]; 3], x: Format) -> Vec<Row> {
        let row = |c: usize| {
            let bias = f64::from(shift[c]) - f64::from(offset[c]) * f64::from(factor[c]);
            let most = (Fixed::Int16.most(), self.fixed);
            Row::new(&[f64::from(factor[c])], bias, x, most)
        };
        (0..offset.len()).map(row).collect()
    }

    fn row(&self, weights: &[f32], bias: f32, x: Format) -> Row {
        let weights: Vec<f64> = weights.iter().map(|w| f64::from(*w)).collect();
        let most = (self.fixed.most(), self.fixed);
        Row::new(&weights, f64::from(bias), x, most)
    }

    fn scaled(
        &self,
        step: &Step,
        (positions, at): (usize, usize),
        rows: Vec<Row>,
        formats: [Format; 2],
        piece: Piece,
    ) -> Result<Op, CodegenError> {
        let rows = Rows::folded(rows, formats[0]);
        Ok(Op::Scale {
            positions,
            at,
            end: rows.end(&step.what, formats, piece)?,
            weights: rows.weights.concat(),
            biases: rows.biases,
        })
    }

    /// A copy, in the format of all that stands beside it.
    fn copy(&mut self, index: usize, len: usize, at: usize) -> Result<(), CodegenError> {
        let step = &self.plan.steps[index];
        let x = self.formats[step.from];
        let beside = |next: &usize| {
            let other = &self.plan.steps[*next];
            other.to == step.to && matches!(other.op, plan::Op::Copy { at, .. } if at > 0)
        };
        let format = match at {
            0 => {
                let mut last = index;
                // Nothing else is done to the buffer before all of it is there.
                for next in index + 1..self.plan.steps.len() {
                    match beside(&next) {
                        true => last = next,
                        false if self.plan.steps[next].to == step.to => break,
                        false if self.plan.steps[next].from == step.to => break,
                        false => {}
                    }
                }
                match last == index {
                    true => x,
                    false => Format::of(self.fixed.number(), self.ranges[last]),
                }
            }
            _ => self.formats[step.to],
        };
        let op = match format == x {
            true => Op::Copy { len, at },
            false => self.scaled(
                step,
                (len, at),
                vec![Row::unit()],
                [x, format],
                Piece::WHOLE,
            )?,
        };
        self.push(step, step.to, op, format);
        Ok(())
    }
}
