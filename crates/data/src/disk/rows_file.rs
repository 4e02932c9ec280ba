//! Files of binary rows.
//!
//! All numbers are little-endian.
//!
//! ```text
//! bytes 0-7    89 47 46 44 41 54 41 0A, "\x89GFDATA\n"
//! bytes 8-11   version, 1
//! bytes 12-15  bytes of a number: 4 for f32, 8 for f64
//! bytes 16-23  rows
//! bytes 24-31  inputs of a row
//! bytes 32-39  targets of a row: 1 for a class
//! bytes 40-47  bytes of the header behind the rows
//! bytes 48-63  0
//! from 64 on   rows: inputs, then targets
//! behind them  the header, a text in RON: schema, categories, missing, unseen
//! ```

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use gradflow_real::Real;
use serde::{Deserialize, Serialize};

use super::rows::Bytes;
use super::store::Store;
use super::{DiskDataset, DiskError};
use crate::element::{Element, Kind};
use crate::memory::filled;
use crate::raw_table::How;
use crate::{Missing, Outputs, Schema};

const MAGIC: [u8; 8] = *b"\x89GFDATA\n";
const VERSION: u32 = 1;
/// Bytes before the rows.
const START: usize = 64;
/// Most bytes of the header.
const MOST: u64 = 1 << 24;

/// What is known of the rows.
pub(crate) struct Header {
    pub(crate) schema: Schema,
    pub(crate) how: How,
}

/// The header as it is written.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Header", deny_unknown_fields)]
struct Text {
    schema: Schema,
    /// The input, counted from 0, and its values.
    #[serde(default)]
    categories: Vec<(usize, Vec<String>)>,
    #[serde(default)]
    missing: Missing,
    #[serde(default)]
    unseen: bool,
}

impl<T: Real> DiskDataset<T> {
    /// Rows of a table that was converted by [`Csv::convert`](crate::Csv::convert). Where it has categories or gaps, the training part is to be
    /// [`encoded`](Self::encoded) and the others made [like](Self::like) it, as a [`RawTable`](crate::RawTable).
    ///
    /// # Errors
    /// [`DiskError`] says what is wrong with the file.
    pub fn open_rows(path: impl AsRef<Path>) -> Result<Self, DiskError> {
        let path = path.as_ref();
        let of = |message: String| DiskError::header(path, message);
        let bytes = Bytes::open(path)?;
        let mut start = [0; START];
        if bytes.len < START as u64 {
            return Err(of(format!(
                "is no file of rows: it has {} bytes",
                bytes.len
            )));
        }
        bytes.read(0, &mut start)?;
        let [rows, inputs, targets, len] = fields(&start).map_err(of)?;
        if len > MOST {
            return Err(of(format!(
                "the header takes {len} bytes; at most {MOST} are read"
            )));
        }
        let size =
            |n: u64| usize::try_from(n).map_err(|_| of(format!("{n} is too large a number")));
        let (rows, inputs, targets) = (size(rows)?, size(inputs)?, size(targets)?);
        let width = inputs
            .checked_add(targets)
            .filter(|_| inputs > 0 && targets > 0);
        let width = width.ok_or_else(|| of("a row has inputs and targets".into()))?;
        let kind = if start[12] == 4 { Kind::F32 } else { Kind::F64 };
        let (behind, element) = (len, Element::little(kind));
        let at = bytes.len.saturating_sub(len);
        let table = bytes
            .clone()
            .rows(START as u64, rows, width, element, behind)?;
        let mut text = filled(len as usize, 0)?;
        bytes.read(at, &mut text)?;
        let header = Header::read(&text, inputs, targets).map_err(of)?;
        let store = Store {
            inputs: table,
            columns: inputs,
            maximum: 1.0,
            targets: None,
            how: header.how,
        };
        let shape = gradflow_tensor::Shape::vector(inputs)?;
        Self::new(store, shape, header.schema)
    }
}

