//! Models in files: what is saved comes back, and whatever else is in a file is an error.

#[path = "../counting/mod.rs"]
mod counting;
mod described;
mod golden;
mod hostile;
mod interop;
mod killed;
mod models;
mod python;
mod round_trip;

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
