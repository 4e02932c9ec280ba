//! `gradflow tune`.

mod candidates;
mod tried;

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Result;

use self::candidates::{Axis, axis, grid, random};
use self::tried::{Tried, Work, try_all};
use crate::failure::Usage;
use crate::interrupt::Interrupt;
use crate::output::stdout;
use crate::overrides::{Overrides, Setting, apply, files};
use crate::written::{make_sure, write_new};

/// Tries values of some fields of an experiment by cross-validation, and writes the best experiment. Without `--over` it tells how good the experiment
/// itself is.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The experiment.
    experiment: PathBuf,
    /// A field and its values, `rate=0.003,0.01,0.03`, or for a random search the range, `rate=0.001..0.1`. All combinations are tried.
    #[arg(long, value_name = "FIELD=VALUES", value_parser = axis)]
    over: Vec<Axis>,
    /// So many combinations drawn at random, instead of all; of ranges evenly in the logarithm.
    #[arg(long, value_name = "COUNT")]
    random: Option<usize>,
    /// Successive halving: all begin with few epochs, and the best third goes on with three times as many.
    #[arg(long)]
    halving: bool,
    /// Parts of the cross-validation.
    #[arg(long, default_value_t = 5)]
    folds: usize,
    /// Seed of the random search.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Trainings at a time; 0 stands for as many as there are cores. The result does not depend on it.
    #[arg(long, default_value_t = 0)]
    jobs: usize,
    /// Where the best experiment is written.
    #[arg(long, value_name = "EXPERIMENT")]
    out: Option<PathBuf>,
    #[command(flatten)]
    overrides: Overrides,
    /// Replaces an experiment that is there already.
    #[arg(long)]
    force: bool,
}

/// A third goes on.
const KEEP: usize = 3;

/// Most combinations, so that a slip of the pen does not take a week.
const MOST: usize = 10_000;

pub(crate) fn run(args: Args) -> Result<()> {
    let experiment = args.overrides.open(&args.experiment)?;
    if let Some(out) = &args.out {
        make_sure(out, args.force, &files(&args.experiment, &experiment))?;
    }
    let candidates = match args.random {
        Some(count) => random(&args.over, count.min(MOST), args.seed),
        None => grid(&args.over, MOST).map_err(Usage)?,
    };
    let interrupt = Interrupt::watch();
    let work = Work {
        experiment: &experiment,
        folds: args.folds,
        jobs: match args.jobs {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            jobs => jobs,
        },
        interrupt: &interrupt,
    };
    let mut found = if args.halving {
        halving(&work, candidates)?
    } else {
        try_all(&work, &candidates)?
    };
    found.sort_by(Tried::compare);
    let mut out = stdout();
    table(&mut out, &args.over, &found)?;
    if let Some(best) = found.first() {
        if let Some(path) = &args.out {
            let best = apply(experiment.clone(), &best.settings)?;
            write_new(path, best.text(), args.force)?;
            writeln!(out, "{} is written", path.display())?;
        }
        writeln!(out, "{}", best.closing())?;
    }
    Ok(out.flush()?)
}

/// Successive halving (Jamieson, Talwalkar 2016).
fn halving(work: &Work<'_>, mut candidates: Vec<Vec<Setting>>) -> Result<Vec<Tried>> {
    let (mut rounds, mut left) = (1, candidates.len());
    while left > 1 {
        (rounds, left) = (rounds + 1, left.div_ceil(KEEP));
    }
    let all = work.experiment.protocol.epochs;
    for round in (1..rounds).rev() {
        let divisor = KEEP.checked_pow(round).unwrap_or(usize::MAX);
        let epochs = (all / divisor).max(1).to_string();
        let shorter = work.experiment.set("epochs", &epochs)?;
        let work = Work {
            experiment: &shorter,
            ..*work
        };
        let mut found = try_all(&work, &candidates)?;
        found.sort_by(Tried::compare);
        found.truncate(candidates.len().div_ceil(KEEP));
        candidates = found.into_iter().map(|one| one.settings).collect();
    }
    try_all(work, &candidates)
}

/// A row for each candidate, the best first.
fn table(out: &mut impl std::io::Write, over: &[Axis], tried: &[Tried]) -> Result<()> {
    let Some(first) = tried.first() else {
        return Ok(());
    };
    let head: Vec<String> = over.iter().map(|axis| axis.field.clone()).collect();
    let [name, spread] = [first.name.to_owned(), "+-".to_owned()];
    let tail = [name, spread, "cost".to_owned(), "seconds".to_owned()];
    let mut rows = vec![[head, tail.to_vec()].concat()];
    for one in tried {
        let values = one.settings.iter().map(|setting| setting.value.clone());
        rows.push(values.chain(one.columns()).collect());
    }
    let width = |column: usize| {
        let lengths = rows.iter().filter_map(|row| row.get(column));
        lengths.map(|text| text.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
    for row in &rows {
        let cells = row.iter().zip(&widths);
        let cells = cells.map(|(text, width)| format!("{text:>width$}"));
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("  "))?;
    }
    Ok(())
}