/// The counts in the first bytes.
fn fields(start: &[u8; START]) -> Result<[u64; 4], String> {
    let (words, _) = start.as_chunks::<8>();
    if words[0] != MAGIC {
        return Err("is no file of rows: `gradflow convert` makes one of a table".into());
    }
    let (version, number) = (u64::from_le_bytes(words[1]) as u32, start[12]);
    if version != VERSION {
        return Err(format!(
            "is a file of rows of version {version}; {VERSION} is read"
        ));
    }
    if !matches!(number, 4 | 8) || start[13..16] != [0; 3] || start[48..] != [0; 16] {
        return Err(
            "the first 64 bytes are none of a file of rows: convert the table again".into(),
        );
    }
    Ok([2, 3, 4, 5].map(|word| u64::from_le_bytes(words[word])))
}

impl Header {
    fn read(text: &[u8], inputs: usize, targets: usize) -> Result<Self, String> {
        let text = core::str::from_utf8(text).map_err(|_| "the header is no text".to_owned())?;
        let read = ron::from_str::<Text>(text);
        let text = read.map_err(|error| format!("the header cannot be read: {error}"))?;
        let (size, done) = match text.schema.outputs() {
            Outputs::Classes { .. } => (1, false),
            Outputs::Values { size, steps, .. } => (*size, !steps.is_empty()),
        };
        let own = (text.schema.inputs(), size);
        if own != (inputs, targets) {
            return Err(format!(
                "rows of {inputs} inputs and {targets} targets, but the header is for {} and {}",
                own.0, own.1
            ));
        }
        if done || !text.schema.steps().is_empty() {
            return Err(
                "the header says that something was done to the rows, which are raw".into(),
            );
        }
        let mut numbers = text.categories.iter().map(|(column, _)| *column);
        let sorted = numbers.clone().is_sorted_by(|a, b| a < b);
        if !sorted || numbers.next_back().is_some_and(|last| last >= inputs) {
            return Err("the header names an input twice, or one that there is not".into());
        }
        Ok(Self {
            schema: text.schema,
            how: How::of(
                text.categories.into_iter().collect(),
                text.missing,
                text.unseen,
            ),
        })
    }

    fn text(&self) -> Result<String, String> {
        let mut categories: Vec<_> = self.how.categories.clone().into_iter().collect();
        categories.sort_unstable();
        let text = Text {
            schema: self.schema.clone(),
            categories,
            missing: self.how.missing,
            unseen: self.how.unseen,
        };
        let text = ron::to_string(&text).map_err(|error| error.to_string())?;
        match text.len() as u64 <= MOST {
            true => Ok(text),
            false => Err(format!("names and categories take more than {MOST} bytes")),
        }
    }
}

/// Who writes such a file: rows first, what is known of them at last.
pub(crate) struct Writer<T> {
    /// Where the file is to be.
    path: PathBuf,
    /// Where it is until it is whole; nothing when it has been moved.
    part: Option<PathBuf>,
    file: File,
    bytes: Vec<u8>,
    rows: u64,
    inputs: usize,
    targets: usize,
    of: core::marker::PhantomData<T>,
}

