//! The loops of each step in floating point.

use gradflow::data::Encoding;
use gradflow::layers::Activation;

use crate::loops::{self, Sums};
use crate::math::Functions;
use crate::plan::{Op, Slide, Step, buffer, features};
use crate::writer::Number::F32;
use crate::writer::Writer;

/// A step in two texts: its tables and its loops.
pub(crate) struct Printer {
    pub(crate) tables: Writer,
    pub(crate) body: Writer,
    pub(crate) functions: Functions,
    /// Numbers in tables.
    pub(crate) constants: usize,
    prefix: String,
}

impl Printer {
    pub(crate) fn new(tables: Writer, body: Writer, prefix: String) -> Self {
        Self {
            tables,
            body,
            functions: Functions::new(&prefix),
            constants: 0,
            prefix,
        }
    }

    /// A table of numbers; its name.
    fn table(&mut self, kind: &str, number: usize, numbers: &[f32]) -> String {
        let name = format!("{}{kind}{number}", self.prefix);
        self.tables.table(F32, &name, numbers);
        self.constants += numbers.len();
        name
    }

    /// The next step.
    pub(crate) fn step(&mut self, number: usize, step: &Step) {
        self.body.comment(&step.what);
        let (x, p) = (buffer(step.from), buffer(step.to));
        match &step.op {
            Op::Dense { weights, biases } => self.dense(number, (weights, biases), &x, &p),
            Op::Conv {
                slide,
                groups,
                filters,
                biases,
            } => self.conv(number, (slide, *groups), [filters, biases], [&x, &p]),
            Op::MaxPool(slide) => self.max_pool(slide, &x, &p),
            Op::AvgPool { slide, padded } => self.avg_pool(slide, *padded, &x, &p),
            Op::Upsample { input, factor } => {
                loops::upsample(&mut self.body, *input, *factor, [&x, &p]);
            }
            Op::Activation { len, activation } => self.activation(*len, activation, &x, &p),
            Op::Scale {
                positions,
                offset,
                factor,
                shift,
            } => self.scale(number, *positions, [offset, factor, shift], &x, &p),
            Op::LayerNorm {
                gain,
                shift,
                epsilon,
            } => self.layer_norm(number, [gain, shift], *epsilon, &x, &p),
            Op::Copy { len, at } => {
                self.body.each("i", len);
                let place = loops::moved(*at);
                self.body.line(&format!("{p}[{place}] = {x}[i];"));
                self.body.close(1);
            }
            Op::Add { len } => {
                self.body.each("i", len);
                self.body.line(&format!("{p}[i] += {x}[i];"));
                self.body.close(1);
            }
            Op::Softmax { len } => self.softmax(*len, &x, &p),
            Op::Columns(columns) => self.columns(columns, &x, &p),
        }
    }

    fn dense(&mut self, number: usize, (weights, biases): (&[Vec<f32>], &[f32]), x: &str, p: &str) {
        let name = format!("{}W{number}", self.prefix);
        self.tables.tables(F32, &name, weights);
        self.constants += weights.len() * biases.len();
        let bias = self.table("B", number, biases);
        let body = &mut self.body;
        body.each("o", biases.len());
        body.line(&format!("{p}[o] = {bias}[o];"));
        body.close(1);
        body.each("i", weights.len());
        body.value(F32, "v", &format!("{x}[i]"));
        body.each("o", biases.len());
        body.line(&format!("{p}[o] += {name}[i][o] * v;"));
        body.close(2);
    }

    fn conv(
        &mut self,
        number: usize,
        (slide, groups): (&Slide, usize),
        [filters, biases]: [&[f32]; 2],
        [x, p]: [&str; 2],
    ) {
        let filters = match loops::meets(slide) {
            false => String::new(),
            true => self.table("F", number, filters),
        };
        let bias = self.table("B", number, biases);
        let [od, ov, oh] = slide.output;
        let sum = format!("{p}[(i * {ov} + j) * {oh} + k]");
        let body = &mut self.body;
        body.each("i", od);
        body.each("j", ov);
        body.each("k", oh);
        body.line(&format!("{sum} = {bias}[i];"));
        body.close(1);
        let sums = Sums {
            filters: &filters,
            number: F32,
            sum: &sum,
            x,
            zero: 0,
        };
        loops::conv_row(body, slide, groups, &sums);
        body.close(2);
    }

    fn max_pool(&mut self, slide: &Slide, x: &str, p: &str) {
        let least = match self.body.is_rust() {
            true => "f32::NEG_INFINITY",
            false => "-INFINITY",
        };
        loops::max_pool(&mut self.body, slide, (F32, least), [x, p]);
    }

    fn avg_pool(&mut self, slide: &Slide, padded: bool, x: &str, p: &str) {
        let zero = self.body.number(0.0);
        let body = &mut self.body;
        let place = loops::outputs(body, slide);
        body.variable(F32, "s", &zero);
        body.counter("n");
        if padded {
            loops::padded_count(body, slide);
        }
        loops::windows(body, slide);
        body.line(&format!("s += {x}[at];"));
        if !padded {
            body.line("n += 1;");
        }
        body.close(3);
        let count = body.cast(F32, "n");
        body.line(&format!("{p}[{place}] = s / ({count});"));
        body.close(3);
    }

