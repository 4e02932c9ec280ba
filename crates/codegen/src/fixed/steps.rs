//! The loops of each step in fixed point.

mod others;

use super::number::{End, Multiplier};
use super::plan::{Op, Table};
use crate::loops::{self, Sums, element};
use crate::plan::{Slide, Step, buffer};
use crate::writer::Number::{I16, I32, I64, U8};
use crate::writer::{Constant, Language, Number, Writer};

/// A step in two texts: its tables and its loops.
pub(super) struct Printer {
    pub(super) tables: Writer,
    pub(super) body: Writer,
    /// Bytes of tables.
    pub(super) constants: usize,
    /// Bytes of the longest row of sums.
    pub(super) sums: usize,
    /// Whether roots are taken.
    pub(super) has_root: bool,
    prefix: String,
    numbers: Vec<Number>,
}

impl Printer {
    pub(super) fn new(language: Language, prefix: String, numbers: Vec<Number>) -> Self {
        Self {
            tables: Writer::new(language, 0),
            body: Writer::new(language, 1),
            constants: 0,
            sums: 0,
            has_root: false,
            prefix,
            numbers,
        }
    }

    /// A table of numbers; its name.
    pub(super) fn table(
        &mut self,
        of: Number,
        kind: &str,
        at: usize,
        numbers: &[impl Constant],
    ) -> String {
        let name = format!("{}{kind}{at}", self.prefix);
        self.tables.table(of, &name, numbers);
        self.constants += of.bytes() * numbers.len();
        name
    }

    /// The next step.
    pub(super) fn step(&mut self, at: usize, step: &Step<Op>) {
        self.body.comment(&step.what);
        let (x, p) = (buffer(step.from), buffer(step.to));
        let number = self.numbers[step.to];
        let weight = self.numbers[step.from];
        match &step.op {
            Op::Dense {
                weights,
                biases,
                end,
            } => self.dense(at, weight, (weights, biases, end), &x, &p),
            Op::Conv {
                slide,
                groups,
                filters,
                biases,
                zero,
                end,
            } => {
                let filters = self.filters(at, weight, slide, filters);
                let sums = Sums {
                    filters: &filters,
                    number: end.sums,
                    sum: "sums[k]",
                    x: &x,
                    zero: *zero,
                };
                self.conv(at, (slide, *groups), &sums, (biases, end), &p);
            }
            Op::Scale {
                positions,
                at: place,
                weights,
                biases,
                end,
            } => self.scale(at, (*positions, *place), (weights, biases, end), &x, &p),
            Op::MaxPool(slide) => self.max_pool(slide, number, &x, &p),
            Op::AvgPool {
                slide,
                padded,
                zero,
                end,
            } => self.avg_pool(at, (slide, *padded), (*zero, end), &x, &p),
            Op::Upsample { input, factor } => {
                loops::upsample(&mut self.body, *input, *factor, [&x, &p]);
            }
            Op::Table { len, table } => self.look_up(at, *len, table, &x, &p),
            Op::Copy { len, at: place } => self.copy(*len, *place, &x, &p),
            Op::LayerNorm {
                normal,
                weights,
                biases,
                end,
            } => self.layer_norm(at, *normal, (weights, biases, end), &x, &p),
            Op::Add {
                len,
                weights,
                bias,
                end,
            } => self.add(at, *len, (weights, *bias, end), &x, &p),
        }
    }

    /// The table of the filters; none where they meet padding alone.
    fn filters(&mut self, at: usize, weight: Number, slide: &Slide, filters: &[i32]) -> String {
        match loops::meets(slide) {
            false => String::new(),
            true => self.table(weight, "F", at, filters),
        }
    }

    fn copy(&mut self, len: usize, place: usize, x: &str, p: &str) {
        self.body.each("i", len);
        let place = loops::moved(place);
        self.body.line(&format!("{p}[{place}] = {x}[i];"));
        self.body.close(1);
    }

    fn dense(
        &mut self,
        at: usize,
        weight: Number,
        (weights, biases, end): (&[Vec<i32>], &[i64], &End),
        x: &str,
        p: &str,
    ) {
        let name = format!("{}W{at}", self.prefix);
        self.tables.tables(weight, &name, weights);
        let inputs = weights[0].len();
        self.constants += weight.bytes() * inputs * biases.len();
        let bias = self.table(end.sums, "B", at, biases);
        let ended = self.ended(at, end, "o", "sum");
        let body = &mut self.body;
        body.each("o", biases.len());
        body.variable(end.sums, "sum", &format!("{bias}[o]"));
        body.each("i", inputs);
        let (w, x) = (
            element(body, end.sums, &format!("{name}[o]"), "i", 0),
            element(body, end.sums, x, "i", 0),
        );
        body.line(&format!("sum += {w} * {x};"));
        body.close(1);
        body.line(&format!("{p}[o] = {ended};"));
        body.close(1);
    }

