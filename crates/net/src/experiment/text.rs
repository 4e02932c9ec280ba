//! Experiments as texts.

use std::fs;
use std::path::Path;

use ron::Options;
use ron::extensions::Extensions;
use ron::ser::PrettyConfig;

use super::refused::refused;
use super::{Experiment, ExperimentError, Origin};
use crate::FileError;
use crate::file::save_text;

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
        let mut read: Self = options()
            .from_str(&text)
            .map_err(|error| refused(&error, &text, path))?;
        read.origin = Origin {
            path: path.map(Path::to_owned),
            text,
            set: Vec::new(),
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
        Ok(save_text(path.as_ref(), &self.to_text()?)?)
    }
}
