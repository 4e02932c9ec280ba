//! A CSV file as a table: columns by name or number, fields as text or numbers, places for messages.

mod find;

use std::collections::VecDeque;

use gradflow_real::Real;

use super::column::{Column, Place, RowAt};
use super::dialect::Dialect;
use super::error::CsvError;
#[cfg(feature = "parquet")]
use super::parquet::ParquetRows;
use super::rows::{Row, Rows};
use super::summary::Summary;
use super::text::Text;
use crate::excerpt::excerpt;
use crate::field::{Field, has_thousands};
use crate::schema::MOST_NAMES;
use crate::source::Source;

/// Where rows come from.
enum Origin<'a> {
    Text(Rows<'a>),
    #[cfg(feature = "parquet")]
    Parquet(ParquetRows),
}

impl Origin<'_> {
    fn next(&mut self, row: &mut Row) -> Result<bool, CsvError> {
        match self {
            Self::Text(rows) => rows.next(row),
            #[cfg(feature = "parquet")]
            Self::Parquet(rows) => rows.next(row),
        }
    }
}

/// Walks through the rows; all of them have as many fields as the first one.
pub(super) struct Table<'a> {
    rows: Origin<'a>,
    header: Option<Row>,
    width: usize,
    row: Row,
    /// Rows that have been read and not been handed out.
    ahead: VecDeque<Row>,
    /// A header that looks like a sample is refused.
    doubt: bool,
    decimal_comma: bool,
    /// What the first line says of the rows, in place of a header.
    summary: Option<Summary>,
    /// Rows handed out so far.
    seen: usize,
}

impl<'a> Table<'a> {
    pub(super) fn new(source: Source<'a>, dialect: &Dialect) -> Result<Self, CsvError> {
        #[cfg(feature = "parquet")]
        if is_typed(&source) {
            return Self::typed(source);
        }
        let mut rows = Rows::new(Text::new(source)?, dialect)?;
        let mut row = Row::default();
        if !rows.next(&mut row)? {
            return Err(CsvError::Empty { header: false });
        }
        let mut table = Self::of(Origin::Text(rows), row.len());
        table.doubt = dialect.header.is_none();
        table.decimal_comma = dialect.decimal_comma;
        match dialect.header {
            Some(false) => table.ahead.push_back(row),
            Some(true) => table.header = Some(row),
            None => table.begin(row)?,
        }
        Ok(table)
    }

    /// A Parquet table: its columns have names, and its numbers points, whatever is said of texts.
    #[cfg(feature = "parquet")]
    fn typed(source: Source<'a>) -> Result<Self, CsvError> {
        let (rows, header) = ParquetRows::new(source)?;
        let mut table = Self::of(Origin::Parquet(rows), header.len());
        table.header = Some(header);
        Ok(table)
    }

    fn of(rows: Origin<'a>, width: usize) -> Self {
        Self {
            rows,
            width,
            header: None,
            row: Row::default(),
            ahead: VecDeque::new(),
            doubt: false,
            decimal_comma: false,
            summary: None,
            seen: 0,
        }
    }

    /// Whether columns have names and types of their own.
    pub(super) fn is_typed(&self) -> bool {
        !matches!(self.rows, Origin::Text(_))
    }

    /// The first row is a header, or a line of scikit-learn's that says what comes.
    fn begin(&mut self, row: Row) -> Result<(), CsvError> {
        if let Some(summary) = Summary::of(&row) {
            let mut second = Row::default();
            if self.rows.next(&mut second)? {
                let width = second.len();
                self.ahead.push_back(second);
                if summary.describes(width) {
                    (self.width, self.summary) = (width, Some(summary));
                    return Ok(());
                }
            }
        }
        self.header = Some(row);
        Ok(())
    }

    /// The fields of the header, if there is one.
    pub(super) fn header(&self) -> Option<&Row> {
        self.header.as_ref()
    }

    /// The line on which the header or the first row starts, before it is handed out.
    pub(super) fn first_line(&self) -> usize {
        let first = self.header.as_ref().or(self.ahead.front());
        first.map_or(1, |row| row.line)
    }

