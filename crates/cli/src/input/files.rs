//! Files that are read.

use std::path::Path;

use anyhow::{Result, bail};
use gradflow::data::{DataError, open_file};
use gradflow::{FileError, Foreign, Model};

/// Makes sure that a path is that of a file, which can be read more than once: of a pipe the beginning would be gone.
pub(crate) fn check_file(path: &Path) -> Result<(), DataError> {
    let opened = open_file(path).map(|_| ());
    opened.map_err(|error| DataError::Open {
        path: path.to_owned(),
        error,
    })
}

/// Reads a model; the ways out of what is none are those of the command.
pub(crate) fn load(path: &Path) -> Result<Model<f32>> {
    let shown = path.display();
    match Model::load(path) {
        Err(FileError::At { error, .. }) => match *error {
            FileError::Foreign {
                found: found @ Foreign::Onnx,
            } => bail!(
                "{shown}: a model in a safetensors file was expected, but this is {found}: `gradflow import {shown}` makes a model of it"
            ),
            FileError::NoModel => bail!(
                "{shown}: the file holds tensors only, and does not say which network they belong to: describe it in an experiment, and \
                 `gradflow import {shown} --network EXPERIMENT.ron --out MODEL` makes a model of it"
            ),
            error => Err(FileError::At {
                path: path.to_owned(),
                error: Box::new(error),
            }
            .into()),
        },
        read => Ok(read?),
    }
}
