//! Samples with answers, for a model.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use gradflow::data::{
    Channels, Column, ColumnAt, Csv, FeatureMap, Idx, Missing, Npy, Npz, Outputs, Pictures, Schema,
    Sniffed, SniffedKind, cifar10, mnist, sniff,
};
use gradflow::{Dataset, Model, Output};

use super::arrays::{ANSWERS, INPUTS, Role, named};
use super::files::check_file;
use super::samples::UNSAID;
use crate::failure::{Usage, note};

/// How samples with answers are read.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Labelled {
    /// The column of the answers, by name, by number counted from 0, or `last`; by default, as in the table of the training.
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,
    /// The file with the answers to an IDX file or an array of NumPy, one of the same kind.
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// What the bytes of an IDX file, or the numbers of an array, are divided by, as in the training: 255 for MNIST.
    #[arg(long)]
    maximum: Option<f64>,
}

impl Labelled {
    /// Whether any of it is said.
    pub(crate) fn is_said(&self) -> bool {
        self.label.is_some() || self.labels.is_some() || self.maximum.is_some()
    }
}

/// Reads what a model can be evaluated on, prepared as its training data were; who speaks tells what is not obvious.
pub(crate) fn open(
    model: &Model<f32>,
    path: &Path,
    how: &Labelled,
    speaks: bool,
) -> Result<Dataset<f32>> {
    let is_array = |end: &str| {
        path.extension()
            .is_some_and(|found| found.eq_ignore_ascii_case(end))
    };
    let is_known = how.labels.is_some() || is_array("npz");
    if !path.is_dir() && !is_known {
        check_file(path)?;
        if how.maximum.is_some() {
            return Err(
                Usage("--maximum is for IDX files, with --labels, and for arrays".into()).into(),
            );
        }
        return table(model, path, how, speaks);
    }
    let data = match &how.labels {
        Some(labels) if is_array("npy") => {
            let (inputs, answers) = (Npy::open(path)?, Npy::open(labels)?);
            arrays(model, (&inputs, &answers), how)?
        }
        None if is_array("npz") => {
            let archive = Npz::open(path)?;
            let (inputs, answers) = archive.suggested();
            let answers = how.label.as_deref().or(answers);
            let array = |found, role: &Role| -> Result<Npy> {
                Ok(archive.array(&named(&archive, found, role)?)?)
            };
            let pair = (array(inputs, &INPUTS)?, array(answers, &ANSWERS)?);
            arrays(model, (&pair.0, &pair.1), how)?
        }
        Some(labels) => {
            let (images, labels) = (Idx::open(path)?, Idx::open(labels)?);
            let classes = model.cost().classes(model.network().output().len());
            Dataset::from_images(&images, &labels, classes, how.maximum.context(UNSAID)?)?
        }
        None => folder(model, path)?,
    };
    match model.schema() {
        Some(schema) if schema.steps() != data.schema().steps() => Ok(data.prepared(schema)?),
        _ => Ok(data),
    }
}

/// Arrays with the answers that the model gives.
fn arrays(
    model: &Model<f32>,
    (inputs, answers): (&Npy, &Npy),
    how: &Labelled,
) -> Result<Dataset<f32>> {
    let maximum = how.maximum.unwrap_or(1.0);
    if model.cost().output() != Output::Softmax && !answers.is_text() {
        let values = model.schema().map(Schema::outputs);
        if matches!(values, Some(Outputs::Values { .. }) | None) {
            return Ok(Dataset::from_arrays(inputs, answers, maximum)?);
        }
    }
    Ok(Dataset::from_labelled_arrays(
        inputs, answers, None, maximum,
    )?)
}

/// The test set of a folder that is known, or pictures in one folder for each class.
fn folder(model: &Model<f32>, path: &Path) -> Result<Dataset<f32>> {
    let begins = |begin: &str| {
        let entries = path.read_dir().into_iter().flatten().flatten();
        let mut names = entries.map(|entry| entry.file_name());
        names.any(|name| name.to_string_lossy().starts_with(begin))
    };
    if begins("test_batch.bin") {
        return Ok(cifar10(path)?.1);
    }
    if begins("t10k-") || begins("train-") || !path.is_dir() {
        return Ok(mnist(path)?.1);
    }
    let [depth, v, h] = model.network().input().dims();
    let channels = if depth == 1 {
        Channels::Grey
    } else {
        Channels::Colour
    };
    Ok(Pictures::new()
        .resized(v, h)
        .channels(channels)
        .folder(path)?)
}

