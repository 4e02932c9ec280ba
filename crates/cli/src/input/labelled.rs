//! Samples with answers, for a model.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use gradflow::data::{Column, Csv, Idx, Outputs, Schema, cifar10, mnist};
use gradflow::{Dataset, Model};

use super::rows::Rows;

/// How samples with answers are read.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Labelled {
    /// The column of the classes, by name or number; by default the one that is no input, or the last one.
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,
    /// The IDX file with the classes of the pictures.
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// What the bytes of an IDX file are divided by.
    #[arg(long, default_value_t = 255.0)]
    maximum: f64,
}

/// Reads what a model can be evaluated on, prepared as its training data were.
pub(crate) fn open(model: &Model<f32>, path: &Path, how: &Labelled) -> Result<Dataset<f32>> {
    let data = if path.is_dir() {
        folder(path)?
    } else if let Some(labels) = &how.labels {
        let (images, labels) = (Idx::open(path)?, Idx::open(labels)?);
        let classes = model.cost().classes(model.network().output().len());
        Dataset::from_images(&images, &labels, classes, how.maximum)?
    } else {
        table(model, path, how)?
    };
    let Some(schema) = model.schema() else {
        return Ok(data);
    };
    match schema.steps().is_empty() && data.schema().steps().is_empty() {
        true if !scaled(schema) => Ok(data),
        _ => Ok(data.prepared(schema)?),
    }
}

/// Whether targets were scaled.
fn scaled(schema: &Schema) -> bool {
    matches!(schema.outputs(), Outputs::Values { steps, .. } if !steps.is_empty())
}

/// The test set of a folder that is known.
fn folder(path: &Path) -> Result<Dataset<f32>> {
    if path.join("test_batch.bin").exists() || path.join("test_batch.bin.gz").exists() {
        return Ok(cifar10(path)?.1);
    }
    Ok(mnist(path)?.1)
}

fn table(model: &Model<f32>, path: &Path, how: &Labelled) -> Result<Dataset<f32>> {
    let bytes =
        std::fs::read(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    let schema = model.schema();
    let inputs = schema.and_then(Schema::input_names).unwrap_or_default();
    let rows = Rows::read(&bytes, path, inputs)?;
    let width = rows.header.as_ref().map_or(rows.rows[0].1.len(), Vec::len);
    let csv = match schema.map(Schema::outputs) {
        Some(Outputs::Values { size, names, .. }) => {
            let columns: Vec<Column> = match (&rows.header, names.is_empty()) {
                (Some(_), false) => names
                    .iter()
                    .map(|name| Column::Name(name.clone()))
                    .collect(),
                _ => (width.saturating_sub(*size)..width)
                    .map(Column::Number)
                    .collect(),
            };
            Csv::regression(columns)
        }
        outputs => {
            let csv = Csv::classification(label(&rows, inputs, how)?);
            match outputs {
                Some(Outputs::Classes { names, .. }) if !names.is_empty() => csv.classes(names),
                _ => csv,
            }
        }
    };
    let csv = match rows.header {
        Some(_) => csv.with_header(),
        None => csv.without_header(),
    };
    Ok(csv.open(path)?)
}

/// The column of the classes.
fn label(rows: &Rows, inputs: &[String], how: &Labelled) -> Result<Column> {
    if let Some(label) = &how.label {
        return Ok(match label.parse() {
            Ok(number) => Column::Number(number),
            Err(_) => Column::Name(label.clone()),
        });
    }
    let Some(header) = &rows.header else {
        let last = rows.rows[0].1.len().saturating_sub(1);
        return Ok(Column::Number(last));
    };
    let others: Vec<&String> = header
        .iter()
        .filter(|name| !inputs.contains(name))
        .collect();
    match (&*others, header.len()) {
        ([label], _) => Ok(Column::Name((*label).clone())),
        (_, width) if inputs.is_empty() => Ok(Column::Number(width - 1)),
        _ => bail!("say which column has the classes: --label COLUMN"),
    }
}
