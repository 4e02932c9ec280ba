//! Does what an experiment's file says, and saves the model.
//!
//! `cargo run --release --example experiment -- examples/data/iris/iris.ron --save iris.safetensors`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use gradflow::{Evaluation, Experiment, Known, ProgressBar};
use gradflow_examples::report;

/// Trains as a file says.
#[derive(Parser)]
struct Args {
    /// The experiment.
    file: PathBuf,
    /// Threads; 0 stands for all cores. The result has the same bits for any number.
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// Where the model is saved.
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
}

fn main() -> ExitCode {
    report(run(Args::parse()))
}

fn run(args: Args) -> Result<()> {
    let experiment = Experiment::open(&args.file)?;
    let outcome = experiment.run_with::<f32>(args.threads, &Known::new(), ProgressBar::new())?;
    println!("{}", outcome.model.network().summary());
    println!("{}", outcome.history.end);
    let parts = [
        ("training", Some(&outcome.train)),
        ("validation", outcome.validation.as_ref()),
        ("test", outcome.test.as_ref()),
    ];
    for (part, evaluation) in parts {
        if let Some(evaluation) = evaluation {
            println!("{part}: {}", summary(evaluation));
        }
    }
    if let Some(path) = args.save {
        outcome.model.save(&path)?;
        println!("{} is saved", path.display());
    }
    Ok(())
}

fn summary(evaluation: &Evaluation) -> String {
    let Evaluation { samples, cost, .. } = evaluation;
    let accuracy = evaluation
        .accuracy()
        .map(|accuracy| format!(", accuracy {accuracy:.4}"));
    format!(
        "{samples} samples, cost {cost:.4}{}",
        accuracy.unwrap_or_default()
    )
}
