//! A network in fixed point as a file.

use super::Quantised;
use super::number::Format;
use super::steps::{Printer, helpers};
use crate::plan::{INPUT, Plan, buffer};
use crate::print::{self, Array, File, result};
use crate::writer::Number::F32;
use crate::writer::{Constant, Language, Number, Writer};

/// The steps of the network, by a printer that has its tables.
fn printed(quantised: &Quantised, language: Language, prefix: &str) -> Printer {
    let network = &quantised.network;
    let mut printer = Printer::new(language, prefix.to_owned(), network.numbers.clone());
    let buffers = network.plan.buffers.iter().zip(&network.numbers);
    for (number, (len, of)) in buffers.enumerate().skip(INPUT + 1) {
        printer.body.array(*of, &buffer(number), *len);
    }
    for (at, step) in network.plan.steps.iter().enumerate() {
        printer.step(at, step);
    }
    printer
}

/// Bytes of constants, and of memory on the stack at most.
pub(super) fn sizes(quantised: &Quantised) -> [usize; 2] {
    let network = &quantised.network;
    let printer = printed(quantised, Language::C, "");
    let bytes = |(len, number): (&usize, &Number)| len * number.bytes();
    let inside: usize = (network.plan.buffers.iter().zip(&network.numbers))
        .skip(INPUT + 1)
        .map(bytes)
        .sum();
    let inside = inside + printer.sums;
    // The inputs and outputs of the integers stand in the function that calls all three.
    let numbers = network.plan.inputs * network.input.number.bytes()
        + network.plan.outputs * network.output.number.bytes();
    let floats =
        |plan: &Plan, more: usize| 4 * (plan.buffers.iter().skip(INPUT + 1).sum::<usize>() + more);
    let parts = [
        inside,
        floats(&quantised.before, 0),
        floats(&quantised.after, network.plan.outputs),
    ];
    let constants = [&quantised.before, &quantised.after].map(|plan| {
        let printer = print::steps(plan, Language::C, "");
        4 * printer.constants
    });
    [
        printer.constants + constants.iter().sum::<usize>(),
        numbers + parts.into_iter().max().unwrap_or_default(),
    ]
}

/// The file in a language.
pub(super) fn file(quantised: &Quantised, language: Language, prefix: &str) -> String {
    let Quantised {
        network,
        before,
        after,
        ..
    } = quantised;
    let mut file = File::new(language, prefix.to_owned(), before.inputs, after.outputs);
    file.headers = vec!["math.h", "stdint.h"];
    let report = &quantised.report;
    file.sizes(report.constants, report.memory);
    file.head.extend(report.lines());
    file.classes(&quantised.classes);
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

    let printer = printed(quantised, language, prefix);
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

/// The multiplier and the summand that make `floor(x multiplier + summand)` the distance from the lowest number.
pub(super) fn steps_of(format: Format) -> [f32; 2] {
    let summand = f64::from(format.zero - format.low) + 0.5;
    [(1.0 / format.scale) as f32, summand as f32]
}

fn quantise(w: &mut Writer, x: &str, format: Format, len: usize) {
    let number = format.number;
    let [multiplier, summand] = steps_of(format).map(|x| w.number(x));
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
