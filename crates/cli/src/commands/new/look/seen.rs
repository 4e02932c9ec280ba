//! What a look sees.

use anyhow::{Result, bail};
use gradflow::data::{Column, Targets};
use gradflow::{DataFile, Dataset};

/// What was seen in a table, a folder of pictures, or arrays.
#[derive(Debug)]
pub(crate) struct Look {
    /// The data as an experiment has them.
    pub(crate) data: DataFile,
    /// Columns that were left out by themselves.
    pub(crate) left_out: Vec<String>,
    pub(crate) samples: usize,
    /// What the network reads: depth, vertical, horizontal of a picture; else a number of inputs, of which a category has several.
    pub(crate) shape: [usize; 3],
    pub(crate) target: Target,
}

/// What is to be predicted.
#[derive(Debug)]
pub(crate) enum Target {
    /// Each class, by its name or number, and how many samples it has.
    Classes(Vec<(String, usize)>),
    /// So many values.
    Values(usize),
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
    pub(super) fn of(data: &Dataset<f32>, file: DataFile) -> Self {
        Self {
            left_out: Vec::new(),
            samples: data.len(),
            shape: data.shape().dims(),
            target: match data.targets() {
                Targets::Classes { .. } => Target::Classes(counted(data)),
                Targets::Values(values) => Target::Values(values.size()),
            },
            data: file,
        }
    }

    /// What is predicted, and which columns are left out, in sentences.
    pub(crate) fn columns(&self) -> String {
        let file = match &self.data {
            DataFile::Csv(file) => file,
            DataFile::Npz(file) => {
                let target = file.labels.iter().chain(&file.targets).next();
                let target = target.map_or("", String::as_str);
                return format!("inputs: array `{}`; target: array `{target}`", file.inputs);
            }
            DataFile::Pictures(_) => return "target: the folder of a picture".to_owned(),
            _ => return "target: the other array".to_owned(),
        };
        let target = file.label.iter().chain(&file.targets);
        let target: Vec<String> = target.map(Column::to_string).collect();
        let left_out = match self.left_out.is_empty() {
            true => String::new(),
            false => format!("; left out: {}", self.left_out.join(", ")),
        };
        format!("target: column {}{left_out}", target.join(", "))
    }

    /// Refuses what nothing can be learnt from.
    pub(crate) fn check(&self) -> Result<()> {
        /// A fifth is kept apart for the test.
        const FEWEST: usize = 5;
        if self.samples < FEWEST {
            let few = counted_in(self.samples, "sample");
            let are = if self.samples == 1 { "is" } else { "are" };
            bail!(
                "{few} {are} too few: there must be {FEWEST} at least, one of which is kept apart for the test"
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
        let Self { samples, shape, .. } = self;
        let target = match &self.target {
            Target::Values(1) => "a value to predict".to_owned(),
            Target::Values(count) => format!("{count} values to predict"),
            Target::Classes(classes) => {
                let each = classes.iter().take(MOST);
                let each = each.map(|(name, count)| format!("{name} {count}"));
                let more = if classes.len() > MOST { ", …" } else { "" };
                let each = each.collect::<Vec<_>>().join(", ");
                format!("{} classes ({each}{more})", classes.len())
            }
        };
        let inputs = match shape {
            [inputs, 1, 1] => counted_in(*inputs, "input"),
            [1, v, h] => format!("grey pictures of {v} x {h}"),
            [depth, v, h] => format!("pictures of {v} x {h} with {depth} channels"),
        };
        format!("{}, {inputs}, {target}", counted_in(*samples, "sample"))
    }
}

/// `1 sample`, `2 samples`.
fn counted_in(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
