//! A CSV file as a table: columns by name or number, fields as text or numbers, places for messages.

use gradflow_real::Real;
use gradflow_tensor::names;

use super::column::{Column, Columns, Place};
use super::error::CsvError;
use super::rows::{Row, Rows};
use crate::excerpt::excerpt;
use crate::schema::MOST_NAMES;
use crate::source::Source;

/// Whether the first row is a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Header {
    /// It is one, unless it looks like a sample.
    Expected,
    /// It is one, whatever it looks like.
    Insisted,
    /// There is none.
    None,
}

/// Walks through the rows; all of them have as many fields as the first one.
pub(super) struct Table<'a> {
    rows: Rows<'a>,
    header: Option<Row>,
    width: usize,
    row: Row,
    /// `row` is the first one, read for its width, and has not been handed out.
    pending: bool,
    /// A header that looks like a sample is refused.
    doubt: bool,
}

impl<'a> Table<'a> {
    pub(super) fn new(source: Source<'a>, delimiter: u8, header: Header) -> Result<Self, CsvError> {
        let mut rows = Rows::new(source, delimiter)?;
        let mut row = Row::default();
        if !rows.next(&mut row)? {
            return Err(CsvError::Empty { header: false });
        }
        let width = row.len();
        let (header, doubt) = match header {
            Header::None => (None, false),
            Header::Expected => (Some(core::mem::take(&mut row)), true),
            Header::Insisted => (Some(core::mem::take(&mut row)), false),
        };
        Ok(Self {
            rows,
            width,
            row,
            pending: header.is_none(),
            header,
            doubt,
        })
    }

    /// The numbers of these columns, of which the first so many are targets.
    pub(super) fn find(&self, columns: &[Column], targets: usize) -> Result<Vec<usize>, CsvError> {
        let mut found = Vec::with_capacity(columns.len());
        let mut by_name = false;
        for column in columns {
            let number = match (column, &self.header) {
                (Column::Number(number), _) => Some(*number).filter(|n| *n < self.width),
                (Column::Name(_), None) => None,
                (Column::Name(name), Some(header)) => {
                    let same = |(_, field): &(usize, &[u8])| *field == name.as_bytes();
                    let mut numbers = header.iter().enumerate().filter(same).map(|(i, _)| i);
                    let number = numbers.next();
                    by_name |= number.is_some();
                    if numbers.next().is_some() {
                        let column = column.clone();
                        return Err(CsvError::RepeatedColumn { column });
                    }
                    number
                }
            };
            let Some(number) = number else {
                self.check_header(&[])?;
                return Err(CsvError::UnknownColumn {
                    column: column.clone(),
                    nearest: self.meant(column),
                    columns: self.columns(),
                });
            };
            if let Some(first) = found.iter().position(|n| *n == number) {
                let places = [first, found.len()];
                return Err(CsvError::AskedTwice {
                    column: column.clone(),
                    targets: places.iter().filter(|place| **place < targets).count(),
                });
            }
            found.push(number);
        }
        if !by_name {
            self.check_header(&found)?;
        }
        Ok(found)
    }

    /// Whether the header looks like a sample: all names but those of targets are numbers, or all but one.
    ///
    /// A file without a header would otherwise lose its first sample in silence.
    fn check_header(&self, targets: &[usize]) -> Result<(), CsvError> {
        let Some(header) = self.header.as_ref().filter(|_| self.doubt) else {
            return Ok(());
        };
        let is_number = |field: &[u8]| {
            core::str::from_utf8(field)
                .is_ok_and(|text| text.trim().parse::<f64>().is_ok_and(f64::is_finite))
        };
        let names = header.iter().filter(|field| !is_number(field)).count();
        let target_names = targets
            .iter()
            .filter(|t| !is_number(header.get(**t)))
            .count();
        let (numbers, fields) = (header.len() - names, header.len());
        if numbers > 0 && names <= target_names.max(1) {
            return Err(CsvError::HeaderOfNumbers {
                line: header.line,
                numbers,
                fields,
            });
        }
        Ok(())
    }

