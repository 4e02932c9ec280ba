//! What a model is to predict from.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use gradflow::data::{Dialect, Idx, IdxError, RowReader, Schema, sniff_stream};
use gradflow::{Model, Prediction};

use super::pictures;

/// How samples without answers are read.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Reading {
    /// What the bytes of an IDX file are divided by, as in the training: 255 for MNIST.
    #[arg(long)]
    maximum: Option<f32>,
}

/// A model reads pixels that are divided already, and does not know by what.
pub(super) const UNSAID: &str = "a model does not say what the pixels of its training were divided by: give the `maximum` of its experiment, --maximum 255 for MNIST";

/// Rows that are predicted at a time.
const ROWS: usize = 4096;

/// Predicts from a file of any kind, or from the standard input, and hands on what comes out.
pub(crate) fn predict<'m>(
    model: &'m Model<f32>,
    path: &Path,
    reading: &Reading,
    mut each: impl FnMut(&[Prediction<'m, f32>]) -> Result<()>,
) -> Result<()> {
    let bytes = bytes(path)?;
    let name = || match path == Path::new("-") {
        true => "standard input".to_owned(),
        false => path.display().to_string(),
    };
    let idx = as_idx(&bytes);
    if reading.maximum.is_some() && idx.is_none() {
        bail!("{}: --maximum is for IDX files alone", name());
    }
    if pictures::is_picture(&bytes) {
        let picture = picture(model, &bytes).with_context(name)?;
        return each(&model.predict_rows(&picture, picture.len())?);
    }
    if let Some(idx) = idx {
        let (pixels, columns) = pixels(model, idx, reading).with_context(name)?;
        for rows in pixels.chunks(columns.saturating_mul(ROWS)) {
            each(&model.predict_rows(rows, columns)?)?;
        }
        return Ok(());
    }
    table(model, &bytes, &mut each).with_context(name)
}

fn bytes(path: &Path) -> Result<Vec<u8>> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    std::fs::read(path).with_context(|| format!("`{}` cannot be read", path.display()))
}

/// What an IDX file holds; nothing if it is none, or a packed one that cannot be read.
fn as_idx(bytes: &[u8]) -> Option<Result<Idx, IdxError>> {
    if bytes.starts_with(&[0, 0, 8]) {
        return Some(Idx::read(bytes));
    }
    let packed = bytes.starts_with(&[0x1f, 0x8b, 8]);
    packed.then(|| Idx::read(bytes)).filter(Result::is_ok)
}

fn picture(model: &Model<f32>, bytes: &[u8]) -> Result<Vec<f32>> {
    let [depth, v, h] = model.network().input().dims();
    let picture = pictures::read(bytes, depth)?;
    if picture.dims != [depth, v, h] {
        let [d, pv, ph] = picture.dims;
        bail!(
            "a picture of {ph} x {pv} with {d} channels for a network that reads {h} x {v} with {depth}: scale it before"
        );
    }
    Ok(picture.values)
}

/// The pixels of all pictures, and how many each has.
fn pixels(
    model: &Model<f32>,
    idx: Result<Idx, IdxError>,
    reading: &Reading,
) -> Result<(Vec<f32>, usize)> {
    let maximum = reading.maximum.context(UNSAID)?;
    if !(maximum.is_finite() && maximum > 0.0) {
        bail!("--maximum {maximum}: pixels are divided by a number above 0");
    }
    let idx = idx?;
    let columns = idx.dims().iter().skip(1).product::<usize>();
    let own = model.network().input().len();
    let expected = model.schema().map_or(own, Schema::inputs);
    if columns != expected {
        bail!("pictures of {columns} values for a model that reads {expected}");
    }
    let pixels = idx.as_slice().iter();
    let pixels = pixels.map(|x| f32::from(*x) / maximum).collect();
    Ok((pixels, columns))
}

fn table<'m>(
    model: &'m Model<f32>,
    bytes: &[u8],
    each: &mut impl FnMut(&[Prediction<'m, f32>]) -> Result<()>,
) -> Result<()> {
    let made;
    let schema = match model.schema() {
        Some(schema) => schema,
        // Of a model without a schema rows are what the network reads.
        None => {
            made = Schema::of_values(model.network().input().len(), 1)?;
            &made
        }
    };
    let dialect = Dialect {
        // The reader looks for the names of the model's columns.
        header: None,
        ..sniff_stream(|| bytes)?.dialect
    };
    let mut reader = RowReader::new(bytes, &dialect, schema)?;
    loop {
        let rows = reader.rows::<f32>(ROWS)?;
        if rows.is_empty() {
            return Ok(());
        }
        each(&model.predict_rows(&rows, schema.inputs())?)?;
    }
}
