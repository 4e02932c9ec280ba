//! What is said of a text that is none of an experiment.

use std::path::Path;

use gradflow_tensor::names::meant;
use ron::error::{Error, SpannedError};

use super::ExperimentError;
use super::place::{self, tokens};
use crate::file::room::TooMuch;
use crate::file::tokens::{Token, WORD};

/// The error of a text, at the value that is wrong.
pub(super) fn refused(error: &SpannedError, text: &str, path: Option<&Path>) -> ExperimentError {
    let start = error.span.start;
    let mut at = (start.line, start.col);
    let message = match &error.code {
        Error::Eof => open(text),
        code => {
            let offset = place::offset(text, start.line, start.col);
            let value = text.len() - text[offset..].trim_start().len();
            let number = number(code, text, value);
            match number.or_else(|| Some((value, wanted(code)?))) {
                Some((value, wanted)) => {
                    at = place::position(text, value);
                    instead(text, value, wanted)
                }
                None => message(code),
            }
        }
    };
    ExperimentError::Text {
        path: path.map(Path::to_owned),
        line: at.0,
        column: at.1,
        quote: place::line(text, at.0),
        message,
    }
}

/// The error of a text that would take too much memory, where it has too many of something.
pub(super) fn too_much(error: &TooMuch, text: &str, path: Option<&Path>) -> ExperimentError {
    let (line, column) = place::position(text, error.at);
    ExperimentError::Text {
        path: path.map(Path::to_owned),
        line,
        column,
        quote: place::line(text, line),
        message: error.to_string(),
    }
}

/// Where the number begins that is refused at this byte, often behind its first digits, and what must stand there.
fn number(error: &Error, text: &str, at: usize) -> Option<(usize, &'static str)> {
    let tokens = tokens(text);
    let token = tokens.iter().rev().find(|token| token.at <= at)?;
    let (begin, word) = (token.at, token.of(text));
    let numeric = word.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    let rest = word.get(at - begin..).filter(|rest| !rest.is_empty());
    let rest = rest.filter(|_| numeric)?;
    let wanted = match error {
        Error::InvalidIntegerDigit { .. } => wanted(&Error::ExpectedInteger),
        Error::IntegerOutOfBounds => wanted(error),
        _ if at == begin => None,
        _ if rest.starts_with(['.', 'e', 'E']) => wanted(&Error::ExpectedInteger),
        _ => Some("a number"),
    };
    Some((begin, wanted?))
}

/// What must stand where something else stands.
fn wanted(error: &Error) -> Option<&'static str> {
    Some(match error {
        Error::ExpectedInteger => "a whole number, such as 20",
        Error::IntegerOutOfBounds => "a whole number, neither negative nor too large",
        Error::ExpectedFloat => "a number, such as 0.1",
        Error::ExpectedBoolean => "`true` or `false`",
        Error::ExpectedString => "a text in quotes",
        Error::ExpectedChar => "a character in single quotes, such as ','",
        Error::ExpectedArray => "a list in square brackets, `[…]`",
        Error::ExpectedArrayEnd => "a comma or `]`",
        Error::ExpectedStructLike | Error::ExpectedNamedStructLike(_) => {
            "fields in brackets, `(…)`"
        }
        Error::ExpectedStructLikeEnd | Error::ExpectedComma => "a comma or `)`",
        Error::ExpectedMapColon => "`:` and a value",
        Error::ExpectedIdentifier => "a name",
        _ => return None,
    })
}

/// What was wanted of the value that begins at this byte, and what stands there.
fn instead(text: &str, value: usize, wanted: &str) -> String {
    let rest = &text[value..];
    let Some(token) = crate::file::tokens::tokens(rest).next() else {
        return open(text);
    };
    let found = crate::text::excerpt(token.of(rest));
    match field(text, value) {
        Some(field) => format!("`{field}` must be {wanted}, not `{found}`"),
        None => format!("{wanted} was expected here, not `{found}`"),
    }
}

/// The name of the field whose value begins at this byte.
fn field(text: &str, value: usize) -> Option<&str> {
    let tokens = tokens(text);
    let at = tokens.iter().position(|token| token.at == value)?;
    let [name, colon] = tokens.get(at.checked_sub(2)?..at)? else {
        return None;
    };
    (name.kind == WORD && colon.kind == b':').then(|| name.of(text))
}

/// That the text ends, and which bracket is still open.
fn open(text: &str) -> String {
    let mut open: Vec<&Token> = Vec::new();
    let tokens = tokens(text);
    for token in &tokens {
        match token.kind {
            b'(' | b'[' | b'{' => open.push(token),
            b')' | b']' | b'}' => drop(open.pop()),
            _ => {}
        }
    }
    let Some(bracket) = open.last() else {
        return "the text ends too early: an experiment stands in brackets, `(…)`".into();
    };
    let close = match bracket.kind {
        b'(' => ')',
        b'[' => ']',
        _ => '}',
    };
    format!(
        "the text ends, but `{}` of line {} is still open: close it with `{close}`",
        char::from(bracket.kind),
        place::position(text, bracket.at).0
    )
}

/// What is wrong, with the nearest name for one that does not exist.
fn message(error: &Error) -> String {
    let unknown = |what: &str, found: &str, expected: &[&str], outer: Option<&str>| {
        let inside = outer
            .map(|outer| format!(" in `{outer}`"))
            .unwrap_or_default();
        let meant = match meant(found, expected.iter().copied()) {
            Some(name) => format!(" did you mean `{name}`?"),
            None => String::new(),
        };
        let known: Vec<String> = expected.iter().map(|name| format!("`{name}`")).collect();
        let found = crate::text::excerpt(found);
        format!(
            "no {what} `{found}`{inside}:{meant} There are {}",
            known.join(", ")
        )
    };
    match error {
        Error::NoSuchStructField {
            expected,
            found,
            outer,
        } => unknown("field", found, expected, outer.as_deref()),
        Error::NoSuchEnumVariant {
            expected,
            found,
            outer,
        } => unknown("choice", found, expected, outer.as_deref()),
        Error::MissingStructField { field, outer } => {
            let inside = outer.as_ref().map(|outer| format!(" of `{outer}`"));
            format!(
                "the field `{field}`{} is missing",
                inside.unwrap_or_default()
            )
        }
        Error::ExpectedDifferentStructName { expected, found } => format!(
            "`(` or `{expected}(` was expected, not `{}`",
            crate::text::excerpt(found)
        ),
        Error::ExceededRecursionLimit => {
            "brackets stand within one another too deep: at most about 60 layers within layers"
                .into()
        }
        // Within a sentence.
        error => {
            let words = error.to_string();
            let mut letters = words.chars();
            let first = letters.next().map(|c| c.to_ascii_lowercase());
            first.into_iter().chain(letters).collect()
        }
    }
}
