//! Names in messages and tables.

/// The beginning of a name: it may come from a file and be of any length.
pub(crate) fn excerpt(name: &str) -> String {
    const LENGTH: usize = 40;
    match name.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}
