//! A network in fixed point as a file.

use super::helpers::helpers;
use super::number::Format;
use super::plan::Pieces;
use super::report::Quantisation;
use super::sizes::printed;
use crate::plan::buffer;
use crate::print::{self, Array, File, result};
use crate::writer::Number::F32;
use crate::writer::{Constant, Language, Number, Writer};

/// The file in a language.
pub(super) fn file(
    pieces: &Pieces,
    report: &Quantisation,
    language: Language,
    prefix: &str,
) -> String {
    let Pieces {
        network,
        before,
        after,
        ..
    } = pieces;
    let mut file = File::new(language, prefix.to_owned(), before.inputs, after.outputs);
    file.headers = vec!["math.h", "stdint.h"];
    file.sizes(report.constants, report.memory);
    file.head.extend(report.lines());
    file.names(&pieces.names);
    constants(&mut file, "INPUT", "inputs", network.input);
    constants(&mut file, "OUTPUT", "outputs", network.output);
    let raw = Array::new("x", F32, before.inputs);
    let ready = |name| Array::new(name, network.input.number, before.outputs);
    let answer = |name| Array::new(name, network.output.number, after.inputs);
    let last = Array::new("y", F32, after.outputs);

    let steps = print::steps(before, language, &format!("{prefix}Q"));
    let (mut tables, mut functions) = (steps.tables.text(), steps.functions);
    let what = "Raw inputs as whole numbers; what is out of range becomes the nearest.";
    file.function(what, "quantise", [raw, ready("y")], |w| {
        w.lines(steps.body);
        quantise(w, &buffer(before.result), network.input, before.outputs);
    });

    let printer = printed(pieces, language, prefix);
    let has_root = printer.has_root;
    tables += &printer.tables.text();
    let what = "The network's outputs in whole numbers, the same on every machine.";
    let plan = &network.plan;
    file.function(what, "predict_fixed", [ready("x"), answer("y")], |w| {
        w.lines(printer.body);
        let len = plan.buffers[plan.result];
        result(w, &buffer(plan.result), len, plan.outputs);
    });

    let steps = print::steps(after, language, &format!("{prefix}D"));
    tables += &steps.tables.text();
    functions.join(steps.functions);
    let what = "The prediction that the network's outputs in whole numbers stand for.";
    file.function(what, "dequantise", [answer("q"), last], |w| {
        dequantise(w, network.output, after.inputs);
        w.lines(steps.body);
        let len = after.buffers[after.result];
        result(w, &buffer(after.result), len, after.outputs);
    });

    file.function(
        "The prediction for one sample.",
        "predict",
        [raw, last],
        |w| {
            predict(w, prefix, [ready("q"), answer("p")]);
        },
    );
    file.tables = tables;
    file.helpers = helpers(language, prefix, has_root) + &functions.text(language);
    file.text()
}

fn constants(file: &mut File, name: &str, what: &str, format: Format) {
    let scale = (format.scale as f32).text(file.language);
    let what = format!("What the network's {what} `q` stand for: `scale (q - zero)`.");
    file.constant(&what, &format!("{name}_SCALE"), F32, &scale);
    let zero = format.zero.to_string();
    file.constant(&what, &format!("{name}_ZERO"), Number::I32, &zero);
}

fn quantise(w: &mut Writer, x: &str, format: Format, len: usize) {
    let number = format.number;
    let [multiplier, summand] = format.steps().map(|x| w.number(x));
    let most = w.number((format.high - format.low) as f32);
    if w.is_rust() {
        w.array(number, "y", len);
    }
    w.each("i", len);
    w.value(F32, "part", &format!("{x}[i] * {multiplier}"));
    w.value(F32, "t", &format!("part + {summand}"));
    let zero = w.number(0.0);
    let within = w.choose(&format!("t < {most}"), "t", &most);
    // What is no number is not greater than 0.
    let within = w.choose(&format!("t > {zero}"), &format!("({within})"), &zero);
    w.value(F32, "u", &within);
    let whole = w.cast(Number::I32, "u");
    let whole = w.cast(number, &format!("({whole}) + ({})", format.low));
    w.line(&format!("y[i] = {whole};"));
    w.close(1);
    if w.is_rust() {
        w.line("y");
    }
}

fn dequantise(w: &mut Writer, format: Format, len: usize) {
    w.array(F32, "x", len);
    w.each("i", len);
    let whole = crate::loops::element(w, Number::I32, "q", "i", format.zero);
    let value = w.cast(F32, &whole);
    let scale = w.number(format.scale as f32);
    w.line(&format!("x[i] = ({value}) * {scale};"));
    w.close(1);
}

fn predict(w: &mut Writer, prefix: &str, arrays: [Array; 2]) {
    match w.language {
        Language::Rust => w.line("dequantise(&predict_fixed(&quantise(x)))"),
        Language::C => {
            for array in arrays {
                w.array(array.number, array.name, array.len);
            }
            w.line(&format!("{prefix}quantise(x, q);"));
            w.line(&format!("{prefix}predict_fixed(q, p);"));
            w.line(&format!("{prefix}dequantise(p, y);"));
        }
    }
}
