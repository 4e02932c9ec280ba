//! What a table is.

use std::path::Path;

use anyhow::{Context as _, Result};
use gradflow::Dataset;
use gradflow::data::{Column, Csv};

use crate::input::rows::Rows;

/// What was seen in a table.
#[derive(Debug)]
pub(crate) struct Look {
    /// The fields of the table in the experiment, behind the file.
    pub(crate) fields: String,
    pub(crate) samples: usize,
    pub(crate) inputs: usize,
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

/// Whole numbers are classes up to so many of them.
const CLASSES: usize = 30;

/// Looks at a table.
pub(crate) fn look(path: &Path, label: Option<&str>) -> Result<Look> {
    let bytes =
        std::fs::read(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    let rows = Rows::read(&bytes, path, &[])?;
    let width = rows.rows[0].1.len();
    let column = match label {
        None | Some("last") => match rows.header.as_ref().and_then(|header| header.last()) {
            Some(name) => Column::Name(name.clone()),
            None => Column::Number(width.saturating_sub(1)),
        },
        Some(label) => match label.parse() {
            Ok(number) => Column::Number(number),
            Err(_) => Column::Name(label.to_owned()),
        },
    };
    let header = |csv: Csv| match rows.header {
        Some(_) => csv.with_header(),
        None => csv.without_header(),
    };
    let quoted = match &column {
        Column::Name(name) => format!("{name:?}"),
        Column::Number(number) => number.to_string(),
    };
    let no_header = match rows.header {
        Some(_) => "",
        None => ", header: false",
    };
    let classes = header(Csv::classification(column.clone())).open::<f32>(path);
    let of_classes = |data: &Dataset<f32>| {
        let few = |count| count <= CLASSES && 4 * count <= data.len();
        data.class_names().is_some() || data.classes().is_some_and(few)
    };
    if let Ok(data) = classes
        && of_classes(&data)
    {
        return Ok(Look {
            fields: format!(", label: {quoted}{no_header}"),
            samples: data.len(),
            inputs: data.inputs().size(),
            target: Target::Classes(counted(&data)),
        });
    }
    let data = header(Csv::regression([column])).open::<f32>(path)?;
    Ok(Look {
        fields: format!(", targets: [{quoted}]{no_header}"),
        samples: data.len(),
        inputs: data.inputs().size(),
        target: Target::Values(1),
    })
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
    /// A sentence.
    pub(crate) fn summary(&self) -> String {
        const MOST: usize = 12;
        let Self {
            samples, inputs, ..
        } = self;
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
        format!("{samples} samples, {inputs} inputs, {target}")
    }
}
