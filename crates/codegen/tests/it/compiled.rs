//! Compiled by the compilers that are there. `NETWORKS=100` tries more.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use gradflow::data::Dataset;
use gradflow::optim::Adam;
use gradflow::{Activation, Cost, Model, Network, Protocol};
use gradflow_testing::Folder;

use crate::random::model;

pub(crate) fn networks() -> u64 {
    let said = std::env::var("NETWORKS").ok().and_then(|n| n.parse().ok());
    said.unwrap_or(12)
}

/// What a program prints; `None` where its compiler is not there.
pub(crate) fn run(
    compiler: &str,
    options: &[&str],
    source: &Path,
    libraries: &[&str],
) -> Option<String> {
    let program = source.with_extension("program");
    let mut command = Command::new(compiler);
    command.args(options).arg(source).arg("-o").arg(&program);
    // Libraries come behind the source.
    command.args(libraries);
    let (compiled, errors) = compiled_by(&mut command)?;
    assert!(compiled, "{compiler}: {errors}");
    let output = Command::new(&program).output().expect("it runs");
    assert!(output.status.success());
    Some(String::from_utf8(output.stdout).expect("a text"))
}

fn compiled_by(command: &mut Command) -> Option<(bool, String)> {
    match command.output() {
        Ok(output) => {
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            Some((output.status.success(), errors))
        }
        Err(error) => {
            println!("skipped: {command:?} cannot be run ({error})");
            None
        }
    }
}

/// Whether the numbers printed, a line for each prediction, are those of the models.
fn compare(printed: &str, expected: &[Vec<f32>]) {
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), expected.len());
    for (i, (line, expected)) in lines.iter().zip(expected).enumerate() {
        let came: Vec<f32> = line
            .split_whitespace()
            .map(|x| x.parse().expect("a number"))
            .collect();
        assert_eq!(came.len(), expected.len());
        let largest = expected.iter().fold(1e-30_f32, |m, x| m.max(x.abs()));
        for (a, b) in came.iter().zip(expected) {
            // Sums of hundreds of terms, in another order, through half a dozen layers. Values of layers are about 1: no result is
            // closer than a few of their roundings.
            assert!(
                (a - b).abs() <= 1.2e-6 * largest.max(1.0),
                "prediction {i}: {a} and {b}, {came:?} {expected:?}"
            );
        }
    }
}

fn list(numbers: &[f32]) -> String {
    let numbers: Vec<String> = numbers.iter().map(|x| format!("{x:?}")).collect();
    numbers.join(", ")
}

#[test]
fn rust_without_std_predicts_the_same() {
    let folder = Folder::new("codegen-rust");
    let (mut source, mut main, mut expected) = (String::new(), String::new(), Vec::new());
    for seed in 0..networks() {
        let (model, samples) = model(seed);
        let text = gradflow_codegen::rust(&model).expect("a source");
        assert!(!text.contains("std::") && !text.contains("unsafe"));
        write!(source, "mod n{seed} {{\n{text}}}\n").expect("a string");
        for x in samples {
            expected.push(model.predict(&x).expect("a prediction"));
            writeln!(main, "    show(&n{seed}::predict(&[{}]));", list(&x)).expect("a string");
        }
    }
    let show = "fn show(y: &[f32]) {\n    for y in y { print!(\"{y:?} \"); }\n    println!();\n}\n";
    let file = folder.join("main.rs");
    fs::write(&file, format!("{source}{show}fn main() {{\n{main}}}\n")).expect("written");
    let options = ["--edition=2021", "-Copt-level=1", "-Dwarnings"];
    if let Some(printed) = run("rustc", &options, &file, &[]) {
        compare(&printed, &expected);
    }
    // The same as a crate of its own that has no `std`.
    let file = folder.join("alone.rs");
    fs::write(
        &file,
        format!(
            "#![no_std]\n#![forbid(unsafe_code)]\n{}",
            source.replace("mod n", "pub mod n")
        ),
    )
    .expect("written");
    let mut command = Command::new("rustc");
    command.args([
        "--edition=2021",
        "--crate-type=lib",
        "--emit=metadata",
        "-Dwarnings",
        "--out-dir",
    ]);
    if let Some((compiled, errors)) = compiled_by(command.arg(&*folder).arg(&file)) {
        assert!(compiled, "{errors}");
    }
}