    /// The header is the first sample, and columns have numbers only.
    pub(super) fn header_is_sample(&mut self) {
        if let Some(row) = self.header.take() {
            self.ahead.push_front(row);
        }
    }

    /// What the first line says of the rows, in place of a header.
    pub(super) fn summary(&self) -> Option<&Summary> {
        self.summary.as_ref()
    }

    /// Bytes of the text read so far, or of that which a table stands for.
    pub(super) fn offset(&self) -> u64 {
        match &self.rows {
            Origin::Text(rows) => rows.offset(),
            #[cfg(feature = "parquet")]
            Origin::Parquet(rows) => rows.offset(),
        }
    }

    /// Number of columns.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Goes to the next row; false after the last one.
    pub(super) fn next_row(&mut self) -> Result<bool, CsvError> {
        if let Some(row) = self.ahead.pop_front() {
            self.row = row;
        } else {
            let more = self.rows.next(&mut self.row);
            if !more.map_err(|error| self.named(error))? {
                return match self.summary.as_ref().filter(|it| it.rows != self.seen) {
                    None => Ok(false),
                    Some(Summary { rows, .. }) => Err(CsvError::RowCount {
                        said: *rows,
                        found: self.seen,
                    }),
                };
            }
        }
        if self.row.len() != self.width {
            return Err(CsvError::Ragged {
                line: self.row.line,
                expected: self.width,
                found: self.row.len(),
            });
        }
        self.seen += 1;
        Ok(true)
    }

    /// Rows handed out so far.
    pub(super) fn seen(&self) -> usize {
        self.seen
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
        match self.value(column)? {
            Some(number) => Ok(number),
            None if self.text(column)?.is_empty() => Err(CsvError::EmptyField {
                place: self.place(column),
            }),
            None => Err(self.not_a_number(column)?),
        }
    }

    /// A field of this row as a finite number; nothing, if it is missing.
    pub(super) fn value<T: Real>(&self, column: usize) -> Result<Option<T>, CsvError> {
        let text = self.text(column)?.trim();
        match self.parse(text) {
            Field::Number(number) => Ok(Some(number)),
            Field::Missing => Ok(None),
            Field::Infinite => Err(CsvError::NonFiniteField {
                place: self.place(column),
                text: excerpt(text),
                scalar: T::NAME,
            }),
            Field::Text => Err(self.not_a_number(column)?),
        }
    }

    /// What a field of this row says, read as a number.
    pub(super) fn field<T: Real>(&self, column: usize) -> Result<Field<T>, CsvError> {
        Ok(self.parse(self.text(column)?.trim()))
    }

    /// What a text says in this table, read as a number.
    pub(super) fn parse<T: Real>(&self, text: &str) -> Field<T> {
        Field::of(text, self.decimal_comma)
    }

    /// Whether a text is a number of this table with separators of thousands.
    pub(super) fn has_thousands(&self, text: &str) -> bool {
        has_thousands(text, self.decimal_comma)
    }

    /// A field of this row is no number.
    fn not_a_number(&self, column: usize) -> Result<CsvError, CsvError> {
        Ok(CsvError::NotANumber {
            place: self.place(column),
            text: excerpt(self.text(column)?.trim()),
            decimal_comma: self.decimal_comma,
        })
    }

    /// Where a field of this row stands in the file.
    pub(super) fn place(&self, column: usize) -> Place {
        self.place_in(self.line(), column)
    }

    /// Where a field of another row stands in the file.
    pub(super) fn place_in(&self, line: usize, column: usize) -> Place {
        Place {
            row: self.at(line),
            column: self.column(column),
        }
    }

    /// Where the row of this line stands in the file.
    pub(super) fn at(&self, line: usize) -> RowAt {
        match self.is_typed() {
            true => RowAt::Row(line),
            false => RowAt::Line(line),
        }
    }

    /// The line on which this row starts, or its number, counted from 1.
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
}

/// Whether a file has columns with names and types of their own.
#[cfg(feature = "parquet")]
pub(super) fn is_typed(source: &Source<'_>) -> bool {
    crate::Format::of(source.head()) == Some(crate::Format::Parquet)
}
