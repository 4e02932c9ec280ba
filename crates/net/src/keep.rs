//! A run that saves itself.

use std::path::PathBuf;

use crate::Snapshot;
use crate::file::CheckpointError;

/// Where and when a run saves itself.
pub(crate) struct Keep<T, S> {
    pub(crate) path: PathBuf,
    /// Epochs from one time to the next.
    pub(crate) every: usize,
    /// What the run is, line by line.
    pub(crate) run: String,
    /// A snapshot of it as text; only whoever set this up knows that the method's memory can be written.
    pub(crate) text: Text<T, S>,
}

/// The text of a snapshot of the run that another text identifies.
type Text<T, S> = fn(&str, &Snapshot<T, S>) -> Result<String, CheckpointError>;

impl<T, S> Keep<T, S> {
    /// The file of the best epoch, beside that of the last one.
    pub(crate) fn best(&self) -> PathBuf {
        let mut name = self.path.file_stem().unwrap_or_default().to_owned();
        name.push(".best");
        if let Some(extension) = self.path.extension() {
            name.push(".");
            name.push(extension);
        }
        self.path.with_file_name(name)
    }
}
