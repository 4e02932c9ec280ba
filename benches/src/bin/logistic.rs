//! Seconds of fits of a logistic regression, for `benches/logistic.py`, which lays scikit-learn's beside them.
//!
//! `logistic FILE SAMPLES FEATURES CLASSES LAM SOLVER REPEATS`: the file holds the inputs of a sample and its class, as doubles,
//! sample after sample. Prints seconds, the cost, the length of its gradient and the passes over the data.

use std::time::Instant;

use clap::{Parser, ValueEnum};
use gradflow::{Dataset, Error, LogisticRegression, Solver};

#[derive(Parser)]
struct Args {
    file: std::path::PathBuf,
    samples: usize,
    features: usize,
    classes: usize,
    lam: f64,
    solver: Named,
    repeats: usize,
}

#[derive(Clone, Copy, ValueEnum)]
enum Named {
    Lbfgs,
    NewtonCg,
}

fn main() -> Result<(), Error> {
    let args = Args::parse();
    let bytes = std::fs::read(&args.file)?;
    let mut numbers = bytes
        .as_chunks::<8>()
        .0
        .iter()
        .map(|b| f64::from_le_bytes(*b));
    let (mut inputs, mut labels) = (Vec::new(), Vec::new());
    for _ in 0..args.samples {
        inputs.extend(numbers.by_ref().take(args.features));
        labels.push(numbers.next().unwrap_or(-1.0) as usize);
    }
    let data = Dataset::classification(args.features, inputs, labels, args.classes)?;
    let solver = match args.solver {
        Named::Lbfgs => Solver::Lbfgs,
        Named::NewtonCg => Solver::NewtonCg,
    };
    let fit = LogisticRegression::new(args.lam).solver(solver);
    for _ in 0..args.repeats {
        let begin = Instant::now();
        let model = fit.fit(&data)?;
        let (seconds, end) = (begin.elapsed().as_secs_f64(), model.ends()[0]);
        let passes = end.gradients + end.products;
        println!(
            "{seconds:.6} {:.16e} {:.2e} {passes}",
            end.cost, end.gradient_norm
        );
    }
    Ok(())
}
