//! Which column is probably to be predicted, and how.

use super::column::Tracker;
use super::kind::{SniffedColumn, SniffedKind, Task};

/// Names under which people keep what is to be predicted; the first are the surest.
const NAMES: [&str; 13] = [
    "label",
    "class",
    "target",
    "species",
    "y",
    "outcome",
    "diagnosis",
    "category",
    "result",
    "output",
    "response",
    "survived",
    "medv",
];

/// More different whole numbers than these are values, not classes.
const MOST_CLASSES: usize = 20;

/// A column of such a name, the last of several; else the last one that says something.
pub(super) fn column(columns: &[SniffedColumn]) -> usize {
    let named = |name: &str| {
        columns.iter().rposition(|column| {
            let own = column.name.as_deref().unwrap_or_default();
            own.trim().eq_ignore_ascii_case(name) && column.kind != SniffedKind::Empty
        })
    };
    let last = columns.iter().rposition(|column| column.kind.is_input());
    let found = NAMES.iter().find_map(|name| named(name)).or(last);
    found.unwrap_or(columns.len().saturating_sub(1))
}

/// Names and few whole numbers are classes, other numbers are values.
pub(super) fn task(label: &Tracker, class_names: Option<&[String]>) -> Task {
    if let Some(names) = class_names {
        return Task::Classification {
            classes: names.len(),
            as_names: false,
        };
    }
    let classes = label.values();
    let few = classes <= MOST_CLASSES && (2 * classes <= label.present() || label.is_from_zero());
    match label.is_number() && !(label.is_whole() && few) {
        true => Task::Regression,
        false => Task::Classification {
            classes,
            as_names: label.is_whole() && !label.is_from_zero(),
        },
    }
}
