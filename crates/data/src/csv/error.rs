//! What can be wrong with a CSV file.

use core::fmt;

use gradflow_tensor::ShapeError;
use thiserror::Error;

use super::column::{Column, Columns, Place};
use crate::{DatasetError, MemoryError, ReadError};

/// Why a CSV file was refused, and where; lines are counted from 1.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CsvError {
    /// The bytes were refused, whatever they mean.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// There is no row, or none but the header.
    #[error("no samples: the file has no row{}", if *header { " behind the header" } else { "" })]
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
        "line {line}: {numbers} of the {fields} names in the header are numbers: say `without_header()` if it is a sample, \
         `with_header()` if it is a header"
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
    #[error("column {column} is asked for twice: it is one target, or left out")]
    AskedTwice {
        /// The column asked for.
        column: Column,
    },
    /// Every column is a target, or none is.
    #[error("{columns} column{}, {targets} of them the target{}{}: there must be an input and a target", plural(*columns), plural(*targets), LeftOut(*left_out))]
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
    #[error("{place}: `{text}` is not a number{}", WhyNot(text))]
    NotANumber {
        /// Where.
        place: Place,
        /// The field, shortened if it is long.
        text: String,
    },
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
    /// A label is not among the classes that were announced.
    #[error("{place}: `{text}` is not one of the {} classes {}", classes.len(), List(classes))]
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

/// `: did you mean … ? The`, or `; the`
struct Meant<'a>(Option<&'a str>);

impl fmt::Display for Meant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(name) => write!(f, ": did you mean `{name}`? The columns are"),
            None => f.write_str("; the columns are"),
        }
    }
}

struct LeftOut(usize);

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            n => write!(f, " and {n} left out"),
        }
    }
}

fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

/// Whether a larger type would hold it.
struct Beyond<'a>(&'a str);

impl fmt::Display for Beyond<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.parse::<f64>() {
            Ok(x) if x.is_finite() => f.write_str("; read the file as f64, or scale the column"),
            _ if is_missing(self.0) => WhyNot(self.0).fmt(f),
            _ => Ok(()),
        }
    }
}

struct TooMany<'a> {
    expected: &'a usize,
    found: &'a usize,
}

impl fmt::Display for TooMany<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.found > self.expected {
            true => f.write_str("; a field that contains the delimiter stands in quotes"),
            false => f.write_str("; a field that is empty still has its delimiter"),
        }
    }
}

/// A single column whose name holds another separator.
struct Delimited<'a> {
    columns: &'a Columns,
}

impl fmt::Display for Delimited<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Columns::Named { first, total: 1 } = self.columns else {
            return Ok(());
        };
        let inside = |c: &char| first.iter().any(|name| name.contains(*c));
        match [';', '\t', ',', '|'].iter().find(|c| inside(c)) {
            Some(c) => write!(
                f,
                ": are fields separated by {c:?}? Say `delimiter(b{c:?})`"
            ),
            None => Ok(()),
        }
    }
}

/// Marks and notations of numbers that are known.
struct WhyNot<'a>(&'a str);

impl fmt::Display for WhyNot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(text) = self;
        if is_missing(text) {
            f.write_str("; it marks a missing value: fill it in or leave the row out")
        } else if text.contains(',') && text.replace(',', ".").parse::<f64>().is_ok() {
            f.write_str("; the decimal sign is a point")
        } else {
            f.write_str("; a column that is no input is left out by `without`")
        }
    }
}

struct Mark<'a>(&'a str);

impl fmt::Display for Mark<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            "" => f.write_str("empty"),
            mark => write!(f, "`{mark}`"),
        }
    }
}

struct Others(bool);

impl fmt::Display for Others {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { ", but others are" } else { "" })
    }
}

/// The first names of a list.
struct List<'a>(&'a [String]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.0.iter().take(Columns::SHOWN);
        let first: Vec<String> = first.map(|name| crate::excerpt::excerpt(name)).collect();
        let more = if first.len() < self.0.len() {
            ", …"
        } else {
            ""
        };
        write!(f, "`{}`{more}", first.join("`, `"))
    }
}

/// Whether a field is a mark for what is missing.
pub(super) fn is_missing(text: &str) -> bool {
    ["", "?", "na", "n/a", "#n/a", "<na>", "nan", "-nan", "null"]
        .iter()
        .any(|mark| text.eq_ignore_ascii_case(mark))
}
