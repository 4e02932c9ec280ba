//! How many cases property tests have.

use proptest::prelude::ProptestConfig;

/// So many cases, or as many as `PROPTEST_CASES` says; failures are printed, not kept in files.
pub(crate) fn config(cases: u32) -> ProptestConfig {
    let usual = ProptestConfig::default();
    let said = std::env::var_os("PROPTEST_CASES").map(|_| usual.cases);
    ProptestConfig {
        cases: said.unwrap_or(cases),
        failure_persistence: None,
        ..usual
    }
}
