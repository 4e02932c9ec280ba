//! Snapshots of runs in files.

use std::io;
use std::path::Path;

use gradflow_data::{SharedError, read_file};
use ron::Options;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::storage::{Disk, Storage, replace};
use super::{FileError, room};
use crate::fnv::Fnv;

/// Why a checkpoint cannot be written, read or taken up.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The system refused.
    #[error(transparent)]
    File(#[from] FileError),
    /// There is no file.
    #[error("there is no such checkpoint: is the path right? To begin the run, do not resume it")]
    Missing(#[source] io::Error),
    /// What is there is no checkpoint.
    #[error(
        "this is no checkpoint, or a damaged one (line {line}, column {column}: {error}): take a file that `Run::checkpoint` has \
         written, such as `run.best.ron` beside `run.ron`"
    )]
    Text {
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1.
        column: usize,
        /// What is wrong.
        #[source]
        error: SharedError,
    },
    /// What is there reads as a checkpoint, but is not what was written.
    #[error(
        "the checkpoint is damaged, since its digest is not that of what stands in it: take another that `Run::checkpoint` has written, such \
         as `run.best.ron` beside `run.ron`"
    )]
    Damaged,
    /// The run has a memory that no text can hold.
    #[error("the run cannot be written: {error}")]
    Write {
        /// Why.
        #[source]
        error: SharedError,
    },
    /// A format that this version of the library does not know.
    #[error(
        "the checkpoint has format {came}, this version of gradflow reads format {known}: use the version that wrote it"
    )]
    Version {
        /// The format that the file names.
        came: u64,
        /// The format that is read.
        known: u32,
    },
    /// The checkpoint is of a run on other data.
    #[error(
        "the checkpoint is of a run on other samples, or on the same prepared, ordered or weighted otherwise: hand over the samples of \
         that run, or give `Run::checkpoint` another path"
    )]
    OtherData,
    /// The checkpoint is of a run that was validated on other data.
    #[error(
        "the checkpoint belongs to a run with other validation samples, or with the same prepared, ordered or weighted otherwise: hand over the \
         samples of that run, or give `Run::checkpoint` another path to start a new one"
    )]
    OtherValidation,
    /// The checkpoint is of a run with another network, data set, rule or other constant.
    #[error(
        "the checkpoint belongs to another run: `{what}` was {then} in the checkpoint, but is {now} in this run: set it back to resume that run; to start a \
         new one, do not resume, and give `Run::checkpoint` another path"
    )]
    Another {
        /// What differs first.
        what: String,
        /// What it was.
        then: String,
        /// What it is.
        now: String,
    },
}

/// The format that is written, and the only one that is read.
const FORMAT: u32 = 1;

/// What a run is called whose value is a digest of its samples, or of those that it is validated on.
pub(crate) const DATA: &str = "samples' digest";
pub(crate) const VALIDATION: &str = "validation samples' digest";

/// What stands in a file.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Checkpoint", deny_unknown_fields)]
struct Checkpoint<S> {
    checkpoint: u32,
    run: String,
    snapshot: S,
}

/// The first field of a file, whatever the others are.
#[derive(Deserialize)]
struct Head {
    checkpoint: u64,
}

/// The text of a checkpoint of the run that another text identifies.
pub(crate) fn text<S: Serialize>(run: &str, snapshot: &S) -> Result<String, CheckpointError> {
    let checkpoint = Checkpoint {
        checkpoint: FORMAT,
        run: run.to_owned(),
        snapshot,
    };
    let text = Options::default().to_string(&checkpoint);
    let text = text.map_err(|error| CheckpointError::Write {
        error: error.into(),
    })?;
    // What could not be read again is not written.
    room::check(&text, room::of_text(&text)).map_err(FileError::from)?;
    Ok(format!("{text}{}", seal(&text)))
}

/// What the last line begins with, a comment to readers of RON.
const SEAL: &str = "\n// digest ";

/// The last line, with the digest of the text before it: a digit that has become another one would be a number like any.
fn seal(text: &str) -> String {
    let mut digest = Fnv::default();
    digest.add(text.as_bytes());
    format!("{SEAL}{:016x}\n", digest.0)
}

/// Whether the bytes end with the digest of what stands before it.
fn is_whole(bytes: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(bytes) else {
        return false;
    };
    let end = text.rfind(SEAL).unwrap_or(text.len());
    text[end..] == seal(&text[..end])
}

/// Puts the text of a checkpoint in the place of the file at this path.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), CheckpointError> {
    write_on(&mut Disk, path, text)
}

pub(super) fn write_on<S: Storage>(
    storage: &mut S,
    path: &Path,
    text: &str,
) -> Result<(), CheckpointError> {
    Ok(replace(storage, path, text.as_bytes())?)
}

