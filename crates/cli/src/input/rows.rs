//! Rows of a text, of which nothing else is known.

use std::path::Path;

use anyhow::{Result, bail};

/// The rows of a table.
#[derive(Debug)]
pub(crate) struct Rows {
    /// The names of the first row, if it is a header.
    pub(crate) header: Option<Vec<String>>,
    /// The fields of each row, and the line it stands on, counted from 1.
    pub(crate) rows: Vec<(usize, Vec<String>)>,
}

impl Rows {
    /// Reads a text in UTF-8. The first row is a header if it has one of these names, or nothing but what is no number.
    pub(crate) fn read(bytes: &[u8], path: &Path, names: &[String]) -> Result<Self> {
        let text = std::str::from_utf8(bytes);
        let Ok(text) = text else {
            bail!(
                "{}: this is no text in UTF-8, and no picture that is known",
                path.display()
            );
        };
        let text = text.trim_start_matches('\u{feff}');
        let mut lines = text
            .lines()
            .enumerate()
            .map(|(l, line)| (l + 1, line.trim()));
        let lines: Vec<(usize, &str)> = lines
            .by_ref()
            .filter(|(_, line)| !line.is_empty())
            .collect();
        let Some((_, first)) = lines.first() else {
            bail!("{}: no samples: the file is empty", path.display());
        };
        let delimiter = delimiter(first);
        let rows = lines.iter().map(|(l, line)| (*l, fields(line, delimiter)));
        let mut rows: Vec<(usize, Vec<String>)> = rows.collect();
        let first = &rows[0].1;
        let is_header = first.iter().any(|field| names.contains(field))
            || first.iter().all(|field| field.parse::<f64>().is_err());
        let header = is_header.then(|| rows.remove(0).1);
        if rows.is_empty() {
            bail!(
                "{}: no samples: the file has no row behind the header",
                path.display()
            );
        }
        Ok(Self { header, rows })
    }
}

/// What separates the fields of a line; a blank stands for any number of them.
fn delimiter(line: &str) -> char {
    let known = [',', ';', '\t'];
    known.into_iter().find(|c| line.contains(*c)).unwrap_or(' ')
}

/// The fields of a line; quotes around them are taken off.
fn fields(line: &str, delimiter: char) -> Vec<String> {
    if delimiter == ' ' {
        return line.split_whitespace().map(str::to_owned).collect();
    }
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = line.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            c if c == delimiter && !quoted => {
                fields.push(core::mem::take(&mut field).trim().to_owned());
            }
            c => field.push(c),
        }
    }
    fields.push(field.trim().to_owned());
    fields
}
