//! Columns of CSV files, and places in them.

use core::fmt;

/// A column of a CSV file: by the name in the header, or by number, counted from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// The name in the header.
    Name(String),
    /// The number, counted from 0.
    Number(usize),
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
            Self::Name(name) => write!(f, "`{name}`"),
            Self::Number(number) => write!(f, "{number} (counted from 0)"),
        }
    }
}

/// The columns that a CSV file has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Columns {
    /// Their names, from the header.
    Named(Vec<String>),
    /// Their number; there is no header.
    Numbered(usize),
}

impl Columns {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Named(names) => names.len(),
            Self::Numbered(n) => *n,
        }
    }

    /// The name to show for a column, or its number.
    pub(crate) fn column(&self, number: usize) -> Column {
        match self {
            Self::Named(names) if number < names.len() => Column::Name(names[number].clone()),
            _ => Column::Number(number),
        }
    }
}

impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(names) => write!(f, "`{}`", names.join("`, `")),
            Self::Numbered(n) => write!(f, "0 to {} (there is no header)", n.saturating_sub(1)),
        }
    }
}

/// A field of a CSV file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The line on which its row starts, counted from 1.
    pub line: usize,
    /// Its column: the name, if there is a header.
    pub column: Column,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}
