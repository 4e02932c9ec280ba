//! Names in a file's metadata: `column.0` of the inputs, `class.0` of the classes, `target.0` and `unit.0` of the values, counted from 0; the other
//! columns of the table of the inputs, `answer.0` and `left_out.0`, by number and name.

use std::collections::BTreeMap;

use gradflow_data::{ColumnAt, DatasetError, FeatureError, Layout, Schema};
use gradflow_kernels::Real;
use gradflow_loss::{Loss, Output};

use super::OnnxError;
use super::proto::StringStringEntryProto;
use crate::Model;
use crate::text::excerpt;

const COLUMN: &str = "column";
const CLASS: &str = "class";
const TARGET: &str = "target";
const UNIT: &str = "unit";
const ANSWER: &str = "answer";
const LEFT_OUT: &str = "left_out";

/// What a file of the model says of names: of columns and values if it reads raw rows, of classes if its outputs tell them apart as those of
/// the model that comes back do.
pub(super) fn entries<T: Real>(
    model: &Model<T>,
    rows: bool,
    map: bool,
) -> Vec<StringStringEntryProto> {
    let Some(schema) = model.schema() else {
        return Vec::new();
    };
    // The sign of one output of the hinge loss tells two classes apart; a file does not say so.
    let sign = matches!(model.cost().loss(), Loss::Hinge) && model.network().output().len() == 1;
    let lists = [
        (COLUMN, schema.input_names().filter(|_| rows)),
        (CLASS, schema.class_names().filter(|_| map && !sign)),
        (TARGET, schema.target_names().filter(|_| rows && map)),
        (UNIT, schema.units().filter(|_| rows && map)),
    ];
    let names = lists.map(|(what, names)| (what, names.unwrap_or_default().to_vec()));
    let layout = schema.layout().filter(|_| rows);
    let columns = layout.map(|layout| {
        let written = |columns: &[ColumnAt]| columns.iter().map(written).collect();
        [
            (ANSWER, written(&layout.targets)),
            (LEFT_OUT, written(&layout.left_out)),
        ]
    });
    let numbered = |(what, values): (&str, Vec<String>)| {
        let entry = move |(index, value)| StringStringEntryProto {
            key: format!("{what}.{index}"),
            value,
        };
        values
            .into_iter()
            .enumerate()
            .map(entry)
            .collect::<Vec<_>>()
    };
    let lists = names.into_iter().chain(columns.into_iter().flatten());
    lists.flat_map(numbered).collect()
}

/// A column by its number, and behind a blank its name if it has one.
fn written(column: &ColumnAt) -> String {
    match &column.name {
        Some(name) => format!("{} {name}", column.number),
        None => column.number.to_string(),
    }
}

/// The columns that were [written].
fn columns(entries: &[StringStringEntryProto], what: &str) -> Result<Vec<ColumnAt>, OnnxError> {
    let column = |written: &str| {
        let (number, name) = match written.split_once(' ') {
            Some((number, name)) => (number, Some(name.to_owned())),
            None => (written, None),
        };
        let number = number.parse().map_err(|_| OnnxError::Value {
            value: format!("{what}.0"),
            expected: "the number of a column, and behind a blank its name".to_owned(),
            came: excerpt(written),
        })?;
        Ok(ColumnAt { number, name })
    };
    names(entries, what)?.into_iter().map(column).collect()
}

/// Gives the model that was read the names that the metadata has for it.
///
/// # Errors
/// [`OnnxError::Value`] if the names of a kind are not numbered, [`OnnxError::Features`] if there is not one for each, two are the same, or
/// classes are named beside values.
pub(super) fn give<T: Real>(
    model: &mut Model<T>,
    entries: &[StringStringEntryProto],
) -> Result<(), OnnxError> {
    let [columns, classes, targets, units] =
        [COLUMN, CLASS, TARGET, UNIT].map(|what| names(entries, what));
    let (columns, classes, targets, units) = (columns?, classes?, targets?, units?);
    let layout = Layout {
        targets: self::columns(entries, ANSWER)?,
        left_out: self::columns(entries, LEFT_OUT)?,
    };
    let in_table = !layout.targets.is_empty() || !layout.left_out.is_empty();
    let given = [&columns, &classes, &targets, &units];
    if given.iter().all(|names| names.is_empty()) && !in_table {
        return Ok(());
    }
    let schema = schema(model, !classes.is_empty()).and_then(|mut schema| {
        if !columns.is_empty() {
            schema = schema.with_input_names(columns)?;
        }
        if !classes.is_empty() {
            schema = schema.with_class_names(classes)?;
        }
        if !targets.is_empty() {
            schema = schema.with_target_names(targets)?;
        }
        if !units.is_empty() {
            schema = schema.with_units(units)?;
        }
        if in_table {
            schema = schema.with_layout(layout)?;
        }
        Ok(schema)
    });
    model.set_schema(Some(schema.map_err(FeatureError::from)?))?;
    Ok(())
}

/// That of the model's inputs and outputs, as the file has them.
fn schema<T: Real>(model: &Model<T>, named: bool) -> Result<Schema, DatasetError> {
    let (network, cost) = (model.network(), model.cost());
    let (inputs, outputs) = (network.input().len(), network.output().len());
    match named || cost.output() == Output::Softmax {
        true => Schema::of_classes(inputs, cost.classes(outputs)),
        false => Schema::of_values(inputs, outputs),
    }
}

/// The names of this kind, in order.
fn names<'a>(entries: &'a [StringStringEntryProto], what: &str) -> Result<Vec<&'a str>, OnnxError> {
    let mut found = BTreeMap::new();
    for entry in entries {
        let index = entry.key.strip_prefix(what);
        let index = index.and_then(|index| index.strip_prefix('.')?.parse::<usize>().ok());
        if let Some(index) = index
            && found.insert(index, &*entry.value).is_some()
        {
            return Err(refuse(what, format!("two of number {index}")));
        }
    }
    match found.last_key_value() {
        Some((last, _)) if *last >= found.len() => {
            let came = format!("{} of them, one of which has number {last}", found.len());
            Err(refuse(what, came))
        }
        _ => Ok(found.into_values().collect()),
    }
}

fn refuse(what: &str, came: String) -> OnnxError {
    OnnxError::Value {
        value: format!("{what}.0"),
        expected: "names in the metadata that are numbered from 0".to_owned(),
        came,
    }
}
