//! Experiments as texts.

use std::io::Read as _;
use std::path::Path;

use gradflow_data::open_stream;
use ron::Options;
use ron::extensions::Extensions;
use ron::ser::PrettyConfig;

use super::refused::{refused, too_much};
use super::{Experiment, ExperimentError, Origin};
use crate::FileError;
use crate::file::{replace_file, room};

/// Options and rules are written as they are read: `Adam(rate: 0.1)`, `test: 0.2`.
fn options() -> Options {
    let short = Extensions::IMPLICIT_SOME | Extensions::UNWRAP_VARIANT_NEWTYPES;
    Options::default().with_default_extension(short)
}

/// The text of a file, or of a pipe, which need not have an end.
fn text_of(path: &Path) -> Result<String, FileError> {
    /// Most bytes of an experiment.
    const MOST: u64 = 1 << 26;
    let mut text = String::new();
    let read = open_stream(path).and_then(|file| file.take(MOST + 1).read_to_string(&mut text));
    read.map_err(FileError::io("reading"))?;
    match text.len() as u64 > MOST {
        true => Err(FileError::TooMuch {
            what: "bytes",
            most: MOST,
        }),
        false => Ok(text),
    }
}

impl Experiment {
    /// Reads an experiment from a file; paths in it are relative to its folder.
    ///
    /// # Errors
    /// [`ExperimentError`] with file, line and column.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ExperimentError> {
        let path = path.as_ref();
        let text = text_of(path);
        Self::read(text.map_err(|error| error.at(path))?, Some(path))
    }

    /// Reads an experiment from a text; paths in it are relative to the folder that the process works in.
    ///
    /// # Errors
    /// [`ExperimentError`] with line and column.
    pub fn parse(text: &str) -> Result<Self, ExperimentError> {
        Self::read(text.to_owned(), None)
    }

    pub(super) fn read(mut text: String, path: Option<&Path>) -> Result<Self, ExperimentError> {
        // The mark of UTF-8, which some editors write.
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        room::check(&text, room::of_text(&text)).map_err(|error| too_much(&error, &text, path))?;
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
        Ok(replace_file(path, self.to_text()?.as_bytes())?)
    }
}
