//! What the tests of the crates share. It is not published, and nothing but tests depends on it.
#![forbid(unsafe_code)]

use std::ops::Deref;
use std::path::{Path, PathBuf};

use proptest::prelude::ProptestConfig;

/// So many cases, or as many as `PROPTEST_CASES` says; failures are printed, not kept in files.
pub fn config(cases: u32) -> ProptestConfig {
    let usual = ProptestConfig::default();
    let said = std::env::var_os("PROPTEST_CASES").map(|_| usual.cases);
    ProptestConfig {
        cases: said.unwrap_or(cases),
        failure_persistence: None,
        ..usual
    }
}

/// A folder of a test's own, removed at its end.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A folder for the test of this name.
    ///
    /// # Panics
    /// If it cannot be made.
    pub fn new(test: &str) -> Self {
        let name = format!("gradflow-{test}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }
}

impl Deref for Folder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let removed = std::fs::remove_dir_all(&self.0);
        // A test that has failed already says why.
        if !std::thread::panicking() {
            removed.expect("the folder goes");
        }
    }
}
