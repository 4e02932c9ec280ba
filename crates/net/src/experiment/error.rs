//! What can be wrong with an experiment.

use std::path::PathBuf;

use thiserror::Error;

use crate::FileError;

/// Why an experiment cannot be read, or not be done.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExperimentError {
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The text is none of an experiment.
    #[error("{}line {line}, column {column}: {message}", file(path.as_ref()))]
    Text {
        /// The file, if it was read from one.
        path: Option<PathBuf>,
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1.
        column: usize,
        /// The line itself.
        quote: String,
        /// What is wrong, what is allowed, and what was probably meant.
        message: String,
    },
    /// The text says something that cannot be done.
    #[error("{}{}`{field}`{}: {error}", file(path.as_ref()), at(*line, *column), with(set))]
    Meaning {
        /// The file, if it was read from one.
        path: Option<PathBuf>,
        /// The line of the field, counted from 1; 0 for an experiment that was not read from a text, and for a field that was
        /// [set](crate::Experiment::set).
        line: usize,
        /// The column, counted from 1.
        column: usize,
        /// The line itself; empty where there is none.
        quote: String,
        /// Which field, such as `network[2]`.
        field: String,
        /// What was set of it, such as `network[2].outputs=0`.
        set: Vec<String>,
        /// What is wrong.
        #[source]
        error: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The samples cannot be cut for a cross-validation.
    #[error("cross-validation: {error}")]
    Folds {
        /// What is wrong.
        #[source]
        error: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A field cannot be set.
    #[error("`{field}` cannot be set: {message}")]
    Set {
        /// Which field, such as `protocol.batch`.
        field: String,
        /// Why.
        message: String,
    },
}

/// Line and column in front of a field, where they are known.
fn at(line: usize, column: usize) -> String {
    match line {
        0 => String::new(),
        line => format!("line {line}, column {column}, "),
    }
}

/// What was set, behind a field.
fn with(set: &[String]) -> String {
    match set {
        [] => String::new(),
        set => format!(" with `{}`", set.join("`, `")),
    }
}

/// A path in front of a place.
fn file(path: Option<&PathBuf>) -> String {
    path.map(|path| format!("{}, ", path.display()))
        .unwrap_or_default()
}
