//! `gradflow new`.

mod design;
mod fields;
mod look;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use self::design::text;
use self::look::look;
use crate::output::stdout;
use crate::written::{beside, make_sure, write_new};

/// Looks at data and writes an experiment that trains well as it is, with comments, to be changed at will.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A table, a folder with a folder of pictures for each class, or arrays of NumPy (`.npz`, or `.npy` with --targets).
    data: PathBuf,
    /// The file of what is to be predicted, row by row, if it does not stand beside the inputs.
    #[arg(long, value_name = "FILE")]
    targets: Option<PathBuf>,
    /// The column to be predicted, by name, by number counted from 0, or `last`, or the array of an archive; by default it is guessed.
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,
    /// Where the experiment is written; by default beside the table, with the end `.ron`.
    #[arg(long, value_name = "EXPERIMENT")]
    out: Option<PathBuf>,
    /// Replaces an experiment that is there already.
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: Args) -> Result<()> {
    let path = match &args.out {
        Some(out) => out.clone(),
        None => beside(&args.data, "ron")?,
    };
    let targets = args.targets.as_deref();
    let inputs: Vec<&Path> = targets.into_iter().chain([&*args.data]).collect();
    make_sure(&path, args.force, &inputs)?;
    for input in &inputs {
        if seen_from(&path, input).to_str().is_none() {
            bail!(
                "`{}`: the path is no text in UTF-8, and an experiment could not name it: rename it",
                input.display()
            );
        }
    }
    let look = look(&args.data, targets, args.label.as_deref())?;
    look.check()?;
    let seen = |file: &Path| seen_from(&path, file).display().to_string();
    write_new(&path, &text(&look, &seen), args.force)?;
    let mut out = stdout();
    writeln!(out, "{}", look.summary())?;
    writeln!(out, "{}", look.columns())?;
    writeln!(
        out,
        "{} is written: `gradflow train {}`",
        path.display(),
        path.display()
    )?;
    Ok(out.flush()?)
}

/// The path of data as the experiment has it: relative where both are in one folder, else the whole path.
fn seen_from(experiment: &Path, data: &Path) -> PathBuf {
    let folder = |path: &Path| {
        let parent = path.parent().filter(|parent| *parent != Path::new(""));
        parent.unwrap_or(Path::new(".")).canonicalize().ok()
    };
    match (data.file_name(), folder(data), folder(experiment)) {
        (Some(name), Some(a), Some(b)) if a == b => PathBuf::from(name),
        _ => data.canonicalize().unwrap_or_else(|_| data.to_owned()),
    }
}
