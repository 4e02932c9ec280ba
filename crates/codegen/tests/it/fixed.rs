//! Sources in fixed point give the whole numbers of the reference, bit for bit.

use std::fmt::Write;
use std::fs;

use gradflow::data::Dataset;
use gradflow::rand::{RngExt, SeedableRng};
use gradflow::{Activation, Cost, Model, Network};
use gradflow_codegen::{Fixed, Quantised};
use gradflow_testing::Folder;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::compiled::{networks, run};
use crate::random::model;

const KINDS: [Fixed; 2] = [Fixed::Int8, Fixed::Int16];

/// Samples with targets that nobody looks at.
fn samples(model: &Model<f32>, count: usize, seed: u64) -> Dataset<f32> {
    let mut dice = Xoshiro256PlusPlus::seed_from_u64(seed);
    let (input, outputs) = (model.network().input(), model.network().output().len());
    let inputs = (0..count * input.len()).map(|_| dice.random_range(-1.5..1.5));
    let targets = vec![0.5; count * outputs];
    let data = Dataset::regression(input, inputs.collect(), outputs, targets);
    data.expect("data")
}

/// A model in fixed point, and what is predicted with it.
struct Case {
    name: String,
    quantised: Quantised,
    inputs: Vec<Vec<f32>>,
    is_linear: bool,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for seed in 0..networks() {
        for fixed in KINDS {
            let (model, mut inputs) = model(seed);
            let data = samples(&model, 20, seed);
            let quantised = Quantised::new(&model, fixed, &data);
            let quantised = quantised.unwrap_or_else(|error| panic!("{seed}: {error}"));
            // Beyond what was seen, and no number at all.
            inputs.push(inputs[0].iter().map(|x| 5.0 * x).collect());
            inputs[2][0] = f32::NAN;
            inputs[2][1] = f32::INFINITY;
            cases.push(Case {
                name: format!("n{seed}{fixed:?}").to_lowercase(),
                quantised,
                inputs,
                is_linear: *model.cost() == Cost::regression(),
            });
        }
    }
    cases
}

/// Whether what is printed is what the reference computes: for each sample the inputs and the outputs in whole numbers, and the prediction.
fn compare(printed: &str, cases: &[Case]) {
    let mut lines = printed.lines();
    for case in cases {
        for x in &case.inputs {
            let q = case.quantised.quantise(x).expect("numbers");
            let p = case.quantised.predict_fixed(&q).expect("outputs");
            let y = case.quantised.predict(x).expect("a prediction");
            for whole in [q, p] {
                let line = lines.next().expect("a line");
                let came: Vec<i32> = line
                    .split_whitespace()
                    .map(|n| n.parse().expect("a whole number"))
                    .collect();
                assert_eq!(came, whole, "{}", case.name);
            }
            let line = lines.next().expect("a line");
            for (came, expected) in line.split_whitespace().zip(&y) {
                let came: f32 = came.parse().expect("a number");
                // Exponentials of another library differ in their last bits.
                let tolerance = if case.is_linear { 0.0 } else { 5e-7 };
                assert!((came - expected).abs() <= tolerance, "{came} {expected}");
            }
        }
    }
    assert_eq!(lines.next(), None);
}

fn literals(x: &[f32], [none, infinite, end]: [&str; 3]) -> String {
    let text = |x: &f32| match x {
        x if x.is_nan() => none.to_owned(),
        x if x.is_infinite() => infinite.to_owned(),
        x => format!("{x:?}{end}"),
    };
    x.iter().map(text).collect::<Vec<_>>().join(", ")
}

