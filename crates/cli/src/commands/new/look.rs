//! What data are.

mod arrays;
mod pictures;
mod seen;

use std::ffi::OsStr;
use std::path::Path;

use anyhow::Result;
use gradflow::data::{Column, Sniffed, sniff};
use gradflow::{CsvFile, DataFile, Dataset};

use crate::input::files::check_file;
use crate::input::labelled::column;

pub(crate) use seen::{Look, Target};

/// Looks at data, and at their targets if they do not stand in the same file.
pub(crate) fn look(path: &Path, targets: Option<&Path>, label: Option<&str>) -> Result<Look> {
    let files = targets.into_iter().chain([path]);
    // The folder of pictures is the only one that is read.
    let mut files = files.filter(|file| !file.is_dir());
    files.try_for_each(check_file)?;
    let end = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    match (path.is_dir(), &*end.to_lowercase()) {
        (true, _) => pictures::look(path),
        (false, "npy") => arrays::files(path, targets),
        (false, "npz") => arrays::archive(path, label),
        _ => table(path, targets, label),
    }
}

fn table(path: &Path, targets: Option<&Path>, label: Option<&str>) -> Result<Look> {
    let label = label.map(column);
    let sniffed = sniff(path)?;
    let mut file = match targets {
        None => CsvFile::sniffed(path, &predicting(sniffed, label.as_ref())),
        Some(targets) => beside(path, targets, &sniffed, label.as_ref())?,
    };
    if let Some(label) = label {
        // As it is said, so that the reader tells which columns there are if there is no such one.
        match &mut file.label {
            Some(column) => *column = label,
            None => file.targets = vec![label],
        }
    }
    let left_out = file.without.iter().map(|column| column.to_string());
    let left_out = left_out.collect();
    let csv = file.csv()?;
    let data: Dataset<f32> = match targets {
        None => csv.open(path)?,
        Some(targets) => csv.open_table_beside(path, targets)?.encoded()?,
    };
    Ok(Look {
        left_out,
        ..Look::of(&data, DataFile::Csv(Box::new(file)))
    })
}

/// A table of inputs alone, with the answers in another one.
fn beside(
    path: &Path,
    targets: &Path,
    sniffed: &Sniffed,
    label: Option<&Column>,
) -> Result<CsvFile> {
    let answers = predicting(sniff(targets)?, label);
    let inputs = CsvFile::sniffed(path, sniffed);
    let answer = CsvFile::sniffed(targets, &answers);
    let label = &sniffed.columns[sniffed.label];
    let mut without = inputs.without;
    if !label.kind.is_input() {
        without.push(sniffed.column(sniffed.label));
    }
    Ok(CsvFile {
        targets_file: Some(targets.to_owned()),
        label: answer.label,
        targets: answer.targets,
        labels_as_names: answer.labels_as_names,
        without,
        ..inputs
    })
}

/// Predicts the column that is said, if there is such a one.
fn predicting(sniffed: Sniffed, label: Option<&Column>) -> Sniffed {
    let other = label.and_then(|label| sniffed.clone().predicting(label));
    other.unwrap_or(sniffed)
}
