//! Everything of a model that is no tensor, as RON.

use gradflow_data::Schema;
use gradflow_kernels::Real;
use gradflow_layers::Recipe;
use gradflow_loss::Cost;
use ron::Options;
use serde::{Deserialize, Serialize};

use super::{FileError, room};
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

    /// The text, if it is one that can be read again.
    pub(super) fn write(&self) -> Result<String, FileError> {
        let text = options().to_string(self);
        let text = text.map_err(|error| FileError::Description {
            line: 1,
            column: 1,
            error: error.into(),
        })?;
        room::check(&text, most(0))?;
        Ok(text)
    }

    /// Reads the text of a file of so many bytes.
    pub(super) fn read(text: &str, file: u64) -> Result<Self, FileError> {
        room::check(text, most(file))?;
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
    Options::default().with_recursion_limit(2 * room::MOST_DEPTH)
}

/// Bytes that the description may take in memory, in a file of so many: the tensors take up to four times theirs.
fn most(file: u64) -> u64 {
    file.saturating_mul(4).saturating_add(12 << 20)
}
