//! Arrays of NumPy.

use anyhow::{Context as _, Result};
use gradflow::data::{Npy, Npz};

/// Whether a file begins like an array, or like an archive of arrays.
pub(crate) fn are_arrays(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x93NUMPY") || bytes.starts_with(b"PK\x03\x04")
}

/// The inputs of a file: the array itself, or that of an archive whose name says so.
pub(crate) fn inputs(bytes: &[u8]) -> Result<Npy> {
    match bytes.starts_with(b"PK") {
        false => Ok(Npy::read(bytes)?),
        true => {
            let archive = Npz::read(bytes)?;
            Ok(archive.array(&named(&archive, archive.suggested().0, "inputs", "x")?)?)
        }
    }
}

/// The name that an array of an archive probably has.
pub(crate) fn named(archive: &Npz, found: Option<&str>, what: &str, usual: &str) -> Result<String> {
    let found = found.with_context(|| {
        let names: Vec<String> = archive
            .names()
            .iter()
            .take(12)
            .map(|n| format!("`{n}`"))
            .collect();
        format!(
            "no array seems to hold the {what}: call it `{usual}`; there are {}",
            names.join(", ")
        )
    })?;
    Ok(found.to_owned())
}
