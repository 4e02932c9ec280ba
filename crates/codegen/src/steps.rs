//! The loops of each step.

use gradflow::layers::Activation;

use crate::math::Functions;
use crate::plan::{INPUT, Op, Slide, Step};
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
        self.tables.table(&name, numbers);
        self.constants += numbers.len();
        name
    }

    /// The next step.
    pub(crate) fn step(&mut self, number: usize, step: &Step) {
        self.body.comment(&step.what);
        let buffer = |buffer| match buffer {
            INPUT => "x".to_owned(),
            buffer => format!("b{buffer}"),
        };
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
            Op::Upsample { input, factor } => self.upsample(*input, *factor, &x, &p),
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
                let place = if *at == 0 {
                    "i".into()
                } else {
                    format!("i + {at}")
                };
                self.body.line(&format!("{p}[{place}] = {x}[i];"));
                self.body.close(1);
            }
            Op::Add { len } => {
                self.body.each("i", len);
                self.body.line(&format!("{p}[i] += {x}[i];"));
                self.body.close(1);
            }
            Op::Softmax { len } => self.softmax(*len, &x, &p),
        }
    }

    fn dense(&mut self, number: usize, (weights, biases): (&[Vec<f32>], &[f32]), x: &str, p: &str) {
        let name = format!("{}W{number}", self.prefix);
        self.tables.tables(&name, weights);
        self.constants += weights.len() * biases.len();
        let bias = self.table("B", number, biases);
        let body = &mut self.body;
        body.each("o", biases.len());
        body.line(&format!("{p}[o] = {bias}[o];"));
        body.close(1);
        body.each("i", weights.len());
        body.value("v", &format!("{x}[i]"));
        body.each("o", biases.len());
        body.line(&format!("{p}[o] += {name}[i][o] * v;"));
        body.close(2);
    }

    /// Rows of outputs in the inner loop, which compilers vectorise; how far a row goes is known for each column of the filter.
    fn conv(
        &mut self,
        number: usize,
        (slide, groups): (&Slide, usize),
        [filters, biases]: [&[f32]; 2],
        [x, p]: [&str; 2],
    ) {
        let columns = reached(slide);
        // A filter that meets padding alone has no part in it.
        let filter = match columns.is_empty() {
            true => String::new(),
            false => self.table("F", number, filters),
        };
        let bias = self.table("B", number, biases);
        let ([id, iv, ih], [od, ov, oh]) = (slide.input, slide.output);
        let ([fv, fh], [sv, sh], [dv, dh]) = (slide.size, slide.stride, slide.dilation);
        let [pv, ph] = slide.front;
        let (inside, outside) = (id / groups, od / groups);
        let body = &mut self.body;
        body.each("i", od);
        body.each("j", ov);
        body.each("k", oh);
        body.line(&format!("{p}[(i * {ov} + j) * {oh} + k] = {bias}[i];"));
        body.close(1);
        if columns.is_empty() {
            return body.close(2);
        }
        body.each("a", inside);
        body.each("b", fv);
        body.index("row", &format!("j * {sv} + b * {dv}"));
        body.when(&within("row", pv, iv));
        let plane = format!("i / {outside} * {inside} + a");
        body.index("from", &format!("(({plane}) * {iv} + row - {pv}) * {ih}"));
        for (c, [first, end]) in columns {
            body.open("{");
            let tap = format!("((i * {inside} + a) * {fv} + b) * {fh} + {c}");
            body.value("f", &format!("{filter}[{tap}]"));
            body.between("k", &first.to_string(), &end.to_string());
            let at = format!("from + k * {sh} + {} - {ph}", c * dh);
            body.line(&format!("{p}[(i * {ov} + j) * {oh} + k] += f * {x}[{at}];"));
            body.close(2);
        }
        body.close(5);
    }

    /// Opens the loops over a pool's outputs and the elements of their windows, the last with `at` as the element's index.
    fn windows(body: &mut Writer, slide: &Slide) {
        let ([_, iv, ih], [fv, fh]) = (slide.input, slide.size);
        let ([sv, sh], [dv, dh], [pv, ph]) = (slide.stride, slide.dilation, slide.front);
        body.each("b", fv);
        body.each("c", fh);
        body.index("row", &format!("j * {sv} + b * {dv}"));
        body.index("col", &format!("k * {sh} + c * {dh}"));
        body.when(&format!(
            "{} && {}",
            within("row", pv, iv),
            within("col", ph, ih)
        ));
        body.index(
            "at",
            &format!("(i * {iv} + row - {pv}) * {ih} + col - {ph}"),
        );
    }

    fn outputs(body: &mut Writer, slide: &Slide) -> String {
        let [od, ov, oh] = slide.output;
        body.each("i", od);
        body.each("j", ov);
        body.each("k", oh);
        format!("(i * {ov} + j) * {oh} + k")
    }

    fn max_pool(&mut self, slide: &Slide, x: &str, p: &str) {
        let body = &mut self.body;
        let place = Self::outputs(body, slide);
        body.variable(
            "m",
            match body.is_rust() {
                true => "f32::NEG_INFINITY",
                false => "-INFINITY",
            },
        );
        Self::windows(body, slide);
        let larger = body.choose(&format!("{x}[at] > m"), &format!("{x}[at]"), "m");
        body.line(&format!("m = {larger};"));
        body.close(3);
        body.line(&format!("{p}[{place}] = m;"));
        body.close(3);
    }

    fn avg_pool(&mut self, slide: &Slide, padded: bool, x: &str, p: &str) {
        let zero = self.body.number(0.0);
        let body = &mut self.body;
        let place = Self::outputs(body, slide);
        body.variable("s", &zero);
        body.counter("n");
        if padded {
            let ([_, iv, ih], [fv, fh]) = (slide.input, slide.size);
            let ([sv, sh], [dv, dh]) = (slide.stride, slide.dilation);
            let all = [0, 1].map(|d| slide.input[d + 1] + slide.front[d] + slide.behind[d]);
            debug_assert!(all[0] >= iv && all[1] >= ih);
            body.each("b", fv);
            body.each("c", fh);
            body.when(&format!(
                "j * {sv} + b * {dv} < {} && k * {sh} + c * {dh} < {}",
                all[0], all[1]
            ));
            body.line("n += 1;");
            body.close(3);
        }
        Self::windows(body, slide);
        body.line(&format!("s += {x}[at];"));
        if !padded {
            body.line("n += 1;");
        }
        body.close(3);
        let count = body.float("n");
        body.line(&format!("{p}[{place}] = s / ({count});"));
        body.close(3);
    }

    fn upsample(&mut self, [depth, iv, ih]: [usize; 3], [v, h]: [usize; 2], x: &str, p: &str) {
        let (ov, oh) = (iv * v, ih * h);
        let body = &mut self.body;
        body.each("i", depth);
        body.each("j", ov);
        body.each("k", oh);
        body.line(&format!(
            "{p}[(i * {ov} + j) * {oh} + k] = {x}[(i * {iv} + j / {v}) * {ih} + k / {h}];"
        ));
        body.close(3);
    }

    fn activation(&mut self, len: usize, activation: &Activation, x: &str, p: &str) {
        self.body.each("i", len);
        self.body.value("z", &format!("{x}[i]"));
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
        body.variable("m", &zero);
        body.each("i", len);
        body.line(&format!("m += {x}[i];"));
        body.close(1);
        body.line(&format!("m /= {n};"));
        body.variable("v", &zero);
        body.each("i", len);
        body.line(&format!("v += ({x}[i] - m) * ({x}[i] - m);"));
        body.close(1);
        let one = body.number(1.0);
        body.value("r", &format!("{one} / {root}(v / {n} + {epsilon})"));
        body.each("i", len);
        body.line(&format!(
            "{p}[i] = ({x}[i] - m) * r * {gain}[i] + {shift}[i];"
        ));
        body.close(2);
    }

    fn softmax(&mut self, len: usize, x: &str, p: &str) {
        let exp = self.functions.exp(&self.body);
        let body = &mut self.body;
        let zero = body.number(0.0);
        body.open("{");
        body.variable("m", &format!("{x}[0]"));
        body.each("i", len);
        let larger = body.max(&format!("{x}[i]"), "m");
        body.line(&format!("m = {larger};"));
        body.close(1);
        body.variable("s", &zero);
        body.each("i", len);
        body.line(&format!("{p}[i] = {exp}({x}[i] - m);"));
        body.line(&format!("s += {p}[i];"));
        body.close(1);
        body.each("i", len);
        body.line(&format!("{p}[i] /= s;"));
        body.close(2);
    }
}

/// Whether a row or column lies inside, `front` rows or columns of padding before it.
fn within(place: &str, front: usize, size: usize) -> String {
    match front {
        0 => format!("{place} < {size}"),
        front => format!("{place} >= {front} && {place} < {}", size + front),
    }
}

/// For each column of the filter that meets the input, the columns of outputs where it does: `0 <= k s + c d - front < width`.
fn reached(slide: &Slide) -> Vec<(usize, [usize; 2])> {
    let (width, front, stride) = (slide.input[2], slide.front[1], slide.stride[1]);
    let columns = (0..slide.size[1]).map(|c| {
        let place = c * slide.dilation[1];
        let first = front.saturating_sub(place).div_ceil(stride);
        let end = (width + front).saturating_sub(place).div_ceil(stride);
        (c, [first, end.min(slide.output[2])])
    });
    columns.filter(|(_, [first, end])| first < end).collect()
}
