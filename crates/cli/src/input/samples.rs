//! What a model is to predict from.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use gradflow::data::Idx;
use gradflow::{Model, Prediction};

use super::pictures;
use super::rows::Rows;

/// How samples without answers are read.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Reading {
    /// The column of the answers in a table without a header, counted from 0, which is left out; by default the last one.
    #[arg(long, value_name = "COLUMN")]
    label: Option<usize>,
    /// What the bytes of an IDX file are divided by.
    #[arg(long, default_value_t = 255.0)]
    maximum: f32,
}

/// Samples, one behind the other.
#[derive(Debug)]
pub(crate) struct Samples {
    values: Vec<f32>,
    columns: usize,
}

impl Samples {
    /// What the model says of each.
    pub(crate) fn predict<'m>(&self, model: &'m Model<f32>) -> Result<Vec<Prediction<'m, f32>>> {
        Ok(model.predict_rows(&self.values, self.columns)?)
    }
}

/// Reads a file of any kind, or the standard input.
pub(crate) fn read(model: &Model<f32>, path: &Path, reading: &Reading) -> Result<Samples> {
    let bytes = bytes(path)?;
    if pictures::is_picture(&bytes) {
        return picture(model, &bytes, path);
    }
    if bytes.starts_with(&[0, 0, 8]) || bytes.starts_with(&[0x1f, 0x8b]) {
        return idx(model, &bytes, path, reading);
    }
    table(model, &bytes, path, reading)
}

fn bytes(path: &Path) -> Result<Vec<u8>> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    std::fs::read(path).with_context(|| format!("`{}` cannot be read", path.display()))
}

/// Columns of raw data that the model reads.
fn columns(model: &Model<f32>) -> usize {
    let own = model.network().input().len();
    model.schema().map_or(own, gradflow::data::Schema::inputs)
}

fn picture(model: &Model<f32>, bytes: &[u8], path: &Path) -> Result<Samples> {
    let [depth, v, h] = model.network().input().dims();
    let picture = pictures::read(bytes, path, depth)?;
    if picture.dims != [depth, v, h] {
        let [d, pv, ph] = picture.dims;
        bail!(
            "{}: a picture of {ph} x {pv} with {d} channels for a network that reads {h} x {v} with {depth}: scale it before",
            path.display()
        );
    }
    Ok(Samples {
        columns: picture.values.len(),
        values: picture.values,
    })
}

fn idx(model: &Model<f32>, bytes: &[u8], path: &Path, reading: &Reading) -> Result<Samples> {
    if !(reading.maximum.is_finite() && reading.maximum > 0.0) {
        bail!(
            "--maximum {}: pixels are divided by a number above 0",
            reading.maximum
        );
    }
    let idx = Idx::read(bytes).with_context(|| path.display().to_string())?;
    let columns = idx.dims().iter().skip(1).product::<usize>();
    let expected = self::columns(model);
    if columns != expected {
        bail!(
            "{}: samples of {columns} values for a model that reads {expected}",
            path.display()
        );
    }
    let pixels = idx.as_slice().iter();
    Ok(Samples {
        values: pixels.map(|x| f32::from(*x) / reading.maximum).collect(),
        columns,
    })
}

fn table(model: &Model<f32>, bytes: &[u8], path: &Path, reading: &Reading) -> Result<Samples> {
    let schema = model.schema();
    let names = schema.and_then(gradflow::data::Schema::input_names);
    let rows = Rows::read(bytes, path, names.unwrap_or_default())?;
    let columns = columns(model);
    let places = match (&rows.header, names) {
        (Some(header), Some(names)) => by_name(header, names)
            .map_err(|missing| {
                // The library knows the nearest name.
                let of = schema.and_then(|schema| schema.order(&missing).err());
                match of {
                    Some(error) => anyhow::Error::from(error),
                    None => anyhow::anyhow!("columns are missing"),
                }
            })
            .with_context(|| path.display().to_string())?,
        _ => {
            by_number(&rows, columns, reading.label).with_context(|| path.display().to_string())?
        }
    };
    let width = rows.header.as_ref().map_or(rows.rows[0].1.len(), Vec::len);
    let mut values = Vec::with_capacity(rows.rows.len().saturating_mul(columns));
    for (line, fields) in &rows.rows {
        if fields.len() != width {
            bail!(
                "{}, line {line}: {} fields, but the first row has {width}",
                path.display(),
                fields.len()
            );
        }
        for place in &places {
            let text = &fields[*place];
            let value = text.parse::<f32>().ok().filter(|value| value.is_finite());
            let Some(value) = value else {
                bail!(
                    "{}, line {line}, column {place}: `{text}` is not a finite number",
                    path.display()
                );
            };
            values.push(value);
        }
    }
    Ok(Samples { values, columns })
}

/// Where the columns of these names stand; else the header without those that the model does not need.
fn by_name(header: &[String], names: &[String]) -> Result<Vec<usize>, Vec<String>> {
    let places: Option<Vec<usize>> = names
        .iter()
        .map(|name| header.iter().position(|known| known == name))
        .collect();
    // More columns than inputs: one of them may be the answer.
    let spare = header.len().saturating_sub(names.len());
    places.ok_or_else(|| {
        let unknown = header.iter().filter(|name| !names.contains(name));
        let first = unknown.take(spare.min(1)).collect::<Vec<_>>();
        let kept = header
            .iter()
            .filter(|name| spare == 0 || !first.contains(name));
        kept.cloned().collect()
    })
}

/// The columns of inputs in a table whose columns have no names.
fn by_number(rows: &Rows, columns: usize, label: Option<usize>) -> Result<Vec<usize>> {
    let first = &rows.rows[0].1;
    let width = first.len();
    if width == columns && label.is_none() {
        return Ok((0..columns).collect());
    }
    if width != columns + 1 {
        bail!(
            "rows of {width} values for a model that reads {columns}: give it a header with the names of the columns"
        );
    }
    let is_text = |column: &usize| first[*column].parse::<f64>().is_err();
    let answer = label.or_else(|| (0..width).find(is_text));
    let answer = answer.unwrap_or(width - 1);
    if answer >= width {
        bail!("--label {answer}: there are {width} columns, counted from 0");
    }
    Ok((0..width).filter(|column| *column != answer).collect())
}
