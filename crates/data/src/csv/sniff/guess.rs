//! How a file is written down, guessed from its beginning.

use std::collections::HashMap;

use super::super::rows::{Row, Rows};
use super::super::summary::Summary;
use super::super::text::Text;
use super::super::{CsvError, Delimiter, Dialect};
use crate::field::{Field, boolean, has_thousands};
use crate::memory::{extend, push};
use crate::source::Source;

/// So much of a file, as UTF-8, is looked at, and so many of its rows.
const BYTES: usize = 1 << 16;
const ROWS: usize = 200;

/// The first whole lines of a file, as UTF-8.
pub(super) fn beginning(source: Source<'_>) -> Result<Vec<u8>, CsvError> {
    let mut text = Text::new(source)?;
    let (mut bytes, mut buffer) = (Vec::new(), vec![0; 1 << 15]);
    loop {
        match text.read(&mut buffer)? {
            0 => return Ok(bytes),
            n => extend(&mut bytes, &buffer[..n])?,
        }
        if bytes.len() >= BYTES {
            break;
        }
    }
    // A row that is cut would look like one of another width.
    if let Some(end) = bytes.iter().rposition(|byte| matches!(byte, b'\n' | b'\r')) {
        bytes.truncate(end + 1);
    }
    Ok(bytes)
}

/// What the beginning looks like with one delimiter.
struct Look {
    delimiter: Delimiter,
    rows: Vec<Row>,
    /// Fields of most rows.
    width: usize,
    /// The first row of that width.
    first: usize,
    /// Share of the rows behind it that have that width.
    even: f64,
    decimal_comma: bool,
    /// Share of their fields that are numbers.
    numbers: f64,
}

/// The dialect under which the beginning looks most like a table.
pub(super) fn dialect(beginning: &[u8]) -> Result<Dialect, CsvError> {
    let comment = comment(beginning);
    let mut best: Option<Look> = None;
    let bytes = [b'\t', b';', b'|', b','].map(Delimiter::Byte);
    for delimiter in bytes.into_iter().chain([Delimiter::Blanks]) {
        let dialect = Dialect {
            delimiter,
            comment: comment.clone(),
            ..Dialect::default()
        };
        // Quotes that make sense with one delimiter need not with another.
        let Some(look) = look(beginning, &dialect)? else {
            continue;
        };
        let better = |best: &Look| {
            // Lines that have to be skipped speak against a delimiter: a header without it would be one of them.
            let rank = |look: &Look| ((20.0 * look.even).round(), look.first == 0, look.numbers);
            rank(&look) > rank(best)
        };
        if look.width > 1 && look.even >= 0.8 && best.as_ref().is_none_or(better) {
            best = Some(look);
        }
    }
    let usual = Dialect {
        comment: comment.clone(),
        ..Dialect::default()
    };
    let look = match best {
        Some(look) => Some(look),
        None => look(beginning, &usual)?,
    };
    let Some(look) = look else {
        return Ok(usual);
    };
    let skipped = look.rows.get(look.first);
    Ok(Dialect {
        delimiter: look.delimiter,
        header: look.header(),
        comment,
        decimal_comma: look.decimal_comma,
        skip_lines: match look.first {
            0 => 0,
            _ => skipped.map_or(0, |row| row.line - 1),
        },
    })
}

/// What comments begin with, if the file begins with one.
fn comment(beginning: &[u8]) -> Option<String> {
    let text = beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(beginning);
    let text = text.trim_ascii_start();
    ["#", "%", "//"]
        .into_iter()
        .find(|mark| text.starts_with(mark.as_bytes()))
        .map(str::to_owned)
}

/// The rows under a dialect; nothing, if they are none.
fn look(beginning: &[u8], dialect: &Dialect) -> Result<Option<Look>, CsvError> {
    let text = Text::new(Source::new(beginning, None)?)?;
    let mut rows = Rows::new(text, dialect)?;
    let mut read: Vec<Row> = Vec::new();
    while read.len() < ROWS {
        let mut row = Row::default();
        match rows.next(&mut row) {
            Ok(true) => push(&mut read, row)?,
            Ok(false) => break,
            Err(CsvError::Read(error)) => return Err(error.into()),
            Err(_) if read.len() < 2 => return Ok(None),
            Err(_) => break,
        }
    }
    let mut widths: HashMap<usize, usize> = HashMap::new();
    for row in &read {
        *widths.entry(row.len()).or_default() += 1;
    }
    // Of equally frequent ones the larger, so that it does not depend on the order of a hash map.
    let Some((width, _)) = widths
        .into_iter()
        .max_by_key(|(width, count)| (*count, *width))
    else {
        return Ok(None);
    };
    let summary = read.first().and_then(Summary::of);
    let first = match summary.is_some_and(|summary| summary.describes(width)) {
        true => 0,
        false => read.iter().position(|row| row.len() == width).unwrap_or(0),
    };
    let rest = &read[first..];
    let even = rest.iter().filter(|row| row.len() == width).count() as f64 / rest.len() as f64;
    let count = |comma: bool| {
        let fields = rest.iter().flat_map(Row::iter);
        fields.filter(|field| is_number(field, comma)).count()
    };
    let (points, commas) = (count(false), count(true));
    let decimal_comma = commas > points && !thousands(rest, dialect.delimiter);
    let fields: usize = rest.iter().map(Row::len).sum();
    let numbers = commas.max(points) as f64 / fields.max(1) as f64;
    Ok(Some(Look {
        delimiter: dialect.delimiter,
        width,
        first,
        even,
        decimal_comma,
        numbers,
        rows: read,
    }))
}

/// Whether commas stand between thousands. `1,000` alone may be either; among fields that commas separate it is taken for a thousand.
fn thousands(rows: &[Row], delimiter: Delimiter) -> bool {
    let mut fields = rows.iter().flat_map(Row::iter);
    fields.any(|field| {
        let text = core::str::from_utf8(field).unwrap_or_default().trim();
        let number = |comma| matches!(Field::<f64>::of(text, comma), Field::Number(_));
        has_thousands(text, false)
            && text.contains(',')
            && !number(false)
            && (delimiter == Delimiter::Byte(b',') || !number(true))
    })
}

fn is_number(field: &[u8], decimal_comma: bool) -> bool {
    let text = core::str::from_utf8(field).unwrap_or_default().trim();
    matches!(Field::<f64>::of(text, decimal_comma), Field::Number(_)) && boolean(text).is_none()
}

impl Look {
    /// Whether the first row is a header; nothing for a line that says what comes, as scikit-learn writes it.
    fn header(&self) -> Option<bool> {
        let (first, rest) = self.rows.get(self.first..)?.split_first()?;
        if Summary::of(first).is_some_and(|summary| summary.describes(self.width)) {
            return None;
        }
        let number = |field: &[u8]| is_number(field, self.decimal_comma);
        if first.iter().any(number) {
            return Some(false);
        }
        if rest.is_empty() {
            return Some(true);
        }
        // A name that occurs in its column again is no name of the column.
        let again = (0..self.width).any(|column| {
            let name = first.get(column);
            !name.is_empty() && rest.iter().any(|row| row.get(column) == name)
        });
        Some(!again)
    }
}
