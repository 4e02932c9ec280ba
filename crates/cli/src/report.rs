//! Reports into a folder.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use gradflow::data::AnyDataset;
use gradflow::{History, Model, Trial};
use gradflow_report::{Recorder, Report};

use crate::written::{Written, refuse_existing, write_new};

/// Samples that stay on disk are too many for a report: so many of them are read.
const READ: usize = 10_000;

/// The page in the folder of a report, which is made, if one is wanted; an error if the page is there already or cannot be written.
pub(crate) fn page(
    folder: Option<&Path>,
    force: bool,
    written: &mut Written,
) -> Result<Option<PathBuf>> {
    let Some(folder) = folder else {
        return Ok(None);
    };
    let path = folder.join("report.html");
    refuse_existing(&path, force)?;
    if folder.is_file() {
        bail!(
            "`{}` is a file, but --report needs a folder: give another name",
            folder.display()
        );
    }
    written.once(folder, "the folder of the report")?;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("`{}` cannot be made", folder.display()))?;
    written.add(&path, "the report", force)?;
    Ok(Some(path))
}

/// Writes a report on a training and the model that came of it, judged on the part that was kept apart.
pub(crate) fn of_training(
    path: &Path,
    trial: &Trial<f32>,
    history: &History,
    recorder: &Recorder<f32>,
    force: bool,
) -> Result<()> {
    let apart = trial.test.as_ref().or(trial.validation.as_ref());
    let experiment = &trial.experiment;
    let judged = apart.unwrap_or(&trial.train).in_memory(READ)?;
    let train = trial.train.in_memory(READ)?;
    let report = Report::new(&trial.model)
        .title(title(path))
        .history(history)
        .evaluate(&*judged)
        .training(&train)
        .recorder(recorder)
        .rule(&experiment.protocol.descent.rule)
        .experiment(experiment.text());
    write(path, &report, force)
}

/// Writes a report on a model and these data.
pub(crate) fn of_model(
    path: &Path,
    model: &Model<f32>,
    data: &AnyDataset<f32>,
    force: bool,
) -> Result<()> {
    let data = data.in_memory(READ)?;
    let report = Report::new(model).title(title(path)).evaluate(&*data);
    write(path, &report, force)
}

/// The name of the folder.
fn title(path: &Path) -> String {
    let folder = path.parent().and_then(Path::file_name);
    folder.unwrap_or_default().to_string_lossy().into_owned()
}

fn write(path: &Path, report: &Report<'_, f32>, force: bool) -> Result<()> {
    write_new(path, &report.to_html()?, force)
}
