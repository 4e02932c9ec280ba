//! What the examples share: the common arguments, training with a progress line, the closing line, and pictures.

#![forbid(unsafe_code)]

pub mod contour;
#[cfg(doctest)]
mod docs;
pub mod picture;

use core::fmt::Display;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use gradflow::data::Idx;
use gradflow::{Dataset, End, Evaluation, History, Model, ProgressBar, Protocol, Run, Samples};

/// Arguments that every training example takes.
#[derive(Debug, Clone, clap::Args)]
pub struct Common {
    /// Seed of the initial weights, the shuffling and the splits.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Threads; 0 stands for all cores. The result has the same bits for any number.
    #[arg(long, default_value_t = 0)]
    pub threads: usize,
    /// File in which the training saves itself after every epoch and on Ctrl-C; it goes on from there if there is one.
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
}

/// Where the data are.
#[derive(Debug, Clone, clap::Args)]
pub struct Data {
    /// Directory with the original files, plain or gzip.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
}

/// Trains with a progress line. Ctrl-C ends it after the step at work.
///
/// # Errors
/// If the training cannot start, diverged or was interrupted, or if its checkpoint cannot be written or is of another one.
pub fn train<'a>(
    protocol: &Protocol,
    model: &'a mut Model<f32>,
    data: impl Into<Samples<'a, f32>>,
    common: &Common,
) -> Result<History> {
    let mut run = Run::new(protocol.clone(), model, data.into())?.watch(ProgressBar::new());
    if let Some(path) = &common.checkpoint {
        run = run.checkpoint(path, 1)?;
        if path.exists() {
            run.resume_from(path)?;
        }
    }
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    // Who called already waits for Ctrl-C in a way of its own.
    let _ = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed));
    while run.step()?.is_some() {
        if !interrupted.load(Ordering::Relaxed) {
            continue;
        }
        let epochs = run.epochs().len();
        match &common.checkpoint {
            Some(path) => {
                run.save()?;
                let path = path.display();
                bail!(
                    "interrupted after {epochs} epochs; {path} is saved: the same command goes on from there"
                );
            }
            None => bail!(
                "interrupted after {epochs} epochs; with --checkpoint FILE it could go on from there"
            ),
        }
    }
    let history = run.finish()?;
    match &history.end {
        End::Diverged { .. } => bail!("the training {}; try a smaller --rate", history.end),
        _ => Ok(history),
    }
}

/// Prints the closing line: `key=value` pairs, then the time of the training alone and its samples per second.
pub fn closing_line(results: &[(&str, f64)], history: &History) {
    let mut line: Vec<String> = results
        .iter()
        .map(|(key, value)| pair(key, format!("{value:.6}")))
        .collect();
    line.push(pair("seconds", format!("{:.3}", history.seconds)));
    line.push(pair(
        "samples_per_second",
        format!("{:.0}", history.samples_per_second()),
    ));
    println!("{}", line.join(" "));
}

fn pair(key: &str, value: impl Display) -> String {
    format!("{key}={value}")
}

/// Trains a classifier, and ends with how much of both data sets it gets right.
///
/// # Errors
/// If the training cannot start or diverged, or if the data do not fit the model or have no labels.
pub fn train_and_test(
    protocol: &Protocol,
    model: &mut Model<f32>,
    data: &Dataset<f32>,
    test: &Dataset<f32>,
    common: &Common,
) -> Result<()> {
    let history = train(protocol, model, data, common)?;
    let results = accuracies(&model.evaluate(data)?, &model.evaluate(test)?)?;
    closing_line(&results, &history);
    Ok(())
}

/// Fractions of right classes, for the closing line.
///
/// # Errors
/// If the data have no labels.
pub fn accuracies(train: &Evaluation, test: &Evaluation) -> Result<[(&'static str, f64); 2]> {
    let of = |evaluation: &Evaluation| evaluation.accuracy().context("the data have no labels");
    Ok([("train_accuracy", of(train)?), ("test_accuracy", of(test)?)])
}

/// The 1,797 handwritten digits of 8 x 8 pixels in this repository, with pixels in `[0, 1]`.
///
/// # Errors
/// If the files are damaged.
pub fn digits() -> Result<Dataset<f32>> {
    let images: &[u8] = include_bytes!("../data/digits8x8/images-idx3-ubyte.gz");
    let labels: &[u8] = include_bytes!("../data/digits8x8/labels-idx1-ubyte.gz");
    Ok(Dataset::from_images(
        &Idx::read(images)?,
        &Idx::read(labels)?,
        10,
        16.0,
    )?)
}

/// Ends a program: an error becomes one sentence on the standard error and a failing exit code.
pub fn report(result: Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