    fn activation(&mut self, len: usize, activation: &Activation, x: &str, p: &str) {
        self.body.each("i", len);
        self.body.value(F32, "z", &format!("{x}[i]"));
        let value = self.functions.activation(&self.body, activation);
        self.body.line(&format!("{p}[i] = {value};"));
        self.body.close(1);
    }

    fn scale(&mut self, number: usize, positions: usize, constants: [&[f32]; 3], x: &str, p: &str) {
        let channels = constants[0].len();
        let zeros = constants[2].iter().all(|shift| *shift == 0.0);
        let [offset, factor] =
            [("O", 0), ("S", 1)].map(|(kind, k)| self.table(kind, number, constants[k]));
        let shift = if zeros {
            String::new()
        } else {
            format!(" + {}[c]", self.table("T", number, constants[2]))
        };
        let body = &mut self.body;
        body.each("c", channels);
        body.each("k", positions);
        let at = format!("c * {positions} + k");
        body.line(&format!(
            "{p}[{at}] = ({x}[{at}] - {offset}[c]) * {factor}[c]{shift};"
        ));
        body.close(2);
    }

    fn layer_norm(
        &mut self,
        number: usize,
        [gain, shift]: [&[f32]; 2],
        epsilon: f32,
        x: &str,
        p: &str,
    ) {
        let len = gain.len();
        let (gain, shift) = (
            self.table("G", number, gain),
            self.table("T", number, shift),
        );
        let root = self.functions.sqrt(&self.body);
        let body = &mut self.body;
        let (zero, n, epsilon) = (
            body.number(0.0),
            body.number(len as f32),
            body.number(epsilon),
        );
        body.open("{");
        body.variable(F32, "m", &zero);
        body.each("i", len);
        body.line(&format!("m += {x}[i];"));
        body.close(1);
        body.line(&format!("m /= {n};"));
        body.variable(F32, "v", &zero);
        body.each("i", len);
        body.line(&format!("v += ({x}[i] - m) * ({x}[i] - m);"));
        body.close(1);
        let one = body.number(1.0);
        body.value(F32, "r", &format!("{one} / {root}(v / {n} + {epsilon})"));
        body.each("i", len);
        body.line(&format!(
            "{p}[i] = ({x}[i] - m) * r * {gain}[i] + {shift}[i];"
        ));
        body.close(2);
    }

    /// Numbers as they are, missing ones (which are not equal to themselves) filled, a feature for each value of a category.
    fn columns(&mut self, columns: &[Encoding], x: &str, p: &str) {
        let body = &mut self.body;
        let [zero, one] = [0.0, 1.0].map(|x| body.number(x));
        let (mut at, mut column) = (0, 0);
        while column < columns.len() {
            let plain = |encoding: &&Encoding| matches!(encoding, Encoding::Number);
            let run = columns[column..].iter().take_while(plain).count();
            if run > 0 {
                body.each("i", run);
                let [to, from] = [at, column].map(loops::moved);
                body.line(&format!("{p}[{to}] = {x}[{from}];"));
                body.close(1);
                (at, column) = (at + run, column + run);
                continue;
            }
            let value = format!("{x}[{column}]");
            let missing = format!("{value} != {value}");
            let flagged = match &columns[column] {
                Encoding::Filled { value: other, flag } => {
                    let filled = body.choose(&missing, &body.number(*other as f32), &value);
                    body.line(&format!("{p}[{at}] = {filled};"));
                    *flag
                }
                Encoding::OneHot { values, flag, .. } => {
                    body.each("i", values.len());
                    let is = format!("{value} == {}", body.cast(F32, "i"));
                    let is = body.choose(&is, &one, &zero);
                    body.line(&format!("{p}[{}] = {is};", loops::moved(at)));
                    body.close(1);
                    *flag
                }
                _ => false,
            };
            at += features(&columns[column]);
            column += 1;
            if flagged {
                let is = body.choose(&missing, &one, &zero);
                body.line(&format!("{p}[{}] = {is};", at - 1));
            }
        }
    }

    fn softmax(&mut self, len: usize, x: &str, p: &str) {
        let exp = self.functions.exp(&self.body);
        let body = &mut self.body;
        let zero = body.number(0.0);
        body.open("{");
        body.variable(F32, "m", &format!("{x}[0]"));
        body.each("i", len);
        let larger = body.max(&format!("{x}[i]"), "m");
        body.line(&format!("m = {larger};"));
        body.close(1);
        body.variable(F32, "s", &zero);
        body.each("i", len);
        body.line(&format!("{p}[i] = {exp}({x}[i] - m);"));
        body.line(&format!("s += {p}[i];"));
        body.close(1);
        body.each("i", len);
        body.line(&format!("{p}[i] /= s;"));
        body.close(2);
    }
}
