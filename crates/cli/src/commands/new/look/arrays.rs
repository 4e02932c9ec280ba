//! Arrays of NumPy.

use std::path::Path;

use anyhow::{Context as _, Result};
use gradflow::data::{Npy, Npz};
use gradflow::{DataFile, Dataset, NpyFiles, NpzFile};

use super::seen::Look;
use crate::input::arrays::{ANSWERS, INPUTS, named};

/// Looks at an array of inputs and one of answers.
pub(super) fn files(path: &Path, targets: Option<&Path>) -> Result<Look> {
    let targets = targets.with_context(|| {
        format!(
            "{} has inputs alone: say in which file the answers are, by --targets y.npy",
            path.display()
        )
    })?;
    let (inputs, answers) = (Npy::open(path)?, Npy::open(targets)?);
    let maximum = maximum(&inputs);
    let (data, are_labels) = dataset(&inputs, &answers, maximum)?;
    let [labels, values] = either(are_labels, targets.to_owned());
    let files = NpyFiles {
        inputs: path.to_owned(),
        labels,
        classes: None,
        targets: values,
        maximum,
    };
    Ok(Look::of(&data, DataFile::Npy(files)))
}

/// Looks at an archive; the answers are those that are said, or those that are called so.
pub(super) fn archive(path: &Path, label: Option<&str>) -> Result<Look> {
    let archive = Npz::open(path)?;
    let (inputs, answers) = archive.suggested();
    let inputs = named(&archive, inputs, &INPUTS)?;
    let answers = named(&archive, label.or(answers), &ANSWERS)?;
    let array = archive.array(&inputs)?;
    let maximum = maximum(&array);
    let (data, are_labels) = dataset(&array, &archive.array(&answers)?, maximum)?;
    let [labels, targets] = either(are_labels, answers);
    let file = NpzFile {
        file: path.to_owned(),
        inputs,
        labels,
        targets,
        maximum,
    };
    Ok(Look::of(&data, DataFile::Npz(file)))
}

/// Bytes in more than two dimensions are pixels.
fn maximum(inputs: &Npy) -> f64 {
    match inputs.dims().len() > 2 && inputs.element_type() == "|u1" {
        true => 255.0,
        false => 1.0,
    }
}

fn either<A>(first: bool, value: A) -> [Option<A>; 2] {
    match first {
        true => [Some(value), None],
        false => [None, Some(value)],
    }
}

/// The samples; texts and few whole numbers are classes, other numbers are values.
fn dataset(inputs: &Npy, answers: &Npy, maximum: f64) -> Result<(Dataset<f32>, bool)> {
    let labelled = Dataset::from_labelled_arrays(inputs, answers, None, maximum);
    let most = if answers.is_whole() { 1000 } else { 20 };
    let are_labels = |data: &Dataset<f32>| {
        let classes = data.classes().unwrap_or(0);
        answers.is_text() || (classes <= most && 2 * classes <= data.len())
    };
    match labelled {
        Ok(data) if are_labels(&data) => Ok((data, true)),
        Err(error) if answers.is_text() => Err(error.into()),
        _ => Ok((Dataset::from_arrays(inputs, answers, maximum)?, false)),
    }
}