#[test]
fn c99_predicts_the_same() {
    let folder = Folder::new("codegen-c");
    let (mut source, mut main, mut expected) = (
        String::from("#include <stdio.h>\n"),
        String::new(),
        Vec::new(),
    );
    for seed in 0..networks() {
        let (model, samples) = model(seed);
        source += &gradflow_codegen::c(&model, &format!("n{seed}")).expect("a source");
        for x in samples {
            let y = model.predict(&x).expect("a prediction");
            let x: Vec<String> = x.iter().map(|x| format!("{x:?}f")).collect();
            let (inputs, outputs) = (x.join(", "), y.len());
            write!(
                main,
                "    {{\n        const float x[] = {{{inputs}}};\n        float y[{outputs}];\n        n{seed}_predict(x, y);\n        \
                 for (int i = 0; i < {outputs}; i++) printf(\"%.9g \", (double)y[i]);\n        printf(\"\\n\");\n    }}\n"
            )
            .expect("a string");
            expected.push(y);
        }
    }
    let file = folder.join("main.c");
    fs::write(
        &file,
        format!("{source}int main(void) {{\n{main}    return 0;\n}}\n"),
    )
    .expect("written");
    let options = ["-std=c99", "-O2", "-Wall", "-Wextra", "-Werror"];
    if let Some(printed) = run("cc", &options, &file, &["-lm"]) {
        compare(&printed, &expected);
    }
}

/// Raw rows go in, values in their own units come out; classes have their names.
#[test]
fn scales_and_names_are_in_the_source() {
    let folder = Folder::new("codegen-scales");
    let inputs: Vec<f32> = (0..60).map(|i| 100.0 + 30.0 * (i as f32).sin()).collect();
    let targets = inputs
        .chunks(2)
        .map(|x| 5000.0 + 10.0 * x[0] - x[1])
        .collect();
    let data = Dataset::regression(2, inputs, 1, targets).expect("data");
    let data = data
        .standardised()
        .and_then(Dataset::standardised_targets)
        .expect("scales");
    let network = Network::builder(2)
        .dense(4, Activation::Tanh)
        .dense(1, Activation::Identity);
    let mut model =
        Model::new(network.build().expect("a network"), Cost::regression(), 1).expect("a model");
    Protocol::new(Adam::new(0.05))
        .epochs(20)
        .train(&mut model, &data)
        .expect("a run");
    let row = [110.0, 95.0];
    let expected = model
        .predict_row(&row)
        .expect("a prediction")
        .outputs()
        .to_vec();
    assert!(expected[0] > 4000.0);
    let file = folder.join("main.rs");
    let main = "fn main() {\n    println!(\"{:?}\", predict(&[110.0, 95.0])[0]);\n}\n";
    let source = gradflow_codegen::rust(&model).expect("a source");
    fs::write(&file, source + main).expect("written");
    if let Some(printed) = run("rustc", &["--edition=2021"], &file, &[]) {
        let came: f32 = printed.trim().parse().expect("a number");
        assert!(
            (came - expected[0]).abs() <= 1e-5 * expected[0],
            "{came} and {expected:?}"
        );
    }

    let data = Dataset::<f32>::classification(1, vec![0.0, 1.0], [0, 1], 2).expect("data");
    let data = data
        .with_class_names(["a \"rose\"?", "lily"])
        .expect("names");
    let network = Network::builder(1)
        .dense(2, Activation::Identity)
        .build()
        .expect("a network");
    let mut model = Model::new(network, Cost::classification(), 1).expect("a model");
    Protocol::new(Adam::new(0.05))
        .train(&mut model, &data)
        .expect("a run");
    let rust = gradflow_codegen::rust(&model).expect("a source");
    assert!(rust.contains(r#"pub const CLASSES: [&str; 2] = ["a \"rose\"?", "lily"];"#));
    let c = gradflow_codegen::c(&model, "flower").expect("a source");
    assert!(c.contains(r#"flower_classes[2] = {"a \"rose\"\?", "lily"};"#));
}

/// Five layers with 902 parameters, 3608 bytes: code and constants together stay below 8 kB.
#[test]
fn a_small_network_takes_little_memory() {
    let folder = Folder::new("codegen-size");
    let widths = [32, 16, 8, 4];
    let network = (widths.iter()).fold(Network::builder(5), |network, width| {
        network.dense(*width, Activation::Tanh)
    });
    let network = network.dense(2, Activation::Identity).build();
    let model = Model::new(network.expect("a network"), Cost::regression(), 1);
    let source = gradflow_codegen::c(&model.expect("a model"), "net").expect("a source");
    let file = folder.join("net.c");
    let entry = "void run(const float *x, float *y);\nvoid run(const float *x, float *y) { net_predict(x, y); }\n";
    fs::write(&file, source + entry).expect("written");
    let object = folder.join("net.o");
    let mut command = Command::new("cc");
    command.args(["-std=c99", "-Os", "-Wall", "-Wextra", "-Werror", "-c"]);
    let Some((compiled, errors)) = compiled_by(command.arg(&file).arg("-o").arg(&object)) else {
        return;
    };
    assert!(compiled, "{errors}");
    let Ok(output) = Command::new("size").arg(&object).output() else {
        println!("skipped: size cannot be run");
        return;
    };
    // Code with constants, then numbers that change, in the second line.
    let table = String::from_utf8_lossy(&output.stdout);
    let numbers = table.lines().nth(1).expect("a table").split_whitespace();
    let bytes: Vec<usize> = numbers.take(2).filter_map(|n| n.parse().ok()).collect();
    assert_eq!(bytes.len(), 2, "{table}");
    assert!(bytes[0] + bytes[1] <= 8192, "{table}");
}
