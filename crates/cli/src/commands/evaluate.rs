//! `gradflow evaluate`.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, bail};
use gradflow::data::AnyDataset;
use gradflow::{Experiment, Known};

use crate::Crew;
use crate::input::files::load;
use crate::input::labelled::{self, Labelled};
use crate::output::stdout;
use crate::report;
use crate::scores::Closing;
use crate::written::Written;

/// Says how good a model is on data whose answers are known.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The model.
    model: PathBuf,
    /// A table, a folder with the files of MNIST or CIFAR-10 or with a folder of pictures for each class, an IDX file, arrays of NumPy, or the experiment of
    /// the model, whose test part is taken.
    data: PathBuf,
    #[command(flatten)]
    labelled: Labelled,
    /// The part of an experiment.
    #[arg(long, value_enum)]
    part: Option<Part>,
    /// Writes a report into this folder, `report.html`.
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Replaces a report that is there already.
    #[arg(long)]
    force: bool,
    /// The result as JSON.
    #[arg(long)]
    json: bool,
    /// Threads; 0 stands for all cores.
    #[arg(long, default_value_t = 0)]
    threads: usize,
}

/// A part of an experiment.
#[derive(Debug, Clone, Copy, PartialEq, clap::ValueEnum)]
enum Part {
    Train,
    Validation,
    Test,
}

/// Evaluates as the command line says, alone or with others.
///
/// # Errors
/// What went wrong, in words for who gave the command.
pub fn run(args: Args, crew: &impl Crew) -> Result<()> {
    let model = load(&args.model)?.with_threads(args.threads);
    let folder = args.report.as_deref().filter(|_| crew.is_first());
    let mut written = Written::beside(&[&args.model, &args.data]);
    let page = report::page(folder, args.force, &mut written)?;
    let part = args.part.unwrap_or(Part::Test);
    let data = if args.data.extension().is_some_and(|end| end == "ron") {
        of_experiment(&Experiment::open(&args.data)?, part)?
    } else {
        labelled::open(&model, &args.data, &args.labelled, crew.is_first())?.into()
    };
    let start = Instant::now();
    let evaluation = crew.evaluate(&model, (&data).into())?;
    let seconds = start.elapsed().as_secs_f64();
    if let Some(page) = &page {
        report::of_model(page, &model, &data, args.force)?;
    }
    if !crew.is_first() {
        return Ok(());
    }
    let mut out = stdout();
    if args.json {
        serde_json::to_writer(&mut out, &evaluation)?;
        writeln!(out)?;
        return Ok(out.flush()?);
    }
    write!(out, "{evaluation}")?;
    let mut closing = Closing::default();
    let name = match part {
        Part::Train => "train",
        Part::Validation => "validation",
        Part::Test => "test",
    };
    closing.part(name, Some(&evaluation));
    closing.number("cost", evaluation.cost);
    closing.seconds(seconds);
    writeln!(out, "{}", closing.line())?;
    Ok(out.flush()?)
}

fn of_experiment(experiment: &Experiment, part: Part) -> Result<AnyDataset<f32>> {
    let prepared = experiment.trial::<f32>(0, &Known::new())?;
    let (name, found, other) = match part {
        Part::Train => return Ok(prepared.train),
        Part::Validation => (
            "validation",
            prepared.validation,
            prepared.test.map(|_| "test"),
        ),
        Part::Test => (
            "test",
            prepared.test,
            prepared.validation.map(|_| "validation"),
        ),
    };
    let other = other.map(|name| format!(" or `--part {name}`"));
    match found {
        Some(data) => Ok(data),
        None => bail!(
            "this experiment sets no {name} part aside: evaluate another part (`--part train`{}), or add `{name}: 0.2` to `split` beside \
             what is there, and train again",
            other.unwrap_or_default()
        ),
    }
}
