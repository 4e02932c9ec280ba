//! Everything of a model that is no tensor, as RON.

use gradflow_data::Schema;
use gradflow_kernels::Real;
use gradflow_layers::Recipe;
use gradflow_loss::Cost;
use ron::Options;
use serde::{Deserialize, Serialize};

use super::FileError;
use crate::{Model, Record};

/// What a file says of a model. Nothing in it is a function of time, place or the number of threads.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Model", deny_unknown_fields)]
pub(super) struct Document {
    pub(super) input: [usize; 3],
    pub(super) layers: Vec<Recipe>,
    pub(super) cost: Cost,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) schema: Option<Schema>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) record: Option<Record>,
}

/// Brackets within one another: as many as a stack of 2 MiB has room for without optimisation.
const MOST_DEPTH: usize = 100;

impl Document {
    pub(super) fn of<T: Real>(model: &Model<T>) -> Result<Self, FileError> {
        let mut layers = Vec::new();
        for (layer, made) in model.network().layers().enumerate() {
            let recipe = made.recipe();
            layers.push(recipe.ok_or_else(|| FileError::NoRecipe {
                layer,
                name: crate::text::excerpt(&made.spec().name),
            })?);
        }
        Ok(Self {
            input: model.network().input().dims(),
            layers,
            cost: model.cost().clone(),
            schema: model.schema().cloned(),
            record: model.record().cloned(),
        })
    }

    pub(super) fn write(&self) -> Result<String, FileError> {
        let text = options().to_string(self);
        text.map_err(|error| FileError::Description {
            line: 1,
            column: 1,
            error: error.into(),
        })
    }

    /// Reads the text of a file of so many bytes.
    pub(super) fn read(text: &str, file: u64) -> Result<Self, FileError> {
        check_room(text, file)?;
        options()
            .from_str(text)
            .map_err(|error| FileError::Description {
                line: error.span.start.line,
                column: error.span.start.col,
                error: error.code.into(),
            })
    }
}

fn options() -> Options {
    Options::default().with_recursion_limit(2 * MOST_DEPTH)
}

/// Whether what a description becomes in memory stays within a few times the file: counts the elements of lists, by what they may be.
///
/// The text is that of a writer of this library: it has no comments, no raw strings, no characters in quotes.
pub(super) fn check_room(text: &str, file: u64) -> Result<(), FileError> {
    let most = file.saturating_mul(4).saturating_add(12 << 20);
    let (mut room, mut depth) = (0_u64, 0_usize);
    let mut lists = [false; MOST_DEPTH];
    let (mut quoted, mut escaped, mut begins) = (false, false, false);
    for (at, byte) in text.bytes().enumerate() {
        if quoted {
            (quoted, escaped) = (escaped || byte != b'"', !escaped && byte == b'\\');
            continue;
        }
        if begins && !byte.is_ascii_whitespace() && byte != b']' && byte != b'}' {
            begins = false;
            room = room.saturating_add(weight(byte));
        }
        match byte {
            b'"' => quoted = true,
            b'(' | b'[' | b'{' => {
                let too_deep = || FileError::TooMuch {
                    what: "brackets within one another",
                    most: MOST_DEPTH as u64,
                };
                *lists.get_mut(depth).ok_or_else(too_deep)? = byte != b'(';
                depth += 1;
                begins = byte != b'(';
            }
            b')' | b']' | b'}' => {
                depth = depth.saturating_sub(1);
                begins = false;
            }
            b',' => begins = depth > 0 && lists[depth - 1],
            b'/' | b'#' | b'\'' => {
                let (line, column) = position(text, at);
                let error = "a description without comments and raw texts was expected".into();
                return Err(FileError::Description {
                    line,
                    column,
                    error,
                });
            }
            _ => {}
        }
    }
    match room > most {
        true => Err(FileError::TooMuch {
            what: "layers, names and numbers",
            most: most / 24,
        }),
        false => Ok(()),
    }
}

/// Bytes that an element of a list takes at most, with what it becomes and while its list grows, by its first letter.
fn weight(first: u8) -> u64 {
    match first {
        b'0'..=b'9' | b'-' | b'+' | b'.' => 24, // a number
        b'"' => 160,                            // a name
        b'(' => 512,                            // an epoch, a scaling
        _ => 4096,                              // a layer
    }
}

/// Line and column, counted from 1, of a byte.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..at];
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|b| **b != b'\n').count() + 1;
    (line, column)
}
