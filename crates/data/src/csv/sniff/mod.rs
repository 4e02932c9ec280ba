//! Looks at a file and says what it is.

mod column;
mod guess;
mod kind;
mod label;

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use self::column::Tracker;
pub use self::kind::{SniffedColumn, SniffedKind, Task};
use super::table::Table;
use super::{Column, Csv, CsvError, Dialect};
use crate::memory::push;
use crate::schema::MOST_NAMES;
use crate::source::Source;
use crate::{DataError, Missing};

/// What a file is, by [`sniff`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sniffed {
    /// How it is written down.
    pub dialect: Dialect,
    /// What its columns hold.
    pub columns: Vec<SniffedColumn>,
    /// Rows, without a header.
    pub rows: usize,
    /// The names of the classes, if the first line says them, as scikit-learn's tables do.
    pub class_names: Option<Vec<String>>,
    /// The column that is probably to be predicted.
    pub label: usize,
    /// What that would be.
    pub task: Task,
}

/// Looks at a file, plain or gzip, and says how it is written down, what its columns hold and what is probably to be predicted.
///
/// The file is read twice, row by row: its beginning, then all of it. What is kept of a column does not grow with the file.
///
/// ```
/// use gradflow_data::{Delimiter, SniffedKind, Task, sniff_stream};
///
/// let file = "id;size;colour;species\n1;1,5;red;a\n2;;blue;b\n3;2,5;red;a\n";
/// let sniffed = sniff_stream(|| file.as_bytes())?;
/// assert_eq!(sniffed.dialect.delimiter, Delimiter::Byte(b';'));
/// assert!(sniffed.dialect.decimal_comma);
/// let kinds: Vec<SniffedKind> = sniffed.columns.iter().map(|column| column.kind).collect();
/// let two = SniffedKind::Category { values: 2 };
/// assert_eq!(kinds, [SniffedKind::Identifier, SniffedKind::Number, two, two]);
/// assert_eq!((sniffed.rows, sniffed.columns[1].missing, sniffed.label), (3, 1, 3));
/// assert_eq!(sniffed.task, Task::Classification { classes: 2, as_names: false });
/// let data = sniffed.csv().read::<f64>(file.as_bytes())?;
/// assert_eq!(
///     data.schema().feature_names()?.unwrap(),
///     ["size", "size?", "colour=blue", "colour=red"]
/// );
/// # Ok::<(), gradflow_data::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::Open`], or [`DataError::File`] with the path and a [`CsvError`].
pub fn sniff(path: impl AsRef<Path>) -> Result<Sniffed, DataError> {
    let path = path.as_ref();
    let dialect = crate::source::open(path, |file: File| sniff_dialect(file))?;
    crate::source::open(path, |file: File| columns(file, dialect))
}

/// [`sniff`] of a stream that can be begun twice, such as bytes in memory.
///
/// # Errors
/// [`CsvError`].
pub fn sniff_stream<R: Read>(open: impl Fn() -> R) -> Result<Sniffed, CsvError> {
    columns(open(), sniff_dialect(open())?)
}

/// How a table is written down, guessed from its first 64 KiB; [`sniff`] reads it all.
///
/// ```
/// let dialect = gradflow_data::sniff_dialect("size;colour\n1,5;red\n".as_bytes())?;
/// assert!(dialect.decimal_comma);
/// # Ok::<(), gradflow_data::CsvError>(())
/// ```
///
/// # Errors
/// [`CsvError`] if what is read is no text.
pub fn sniff_dialect(reader: impl Read) -> Result<Dialect, CsvError> {
    let source = Source::new(reader, None)?;
    #[cfg(feature = "parquet")]
    if super::table::is_typed(&source) {
        return Ok(Dialect::default());
    }
    guess::dialect(&guess::beginning(source)?)
}

