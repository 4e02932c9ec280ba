//! Fields of an experiment that the command line sets.

use std::path::Path;

use anyhow::Result;
use gradflow::Experiment;

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
        let experiment = Experiment::open(path)?;
        Ok(apply(experiment, &self.settings)?)
    }
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
