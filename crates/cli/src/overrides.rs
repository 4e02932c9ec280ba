//! Fields of an experiment that the command line sets.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use gradflow::{DataFile, Experiment, ExperimentError};

/// A field and its value, `protocol.batch=32`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Setting {
    pub(crate) field: String,
    pub(crate) value: String,
}

/// Reads `field=value`.
pub(crate) fn setting(text: &str) -> Result<Setting, String> {
    let (field, value) = text
        .split_once('=')
        .ok_or("a setting is written `field=value`, such as `epochs=50` or `protocol.batch=32`")?;
    Ok(Setting {
        field: field.trim().to_owned(),
        value: value.trim().to_owned(),
    })
}

/// Arguments of every command that reads an experiment.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Overrides {
    /// Sets a field of the experiment for this once: `epochs=50`, `rate=0.01`, `protocol.batch=32`, `network[0].outputs=64`.
    #[arg(long = "set", value_name = "FIELD=VALUE", value_parser = setting)]
    pub(crate) settings: Vec<Setting>,
}

impl Overrides {
    /// Reads an experiment, and sets the fields.
    pub(crate) fn open(&self, path: &Path) -> Result<Experiment> {
        let experiment = match Experiment::open(path) {
            Err(ExperimentError::Text { .. }) if is_table(path) => bail!(
                "`{0}` is a table and no experiment: `gradflow new {0}` writes one for it",
                path.display()
            ),
            Err(ExperimentError::File(error)) if is_table(path) && path.is_file() => bail!(
                "`{0}` is no experiment, but data ({error}): `gradflow new {0}` writes one for it",
                path.display()
            ),
            opened => opened?,
        };
        Ok(apply(experiment, &self.settings)?)
    }
}

/// Whether a file is one of data by its name.
fn is_table(path: &Path) -> bool {
    const ENDS: [&str; 10] = [
        "csv", "tsv", "data", "txt", "dat", "tab", "gz", "npy", "npz", "parquet",
    ];
    let end = path.extension().and_then(|end| end.to_str());
    end.is_some_and(|end| ENDS.contains(&&*end.to_lowercase()))
}

/// The files that an experiment is read from: its own, and those of its data.
pub(crate) fn files(path: &Path, experiment: &Experiment) -> Vec<PathBuf> {
    let data = match &experiment.data {
        DataFile::Csv(table) => vec![Some(&*table.file), table.targets_file.as_deref()],
        DataFile::Idx(files) => vec![Some(&*files.images), Some(&*files.labels)],
        DataFile::Npy(files) => vec![
            Some(&*files.inputs),
            files.labels.as_deref(),
            files.targets.as_deref(),
        ],
        DataFile::Npz(file) => vec![Some(&*file.file)],
        DataFile::OnDisk(files) => files.paths().into_iter().map(Some).collect(),
        // Folders.
        _ => Vec::new(),
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    let data = data.into_iter().flatten().map(|file| folder.join(file));
    data.chain([path.to_owned()]).collect()
}

/// The experiment with these fields set, in order.
pub(crate) fn apply(
    experiment: Experiment,
    settings: &[Setting],
) -> Result<Experiment, gradflow::ExperimentError> {
    let mut settings = settings.iter();
    settings.try_fold(experiment, |experiment, setting| {
        experiment.set(&setting.field, &setting.value)
    })
}