impl<T: Real> Writer<T> {
    pub(crate) fn create(path: &Path) -> Result<Self, DiskError> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let part = path.with_file_name(name);
        let mut options = OpenOptions::new();
        let file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&part);
        let mut file = file.map_err(|error| failed(&part, error))?;
        file.write_all(&[0; START])
            .map_err(|error| failed(&part, error))?;
        Ok(Self {
            path: path.to_owned(),
            part: Some(part),
            file,
            bytes: Vec::new(),
            rows: 0,
            inputs: 0,
            targets: 0,
            of: core::marker::PhantomData,
        })
    }

    /// Appends rows of so many inputs and targets.
    pub(crate) fn write(
        &mut self,
        rows: &[T],
        inputs: usize,
        targets: usize,
    ) -> Result<(), DiskError> {
        if rows.is_empty() {
            return Ok(());
        }
        (self.inputs, self.targets) = (inputs, targets);
        self.rows += (rows.len() / (inputs + targets)) as u64;
        self.encode(rows);
        self.file
            .write_all(&self.bytes)
            .map_err(|error| failed(&self.path, error))
    }

    fn encode(&mut self, rows: &[T]) {
        self.bytes.clear();
        for x in rows {
            let x = x.to_f64();
            match size_of::<T>() {
                4 => self.bytes.extend((x as f32).to_le_bytes()),
                _ => self.bytes.extend(x.to_le_bytes()),
            }
        }
    }

    /// Changes all rows, some at a time; told how long a row is.
    pub(crate) fn rewrite(
        &mut self,
        mut change: impl FnMut(&mut [T], usize),
    ) -> Result<(), DiskError> {
        /// Numbers at a time, about.
        const BLOCK: usize = 1 << 16;
        let width = self.inputs + self.targets;
        let step = (BLOCK / width.max(1)).max(1) as u64;
        let element = Self::element();
        let (mut at, mut row) = (START as u64, 0);
        while row < self.rows {
            let count = step.min(self.rows - row) as usize * width;
            let mut rows = filled(count, T::ZERO)?;
            self.bytes.clear();
            self.bytes.resize(count * size_of::<T>(), 0);
            let of = |error: io::Error| failed(&self.path, error);
            self.file.seek(SeekFrom::Start(at)).map_err(of)?;
            self.file.read_exact(&mut self.bytes).map_err(of)?;
            element.decode(&self.bytes, 1.0, &mut rows);
            change(&mut rows, width);
            self.encode(&rows);
            let of = |error: io::Error| failed(&self.path, error);
            self.file.seek(SeekFrom::Start(at)).map_err(of)?;
            self.file.write_all(&self.bytes).map_err(of)?;
            at += self.bytes.len() as u64;
            row += step;
        }
        Ok(())
    }

    /// Writes the header and the first bytes, and moves the file to its place. How many rows there are.
    pub(crate) fn finish(mut self, header: &Header) -> Result<usize, DiskError> {
        let text = header.text();
        let text = text.map_err(|message| DiskError::header(&self.path, message))?;
        let mut start = [0; START];
        start[..8].copy_from_slice(&MAGIC);
        start[8..12].copy_from_slice(&VERSION.to_le_bytes());
        start[12] = size_of::<T>() as u8;
        let counts = [
            self.rows,
            self.inputs as u64,
            self.targets as u64,
            text.len() as u64,
        ];
        for (word, count) in start[16..48].chunks_exact_mut(8).zip(counts) {
            word.copy_from_slice(&count.to_le_bytes());
        }
        let written = (|| {
            self.file.seek(SeekFrom::End(0))?;
            self.file.write_all(text.as_bytes())?;
            self.file.seek(SeekFrom::Start(0))?;
            self.file.write_all(&start)?;
            self.file.sync_all()?;
            match &self.part {
                Some(part) => std::fs::rename(part, &self.path),
                None => Ok(()),
            }
        })();
        written.map_err(|error: io::Error| failed(&self.path, error))?;
        self.part = None;
        Ok(usize::try_from(self.rows).unwrap_or(usize::MAX))
    }

    fn element() -> Element {
        Element::little(if size_of::<T>() == 4 {
            Kind::F32
        } else {
            Kind::F64
        })
    }
}

impl<T> Drop for Writer<T> {
    fn drop(&mut self) {
        if let Some(part) = &self.part {
            // It is of no use, and nothing can be done if it stays.
            let _ = std::fs::remove_file(part);
        }
    }
}

fn failed(path: &Path, error: io::Error) -> DiskError {
    DiskError::Write {
        path: path.into(),
        error: error.into(),
    }
}
