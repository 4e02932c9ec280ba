//! Experiments as texts.

use std::fs;
use std::path::Path;

use gradflow_tensor::names::meant;
use ron::Options;
use ron::error::{Error, SpannedError};
use ron::extensions::Extensions;
use ron::ser::PrettyConfig;

use super::{Experiment, ExperimentError, Origin, place};
use crate::FileError;
use crate::file::{room, save};

/// Options and rules are written as they are read: `Adam(rate: 0.1)`, `test: 0.2`.
fn options() -> Options {
    let short = Extensions::IMPLICIT_SOME | Extensions::UNWRAP_VARIANT_NEWTYPES;
    Options::default().with_default_extension(short)
}

impl Experiment {
    /// Reads an experiment from a file; paths in it are relative to its folder.
    ///
    /// # Errors
    /// [`ExperimentError`] with file, line and column.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ExperimentError> {
        let path = path.as_ref();
        let text = fs::read_to_string(path);
        let text = text.map_err(|error| FileError::io("reading")(error).at(path))?;
        Self::read(text, Some(path))
    }

    /// Reads an experiment from a text; paths in it are relative to the folder that the process works in.
    ///
    /// # Errors
    /// [`ExperimentError`] with line and column.
    pub fn parse(text: &str) -> Result<Self, ExperimentError> {
        Self::read(text.to_owned(), None)
    }

    pub(super) fn read(text: String, path: Option<&Path>) -> Result<Self, ExperimentError> {
        room::check(&text, room::of_text(&text)).map_err(|error| match path {
            Some(path) => error.at(path),
            None => error,
        })?;
        let mut read: Self = options()
            .from_str(&text)
            .map_err(|error| refused(&error, &text, path))?;
        read.origin = Origin {
            path: path.map(Path::to_owned),
            text,
        };
        Ok(read)
    }

    /// The experiment as a text that [`Experiment::parse`] reads.
    ///
    /// # Errors
    /// [`ExperimentError::Text`] if a layer, loss or map of the user's has no form in a file.
    pub fn to_text(&self) -> Result<String, ExperimentError> {
        let pretty = PrettyConfig::new()
            .compact_arrays(false)
            .struct_names(false);
        let text = options().to_string_pretty(self, pretty);
        text.map(|text| text + "\n")
            .map_err(|error| ExperimentError::Text {
                path: None,
                line: 1,
                column: 1,
                quote: String::new(),
                message: error.to_string(),
            })
    }

    /// The text that it was read from; empty for one that was not.
    pub fn text(&self) -> &str {
        &self.origin.text
    }

    /// Writes the experiment to a file, in the place of what is there.
    ///
    /// # Errors
    /// As [`Experiment::to_text`]; [`ExperimentError::File`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), ExperimentError> {
        Ok(save(path.as_ref(), self.to_text()?.as_bytes())?)
    }
}

fn refused(error: &SpannedError, text: &str, path: Option<&Path>) -> ExperimentError {
    let line = error.span.start.line;
    ExperimentError::Text {
        path: path.map(Path::to_owned),
        line,
        column: error.span.start.col,
        quote: place::line(text, line),
        message: message(&error.code),
    }
}

/// What is wrong, with the nearest name for one that does not exist.
fn message(error: &Error) -> String {
    let unknown = |what: &str, found: &str, expected: &[&str], outer: Option<&str>| {
        let inside = outer
            .map(|outer| format!(" in `{outer}`"))
            .unwrap_or_default();
        let meant = match meant(found, expected.iter().copied()) {
            Some(name) => format!(" did you mean `{name}`?"),
            None => String::new(),
        };
        let known: Vec<String> = expected.iter().map(|name| format!("`{name}`")).collect();
        let found = crate::text::excerpt(found);
        format!(
            "no {what} `{found}`{inside}:{meant} There are {}",
            known.join(", ")
        )
    };
    match error {
        Error::NoSuchStructField {
            expected,
            found,
            outer,
        } => unknown("field", found, expected, outer.as_deref()),
        Error::NoSuchEnumVariant {
            expected,
            found,
            outer,
        } => unknown("choice", found, expected, outer.as_deref()),
        Error::MissingStructField { field, outer } => {
            let inside = outer.as_ref().map(|outer| format!(" of `{outer}`"));
            format!(
                "the field `{field}`{} is missing",
                inside.unwrap_or_default()
            )
        }
        Error::ExceededRecursionLimit => {
            "brackets stand within one another too deep: at most about 60 layers within layers"
                .into()
        }
        error => error.to_string(),
    }
}
