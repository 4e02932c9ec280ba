//! `gradflow export`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use gradflow::Model;
use gradflow::onnx::OnnxExport;

use crate::output::{make_sure, stdout, write_new};

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
    /// Replaces a file that is there already.
    #[arg(long)]
    force: bool,
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
    let model = Model::<f32>::load(&args.model)?;
    let form = &args.form;
    let paths = [&form.onnx, &form.rust, &form.c].into_iter().flatten();
    for path in paths {
        make_sure(path, args.force, &[&args.model])?;
    }
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
            write_new(path, &gradflow_codegen::rust(&model)?, args.force)?;
            path
        }
        (_, _, Some(path)) => {
            let source = gradflow_codegen::c(&model, &identifier(path))?;
            write_new(path, &source, args.force)?;
            path
        }
        // The group is required.
        _ => bail!("say --onnx, --rust or --c"),
    };
    let bytes = std::fs::metadata(path)?.len();
    let mut out = stdout();
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