fn columns(reader: impl Read, dialect: Dialect) -> Result<Sniffed, CsvError> {
    let mut table = Table::new(Source::new(reader, None)?, &dialect)?;
    let width = table.width();
    if width > MOST_NAMES {
        return Err(CsvError::TooWide {
            columns: width,
            limit: MOST_NAMES,
        });
    }
    let names = table.names(0..width);
    let mut trackers = Vec::new();
    for column in 0..width {
        push(&mut trackers, Tracker::new(names.get(column), column))?;
    }
    while table.next_row()? {
        for (column, tracker) in trackers.iter_mut().enumerate() {
            tracker.push(&table, column)?;
        }
    }
    let rows = table.seen();
    if rows == 0 {
        return Err(CsvError::Empty {
            header: table.header().is_some(),
        });
    }
    for (column, tracker) in trackers.iter().enumerate() {
        tracker.check_thousands(&table, column)?;
    }
    let class_names = table.summary().map(|summary| summary.classes.clone());
    let classes = |column: usize| class_names.as_deref().filter(|_| column + 1 == width);
    let of = |(column, tracker): (usize, &Tracker)| SniffedColumn {
        name: names.get(column).cloned(),
        kind: tracker.kind(),
        missing: tracker.missing(),
        task: label::task(tracker, classes(column)),
    };
    let columns: Vec<SniffedColumn> = trackers.iter().enumerate().map(of).collect();
    let label = match class_names {
        Some(_) => width - 1,
        None => label::column(&columns, &trackers),
    };
    Ok(Sniffed {
        task: columns[label].task,
        dialect,
        columns,
        rows,
        class_names,
        label,
    })
}

impl Sniffed {
    /// A reader for the file that predicts the suggested label from all columns that can be inputs: dates, identifiers and other texts are left
    /// out, names are categories, and gaps are filled and flagged.
    pub fn csv(&self) -> Csv {
        let label = self.column(self.label);
        let mut csv = match self.task {
            Task::Regression => Csv::regression([label]),
            Task::Classification { as_names, .. } => {
                let csv = Csv::classification(label);
                if as_names { csv.labels_as_names() } else { csv }
            }
        };
        csv = csv.dialect(self.dialect.clone());
        let names = self.names();
        for column in self.left_out() {
            csv = csv.without(names[column].clone());
        }
        if self.has_categories() {
            csv = csv.text_as_categories().unseen();
        }
        csv.missing(self.missing())
    }

    /// The same with another column to be predicted, which is found by its name or number, or `last`; `None` if there is none.
    pub fn predicting(mut self, label: &Column) -> Option<Self> {
        let named = |name: &String| {
            let mut columns = self.columns.iter();
            let found = columns.position(|column| column.name.as_ref() == Some(name));
            found.or_else(|| self.columns.len().checked_sub(1).filter(|_| name == "last"))
        };
        let number = match label {
            Column::Number(number) => Some(*number),
            Column::Name(name) => named(name),
        }?;
        self.task = self.columns.get(number)?.task;
        self.label = number;
        Some(self)
    }

    /// How the columns are called: by their names, or by their numbers where there is none or another one has the same.
    pub fn names(&self) -> Vec<Column> {
        let mut count: HashMap<&str, usize> = HashMap::new();
        let names = || self.columns.iter().map(|column| column.name.as_deref());
        for name in names().flatten() {
            *count.entry(name).or_default() += 1;
        }
        let columns = names().enumerate().map(|(number, name)| match name {
            Some(name) if count[name] == 1 => name.into(),
            _ => Column::Number(number),
        });
        columns.collect()
    }

    /// How a column is called.
    pub fn column(&self, number: usize) -> Column {
        let mut names = self.names();
        match number < names.len() {
            true => names.swap_remove(number),
            false => Column::Number(number),
        }
    }

    /// The columns that can be no inputs as they are.
    pub fn left_out(&self) -> Vec<usize> {
        let columns = self.columns.iter().enumerate();
        columns
            .filter(|(number, column)| *number != self.label && !column.kind.is_input())
            .map(|(number, _)| number)
            .collect()
    }

    /// Whether some inputs are names.
    pub fn has_categories(&self) -> bool {
        let mut inputs = self.columns.iter().enumerate();
        inputs.any(|(number, column)| {
            number != self.label
                && matches!(
                    column.kind,
                    SniffedKind::Category { .. } | SniffedKind::Boolean
                )
        })
    }

    /// What is to be done about gaps, if there are any in the inputs or the label.
    pub fn missing(&self) -> Missing {
        let mut columns = self.columns.iter().enumerate();
        let used =
            |number: usize, column: &SniffedColumn| number == self.label || column.kind.is_input();
        match columns.any(|(number, column)| column.missing > 0 && used(number, column)) {
            true => Missing::Flag,
            false => Missing::Refuse,
        }
    }
}