#[test]
fn c99_computes_what_the_reference_does() {
    let folder = Folder::new("codegen-fixed-c");
    let cases = cases();
    let (mut source, mut main) = (String::from("#include <stdio.h>\n"), String::new());
    for case in &cases {
        let Case {
            name, quantised, ..
        } = case;
        source += &quantised.c(name).expect("a source");
        for x in &case.inputs {
            let q = quantised.quantise(x).expect("numbers");
            let p = quantised.predict_fixed(&q).expect("outputs");
            let x = literals(x, ["NAN", "INFINITY", "f"]);
            let (n, m) = (q.len(), p.len());
            // The types of the interface, by its prototype.
            let of = |function: &str, argument: usize| {
                let prototype = source.split(&format!("void {name}_{function}(")).nth(1);
                let types = prototype.expect("a prototype").split(", ").nth(argument);
                let of = types.expect("an argument").trim_start_matches("const ");
                of.split(' ').next().expect("a type").to_owned()
            };
            let (a, b) = (of("predict_fixed", 0), of("predict_fixed", 1));
            write!(
                main,
                "    {{\n        const float x[] = {{{x}}};\n        {a} q[{n}];\n        {b} p[{m}];\n        float y[{m}];\n        \
                 {name}_quantise(x, q);\n        {name}_predict_fixed(q, p);\n        {name}_predict(x, y);\n        \
                 for (int i = 0; i < {n}; i++) printf(\"%d \", (int)q[i]);\n        printf(\"\\n\");\n        \
                 for (int i = 0; i < {m}; i++) printf(\"%d \", (int)p[i]);\n        printf(\"\\n\");\n        \
                 for (int i = 0; i < {m}; i++) printf(\"%.9g \", (double)y[i]);\n        printf(\"\\n\");\n    }}\n"
            )
            .expect("a string");
        }
    }
    let file = folder.join("main.c");
    let text = format!("{source}int main(void) {{\n{main}    return 0;\n}}\n");
    fs::write(&file, text).expect("written");
    let options = ["-std=c99", "-O2", "-Wall", "-Wextra", "-Werror"];
    if let Some(printed) = run("cc", &options, &file, &["-lm"]) {
        compare(&printed, &cases);
    }
}

#[test]
fn rust_without_std_computes_what_the_reference_does() {
    let folder = Folder::new("codegen-fixed-rust");
    let cases = cases();
    let (mut source, mut main) = (String::new(), String::new());
    for case in &cases {
        let name = &case.name;
        let text = case.quantised.rust();
        assert!(!text.contains("std::") && !text.contains("unsafe"));
        write!(source, "mod {name} {{\n{text}}}\n").expect("a string");
        for x in &case.inputs {
            let x = literals(x, ["f32::NAN", "f32::INFINITY", ""]);
            write!(
                main,
                "    {{\n        let x = [{x}];\n        let q = {name}::quantise(&x);\n        show(&q);\n        \
                 show(&{name}::predict_fixed(&q));\n        show(&{name}::predict(&x));\n    }}\n"
            )
            .expect("a string");
        }
    }
    let show = "fn show(y: &[impl core::fmt::Debug]) {\n    for y in y { print!(\"{y:?} \"); }\n    println!();\n}\n";
    let file = folder.join("main.rs");
    let allowed = "#![allow(dead_code)]\n"; // what users may call
    let text = format!("{allowed}{source}{show}fn main() {{\n{main}}}\n");
    fs::write(&file, text).expect("written");
    // No sum leaves its type.
    let options = ["--edition=2021", "-O", "-Coverflow-checks=on", "-Dwarnings"];
    if let Some(printed) = run("rustc", &options, &file, &[]) {
        compare(&printed, &cases);
    }
}

/// Errors of the predictions are those of the numbers' steps, for all activations.
#[test]
fn predictions_stay_close() {
    for activation in Activation::ALL {
        let network = Network::builder([2, 6, 6])
            .conv(4, [3, 3], activation.clone())
            .dense(8, activation.clone())
            .dense(3, Activation::Identity);
        let network = network.build().expect("a network");
        let model = Model::new(network, Cost::regression(), 3).expect("a model");
        let data = samples(&model, 100, 5);
        let outputs = model.predict_batch(data.inputs()).expect("predictions");
        let largest = outputs.iter().fold(0f32, |m, x| m.max(x.abs()));
        for (fixed, tolerance) in KINDS.into_iter().zip([0.05, 5e-4]) {
            let quantised = Quantised::new(&model, fixed, &data).expect("a source");
            let error = quantised.report().largest_error / f64::from(largest);
            println!("{activation:?} {fixed:?} {error:.2e}");
            assert!(error <= tolerance, "{activation:?} {fixed:?}: {error}");
        }
    }
}
