//! The tests of data sets and readers, as one program: it is linked once.

mod augment;
mod columns;
mod csv;
mod dataset;
mod directories;
mod embedded;
mod features;
mod files;
mod hostile;
mod idx;
mod scaling;
mod split;

use proptest::prelude::ProptestConfig;

/// So many cases, or as many as `PROPTEST_CASES` says; failures are printed, not kept in files.
fn config(cases: u32) -> ProptestConfig {
    let usual = ProptestConfig::default();
    let said = std::env::var_os("PROPTEST_CASES").map(|_| usual.cases);
    ProptestConfig {
        cases: said.unwrap_or(cases),
        failure_persistence: None,
        ..usual
    }
}
