//! `gradflow convert`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use gradflow::DataFile;
use gradflow::data::MAX_UNPACKED;

use crate::output::stdout;
use crate::overrides::{Overrides, files};
use crate::written::{beside, make_sure};

/// Converts the table of an experiment to a file of binary rows, from which a training reads without having all of it in memory.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The experiment: it says how the table is read. `gradflow new TABLE` writes one.
    experiment: PathBuf,
    /// Where the rows are written; by default beside the table, with the end `.gfd`.
    #[arg(long, value_name = "ROWS")]
    out: Option<PathBuf>,
    /// Numbers are written in double precision.
    #[arg(long)]
    double: bool,
    /// The most bytes that a packed table may unpack to; a plain one may have any length.
    #[arg(long, value_name = "BYTES")]
    limit: Option<u64>,
    #[command(flatten)]
    overrides: Overrides,
    /// Replaces a file that is there already.
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let experiment = args.overrides.open(&args.experiment)?;
    let DataFile::Csv(table) = &experiment.data else {
        bail!(
            "the data of `{}` are no table: IDX files and NumPy arrays are read as they are, `data: OnDisk(Idx(…))` or `OnDisk(Npy(…))`",
            args.experiment.display()
        );
    };
    let folder = args.experiment.parent().unwrap_or(Path::new(""));
    let file = folder.join(&table.file);
    let targets = table
        .targets_file
        .as_ref()
        .map(|targets| folder.join(targets));
    let path = match &args.out {
        Some(out) => out.clone(),
        None => beside(&file, "gfd")?,
    };
    make_sure(&path, args.force, &files(&args.experiment, &experiment))?;
    let length = std::fs::metadata(&file)
        .with_context(|| format!("`{}` cannot be read", file.display()))?
        .len();
    let csv = table.csv()?;
    let csv = csv.limit(args.limit.unwrap_or(0).max(length).max(MAX_UNPACKED));
    let targets = targets.as_deref();
    let rows = match args.double {
        true => csv.convert_file::<f64>(&file, targets, &path)?,
        false => csv.convert_file::<f32>(&file, targets, &path)?,
    };
    let shown = path.canonicalize().unwrap_or_else(|_| path.clone());
    let mut out = stdout();
    writeln!(out, "{rows} rows are written to {}", path.display())?;
    writeln!(
        out,
        "train on them: `data: OnDisk(Rows({:?}))` in the place of `data: Csv(…)`, or `gradflow train {} --set 'data=OnDisk(Rows({:?}))'`",
        path.file_name().unwrap_or_default().to_string_lossy(),
        args.experiment.display(),
        shown.display().to_string(),
    )?;
    Ok(out.flush()?)
}
