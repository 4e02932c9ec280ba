//! `gradflow check`.

mod gradient;
mod memory;
pub(crate) mod rate;

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Result;
use gradflow::data::AnyDataset;
use gradflow::{End, Known, Protocol, Trial};

use crate::output::stdout;
use crate::overrides::Overrides;

/// Looks at an experiment without doing it: is it sound, is its gradient right, which rate suits it, how long will it take.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The experiment.
    experiment: PathBuf,
    /// Threads; 0 stands for all cores.
    #[arg(long, default_value_t = 0)]
    threads: usize,
    #[command(flatten)]
    overrides: Overrides,
}

pub(crate) fn run(args: Args) -> Result<()> {
    let experiment = args.overrides.open(&args.experiment)?;
    let mut trial = experiment.trial::<f32>(args.threads, &Known::new())?;
    // What a run refuses is told before anything is computed.
    trial.run()?;
    let mut out = stdout();
    writeln!(out, "{}", trial.model.network().summary())?;
    let count = |part: Option<usize>| part.unwrap_or(0);
    writeln!(
        out,
        "samples: {} train, {} validation, {} test",
        trial.train.len(),
        count(trial.validation.as_ref().map(AnyDataset::len)),
        count(trial.test.as_ref().map(AnyDataset::len)),
    )?;
    writeln!(out, "gradient: {}", gradient::check(&experiment)?)?;
    out.flush()?;
    writeln!(out, "rate: {}", rate::range(&trial)?)?;
    writeln!(out, "stability: {}", rate::stability(&trial)?)?;
    writeln!(out, "memory: {}", memory::estimate(&trial))?;
    writeln!(out, "time: {}", time(&trial)?)?;
    Ok(out.flush()?)
}

/// How long an epoch takes, and all of them.
fn time(trial: &Trial<f32>) -> Result<String> {
    /// Seconds of a measurement.
    const ENOUGH: f64 = 0.5;
    let mut copy = trial.clone();
    let epochs = copy.experiment.protocol.epochs;
    // Steps alone, of one epoch at most.
    copy.experiment.protocol = Protocol {
        epochs: 1,
        early_stopping: None,
        ..copy.experiment.protocol
    };
    copy.validation = None;
    let experiment = copy.experiment.clone();
    let of = |error| experiment.explain(error);
    let samples = copy.train.len();
    let batch = experiment.protocol.batch.min(samples);
    let mut run = copy.run()?;
    let (start, mut done) = (std::time::Instant::now(), 0);
    while run.step().map_err(of)?.is_some() {
        done = (done + batch).min(samples);
        if start.elapsed().as_secs_f64() > ENOUGH {
            break;
        }
    }
    if let Some(End::Diverged { .. }) = run.end() {
        return Ok("none, since the first epoch diverges".into());
    }
    let seconds = start.elapsed().as_secs_f64() * samples as f64 / done.max(1) as f64;
    Ok(format!(
        "{seconds:.2e} s for an epoch, {:.1} s for all {epochs}, without validation",
        seconds * epochs as f64
    ))
}