/// Reads the checkpoint of the run that the text identifies.
pub(crate) fn read<S: DeserializeOwned>(path: &Path, run: &str) -> Result<S, CheckpointError> {
    let bytes = read_file(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => CheckpointError::Missing(error),
        _ => FileError::io("reading")(error).into(),
    })?;
    parse(&bytes, run)
}

pub(super) fn parse<S: DeserializeOwned>(bytes: &[u8], run: &str) -> Result<S, CheckpointError> {
    if let Ok(text) = str::from_utf8(bytes) {
        room::check(text, room::of_text(text)).map_err(FileError::from)?;
    }
    let options = Options::default();
    let parsed = options.from_bytes::<Checkpoint<S>>(bytes);
    let checkpoint = parsed.map_err(|error| match options.from_bytes::<Head>(bytes) {
        Ok(Head { checkpoint: came }) if came > u64::from(FORMAT) => CheckpointError::Version {
            came,
            known: FORMAT,
        },
        _ => CheckpointError::Text {
            line: error.span.start.line,
            column: error.span.start.col,
            error: error.code.into(),
        },
    })?;
    if checkpoint.checkpoint != FORMAT {
        return Err(CheckpointError::Version {
            came: checkpoint.checkpoint.into(),
            known: FORMAT,
        });
    }
    if !is_whole(bytes) {
        return Err(CheckpointError::Damaged);
    }
    compare(&checkpoint.run, run)?;
    Ok(checkpoint.snapshot)
}

/// Whether two runs are the same; each line of their texts is `what = value`.
fn compare(then: &str, now: &str) -> Result<(), CheckpointError> {
    let known = |what: &str| {
        let mut lines = now.lines().filter_map(|line| line.split_once(" = "));
        lines.any(|(own, _)| own == what)
    };
    let (mut then, mut now) = (then.lines(), now.lines());
    loop {
        let pair = [then.next(), now.next()];
        match pair {
            [None, None] => return Ok(()),
            [a, b] if a == b => {}
            pair => {
                let [then, now] = pair.map(|line| line.and_then(|line| line.split_once(" = ")));
                // What only the checkpoint has, or else what this run has.
                let gone = then.filter(|(what, _)| !known(what));
                let what = gone.or(now).or(then).map_or("layers", |(what, _)| what);
                match what {
                    DATA if then.is_some() && now.is_some() => {
                        return Err(CheckpointError::OtherData);
                    }
                    VALIDATION if then.is_some() && now.is_some() => {
                        return Err(CheckpointError::OtherValidation);
                    }
                    _ => {}
                }
                let of = |side: Option<(&'_ str, &str)>| {
                    side.filter(|(of, _)| *of == what)
                        .map(|(_, value)| written(value))
                };
                let [then, now] = shown([of(then), of(now)]);
                let what = what.into();
                return Err(CheckpointError::Another { what, then, now });
            }
        }
    }
}

/// Two values that differ, by the field in which they do; in whole where it is nothing in one of them.
fn shown(values: [Option<String>; 2]) -> [String; 2] {
    let common = match &values {
        [Some(then), Some(now)] => common(then, now),
        _ => 0,
    };
    let cut = |at: usize| {
        values.each_ref().map(|value| match value {
            Some(value) => around(value, at),
            None => "not set".into(),
        })
    };
    let fields = cut(common);
    match fields.iter().any(String::is_empty) {
        true => cut(0),
        false => fields,
    }
}

/// A value as files write it, `Name(field: …)`; what is optional without a word for that it is there.
fn written(value: &str) -> String {
    if value == "None" {
        return "not set".into();
    }
    let inner = value.strip_prefix("Some(");
    let value = inner
        .and_then(|inner| inner.strip_suffix(')'))
        .unwrap_or(value);
    value.replace(" { ", "(").replace(" }", ")")
}

/// Letters at the beginning that two values have in common.
fn common(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count()
}

/// Of a value the field in which it begins to differ.
fn around(value: &str, at: usize) -> String {
    /// Most letters.
    const MOST: usize = 60;
    let letters: Vec<char> = value.chars().collect();
    let (before, behind) = letters.split_at(at.min(letters.len()));
    let begin = before.iter().rposition(|c| "([{,".contains(*c));
    let begin = begin.map_or(0, |bracket| bracket + 1);
    let end = match begin {
        0 => None,
        _ => behind.iter().position(|c| ",)]}".contains(*c)),
    };
    let end = end.map_or(letters.len(), |end| before.len() + end);
    let shown: String = letters[begin..end].iter().take(MOST).collect();
    let more = if end - begin > MOST { "…" } else { "" };
    format!("{}{more}", shown.trim_start())
}

#[cfg(test)]
mod tests;
