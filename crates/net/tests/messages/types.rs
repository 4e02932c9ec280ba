//! Mistakes that the compiler finds: our words stand in its answer.
//!
//! The programs are checked in a package of their own below the target directory. Only our own words are looked for, so that
//! another release of the compiler changes nothing.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// What every program begins with.
const BEFORE: &str = "
    #![allow(unused)]
    use gradflow::layers::{Cx, Describe, LayerError, Own, Pass, Spec};
    use gradflow::optim::{Adam, Descent, Stop, minimise};
    use gradflow::*;
    fn model() -> Model<f32> { todo!() }
    fn data() -> Dataset<f32> { todo!() }
    fn adam() -> Protocol { Protocol::new(Adam::new(0.1)) }
";

/// A name, a program, and what must stand in the compiler's answer; nothing where the program is right.
const PROGRAMS: [(&str, &str, &[&str]); 14] = [
    (
        "right",
        "fn main() {
             adam().train(&mut model(), &data()).unwrap();
             Protocol::of(Adam::new(0.1)).train(&mut model(), &data()).unwrap();
         }",
        &[],
    ),
    (
        "rule_of_ones_own",
        "#[derive(Debug, Clone)] struct Lion;
         fn main() { Protocol::new(Lion); }",
        &[
            "`Lion` is not an update rule of the library",
            "a rule of your own implements `Method`: wrap it, `Descent::of(rule)`, and say `Protocol::of(descent)` to train, \
             `descent.minimise(..)` to minimise",
        ],
    ),
    (
        "rule_without_method",
        "#[derive(Debug, Clone)] struct Lion;
         fn main() { Protocol::of(Descent::of(Lion)).train(&mut model(), &data()); }",
        &[
            "`Lion` is not an update rule for these parameters",
            "implement `Method<T>`, `T` being `f32` or `f64`: `init` makes its state, `step` changes the parameters `q` and the \
             state",
        ],
    ),
    (
        "layer_without_passes",
        "struct Scale;
         fn main() { Network::<f32>::builder(4).layer(|_| Ok(Scale)); }",
        &[
            "`Scale` is not a layer for numbers in `f32`",
            "a layer of your own implements `Describe` (what it is) and `Layer<f32>`: `forward` and `backward`",
        ],
    ),
    (
        "layer_without_description",
        "#[derive(Debug)] struct Scale;
         impl Layer<f32> for Scale {
             fn forward(&self, own: Own<f32>, x: Batch<f32>, p: BatchMut<f32>, scratch: &mut [f32], cx: Cx) {}
             fn backward(&self, own: Own<f32>, pass: Pass<f32>, theta_bar: &mut [f32], cx: Cx) {}
         }
         fn main() {}",
        &[
            "`Scale` does not say what layer it is",
            "implement `Describe`: `fn spec(&self) -> &Spec` returns the layer's shapes and blocks, made once by `Spec::new`",
        ],
    ),
    (
        "loss_without_trait",
        "#[derive(Debug)] struct Distance;
         fn main() { Loss::criterion(Distance); }",
        &[
            "`Distance` is not a loss on whole outputs",
            "implement `Criterion`: `name`, and `sample`, which returns the loss of one sample and writes its gradient; a loss \
             of one component is made by `Loss::custom(name, value, slope)`",
        ],
    ),
    (
        "network_for_model",
        "fn main() {
             let mut network = Network::<f32>::builder(4).dense(2, Activation::Identity).build().unwrap();
             adam().train(&mut network, &data());
         }",
        &[
            "`Network<f32>` cannot be trained",
            "a model is a network with a cost and parameters: make one, `Model::new(network, Cost::classification(), seed)?`, and \
             hand over `&mut model`",
        ],
    ),
    (
        "data_in_other_numbers",
        "fn doubles() -> Dataset<f64> { todo!() }
         fn main() { adam().train(&mut model(), &doubles()); }",
        &[
            "samples for a model in `f32` cannot be taken from `&Dataset<f64>`",
            "hand over `&Dataset<f32>`, with the `&`; `Samples` (a data set with weights); or a type of your own that \
             implements `Source<f32>`. Model and data compute with one type of numbers",
        ],
    ),
    (
        "data_by_value",
        "fn main() { adam().train(&mut model(), data()); }",
        &["samples for a model in `f32` cannot be taken from `Dataset<f32>`"],
    ),
    (
        "shape_as_text",
        "fn main() { Network::<f32>::builder(\"28x28\"); }",
        &[
            "`&str` is not the shape of a sample",
            "a shape is a number `n: usize` (a vector), `[n]`, `[vertical, horizontal]`, `[depth, vertical, horizontal]` or a \
             `Shape`",
        ],
    ),
    (
        "closure_as_objective",
        "fn main() {
             let mut bowl = |q: &[f64], j: &mut [f64]| 0.0;
             minimise(&mut bowl, &[1.0], Adam::new(0.1), &Stop::after(1));
         }",
        &[
            "is not an objective",
            "implement `Objective<T>`, `T` being `f32` or `f64`; or wrap a closure: \
             `Closure::new(n, |q: &[f64], j: &mut [f64]| ...)` writes the gradient into j and returns the value",
        ],
    ),
    (
        "closure_as_observer",
        "fn main() {
             let (mut model, data) = (model(), data());
             Run::new(adam(), &mut model, &data).unwrap().watch(|epoch: &Epoch| ());
         }",
        &[
            "cannot watch a run",
            "implement `Observer`, or hand a closure to `Run::observe(|epoch| ControlFlow::Continue(()))`",
        ],
    ),
    (
        "sum_without_reduce",
        "#[derive(Debug)] struct Ring;
         fn main() {
             let (mut model, data) = (model(), data());
             Run::new(adam(), &mut model, &data).unwrap().reduce(Ring);
         }",
        &[
            "`Ring` cannot add up the pieces of a mini-batch in `f32`",
            "implement `Reduce<f32>`: `sum` evaluates pieces and adds up values and numbers; `InProcess` does so for a range of them",
        ],
    ),
    (
        "rule_without_descent",
        "#[derive(Debug, Clone)] struct Lion;
         fn main() { Protocol::of(Lion); }",
        &[
            "`Lion` is not an update rule of the library",
            "a rule of your own implements `Method`: wrap it, `Descent::of(rule)`, and say `Protocol::of(descent)` to train, \
             `descent.minimise(..)` to minimise",
        ],
    ),
];

