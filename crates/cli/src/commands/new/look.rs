//! What data are.

mod arrays;
mod pictures;

use std::ffi::OsStr;
use std::path::Path;

use anyhow::{Result, bail};
use gradflow::data::{Column, Sniffed, Targets, sniff};
use gradflow::{CsvFile, DataFile, Dataset};

use crate::input::labelled::column;

/// What was seen in a table, a folder of pictures, or arrays.
#[derive(Debug)]
pub(crate) struct Look {
    /// The data as an experiment has them.
    pub(crate) data: DataFile,
    /// Columns that were left out by themselves.
    pub(crate) left_out: Vec<String>,
    pub(crate) samples: usize,
    /// What the network reads: depth, vertical, horizontal of a picture; else a number of inputs, of which a category has several.
    pub(crate) shape: [usize; 3],
    pub(crate) target: Target,
}

/// What is to be predicted.
#[derive(Debug)]
pub(crate) enum Target {
    /// Each class, by its name or number, and how many samples it has.
    Classes(Vec<(String, usize)>),
    /// So many values.
    Values(usize),
}

/// Looks at data, and at their targets if they do not stand in the same file.
pub(crate) fn look(path: &Path, targets: Option<&Path>, label: Option<&str>) -> Result<Look> {
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

fn counted(data: &Dataset<f32>) -> Vec<(String, usize)> {
    let counts = data.class_counts().unwrap_or_default();
    let name = |class: usize| match data.class_names().and_then(|names| names.get(class)) {
        Some(name) => name.clone(),
        None => class.to_string(),
    };
    let counts = counts.into_iter().enumerate();
    counts.map(|(class, count)| (name(class), count)).collect()
}

impl Look {
    fn of(data: &Dataset<f32>, file: DataFile) -> Self {
        Self {
            left_out: Vec::new(),
            samples: data.len(),
            shape: data.shape().dims(),
            target: match data.targets() {
                Targets::Classes { .. } => Target::Classes(counted(data)),
                Targets::Values(values) => Target::Values(values.size()),
            },
            data: file,
        }
    }

    /// What is predicted, and which columns are left out, in sentences.
    pub(crate) fn columns(&self) -> String {
        let file = match &self.data {
            DataFile::Csv(file) => file,
            DataFile::Npz(file) => {
                let target = file.labels.iter().chain(&file.targets).next();
                let target = target.map_or("", String::as_str);
                return format!("inputs: array `{}`; target: array `{target}`", file.inputs);
            }
            DataFile::Pictures(_) => return "target: the folder of a picture".to_owned(),
            _ => return "target: the other array".to_owned(),
        };
        let target = file.label.iter().chain(&file.targets);
        let target: Vec<String> = target.map(Column::to_string).collect();
        let left_out = match self.left_out.is_empty() {
            true => String::new(),
            false => format!("; left out: {}", self.left_out.join(", ")),
        };
        format!("target: column {}{left_out}", target.join(", "))
    }

    /// Refuses what nothing can be learnt from.
    pub(crate) fn check(&self) -> Result<()> {
        /// A fifth is kept apart for the test.
        const FEWEST: usize = 5;
        if self.samples < FEWEST {
            let few = counted_in(self.samples, "sample");
            let are = if self.samples == 1 { "is" } else { "are" };
            bail!(
                "{few} {are} too few: there must be {FEWEST} at least, one of which is kept apart for the test"
            );
        }
        match &self.target {
            Target::Classes(classes) if classes.len() < 2 => {
                let name = classes.first().map_or("", |(name, _)| name);
                bail!(
                    "all samples are of one class alone, `{name}`: there is nothing to learn; choose another column by --label"
                )
            }
            _ => Ok(()),
        }
    }

    /// A sentence.
    pub(crate) fn summary(&self) -> String {
        const MOST: usize = 12;
        let Self { samples, shape, .. } = self;
        let target = match &self.target {
            Target::Values(1) => "a value to predict".to_owned(),
            Target::Values(count) => format!("{count} values to predict"),
            Target::Classes(classes) => {
                let each = classes.iter().take(MOST);
                let each = each.map(|(name, count)| format!("{name} {count}"));
                let more = if classes.len() > MOST { ", …" } else { "" };
                let each = each.collect::<Vec<_>>().join(", ");
                format!("{} classes ({each}{more})", classes.len())
            }
        };
        let inputs = match shape {
            [inputs, 1, 1] => counted_in(*inputs, "input"),
            [1, v, h] => format!("grey pictures of {v} x {h}"),
            [depth, v, h] => format!("pictures of {v} x {h} with {depth} channels"),
        };
        format!("{}, {inputs}, {target}", counted_in(*samples, "sample"))
    }
}

/// `1 sample`, `2 samples`.
fn counted_in(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
