//! Loops of pools and of layer normalisation.

use super::Printer;
use crate::fixed::number::End;
use crate::fixed::plan::Normal;
use crate::loops::{self, element};
use crate::plan::Slide;
use crate::writer::Number::{self, I8, I16, I64};

impl Printer {
    pub(super) fn max_pool(&mut self, slide: &Slide, number: Number, x: &str, p: &str) {
        let least = if number == I8 { "-128" } else { "-32768" };
        loops::max_pool(&mut self.body, slide, (number, least), [x, p]);
    }

    pub(super) fn avg_pool(
        &mut self,
        at: usize,
        (slide, padded): (&Slide, bool),
        (zero, end): (i32, &End),
        x: &str,
        p: &str,
    ) {
        let counted = end.multipliers.len() > 1;
        let count = if self.body.is_rust() {
            "(n - 1) as usize"
        } else {
            "n - 1"
        };
        let ended = self.ended(at, end, count, "sum");
        let body = &mut self.body;
        let place = loops::outputs(body, slide);
        body.variable(end.sums, "sum", "0");
        if counted {
            body.counter("n");
        }
        if counted && padded {
            loops::padded_count(body, slide);
        }
        loops::windows(body, slide);
        let x = element(body, end.sums, x, "at", zero);
        body.line(&format!("sum += {x};"));
        if counted && !padded {
            body.line("n += 1;");
        }
        body.close(3);
        body.line(&format!("{p}[{place}] = {ended};"));
        body.close(3);
    }

    pub(super) fn layer_norm(
        &mut self,
        at: usize,
        normal: Normal,
        (weights, biases, end): (&[i32], &[i64], &End),
        x: &str,
        p: &str,
    ) {
        self.has_root = true;
        let len = weights.len();
        let weight = self.table(I16, "W", at, weights);
        let bias = self.table(end.sums, "B", at, biases);
        let ended = self.ended(at, end, "i", "sum");
        let body = &mut self.body;
        let x = element(body, I64, x, "i", 0);
        let distance = match normal.part {
            1 => format!("{len} * {x} - all"),
            part => format!("({len} * {x} - all) / {part}"),
        };
        body.open("{");
        body.variable(I64, "all", "0");
        body.each("i", len);
        body.line(&format!("all += {x};"));
        body.close(1);
        body.variable(I64, "squares", &normal.epsilon.to_string());
        body.each("i", len);
        body.value(I64, "d", &distance);
        body.line("squares += d * d;");
        body.close(1);
        body.value(I64, "length", &format!("{}root(squares)", self.prefix));
        body.each("i", len);
        body.value(I64, "d", &distance);
        let u = body.cast(end.sums, &format!("d * {} / length", normal.one));
        let weight = element(body, end.sums, &weight, "i", 0);
        body.value(end.sums, "sum", &format!("{weight} * ({u}) + {bias}[i]"));
        body.line(&format!("{p}[i] = {ended};"));
        body.close(2);
    }
}
