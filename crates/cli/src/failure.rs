//! How errors are told, and by which exit code.

use std::fmt::Write as _;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::process::ExitCode;

use gradflow::ExperimentError;
use gradflow::data::{CsvError, DataError, Format, ReadError, RowAt, open_file};
use thiserror::Error;

use crate::output::escaped;

/// Ctrl-C came; what is lost and how to go on.
#[derive(Debug, Error)]
#[error("{0}")]
pub(crate) struct Interrupted(pub(crate) String);

/// Something asked for on the command line that does not go together; clap knows nothing of it.
#[derive(Debug, Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

/// Tells an error on the standard error, and ends with the code that goes with it.
pub fn report(result: anyhow::Result<()>) -> ExitCode {
    let Err(error) = result else {
        return ExitCode::SUCCESS;
    };
    // Who reads no more of the output needs no more of it.
    let closed = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    if error.downcast_ref::<io::Error>().is_some_and(closed) {
        return ExitCode::SUCCESS;
    }
    let bold = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let (text, code) = match error.downcast_ref::<Interrupted>() {
        Some(_) => (format!("{error}\n"), 130),
        None if error.is::<Usage>() => (told(&error, bold), 2),
        None => (told(&error, bold), 1),
    };
    // Where even that cannot be written, the code is all there is.
    let _ = io::stderr().write_all(text.as_bytes());
    ExitCode::from(code)
}

/// Tells on the standard error what is done with the input, where it is not obvious.
pub fn note(text: &str) {
    let _ = io::stderr().write_all(format!("note: {text}\n").as_bytes());
}

/// The error in words; the line of the file that it comes from is quoted.
fn told(error: &anyhow::Error, bold: bool) -> String {
    let head = if bold {
        "\x1b[1;31merror:\x1b[0m"
    } else {
        "error:"
    };
    let mut text = format!("{head} {}\n", escaped(&words(error)));
    // The line of the data says more than that of the experiment that names them.
    if let Some((line, column, quote)) = in_data(error) {
        quoted(&mut text, line, column, &quote);
    } else if let Some((line, column, quote)) = place(error) {
        quoted(&mut text, line, column, quote);
    }
    text
}

/// The message, and behind it the causes that it does not name yet.
fn words(error: &anyhow::Error) -> String {
    /// Most letters of a cause.
    const MOST: usize = 300;
    let line = |text: &str| text.replace(|c: char| c.is_control(), " ");
    let mut said = error.to_string();
    let mut chain = error.chain();
    if chain.any(is_parquet) && cfg!(not(feature = "parquet")) {
        said += ": `cargo install --path crates/cli --features parquet` builds a command that does";
    }
    for cause in error.chain().skip(1) {
        // A message has one line and a bounded length, a cause from outside may have more.
        let words: String = cause.to_string().chars().take(MOST).collect();
        let words = line(&words);
        if !line(&said).contains(&words) {
            said += ": ";
            said += &words;
        }
    }
    said
}

/// Whether an error is that a Parquet table was not expected.
fn is_parquet(error: &(dyn std::error::Error + 'static)) -> bool {
    let found = |error: &ReadError| matches!(error, ReadError::Format { found, .. } if *found == Format::Parquet);
    match error.downcast_ref::<DataError>() {
        Some(DataError::Csv(CsvError::Read(error))) => found(error),
        Some(DataError::File { error, .. }) => is_parquet(&**error),
        _ => matches!(error.downcast_ref(), Some(CsvError::Read(error)) if found(error)),
    }
}

/// Line, column and the line itself.
fn place(error: &anyhow::Error) -> Option<(usize, usize, &str)> {
    let experiment = error.chain().find_map(|cause| match cause.downcast_ref() {
        Some(gradflow::Error::Experiment(experiment)) => Some(&**experiment),
        _ => cause.downcast_ref::<ExperimentError>(),
    });
    match experiment? {
        ExperimentError::Text {
            line,
            column,
            quote,
            ..
        }
        | ExperimentError::Meaning {
            line,
            column,
            quote,
            ..
        } if !quote.is_empty() => Some((*line, *column, quote)),
        _ => None,
    }
}

/// Line, column and the line itself of a file of data that was refused.
fn in_data(error: &anyhow::Error) -> Option<(usize, usize, String)> {
    /// Longer lines are shown from their beginning only.
    const MOST: usize = 160;
    let data = error.chain().find_map(|cause| match cause.downcast_ref() {
        Some(gradflow::Error::Data(data)) => Some(data),
        _ => cause.downcast_ref::<DataError>(),
    });
    let DataError::File { path, error } = data? else {
        return None;
    };
    let DataError::Csv(error) = &**error else {
        return None;
    };
    let spot = error.spot()?;
    let RowAt::Line(number) = spot.row else {
        return None;
    };
    // What came out of a pipe is gone.
    let file = io::BufReader::new(open_file(path).ok()?);
    let quote = file.lines().nth(number.checked_sub(1)?)?.ok()?;
    let at = spot.text.and_then(|text| quote.find(text)).unwrap_or(0);
    let column = quote[..at].chars().count() + 1;
    let shown = quote.chars().take(MOST).collect();
    (column <= MOST).then_some((number, column, shown))
}

/// The line under its number, with a caret under the place.
fn quoted(text: &mut String, line: usize, column: usize, quote: &str) {
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    // Tabs stay tabs, so that the caret stands under its letter.
    let before = quote.chars().take(column.saturating_sub(1));
    let before = escaped(&before.collect::<String>());
    let blank = before.chars().map(|c| if c == '\t' { c } else { ' ' });
    let blank: String = blank.collect();
    // Writing to a text never fails.
    let _ = write!(
        text,
        "{margin} |\n{number} | {}\n{margin} | {blank}^\n",
        escaped(quote)
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_once() {
        let error = anyhow::anyhow!("`a\x1bb` is wrong").context("x: `a\x1bb` is wrong");
        assert_eq!(words(&error), "x: `a\x1bb` is wrong");
        let error = anyhow::anyhow!("a\nb").context("x");
        assert_eq!(words(&error), "x: a b");
    }

    #[test]
    fn a_caret_stands_under_its_letter() {
        let mut text = String::new();
        quoted(&mut text, 12, 6, "\tü: 1x");
        assert_eq!(text, "   |\n12 | \tü: 1x\n   | \t    ^\n");
        text.clear();
        quoted(&mut text, 1, 3, "a\x07b");
        assert_eq!(text, "  |\n1 | a\\u{7}b\n  |       ^\n");
    }
}
