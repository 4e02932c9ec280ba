//! What an experiment says of its data.

use std::path::{Path, PathBuf};

use gradflow_data::{Column, Csv, DataError, Dataset, FeatureMap, Scaling, cifar10, mnist};
use gradflow_kernels::Real;
use serde::{Deserialize, Serialize};

use super::images::IdxFiles;
use crate::Error;

/// Where the samples of an experiment are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub enum DataFile {
    /// A table.
    Csv(CsvFile),
    /// A folder with the four files of MNIST, or of a set in its form; [`mnist`] says their names.
    Mnist(PathBuf),
    /// Pictures and their labels in two IDX files.
    Idx(IdxFiles),
    /// A folder with the binary files of CIFAR-10; [`cifar10`] says their names.
    Cifar10(PathBuf),
}

/// A table of an experiment, with either a label or targets.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CsvFile {
    /// The file, plain or gzip.
    pub file: PathBuf,
    /// The column of the classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<ColumnName>,
    /// The columns of the targets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<ColumnName>,
    /// Columns that are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<ColumnName>,
    /// Whether the first row is a header; by default, if it does not consist of numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
    /// What separates the fields; by default, a comma.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// Labels are names, even if they look like numbers.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub labels_as_names: bool,
}

/// A column, `"species"` or `4`, counted from 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ColumnName {
    /// The name in the header.
    Name(String),
    /// The number, counted from 0.
    Number(usize),
}

impl From<&ColumnName> for Column {
    fn from(name: &ColumnName) -> Self {
        match name {
            ColumnName::Name(name) => Self::Name(name.clone()),
            ColumnName::Number(number) => Self::Number(*number),
        }
    }
}

/// Which samples are kept apart, as shares of all, drawn from a seed; of classes, each in proportion.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Split {
    /// The share on which cost and accuracy are taken after every epoch; early stopping watches it.
    pub validation: f64,
    /// The share that the trained model is tested on, of data that have no test set of their own.
    pub test: f64,
    /// The seed.
    pub seed: u64,
}

/// A step of the preprocessing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Prepare {
    /// Inputs with mean 0 and deviation 1.
    Standardise,
    /// Inputs from 0 to 1.
    Range,
    /// Features made of the inputs.
    Features(FeatureMap),
    /// Target values with mean 0 and deviation 1; predictions come back in their own units.
    StandardiseTargets,
}

/// The samples of an experiment.
pub(super) struct Parts<T> {
    pub(super) train: Dataset<T>,
    pub(super) validation: Option<Dataset<T>>,
    pub(super) test: Option<Dataset<T>>,
}

impl DataFile {
    /// Reads the samples, and those for the test if there are any apart.
    pub(super) fn open<T: Real>(
        &self,
        resolve: impl Fn(&Path) -> PathBuf,
    ) -> Result<(Dataset<T>, Option<Dataset<T>>), Error> {
        let both = |(train, test)| (train, Some(test));
        Ok(match self {
            Self::Csv(file) => (file.csv()?.open(resolve(&file.file))?, None),
            Self::Idx(files) => (files.open(&resolve)?, None),
            Self::Mnist(folder) => both(mnist(resolve(folder))?),
            Self::Cifar10(folder) => both(cifar10(resolve(folder))?),
        })
    }
}

impl CsvFile {
    fn csv(&self) -> Result<Csv, Error> {
        let mut csv = match (&self.label, &*self.targets) {
            (Some(label), []) => Csv::classification(label),
            (None, [_, ..]) => Csv::regression(&self.targets),
            _ => {
                let message = "a table has a `label`, the column of the classes, or `targets`, the columns of values";
                return Err(Error::other(message));
            }
        };
        for column in &self.without {
            csv = csv.without(column);
        }
        csv = match self.header {
            Some(true) => csv.with_header(),
            Some(false) => csv.without_header(),
            None => csv,
        };
        if let Some(delimiter) = self.delimiter {
            let byte = u8::try_from(delimiter).ok().filter(u8::is_ascii);
            let byte = byte.ok_or_else(|| {
                Error::other(format!("a `delimiter` is one byte, not {delimiter:?}"))
            })?;
            csv = csv.delimiter(byte);
        }
        Ok(if self.labels_as_names {
            csv.labels_as_names()
        } else {
            csv
        })
    }
}

impl Split {
    /// Whether the shares are shares; `apart` says that there is a test set already.
    fn check(self, apart: bool, samples: usize) -> Result<(), Error> {
        let test = if apart { 0.0 } else { self.test };
        let sound = |share: f64| (0.0..1.0).contains(&share);
        let (field, value) = match (sound(self.validation), sound(test)) {
            (false, _) => ("validation", self.validation),
            (_, false) => ("test", test),
            _ if self.validation + test >= 1.0 => ("validation", self.validation),
            _ => {
                let few = [("validation", self.validation), ("test", test)];
                let few = few
                    .into_iter()
                    .find(|(_, share)| *share > 0.0 && share * (samples as f64) < 1.0);
                return match few {
                    None => Ok(()),
                    Some((field, share)) => Err(Error::other(format!(
                        "`{field}` is {share}, less than one of {samples} samples: choose a larger share, or 0 for none"
                    ))),
                };
            }
        };
        Err(Error::other(format!(
            "`{field}` is {value}: `validation` and `test` are shares of all samples, at least 0 and together less than 1; 0.2 keeps one sample \
             of five apart"
        )))
    }

    /// Takes the shares out of the samples.
    pub(super) fn apply<T: Real>(
        self,
        data: Dataset<T>,
        test: Option<Dataset<T>>,
    ) -> Result<Parts<T>, Error> {
        self.check(test.is_some(), data.len())?;
        let cut = |data: Dataset<T>, share: f64, seed| -> Result<_, DataError> {
            if share == 0.0 {
                return Ok((data, None));
            }
            let (rest, part) = match data.labels() {
                Some(_) => data.split_stratified(1.0 - share, seed)?,
                None => data.split(1.0 - share, seed)?,
            };
            Ok((rest, Some(part)))
        };
        let (rest, cut_off) = match &test {
            Some(_) => (data, None),
            None => cut(data, self.test, self.seed)?,
        };
        // The share is of all samples, not of those that are left.
        let left = if test.is_some() { 1.0 } else { 1.0 - self.test };
        let (train, validation) = cut(rest, self.validation / left, self.seed)?;
        Ok(Parts {
            train,
            validation,
            test: test.or(cut_off),
        })
    }
}

impl<T: Real> Parts<T> {
    /// Does the steps to all parts, fitted to the training part.
    pub(super) fn prepare(mut self, steps: &[Prepare]) -> Result<Self, Error> {
        for step in steps {
            self.train = match step {
                Prepare::Standardise => self.train.standardised()?,
                Prepare::Range => {
                    let scaling = Scaling::range(self.train.inputs())?;
                    self.train.scale_inputs(&scaling)?;
                    self.train
                }
                Prepare::Features(map) => self.train.features(map)?,
                Prepare::StandardiseTargets => self.train.standardised_targets()?,
            };
        }
        if steps.is_empty() {
            return Ok(self);
        }
        let like = |part: Option<Dataset<T>>| part.map(|part| part.like(&self.train)).transpose();
        Ok(Self {
            validation: like(self.validation)?,
            test: like(self.test)?,
            train: self.train,
        })
    }
}
