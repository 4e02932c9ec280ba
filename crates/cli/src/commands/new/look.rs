//! What a table is.

use std::path::Path;

use anyhow::{Result, bail};
use gradflow::data::{Column, Sniffed, Task, sniff};
use gradflow::{CsvFile, Dataset};

use crate::input::labelled::column;

/// What was seen in a table.
#[derive(Debug)]
pub(crate) struct Look {
    /// The table as an experiment has it.
    pub(crate) file: CsvFile,
    /// Columns that were left out by themselves.
    pub(crate) left_out: Vec<String>,
    pub(crate) samples: usize,
    /// Inputs of the network: a category has several.
    pub(crate) inputs: usize,
    pub(crate) target: Target,
}

/// What is to be predicted.
#[derive(Debug)]
pub(crate) enum Target {
    /// Each class, by its name or number, and how many samples it has.
    Classes(Vec<(String, usize)>),
    /// A value.
    Value,
}

/// More different whole numbers than these are values.
const CLASSES: usize = 20;

/// Looks at a table, and at that of its targets if they do not stand in it.
pub(crate) fn look(path: &Path, targets: Option<&Path>, label: Option<&str>) -> Result<Look> {
    let sniffed = sniff(path)?;
    let mut file = match targets {
        None => CsvFile::sniffed(path, &sniffed),
        Some(targets) => beside(path, targets, &sniffed)?,
    };
    if let Some(label) = label {
        choose(&mut file, &sniffed, column(label), targets.is_none())?;
    }
    let left_out = file.without.iter().map(|column| column.to_string());
    let left_out = left_out.collect();
    let csv = file.csv()?;
    let data: Dataset<f32> = match targets {
        None => csv.open(path)?,
        Some(targets) => csv.open_table_beside(path, targets)?.encoded()?,
    };
    Ok(Look {
        left_out,
        samples: data.len(),
        inputs: data.inputs().size(),
        target: match data.labels() {
            Some(_) => Target::Classes(counted(&data)),
            None => Target::Value,
        },
        file,
    })
}

/// A table of inputs alone, with the answers in another one.
fn beside(path: &Path, targets: &Path, sniffed: &Sniffed) -> Result<CsvFile> {
    let answers = sniff(targets)?;
    let inputs = CsvFile::sniffed(path, sniffed);
    let answer = CsvFile::sniffed(targets, &answers);
    let label = &sniffed.columns[sniffed.label];
    let mut without = inputs.without;
    if !label.kind.is_input() {
        without.push(sniffed.column(sniffed.label));
    }
    Ok(CsvFile {
        targets_file: Some(targets.to_owned()),
        label: answer.label,
        targets: answer.targets,
        labels_as_names: answer.labels_as_names,
        without,
        ..inputs
    })
}

/// Another column is to be predicted than the one that was guessed; the one that was is an input.
fn choose(file: &mut CsvFile, sniffed: &Sniffed, label: Column, among: bool) -> Result<()> {
    let number = match &label {
        Column::Number(number) => *number,
        Column::Name(name) => {
            let named = |column: &gradflow::data::SniffedColumn| column.name.as_ref() == Some(name);
            let last = || (name == "last").then(|| sniffed.columns.len() - 1);
            let found = sniffed.columns.iter().position(named);
            found.or_else(last).unwrap_or(usize::MAX)
        }
    };
    let guessed = among && number == sniffed.label;
    if guessed {
        return Ok(());
    }
    file.without.retain(|column| *column != label);
    if among && let Some(column) = sniffed.columns.get(number) {
        file.without
            .retain(|other| Some(other) != column.name.as_ref().map(Column::from).as_ref());
        let before = &sniffed.columns[sniffed.label];
        if !before.kind.is_input() {
            file.without.push(sniffed.column(sniffed.label));
        }
    }
    (file.label, file.targets) = (None, vec![label.clone()]);
    file.labels_as_names = false;
    // What the numbers are is told by reading them; names are no numbers.
    let values = match (&file.targets_file, file.csv()?) {
        (None, csv) => csv.open::<f64>(&file.file),
        (Some(targets), csv) => match csv.open_table_beside(&file.file, targets) {
            Ok(table) => Ok(table.encoded()?),
            Err(error) => Err(error),
        },
    };
    let task = match &values {
        Ok(data) => task(data),
        Err(_) => Task::Classification {
            classes: 0,
            as_names: false,
        },
    };
    if let Task::Classification { as_names, .. } = task {
        (file.label, file.targets) = (Some(label), Vec::new());
        file.labels_as_names = as_names;
    }
    Ok(())
}

/// Whether values are few whole numbers.
fn task(data: &Dataset<f64>) -> Task {
    let targets = data.targets();
    let values = targets.values().map_or(&[][..], |values| values.data());
    let mut different = values.to_vec();
    different.sort_by(f64::total_cmp);
    different.dedup();
    let whole = different.iter().all(|x| x.fract() == 0.0);
    let classes = different.len();
    match whole && classes <= CLASSES && 2 * classes <= values.len() {
        false => Task::Regression,
        true => Task::Classification {
            classes,
            as_names: different.iter().enumerate().any(|(i, x)| *x != i as f64),
        },
    }
}

fn counted(data: &Dataset<f32>) -> Vec<(String, usize)> {
    let counts = data.class_counts().unwrap_or_default();
    let name = |class: usize| match data.class_names().and_then(|names| names.get(class)) {
        Some(name) => name.clone(),
        None => class.to_string(),
    };
    let counts = counts.into_iter().enumerate();
    counts.map(|(class, count)| (name(class), count)).collect()
}

impl Look {
    /// Refuses what nothing can be learnt from.
    pub(crate) fn check(&self) -> Result<()> {
        /// A fifth is kept apart for the test.
        const FEWEST: usize = 5;
        if self.samples < FEWEST {
            let few = counted_in(self.samples, "sample");
            let are = if self.samples == 1 { "is" } else { "are" };
            bail!(
                "{few} {are} too few: a table needs {FEWEST} at least, one of which is kept apart for the test"
            );
        }
        match &self.target {
            Target::Classes(classes) if classes.len() < 2 => {
                let name = classes.first().map_or("", |(name, _)| name);
                bail!(
                    "all samples are of one class alone, `{name}`: there is nothing to learn; choose another column by --label"
                )
            }
            _ => Ok(()),
        }
    }

    /// A sentence.
    pub(crate) fn summary(&self) -> String {
        const MOST: usize = 12;
        let Self {
            samples, inputs, ..
        } = self;
        let target = match &self.target {
            Target::Value => "a value to predict".to_owned(),
            Target::Classes(classes) => {
                let each = classes.iter().take(MOST);
                let each = each.map(|(name, count)| format!("{name} {count}"));
                let more = if classes.len() > MOST { ", …" } else { "" };
                let each = each.collect::<Vec<_>>().join(", ");
                format!("{} classes ({each}{more})", classes.len())
            }
        };
        format!(
            "{}, {}, {target}",
            counted_in(*samples, "sample"),
            counted_in(*inputs, "input")
        )
    }
}

/// `1 sample`, `2 samples`.
fn counted_in(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