fn table(model: &Model<f32>, path: &Path, how: &Labelled, speaks: bool) -> Result<Dataset<f32>> {
    let sniffed = sniff(path)?;
    let targets = targets(model, &sniffed, how);
    let schema = model.schema();
    let csv = match schema.map(Schema::outputs) {
        Some(Outputs::Values { .. }) => Csv::regression(targets),
        Some(Outputs::Classes { names, .. }) if !names.is_empty() => {
            if speaks {
                note_numbers(&sniffed, &targets, names);
            }
            classification(targets).classes(names).classes_by_number()
        }
        _ => classification(targets),
    };
    let mut csv = csv.dialect(sniffed.dialect.clone());
    let Some(schema) = schema else {
        return Ok(csv.open(path)?);
    };
    csv = inputs(csv, schema, &sniffed);
    if let Some(FeatureMap::Columns(_)) = schema.steps().first() {
        // Gaps become what they were in the training, or are refused there.
        csv = csv.missing(Missing::Mean);
    }
    let raw = csv.open_table(path)?;
    Ok(raw.prepared(schema)?)
}

/// Says which classes the labels of a table stand for if they are numbers, but the model's classes have names.
fn note_numbers(sniffed: &Sniffed, targets: &[Column], names: &[String]) {
    let label = |column: &Column| sniffed.clone().predicting(column);
    let Some(sniffed) = targets.last().and_then(label) else {
        return;
    };
    let named = names.iter().all(|name| name.parse::<f64>().is_err());
    if named && sniffed.columns[sniffed.label].kind == SniffedKind::Number {
        let names = sniffed.class_names.as_ref().map_or(names, |own| own);
        let names = names.iter().take(MOST_NOTED).enumerate();
        let names: Vec<String> = names
            .map(|(number, name)| format!("{number} is `{}`", name.escape_debug()))
            .collect();
        note(&format!(
            "the labels are numbers, taken for the classes in their order: {}",
            names.join(", ")
        ));
    }
}

/// So many classes stand in a note.
const MOST_NOTED: usize = 12;

fn classification(mut targets: Vec<Column>) -> Csv {
    // There is one column of classes.
    Csv::classification(targets.pop().unwrap_or(Column::Name("last".into())))
}

/// The columns of the answers: those that are said, those of the training, or the last ones.
fn targets(model: &Model<f32>, sniffed: &Sniffed, how: &Labelled) -> Vec<Column> {
    if let Some(label) = &how.label {
        return vec![column(label)];
    }
    let layout = model.schema().and_then(Schema::layout);
    match layout.map(|layout| &*layout.targets) {
        Some(columns @ [_, ..]) => columns.iter().map(|at| found(at, sniffed)).collect(),
        _ => {
            let width = sniffed.columns.len();
            let count = match model.schema().map(Schema::outputs) {
                Some(Outputs::Values { size, .. }) => *size,
                _ => 1,
            };
            let last = width.saturating_sub(count)..width;
            last.map(Column::Number).collect()
        }
    }
}

/// A column by its name where the table has one, else by its number.
fn found(at: &ColumnAt, sniffed: &Sniffed) -> Column {
    let named = sniffed.columns.iter().any(|column| column.name.is_some());
    match &at.name {
        Some(name) if named => Column::Name(name.clone()),
        _ => Column::Number(at.number),
    }
}

/// A column as people write it.
pub(crate) fn column(text: &str) -> Column {
    match text.parse() {
        Ok(number) => Column::Number(number),
        Err(_) => Column::Name(text.to_owned()),
    }
}

/// Says which columns are inputs, and what they hold.
fn inputs(mut csv: Csv, schema: &Schema, sniffed: &Sniffed) -> Csv {
    let named = sniffed.columns.iter().any(|column| column.name.is_some());
    let Some(names) = schema.input_names().filter(|_| named) else {
        let layout = schema.layout().into_iter();
        let left_out = layout.flat_map(|layout| &layout.left_out);
        csv = left_out.fold(csv, |csv, at| csv.without(at.number));
        return csv.text_as_categories();
    };
    for (number, name) in names.iter().enumerate() {
        csv = csv.only(name);
        csv = match schema.encoding(number).values() {
            Some(_) => csv.category(name),
            None => csv.number(name),
        };
    }
    csv
}
