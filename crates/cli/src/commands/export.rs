//! `gradflow export`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use gradflow::onnx::OnnxExport;
use gradflow::{Experiment, Known, Model};
use gradflow_codegen::{Fixed, Quantised};

use crate::input::files::load;
use crate::input::labelled::{self, Labelled};
use crate::output::stdout;
use crate::written::{make_sure, write_new};

/// Writes a model in another form: ONNX, or a source file without dependencies.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The model.
    model: PathBuf,
    #[command(flatten)]
    form: Form,
    /// The ONNX file reads what the network reads, not raw rows.
    #[arg(long, requires = "onnx")]
    network_alone: bool,
    #[command(flatten)]
    whole: Whole,
    /// Replaces a file that is there already.
    #[arg(long)]
    force: bool,
}

/// Whole numbers in place of floating point.
#[derive(Debug, clap::Args)]
struct Whole {
    /// The source computes in whole numbers of so many bits; what that costs is printed and stands in its first lines.
    #[arg(long, value_enum, requires = "calibrate", conflicts_with = "onnx")]
    fixed: Option<Bits>,
    /// Samples that show how large values become, with their answers: the experiment of the model, whose training part is taken, a table, a
    /// folder with the files of MNIST or CIFAR-10, or pictures in an IDX file.
    #[arg(long, value_name = "DATA", requires = "fixed")]
    calibrate: Option<PathBuf>,
    #[command(flatten)]
    labelled: Labelled,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Bits {
    Int8,
    Int16,
}

/// Samples of data larger than memory that are calibrated with.
const SAMPLES: usize = 10_000;

impl Whole {
    /// The model in fixed point, if that is asked for.
    fn of(&self, model: &Model<f32>) -> Result<Option<Quantised>> {
        let (Some(fixed), Some(data)) = (self.fixed, &self.calibrate) else {
            if self.labelled.is_said() {
                bail!(
                    "--label, --labels and --maximum say how the data of --calibrate are read: say that too"
                );
            }
            return Ok(None);
        };
        let data = match data.extension().is_some_and(|end| end == "ron") {
            true => {
                let trial = Experiment::open(data)?.trial::<f32>(0, &Known::new())?;
                trial.train.in_memory(SAMPLES)?.into_owned()
            }
            false => labelled::open(model, data, &self.labelled, true)?,
        };
        let fixed = match fixed {
            Bits::Int8 => Fixed::Int8,
            Bits::Int16 => Fixed::Int16,
        };
        Ok(Some(Quantised::new(model, fixed, &data)?))
    }
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Form {
    /// An ONNX file, for onnxruntime and others.
    #[arg(long, value_name = "FILE")]
    onnx: Option<PathBuf>,
    /// A file of Rust, without `std`.
    #[arg(long, value_name = "FILE")]
    rust: Option<PathBuf>,
    /// A header of C99; functions are named after it.
    #[arg(long, value_name = "FILE")]
    c: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let model = load(&args.model)?;
    let form = &args.form;
    let paths = [&form.onnx, &form.rust, &form.c].into_iter().flatten();
    for path in paths {
        let read = [Some(&args.model), args.whole.calibrate.as_ref()];
        let read: Vec<_> = read.into_iter().flatten().collect();
        make_sure(path, args.force, &read)?;
    }
    let whole = args.whole.of(&model)?;
    let path = match (&form.onnx, &form.rust, &form.c) {
        (Some(path), _, _) => {
            let export = OnnxExport::new(&model);
            match args.network_alone {
                true => export.network_alone().write(path)?,
                false => export.write(path)?,
            }
            path
        }
        (_, Some(path), _) => {
            let source = match &whole {
                Some(whole) => whole.rust(),
                None => gradflow_codegen::rust(&model)?,
            };
            write_new(path, &source, args.force)?;
            path
        }
        (_, _, Some(path)) => {
            let name = identifier(path);
            let source = match &whole {
                Some(whole) => whole.c(&name)?,
                None => gradflow_codegen::c(&model, &name)?,
            };
            write_new(path, &source, args.force)?;
            path
        }
        // The group is required.
        _ => bail!("say --onnx, --rust or --c"),
    };
    let bytes = std::fs::metadata(path)?.len();
    let mut out = stdout();
    if let Some(whole) = &whole {
        writeln!(out, "{}", whole.report())?;
    }
    writeln!(out, "{} is written, {bytes} bytes", path.display())?;
    Ok(out.flush()?)
}

/// A name for functions of C: that of the file, as far as it is one.
fn identifier(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let letter = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = stem.chars().map(letter).collect();
    match name.chars().next() {
        Some(first) if !first.is_ascii_digit() => name,
        _ => format!("model_{name}"),
    }
}
