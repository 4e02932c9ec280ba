//! `gradflow predict`.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use gradflow::{Model, Prediction};
use serde_json::{Map, Value, json};

use crate::Crew;
use crate::input::files::load;
use crate::input::samples::{self, Reading};
use crate::output::{significant, stdout_of_data};

/// Predicts from raw rows or pictures.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The model.
    model: PathBuf,
    /// A table with or without a header and the answers, pictures as IDX, PNG, JPEG or PGM, arrays of NumPy; `-` for the standard input.
    #[arg(required = true)]
    input: Vec<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    /// A line of JSON for each sample, instead of CSV.
    #[arg(long, conflicts_with = "raw")]
    json: bool,
    /// The outputs alone: a line for each sample, numbers with nine significant digits, separated by commas.
    #[arg(long)]
    raw: bool,
    /// Threads; 0 stands for all cores.
    #[arg(long, default_value_t = 1)]
    threads: usize,
}

/// Predicts as the command line says, alone or with others.
///
/// # Errors
/// What went wrong, in words for who gave the command.
pub fn run(args: Args, crew: &impl Crew) -> Result<()> {
    if !crew.is_alone() && args.input.iter().any(|input| input == Path::new("-")) {
        bail!("the standard input comes to one process alone: say a file that all can read");
    }
    let model = load(&args.model)?.with_threads(args.threads);
    let mut out = stdout_of_data();
    let mut header = (!args.json && !args.raw && crew.is_first()).then(|| header(&model));
    let (own, processes) = crew.place();
    let (mut turn, mut text) = (0, Vec::new());
    for input in &args.input {
        samples::predict(&model, input, &args.reading, |predictions| {
            if turn == own {
                let predictions = predictions()?;
                // Not before the first rows could be read.
                if let Some(header) = header.take() {
                    writeln!(text, "{header}")?;
                }
                for prediction in &predictions {
                    writeln!(text, "{}", args.line(&model, prediction))?;
                }
            }
            turn += 1;
            if turn == processes {
                turn = 0;
                out.write_all(&crew.gather(core::mem::take(&mut text)))?;
            }
            Ok(())
        })?;
    }
    if turn > 0 {
        out.write_all(&crew.gather(text))?;
    }
    Ok(out.flush()?)
}

impl Args {
    /// What is written of a sample.
    fn line(&self, model: &Model<f32>, prediction: &Prediction<'_, f32>) -> String {
        match (self.raw, self.json) {
            (true, _) => numbers(prediction),
            (_, true) => object(model, prediction).to_string(),
            _ => line(model, prediction),
        }
    }
}

/// Names of the outputs: those of the classes or of the values, or numbers.
fn names(model: &Model<f32>) -> Vec<String> {
    let schema = model.schema();
    let known = schema.and_then(|schema| schema.class_names().or(schema.target_names()));
    let outputs = model.network().output().len();
    match known {
        Some(names) => names.to_vec(),
        None => {
            let count = schema.map_or(outputs, |schema| schema.outputs().size());
            (0..count).map(|number| number.to_string()).collect()
        }
    }
}

/// The header of the predictions.
fn header(model: &Model<f32>) -> String {
    let names = names(model);
    let quoted: Vec<String> = names.iter().map(|name| field(name)).collect();
    match is_classes(model) {
        true => format!("class,{}", quoted.join(",")),
        false => quoted.join(","),
    }
}

fn is_classes(model: &Model<f32>) -> bool {
    match model.schema() {
        Some(schema) => matches!(schema.outputs(), gradflow::data::Outputs::Classes { .. }),
        None => model.cost().output() == gradflow::Output::Softmax,
    }
}

/// Probabilities of the classes; the outputs, where they are none.
fn probabilities(prediction: &Prediction<'_, f32>, classes: usize) -> Vec<f32> {
    let all: Option<Vec<f32>> = (0..classes).map(|c| prediction.probability(c)).collect();
    all.unwrap_or_else(|| prediction.outputs().to_vec())
}

fn numbers(prediction: &Prediction<'_, f32>) -> String {
    joined(prediction.outputs())
}

fn joined(numbers: &[f32]) -> String {
    let numbers = numbers.iter().map(|x| significant(f64::from(*x)));
    numbers.collect::<Vec<_>>().join(",")
}

/// The name of a class, or its number.
fn class(prediction: &Prediction<'_, f32>, class: usize) -> String {
    match prediction.name() {
        Some(name) => name.to_owned(),
        None => class.to_string(),
    }
}

fn line(model: &Model<f32>, prediction: &Prediction<'_, f32>) -> String {
    match prediction.class() {
        Some(number) => {
            let name = field(&class(prediction, number));
            let probabilities = probabilities(prediction, names(model).len());
            format!("{name},{}", joined(&probabilities))
        }
        None => numbers(prediction),
    }
}

/// A field of a table, quoted where it must be.
fn field(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

fn object(model: &Model<f32>, prediction: &Prediction<'_, f32>) -> Value {
    let names = names(model);
    let pairs = |numbers: Vec<f32>| -> Map<String, Value> {
        let names = names.iter().cloned();
        names.zip(numbers.into_iter().map(number)).collect()
    };
    match prediction.class() {
        Some(number) => json!({
            "class": class(prediction, number),
            "probabilities": pairs(probabilities(prediction, names.len())),
        }),
        None => Value::Object(pairs(prediction.outputs().to_vec())),
    }
}

/// The shortest number that is this `f32`.
fn number(x: f32) -> Value {
    let text = format!("{x}");
    text.parse().map_or(Value::Null, |x: f64| json!(x))
}
