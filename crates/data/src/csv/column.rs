//! Columns of CSV files, and places in them.

use core::fmt;

use crate::excerpt::excerpt;

/// A column of a CSV file: by the name in the header, or by number, counted from 0. The name `last` is the last column, unless one is
/// called so.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(untagged)
)]
pub enum Column {
    /// The name in the header.
    Name(String),
    /// The number, counted from 0.
    Number(usize),
}

impl From<&Self> for Column {
    fn from(column: &Self) -> Self {
        column.clone()
    }
}

impl From<&String> for Column {
    fn from(name: &String) -> Self {
        Self::Name(name.clone())
    }
}

impl From<&str> for Column {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl From<String> for Column {
    fn from(name: String) -> Self {
        Self::Name(name)
    }
}

impl From<usize> for Column {
    fn from(number: usize) -> Self {
        Self::Number(number)
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "`{}`", excerpt(name)),
            Self::Number(number) => write!(f, "{number} (counted from 0)"),
        }
    }
}

/// The columns that a CSV file has, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Columns {
    /// There is a header.
    Named {
        /// The first names, shortened if they are long.
        first: Vec<String>,
        /// How many columns there are.
        total: usize,
    },
    /// Their number; there is no header.
    Numbered(usize),
}

impl Columns {
    /// So many names stand in a message.
    pub(crate) const SHOWN: usize = 12;

    /// Columns with these names.
    pub(crate) fn named<S: AsRef<str>>(names: &[S]) -> Self {
        let first = names.iter().take(Self::SHOWN);
        Self::Named {
            first: first.map(|name| excerpt(name.as_ref())).collect(),
            total: names.len(),
        }
    }
}

impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named { first, total } => {
                write!(f, "`{}`", first.join("`, `"))?;
                match total - first.len().min(*total) {
                    0 => Ok(()),
                    more => write!(f, " and {more} more"),
                }
            }
            Self::Numbered(n) => write!(f, "0 to {} (there is no header)", n.saturating_sub(1)),
        }
    }
}

/// Where a row stands in its file, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowAt {
    /// The line on which it starts, in a text.
    Line(usize),
    /// Its number, in a Parquet table, which has no lines.
    Row(usize),
}

impl fmt::Display for RowAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Row(row) => write!(f, "row {row}"),
        }
    }
}

/// A field of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its row.
    pub row: RowAt,
    /// Its column: the name, shortened if it is long, if there is a header.
    pub column: Column,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, column {}", self.row, self.column)
    }
}