    /// Number of columns.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Goes to the next row; false after the last one.
    pub(super) fn next_row(&mut self) -> Result<bool, CsvError> {
        if core::mem::take(&mut self.pending) {
            return Ok(true);
        }
        let more = self.rows.next(&mut self.row);
        if !more.map_err(|error| self.named(error))? {
            return Ok(false);
        }
        if self.row.len() != self.width {
            return Err(CsvError::Ragged {
                line: self.row.line,
                expected: self.width,
                found: self.row.len(),
            });
        }
        Ok(true)
    }

    /// The same error with the name of the column that has only a number there.
    fn named(&self, mut error: CsvError) -> CsvError {
        if let CsvError::UnclosedQuote { place } | CsvError::AfterQuote { place } = &mut error
            && let Column::Number(number) = place.column
        {
            place.column = self.column(number);
        }
        error
    }

    /// A field of this row.
    pub(super) fn text(&self, column: usize) -> Result<&str, CsvError> {
        core::str::from_utf8(self.row.get(column)).map_err(|_| CsvError::Encoding {
            place: self.place(column),
        })
    }

    /// A field of this row as a finite number.
    pub(super) fn number<T: Real>(&self, column: usize) -> Result<T, CsvError> {
        let text = self.text(column)?.trim();
        match parse(text) {
            Some(number) if T::is_finite(number) => Ok(number),
            Some(_) => Err(CsvError::NonFiniteField {
                place: self.place(column),
                text: excerpt(text),
                scalar: T::NAME,
            }),
            None if text.is_empty() => Err(CsvError::EmptyField {
                place: self.place(column),
            }),
            None => Err(CsvError::NotANumber {
                place: self.place(column),
                text: excerpt(text),
            }),
        }
    }

    /// Where a field of this row stands in the file.
    pub(super) fn place(&self, column: usize) -> Place {
        self.place_in(self.line(), column)
    }

    /// Where a field of another row stands in the file.
    pub(super) fn place_in(&self, line: usize, column: usize) -> Place {
        Place {
            line,
            column: self.column(column),
        }
    }

    /// The line on which this row starts, counted from 1.
    pub(super) fn line(&self) -> usize {
        self.row.line
    }

    /// The name to show for a column, or its number.
    fn column(&self, number: usize) -> Column {
        match &self.header {
            Some(header) if number < header.len() => {
                Column::Name(excerpt(&String::from_utf8_lossy(header.get(number))))
            }
            _ => Column::Number(number),
        }
    }

    /// The names of these columns, if there is a header and they are not too many to be kept.
    pub(super) fn names(&self, columns: impl Iterator<Item = usize> + Clone) -> Vec<String> {
        match &self.header {
            Some(header) if columns.clone().count() <= MOST_NAMES => columns
                .map(|column| String::from_utf8_lossy(header.get(column)).into_owned())
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The name in the header that was probably meant.
    fn meant(&self, column: &Column) -> Option<String> {
        let (Column::Name(name), Some(header)) = (column, &self.header) else {
            return None;
        };
        // A single name may be a row with another delimiter.
        if header.len() == 1 {
            return None;
        }
        let known: Vec<_> = header.iter().map(String::from_utf8_lossy).collect();
        names::meant(name, known.iter().map(|name| &**name)).map(excerpt)
    }

    fn columns(&self) -> Columns {
        match &self.header {
            Some(header) => Columns::Named {
                first: (header.iter().take(Columns::SHOWN))
                    .map(|name| excerpt(&String::from_utf8_lossy(name)))
                    .collect(),
                total: header.len(),
            },
            None => Columns::Numbered(self.width),
        }
    }
}

/// The number nearest to the text in its own type: by way of `f64`, an `f32` would be rounded twice.
fn parse<T: Real>(text: &str) -> Option<T> {
    let number = match T::NAME {
        "f32" => f64::from(text.parse::<f32>().ok()?),
        _ => text.parse().ok()?,
    };
    Some(T::from_f64(number))
}
