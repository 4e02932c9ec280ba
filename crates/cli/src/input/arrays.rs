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
            Ok(archive.array(&named(&archive, archive.suggested().0, &INPUTS)?)?)
        }
    }
}

/// What an array of an archive is for.
pub(crate) struct Role {
    what: &'static str,
    /// A name that is known.
    usual: &'static str,
    /// The option that says another.
    option: Option<&'static str>,
}

/// The inputs.
pub(crate) const INPUTS: Role = Role {
    what: "inputs",
    usual: "x",
    option: None,
};

/// The answers.
pub(crate) const ANSWERS: Role = Role {
    what: "answers",
    usual: "y",
    option: Some("--label"),
};

/// The name that an array of an archive probably has.
pub(crate) fn named(archive: &Npz, found: Option<&str>, role: &Role) -> Result<String> {
    let found = found.with_context(|| {
        let names: Vec<String> = archive
            .names()
            .iter()
            .take(12)
            .map(|n| format!("`{n}`"))
            .collect();
        let Role {
            what,
            usual,
            option,
        } = role;
        let inputs = archive.suggested().0;
        let other = archive.names().iter().find(|name| inputs != Some(&**name));
        let way_out = match (option, other) {
            (Some(option), Some(other)) => format!("say which, such as {option} {other}"),
            _ => format!("call it `{usual}`"),
        };
        format!(
            "no array is called `{usual}`, so that it is not clear which holds the {what}; there are {}: {way_out}",
            names.join(", ")
        )
    })?;
    Ok(found.to_owned())
}
