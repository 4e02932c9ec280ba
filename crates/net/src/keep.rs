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
    /// A snapshot of it as text; only whoever set this up knows that the method's memory can be written.
    pub(crate) text: Text<T, S>,
}

/// The text of a snapshot of the run that another text identifies.
type Text<T, S> = fn(&str, &Snapshot<T, S>) -> Result<String, CheckpointError>;

impl<T, S> Keep<T, S> {
    /// The file of the best epoch.
    pub(crate) fn best(&self) -> PathBuf {
        best_checkpoint(&self.path)
    }
}

/// Where a run that saves itself at this path ([`Run::checkpoint`](crate::Run::checkpoint)) keeps its best epoch: beside it.
///
/// ```
/// let best = gradflow::best_checkpoint("runs/run.ron");
/// assert_eq!(best, std::path::Path::new("runs/run.best.ron"));
/// ```
pub fn best_checkpoint(path: impl AsRef<Path>) -> PathBuf {
    let path = path.as_ref();
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(".best");
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}
