//! The rows of a CSV file, with their places.

use csv::{ByteRecord, Reader, ReaderBuilder, Trim};
use gradflow_kernels::Real;

use crate::{Column, Columns, DataError, Place};

/// Walks through the rows; all of them have as many fields as the first one.
pub(crate) struct Table<'a> {
    text: &'a [u8],
    reader: Reader<&'a [u8]>,
    columns: Columns,
    row: ByteRecord,
    /// `row` is the first one, read for its width, and has not been handed out.
    pending: bool,
}

impl<'a> Table<'a> {
    pub(crate) fn new(text: &'a [u8], delimiter: u8, header: bool) -> Result<Self, DataError> {
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .trim(Trim::All)
            .from_reader(text);
        let mut row = ByteRecord::new();
        if !read(&mut reader, &mut row)? {
            return Err(DataError::Empty);
        }
        let name = |field: &[u8]| String::from_utf8_lossy(field).into_owned();
        Ok(Self {
            text,
            columns: match header {
                true => Columns::Named(row.iter().map(name).collect()),
                false => Columns::Numbered(row.len()),
            },
            reader,
            row,
            pending: !header,
        })
    }

    /// The numbers of these columns.
    pub(crate) fn find(&self, columns: &[Column]) -> Result<Vec<usize>, DataError> {
        let mut found = Vec::with_capacity(columns.len());
        for column in columns {
            let repeated = || DataError::RepeatedColumn {
                column: column.clone(),
            };
            let number = match (column, &self.columns) {
                (Column::Number(number), _) => Some(*number).filter(|n| *n < self.columns.len()),
                (Column::Name(_), Columns::Numbered(_)) => None,
                (Column::Name(name), Columns::Named(names)) => {
                    let mut numbers = (0..names.len()).filter(|i| names[*i] == *name);
                    let number = numbers.next();
                    if numbers.next().is_some() {
                        return Err(repeated());
                    }
                    number
                }
            };
            let number = number.ok_or_else(|| DataError::UnknownColumn {
                column: column.clone(),
                columns: self.columns.clone(),
            })?;
            if found.contains(&number) {
                return Err(repeated());
            }
            found.push(number);
        }
        Ok(found)
    }

    /// Number of columns.
    pub(crate) fn width(&self) -> usize {
        self.columns.len()
    }

    /// Goes to the next row; false after the last one.
    pub(crate) fn next_row(&mut self) -> Result<bool, DataError> {
        if core::mem::take(&mut self.pending) {
            return Ok(true);
        }
        if !read(&mut self.reader, &mut self.row)? {
            return Ok(false);
        }
        if self.row.len() != self.width() {
            return Err(DataError::Ragged {
                line: self.line(),
                expected: self.width(),
                found: self.row.len(),
            });
        }
        Ok(true)
    }

    /// A field of this row.
    pub(crate) fn text(&self, column: usize) -> Result<&str, DataError> {
        // Every row has the width of the table, and `column` comes from `find` or from that width.
        core::str::from_utf8(self.row.get(column).unwrap_or_default()).map_err(|_| {
            DataError::Encoding {
                place: self.place(column),
            }
        })
    }

    /// A field of this row as a finite number.
    pub(crate) fn number<T: Real>(&self, column: usize) -> Result<T, DataError> {
        let text = self.text(column)?;
        let number: f64 = text.parse().map_err(|_| DataError::NotANumber {
            place: self.place(column),
            text: excerpt(text),
        })?;
        let number = T::from_f64(number);
        if number.is_finite() {
            return Ok(number);
        }
        Err(DataError::NonFiniteField {
            place: self.place(column),
            text: excerpt(text),
            scalar: T::NAME,
        })
    }

    /// Where a field of this row stands in the file.
    pub(crate) fn place(&self, column: usize) -> Place {
        Place {
            line: self.line(),
            column: self.columns.column(column),
        }
    }

    /// The line on which this row starts, counted from 1. Only errors ask for it, so it is counted when asked: the
    /// parser's own count stands before the line ends and blank lines that it skips.
    fn line(&self) -> usize {
        let ends = |c: &u8| matches!(c, b'\r' | b'\n');
        let from = self.row.position().map_or(0, |p| p.byte() as usize);
        let skipped = self.text.iter().skip(from).take_while(|c| ends(c)).count();
        let before = &self.text[..(from + skipped).min(self.text.len())];
        let pairs = before.windows(2).filter(|pair| *pair == b"\r\n").count();
        1 + before.iter().filter(|c| ends(c)).count() - pairs
    }
}

fn read(reader: &mut Reader<&[u8]>, row: &mut ByteRecord) -> Result<bool, DataError> {
    reader
        .read_byte_record(row)
        .map_err(|error| DataError::Read {
            offset: reader.position().byte(),
            error: error.into(),
        })
}

/// The beginning of a field, for messages.
pub(crate) fn excerpt(text: &str) -> String {
    const LENGTH: usize = 40;
    match text.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
