//! `gradflow import`.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use gradflow::{Known, Model};

use crate::failure::Usage;
use crate::output::stdout;
use crate::overrides::{Overrides, files};
use crate::written::{beside, make_sure};

/// Makes a model of a file of another program: ONNX, or weights as safetensors.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// An ONNX file, or the weights of a network as safetensors.
    file: PathBuf,
    /// Where the model is saved; by default beside the ONNX file.
    #[arg(long, value_name = "MODEL")]
    out: Option<PathBuf>,
    /// The experiment that describes the network of the weights, and its data.
    #[arg(long, value_name = "EXPERIMENT")]
    network: Option<PathBuf>,
    #[command(flatten)]
    overrides: Overrides,
    /// Replaces a model that is there already.
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: Args) -> Result<()> {
    if args.file.is_dir() {
        bail!(
            "`{}` is a folder: give the name of an ONNX file, or of weights as safetensors",
            args.file.display()
        );
    }
    let is_weights = args
        .file
        .extension()
        .is_some_and(|end| end == "safetensors");
    let path = match (args.out, is_weights) {
        (Some(out), _) => out,
        (None, false) => beside(&args.file, "safetensors")?,
        (None, true) => {
            let message = "say where the model is to be saved: --out MODEL";
            return Err(Usage(message.into()).into());
        }
    };
    let mut read = vec![args.file.clone()];
    let mut experiment = None;
    if let Some(network) = &args.network {
        let opened = experiment.insert(args.overrides.open(network)?);
        read.extend(files(network, opened));
    }
    make_sure(&path, args.force, &read)?;
    let mut out = stdout();
    let model = match experiment {
        Some(experiment) => {
            let prepared = experiment.trial::<f32>(0, &Known::new())?;
            let mut model = prepared.model;
            model.set_schema(Some(prepared.train.schema().clone()))?;
            write!(out, "{}", model.load_state_dict(&args.file)?)?;
            model
        }
        None if is_weights => {
            let message = "a file of weights does not say what the network is: describe it in an experiment, --network EXPERIMENT.ron";
            return Err(Usage(message.into()).into());
        }
        None => Model::import_onnx(&args.file)
            .with_context(|| format!("`{}` cannot be imported", args.file.display()))?,
    };
    writeln!(out, "{}", model.network().summary())?;
    model.save(&path)?;
    writeln!(out, "{} is saved", path.display())?;
    Ok(out.flush()?)
}
