//! What a model is to predict from.

use std::io::Read;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use gradflow::data::{
    Channels, CsvError, Dialect, Idx, IdxError, MAX_BYTES, Pictures, RowReader, Schema,
    open_stream, sniff_dialect,
};
use gradflow::{Model, Prediction};

use super::arrays;
use crate::failure::note;

/// How samples without answers are read.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Reading {
    /// What the bytes of an IDX file, or the numbers of an array, are divided by, as in the training: 255 for MNIST.
    #[arg(long)]
    maximum: Option<f32>,
}

/// A model reads pixels that are divided already, and does not know by what.
pub(super) const UNSAID: &str = "a model does not say what the pixels of its training were divided by: give the `maximum` of its experiment, --maximum 255 for MNIST";

/// Rows that are predicted at a time.
const ROWS: usize = 4096;

/// Some predictions, made when they are asked for.
pub(crate) type Predicted<'m, 'a> = &'a dyn Fn() -> Result<Vec<Prediction<'m, f32>>>;

/// Reads a file of any kind, or the standard input, and hands on what predicts from some rows at a time.
pub(crate) fn predict<'m>(
    model: &'m Model<f32>,
    path: &Path,
    reading: &Reading,
    mut each: impl FnMut(Predicted<'m, '_>) -> Result<()>,
) -> Result<()> {
    let name = || match path == Path::new("-") {
        true => "standard input".to_owned(),
        false => path.display().to_string(),
    };
    let mut rest = open(path)?;
    let mut bytes = Vec::new();
    let read = (&mut rest).take(BEGINNING).read_to_end(&mut bytes);
    read.with_context(name)?;
    let is_table = is_table(&bytes);
    if !is_table {
        let read = (&mut rest).take(MAX_BYTES).read_to_end(&mut bytes);
        read.with_context(name)?;
        if bytes.len() as u64 > MAX_BYTES {
            bail!(
                "{}: more than {MAX_BYTES} bytes are too many for one file: cut it into pieces",
                name()
            );
        }
    }
    let idx = as_idx(&bytes);
    let are_arrays = arrays::are_arrays(&bytes);
    if reading.maximum.is_some() && idx.is_none() && !are_arrays {
        bail!("{}: --maximum is for IDX files and arrays alone", name());
    }
    if is_picture(&bytes) {
        return each(&|| {
            let picture = picture(model, &bytes, &name).with_context(name)?;
            Ok(model.predict_rows(&picture, picture.len())?)
        });
    }
    let rows = match idx {
        Some(idx) => Some(pixels(model, idx, reading).with_context(name)?),
        None if are_arrays => Some(numbers(model, &bytes, reading).with_context(name)?),
        None => None,
    };
    if let Some((pixels, columns)) = rows {
        for rows in pixels.chunks(columns.saturating_mul(ROWS)) {
            each(&|| Ok(model.predict_rows(rows, columns)?))?;
        }
        return Ok(());
    }
    table(model, (&bytes, rest), &mut each).with_context(name)
}

/// So much of a file tells what it is; of a table, even a packed one in UTF-16, it is enough to see how it is written down.
const BEGINNING: u64 = 1 << 20;

/// Opens a file, a pipe, or the standard input.
fn open(path: &Path) -> Result<Box<dyn Read>> {
    if path == Path::new("-") {
        return Ok(Box::new(std::io::stdin().lock()));
    }
    let opened = open_stream(path);
    let opened = opened.with_context(|| format!("`{}` cannot be read", path.display()))?;
    Ok(Box::new(opened))
}

/// Whether a file that begins like this can only be a table: it is read row by row, and need not fit in memory.
fn is_table(bytes: &[u8]) -> bool {
    let packed = bytes.starts_with(&[0x1f, 0x8b]);
    let idx = bytes.starts_with(&[0, 0, 8]);
    !(packed || idx || is_picture(bytes) || arrays::are_arrays(bytes))
}

/// What an IDX file holds; nothing if it is none, or a packed one that cannot be read.
fn as_idx(bytes: &[u8]) -> Option<Result<Idx, IdxError>> {
    if bytes.starts_with(&[0, 0, 8]) {
        return Some(Idx::read(bytes));
    }
    let packed = bytes.starts_with(&[0x1f, 0x8b, 8]);
    packed.then(|| Idx::read(bytes)).filter(Result::is_ok)
}

/// Whether a file begins like a picture that is known.
fn is_picture(bytes: &[u8]) -> bool {
    let begins: [&[u8]; 4] = [b"\x89PNG", b"\xff\xd8\xff", b"P5", b"P2"];
    begins.iter().any(|begin| bytes.starts_with(begin))
}

/// A picture with the channels and the size that the network reads.
fn picture(model: &Model<f32>, bytes: &[u8], name: &impl Fn() -> String) -> Result<Vec<f32>> {
    let [depth, v, h] = model.network().input().dims();
    let pictures = match depth {
        1 => Pictures::new().channels(Channels::Grey),
        3 => Pictures::new().channels(Channels::Colour),
        _ => bail!(
            "a picture for a network that reads {depth} channels: a picture has 1 or 3 of them"
        ),
    };
    let picture = pictures.read(bytes)?;
    let [_, pv, ph] = picture.dims;
    if (pv, ph) == (v, h) {
        return Ok(picture.values);
    }
    note(&format!(
        "{}: a picture of {ph} x {pv} is resized to {h} x {v}, which the network reads",
        name()
    ));
    Ok(pictures.resized(v, h).read(bytes)?.values)
}

/// All numbers of an array, and how many each sample has.
fn numbers(model: &Model<f32>, bytes: &[u8], reading: &Reading) -> Result<(Vec<f32>, usize)> {
    let array = arrays::inputs(bytes)?;
    let columns = checked(model, array.dims(), "samples")?;
    let maximum = f64::from(reading.maximum.unwrap_or(1.0));
    Ok((array.numbers(maximum)?, columns))
}

/// Values of a sample, as many as the model reads.
fn checked(model: &Model<f32>, dims: &[usize], what: &str) -> Result<usize> {
    let columns = dims.iter().skip(1).product::<usize>();
    let own = model.network().input().len();
    let expected = model.schema().map_or(own, Schema::inputs);
    match columns == expected {
        true => Ok(columns),
        false => bail!("{what} of {columns} values for a model that reads {expected}"),
    }
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
    let columns = checked(model, idx.dims(), "pictures")?;
    let pixels = idx.as_slice().iter();
    let pixels = pixels.map(|x| f32::from(*x) / maximum).collect();
    Ok((pixels, columns))
}

/// Predicts from the rows of a table, whose beginning has been read.
fn table<'m>(
    model: &'m Model<f32>,
    (beginning, rest): (&[u8], impl Read),
    each: &mut impl FnMut(Predicted<'m, '_>) -> Result<()>,
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
        ..sniff_dialect(beginning)?
    };
    let mut reader = RowReader::new(beginning.chain(rest), &dialect, schema)?;
    let mut rows = reader.rows::<f32>(ROWS)?;
    if rows.is_empty() {
        return Err(CsvError::Empty { header: true }.into());
    }
    while !rows.is_empty() {
        each(&|| Ok(model.predict_rows(&rows, schema.inputs())?))?;
        rows = reader.rows(ROWS)?;
    }
    Ok(())
}
