//! A run that saves itself.

use std::path::{Path, PathBuf};

use crate::Snapshot;
use crate::file::CheckpointError;

/// Where and when a run saves itself.
pub(crate) struct Keep<T, S> {
    pub(crate) path: PathBuf,
    /// Epochs from one time to the next.
    pub(crate) every: usize,
    /// What the run is, line by line.
    pub(crate) run: String,
    /// Writes a snapshot of it; only whoever set this up knows that the method's memory can be written.
    pub(crate) write: Write<T, S>,
}

/// Writes a snapshot of the run that a text identifies.
type Write<T, S> = fn(&Path, &str, &Snapshot<T, S>) -> Result<(), CheckpointError>;

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
