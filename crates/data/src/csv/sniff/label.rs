//! Which column is probably to be predicted, and how.

use super::column::Tracker;
use super::kind::{MOST_CLASSES, SniffedColumn, SniffedKind, Task};

/// Names under which people keep what is to be predicted; the first are the surest.
const NAMES: [&str; 14] = [
    "label",
    "class",
    "target",
    "species",
    "y",
    "outcome",
    "diagnosis",
    "quality",
    "category",
    "result",
    "output",
    "response",
    "survived",
    "medv",
];

/// A column of such a name, the last of several; else the only one of texts if it has few values; else, without names, the first if it alone
/// looks like classes; else the last one that says something.
pub(super) fn column(columns: &[SniffedColumn], trackers: &[Tracker]) -> usize {
    let named = |name: &str| {
        columns.iter().rposition(|column| {
            let own = column.name.as_deref().unwrap_or_default();
            own.trim().eq_ignore_ascii_case(name) && column.kind != SniffedKind::Empty
        })
    };
    let last = columns.iter().rposition(|column| column.kind.is_input());
    let found = NAMES.iter().find_map(|name| named(name));
    let found = found.or_else(|| only_text(columns, trackers));
    let classes = |column: usize| trackers.get(column).is_some_and(Tracker::is_like_classes);
    let unnamed = columns.iter().all(|column| column.name.is_none());
    let first = (unnamed && classes(0) && !last.is_some_and(classes)).then_some(0);
    let found = found.or(first).or(last);
    found.unwrap_or(columns.len().saturating_sub(1))
}

/// The only column of names, if each of its few values is there more than once on average.
fn only_text(columns: &[SniffedColumn], trackers: &[Tracker]) -> Option<usize> {
    let mut texts = (columns.iter().enumerate()).filter_map(|(number, column)| match column.kind {
        SniffedKind::Category { values } => Some((number, values)),
        _ => None,
    });
    let (number, values) = texts.next().filter(|_| texts.next().is_none())?;
    let few = (2..=MOST_CLASSES).contains(&values) && 2 * values <= trackers[number].present();
    few.then_some(number)
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