    fn conv(
        &mut self,
        at: usize,
        (slide, groups): (&Slide, usize),
        sums: &Sums<'_>,
        (biases, end): (&[i64], &End),
        p: &str,
    ) {
        let bias = self.table(end.sums, "B", at, biases);
        let ended = self.ended(at, end, "i", "sums[k]");
        let [od, ov, oh] = slide.output;
        self.sums = self.sums.max(end.sums.bytes() * oh);
        let body = &mut self.body;
        body.each("i", od);
        body.each("j", ov);
        body.array(end.sums, "sums", oh);
        body.each("k", oh);
        body.line(&format!("sums[k] = {bias}[i];"));
        body.close(1);
        loops::conv_row(body, slide, groups, sums);
        body.each("k", oh);
        body.line(&format!("{p}[(i * {ov} + j) * {oh} + k] = {ended};"));
        body.close(3);
    }

    fn scale(
        &mut self,
        at: usize,
        (positions, place): (usize, usize),
        (weights, biases, end): (&[i32], &[i64], &End),
        x: &str,
        p: &str,
    ) {
        let channels = weights.len();
        let [weight, bias] = match channels {
            1 => [weights[0].to_string(), biases[0].to_string()],
            _ => [
                self.table(I16, "W", at, weights) + "[c]",
                self.table(end.sums, "B", at, biases) + "[c]",
            ],
        };
        let ended = self.ended(at, end, "c", "sum");
        let body = &mut self.body;
        body.each("c", channels);
        body.each("k", positions);
        let from = format!("c * {positions} + k");
        let to = match place {
            0 => from.clone(),
            place => format!("{from} + {place}"),
        };
        let x = element(body, end.sums, x, &from, 0);
        let weight = body.cast(end.sums, &weight);
        body.value(end.sums, "sum", &format!("{x} * ({weight}) + ({bias})"));
        body.line(&format!("{p}[{to}] = {ended};"));
        body.close(2);
    }

    fn look_up(&mut self, at: usize, len: usize, table: &Table, x: &str, p: &str) {
        let (values, to) = table.values();
        let name = self.table(to.number, "A", at, values);
        let body = &mut self.body;
        body.each("i", len);
        let x = element(body, I32, x, "i", 0);
        let index = |body: &Writer, of: String| match body.is_rust() {
            true => format!("({of}) as usize"),
            false => of,
        };
        match table {
            Table::Each(..) => {
                let place = index(body, format!("{x} + 128"));
                body.line(&format!("{p}[i] = {name}[{place}];"));
            }
            Table::Between(..) => {
                let last = (1 << Table::BITS) - 1;
                body.value(I32, "place", &format!("{x} + 32768"));
                body.index("at", &index(body, format!("place >> {}", Table::BITS)));
                body.value(I32, "part", &format!("place & {last}"));
                let [low, high] = ["at", "at + 1"].map(|at| element(body, I32, &name, at, 0));
                let between = format!("{low} * ({} - part) + {high} * part", last + 1);
                body.value(I32, "sum", &between);
                let one = Multiplier {
                    factor: 1,
                    shift: Table::BITS,
                };
                let end = End {
                    sums: I32,
                    multipliers: vec![one],
                    below: Vec::new(),
                    to,
                    low: to.low,
                    high: to.high,
                };
                let ended = self.ended(at, &end, "0", "sum");
                self.body.line(&format!("{p}[i] = {ended};"));
            }
        }
        self.body.close(1);
    }

    fn add(
        &mut self,
        at: usize,
        len: usize,
        ([v, w], bias, end): (&[i32; 2], i64, &End),
        x: &str,
        p: &str,
    ) {
        let ended = self.ended(at, end, "0", "sum");
        let body = &mut self.body;
        body.each("i", len);
        let [x, y] = [x, p].map(|name| element(body, end.sums, name, "i", 0));
        body.value(
            end.sums,
            "sum",
            &format!("{v} * {x} + {w} * {y} + ({bias})"),
        );
        body.line(&format!("{p}[i] = {ended};"));
        body.close(1);
    }

    /// The element that a sum of this row becomes.
    pub(super) fn ended(&mut self, at: usize, end: &End, row: &str, sum: &str) -> String {
        let [mut factor, mut shift] = self.multipliers(at, &end.multipliers, ["M", "S"], row);
        if !end.below.is_empty() {
            let [below, shift_below] = self.multipliers(at, &end.below, ["N", "R"], row);
            let negative = format!("{sum} < 0");
            factor = self.body.choose(&negative, &below, &factor);
            shift = self.body.choose(&negative, &shift_below, &shift);
        }
        let sum = self.body.cast(I64, sum);
        let (zero, low, high) = (end.to.zero, end.low, end.high);
        let call = format!("({sum}, {factor}, {shift}, {zero}, {low}, {high})");
        let call = format!("{}rounded{call}", self.prefix);
        self.body.cast(end.to.number, &call)
    }

    /// Factor and shift of a row.
    fn multipliers(
        &mut self,
        at: usize,
        all: &[Multiplier],
        kinds: [&str; 2],
        row: &str,
    ) -> [String; 2] {
        if let [one] = all {
            return [one.factor.to_string(), one.shift.to_string()];
        }
        let factors: Vec<i32> = all.iter().map(|m| m.factor).collect();
        let shifts: Vec<i32> = all.iter().map(|m| m.shift as i32).collect();
        let factors = self.table(I32, kinds[0], at, &factors);
        let shifts = self.table(U8, kinds[1], at, &shifts);
        [format!("{factors}[{row}]"), format!("{shifts}[{row}]")]
    }
}
