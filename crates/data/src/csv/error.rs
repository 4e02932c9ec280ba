//! What can be wrong with a CSV file.

use gradflow_tensor::ShapeError;
use thiserror::Error;

use super::column::{Column, Columns, Place, RowAt};
use super::words::{
    Beyond, Counts, Delimited, Gap, LeftOut, List, Mark, Meant, Others, TooMany, Twice, WhyNot,
};
use crate::excerpt::plural;
use crate::{DatasetError, FeatureError, MemoryError, MismatchError, ReadError, SharedError};

/// Why a CSV file was refused, and where; lines are counted from 1.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CsvError {
    /// The bytes were refused, whatever they mean.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// There is no row, or none but the header.
    #[error("no samples: the file has no row{}: is it the right one?", if *header { " below the header" } else { "" })]
    Empty {
        /// There is a header.
        header: bool,
    },
    /// Fields cannot be separated by this.
    #[error(
        "fields cannot be separated by {:?}: use another character, such as `,`, `;` or a tab",
        char::from(*delimiter)
    )]
    Delimiter {
        /// What was asked for.
        delimiter: u8,
    },
    /// A quote is opened and never closed.
    #[error("{place}: a quote opens here and is never closed: close it, or take it out")]
    UnclosedQuote {
        /// Where it opens; the line is that of the quote.
        place: Place,
    },
    /// A quoted field goes on behind its closing quote.
    #[error("{place}: text behind a closing quote; a quote within quotes is written twice")]
    AfterQuote {
        /// Where; the line is that of the closing quote.
        place: Place,
    },
    /// A row without an end in sight.
    #[error(
        "line {line}: the row that begins here has no end within {limit} bytes: close a quote that stands open, or take a file that is a table"
    )]
    LongRow {
        /// The line.
        line: usize,
        /// The most bytes of a row.
        limit: u64,
    },
    /// A row has more or fewer fields than the first one.
    #[error("line {line}: {found} field{}, but the first row has {expected}{}", plural(*found), TooMany { expected, found })]
    Ragged {
        /// The line.
        line: usize,
        /// Fields of the first row.
        expected: usize,
        /// Fields of this row.
        found: usize,
    },
    /// A file was read with a header, but its first row is a sample.
    #[error(
        "line {line}: {numbers} of the {fields} names in the header are numbers: say `without_header()` if it is a sample \
         (columns are then numbered from 0), `with_header()` if it is a header"
    )]
    HeaderOfNumbers {
        /// The line.
        line: usize,
        /// Names that are numbers.
        numbers: usize,
        /// All names.
        fields: usize,
    },
    /// The file has no such column.
    #[error("no column {column}{} {columns}{}", Meant(nearest.as_deref()), Delimited { columns })]
    UnknownColumn {
        /// The column asked for.
        column: Column,
        /// The one that was probably meant.
        nearest: Option<String>,
        /// The columns there are.
        columns: Columns,
    },
    /// Two columns have the name that was asked for.
    #[error("column {column} occurs twice in the header: rename one, or say which by its number")]
    RepeatedColumn {
        /// The column asked for.
        column: Column,
    },
    /// A column is asked for twice.
    #[error("column {column} {}", Twice(*targets))]
    AskedTwice {
        /// The column asked for.
        column: Column,
        /// How often it is asked for as a target: 2, 1 where it is also left out, or 0 where it is left out twice.
        targets: usize,
    },
    /// Something is said of a column that is no input.
    #[error(
        "column {column} is a target or left out, so that it is no input: say nothing more of it, or make it one"
    )]
    NoInput {
        /// The column.
        column: Column,
    },
    /// Every column is a target, or none is.
    #[error("of {columns} column{}, {targets} {}{}: there must be an input and a target", plural(*columns), if *targets == 1 { "is the target" } else { "are targets" }, LeftOut(*left_out))]
    NoColumns {
        /// Columns in the file.
        columns: usize,
        /// How many of them are targets.
        targets: usize,
        /// How many of them are left out.
        left_out: usize,
    },
    /// A field is not text in UTF-8.
    #[error("{place}: not UTF-8; save the file as UTF-8")]
    Encoding {
        /// Where.
        place: Place,
    },
    /// A field where a number should be is empty.
    #[error("{place}: empty, but a number was expected")]
    EmptyField {
        /// Where.
        place: Place,
    },
    /// A field is not a number.
    #[error("{place}: `{text}` is not a number{}", WhyNot(text, *decimal_comma))]
    NotANumber {
        /// Where.
        place: Place,
        /// The field, shortened if it is long.
        text: String,
        /// The decimal sign was said to be a comma.
        decimal_comma: bool,
    },
    /// The numbers of a column have separators of thousands.
    #[error(
        "{place}: `{text}` seems to have separators of thousands, which are not read: write its numbers without them, such as `1000` for `1,000`"
    )]
    Thousands {
        /// The first of them.
        place: Place,
        /// The field, shortened if it is long.
        text: String,
    },
    /// Inputs are missing, and nobody has said what is to be done.
    #[error(
        "{place}: {} (gaps: {}); say what becomes of them: `missing: Drop` in an experiment, `Csv::missing(Missing::Drop)` in Rust, leaves such \
         rows out; `Mean` or `Median` fills in numbers (a missing category becomes 0 in each of its columns); `Flag` also adds a column that \
         is 1 where a value is missing; or leave the column out by `without`",
        Gap(text),
        Counts { counts, rows: *rows }
    )]
    Missing {
        /// The first of them.
        place: Place,
        /// The field: empty, `?`, `NA` or the like.
        text: String,
        /// How many are missing of which columns; the first columns.
        counts: Vec<(Column, usize)>,
        /// Rows of the file.
        rows: usize,
    },
    /// Every row was dropped.
    #[error(
        "a value is missing in each of the {rows} rows: fill them in, or leave out the columns that have none"
    )]
    AllDropped {
        /// Rows of the file.
        rows: usize,
    },
    /// A column of text has numbers too.
    #[error(
        "{place}: `{text}` is not a number, but {numbers} of the {values} different values in this column are: mark missing values by an empty field, say `category` if all of them are names, or leave the column out by `without`"
    )]
    MixedColumn {
        /// The first field that is none.
        place: Place,
        /// The field, shortened if it is long.
        text: String,
        /// Different values that are numbers.
        numbers: usize,
        /// Different values.
        values: usize,
    },
    /// A column has too many different texts, or there are too many such columns.
    #[error(
        "column {column}: {} have more than {limit} {}; leave it out by `without` if it tells rows apart and says nothing of them",
        if *columns { "columns of text" } else { "texts" }, if *columns { "in one table" } else { "different values in one column" }
    )]
    TooManyCategories {
        /// The column.
        column: Column,
        /// There are too many columns of text, not too many values.
        columns: bool,
        /// The limit.
        limit: usize,
    },
    /// There are too many columns to be looked at one by one.
    #[error(
        "{columns} columns: of more than {limit}, say what they are instead of having the file looked at"
    )]
    TooWide {
        /// Columns of the file.
        columns: usize,
        /// The limit.
        limit: usize,
    },
    /// A comment cannot begin like this.
    #[error(
        "a comment begins with a blank, a quote or the delimiter, or with more than 64 bytes: use another mark, such as `#`"
    )]
    Comment,
    /// The first line says how many rows there are.
    #[error("the first line says {said} rows, but there are {found}: is the file whole?")]
    RowCount {
        /// Rows that the first line says.
        said: usize,
        /// Rows there are.
        found: usize,
    },
    /// Inputs and targets in two files do not have as many rows.
    #[error("{inputs} row{} of inputs, but {targets} of targets: the two files are read side by side, row by row", plural(*inputs))]
    Beside {
        /// Rows of the inputs.
        inputs: usize,
        /// Rows of the targets.
        targets: usize,
    },
    /// The file of the targets is wrong, where that is another one.
    #[error("in the file of the targets: {0}")]
    Targets(#[source] Box<CsvError>),
    /// A field of a row to be predicted.
    #[error("{row}, {error}")]
    Row {
        /// Which row.
        row: RowAt,
        /// What is wrong with the row.
        #[source]
        error: FeatureError,
    },
    /// A row to be predicted has other columns.
    #[error("{row}: {found} field{}; a row has {expected} inputs{}", plural(*found), match whole { Some(whole) => format!(", or {whole} fields where it is as in the table that the model has learnt from"), None => String::new() })]
    RowWidth {
        /// Which row.
        row: RowAt,
        /// Inputs.
        expected: usize,
        /// Fields of a row of the table that was learnt from.
        whole: Option<usize>,
        /// Fields.
        found: usize,
    },
    /// A Parquet table is damaged.
    #[error("the Parquet table cannot be read: {error}")]
    Parquet {
        /// What is wrong with it.
        #[source]
        error: SharedError,
    },
    /// A column of a Parquet table has more than one value in a row.
    #[error(
        "column {column} has lists or groups of values: make a column of each value, or leave it out when the table is written"
    )]
    Nested {
        /// The column.
        column: Column,
    },
    /// A column of a Parquet table is packed by something that is not read.
    #[error(
        "column {column} is packed by {codec}, which is not read: write the table with `compression=\"snappy\"`, `\"gzip\"` or none"
    )]
    Codec {
        /// The column.
        column: Column,
        /// By what it is packed.
        codec: String,
    },
    /// Columns do not fit what was learnt.
    #[error(transparent)]
    Mismatch(#[from] MismatchError),
    /// The columns cannot be made features.
    #[error(transparent)]
    Columns(#[from] FeatureError),
    /// A field is infinite, NaN, or too large for the scalar type.
    #[error("{place}: `{text}` is not a finite {scalar}{}", Beyond(text))]
    NonFiniteField {
        /// Where.
        place: Place,
        /// The field, shortened if it is long.
        text: String,
        /// The scalar type, `"f32"` or `"f64"`.
        scalar: &'static str,
    },
    /// A label is missing, or is a mark for what is missing.
    #[error(
        "{place}: the label is missing ({}); announce it by `classes` if it is a class, or leave the row out",
        Mark(text)
    )]
    MissingLabel {
        /// Where.
        place: Place,
        /// The field: empty, `?`, `NA` or the like.
        text: String,
    },
    /// Some labels are classes counted from 0, this one is not.
    #[error(
        "{place}: the label `{text}` is not a class counted from 0{}; say `labels_as_names()` if labels are names",
        Others(*others)
    )]
    MixedLabels {
        /// Where.
        place: Place,
        /// The field, shortened if it is long.
        text: String,
        /// There are labels that are classes counted from 0.
        others: bool,
    },
    /// Some labels are names of announced classes, this one is a number.
    #[error(
        "{place}: the label `{text}` is a number, but others are names of classes: write names in all rows, or numbers from 0 in all"
    )]
    NumberAmongNames {
        /// Where.
        place: Place,
        /// The field, shortened if it is long.
        text: String,
    },
    /// A label is not among the classes that were announced.
    #[error(
        "{place}: `{text}` is not one of the classes {}: correct it, or add it to `classes`",
        List(classes)
    )]
    UnknownClass {
        /// Where.
        place: Place,
        /// The field, shortened if it is long.
        text: String,
        /// The classes.
        classes: Vec<String>,
    },
    /// What was read is not a data set.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
}

impl CsvError {
    /// The same error, of the file of the targets.
    pub(super) fn in_targets(self) -> Self {
        Self::Targets(Box::new(self))
    }
}

impl From<MemoryError> for CsvError {
    fn from(error: MemoryError) -> Self {
        Self::Read(error.into())
    }
}

impl From<ShapeError> for CsvError {
    fn from(error: ShapeError) -> Self {
        Self::Dataset(error.into())
    }
}