#[test]
fn the_compiler_answers_in_our_words() {
    let answers = check();
    let mut wrong = String::new();
    for (name, _, words) in PROGRAMS {
        // Paths are printed where names alone would not do.
        let answer = answers
            .get(name)
            .map_or(String::new(), |answer| answer.replace("gradflow::", ""));
        assert_eq!(answer.is_empty(), words.is_empty(), "{name}: {answer}");
        for words in words.iter().filter(|words| !answer.contains(**words)) {
            wrong += &format!("{name}: expected {words}\ncame\n{answer}\n");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Checks all programs, and returns what the compiler says of those that it refuses.
fn check() -> BTreeMap<String, String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mistakes");
    let programs = package.join("src/bin");
    fs::create_dir_all(&programs).expect("a directory");
    let manifest = format!(
        "[package]\nname = \"mistakes\"\nedition = \"2024\"\n[workspace]\n[dependencies]\ngradflow = {{ path = {here:?} }}\n"
    );
    fs::write(package.join("Cargo.toml"), manifest).expect("a manifest");
    // The versions that the workspace was built with: nothing has to be fetched.
    fs::copy(here.join("../../Cargo.lock"), package.join("Cargo.lock")).expect("a lock file");
    for (name, program, _) in PROGRAMS {
        fs::write(
            programs.join(name).with_extension("rs"),
            format!("{BEFORE}{program}"),
        )
        .expect("a program");
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "check",
            "--offline",
            "--keep-going",
            "--message-format=json",
            "--bins",
        ])
        .current_dir(&package)
        .env("CARGO_TARGET_DIR", package.join("target"))
        .output()
        .expect("cargo runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let mut answers = BTreeMap::<String, String>::new();
    let mut checked = 0;
    for line in text.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("a message of cargo's");
        if line["reason"] == "compiler-artifact" && line["target"]["kind"][0] == "bin" {
            checked += 1;
        }
        let message = &line["message"];
        if message["level"] == "error" {
            let name = line["target"]["name"].as_str().expect("a name");
            let answer = answers.entry(name.to_owned()).or_default();
            *answer += message["rendered"].as_str().expect("a text");
        }
    }
    let log = String::from_utf8_lossy(&output.stderr);
    assert_eq!(checked, 1, "the right program alone can be built\n{log}");
    answers
}
