//! What an experiment says of its data.

use std::path::{Path, PathBuf};

use gradflow_data::{
    AnyDataset, DataError, Dataset, DiskDataset, FeatureMap, RawTable, Scaling, cifar10, mnist,
};
use gradflow_kernels::Real;
use serde::{Deserialize, Serialize};

use super::arrays::{NpyFiles, NpzFile};
use super::disk::DiskFiles;
use super::images::{IdxFiles, PictureFolder};
use super::table::CsvFile;
use crate::Error;

/// Where the samples of an experiment are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub enum DataFile {
    /// A table.
    Csv(Box<CsvFile>),
    /// A folder with the four files of MNIST, or of a set in its form; [`mnist`] says their names.
    Mnist(PathBuf),
    /// Pictures and their labels in two IDX files.
    Idx(IdxFiles),
    /// A folder with the binary files of CIFAR-10; [`cifar10`] says their names.
    Cifar10(PathBuf),
    /// Pictures in one folder for each class.
    Pictures(PictureFolder),
    /// Arrays of NumPy in files of their own.
    Npy(NpyFiles),
    /// Arrays of NumPy in one archive.
    Npz(NpzFile),
    /// Files whose samples are not read into memory.
    OnDisk(DiskFiles),
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
    pub(super) train: AnyDataset<T>,
    pub(super) validation: Option<AnyDataset<T>>,
    pub(super) test: Option<AnyDataset<T>>,
}

/// Samples of which nothing is learnt yet.
pub(super) enum Raw<T> {
    Memory(RawTable<T>),
    Disk(DiskDataset<T>),
}

impl<T: Real> Raw<T> {
    fn len(&self) -> usize {
        match self {
            Self::Memory(data) => data.len(),
            Self::Disk(data) => data.len(),
        }
    }

    /// A share of the samples, of classes each in proportion, and the others.
    fn split(&self, share: f64, seed: u64) -> Result<(Self, Self), DataError> {
        Ok(match self {
            Self::Memory(data) => {
                let (first, rest) = match data.targets().labels() {
                    Some(_) => data.split_stratified(share, seed)?,
                    None => data.split(share, seed)?,
                };
                (Self::Memory(first), Self::Memory(rest))
            }
            Self::Disk(data) => {
                let (first, rest) = match data.classes() {
                    Some(_) => data.split_stratified(share, seed)?,
                    None => data.split(share, seed)?,
                };
                (Self::Disk(first), Self::Disk(rest))
            }
        })
    }

    /// The training part, of which is learnt what gaps are filled with.
    fn encoded(self) -> Result<AnyDataset<T>, DataError> {
        Ok(match self {
            Self::Memory(data) => data.encoded()?.into(),
            Self::Disk(data) => data.encoded()?.into(),
        })
    }

    /// A part after all that was done to the training part.
    pub(super) fn like(self, train: &AnyDataset<T>) -> Result<AnyDataset<T>, DataError> {
        match (self, train) {
            (Self::Memory(data), AnyDataset::Memory(train)) => Ok(data.like(train)?.into()),
            (Self::Memory(data), _) => Ok(data.prepared(train.schema())?.into()),
            (Self::Disk(data), _) => AnyDataset::from(data).like(train),
        }
    }
}

impl DataFile {
    /// Reads the samples, and those for the test if there are any apart.
    pub(super) fn open<T: Real>(
        &self,
        resolve: impl Fn(&Path) -> PathBuf,
    ) -> Result<(Raw<T>, Option<AnyDataset<T>>), Error> {
        let both = |(train, test): (Dataset<T>, Dataset<T>)| {
            (Raw::Memory(train.into()), Some(test.into()))
        };
        Ok(match self {
            Self::OnDisk(files) => (Raw::Disk(files.open(resolve)?), None),
            Self::Csv(file) => (Raw::Memory(file.open(resolve)?), None),
            Self::Idx(files) => (Raw::Memory(files.open(resolve)?.into()), None),
            Self::Pictures(folder) => (Raw::Memory(folder.open(resolve)?.into()), None),
            Self::Npy(files) => (Raw::Memory(files.open(resolve)?.into()), None),
            Self::Npz(file) => (Raw::Memory(file.open(resolve)?.into()), None),
            Self::Mnist(folder) => both(mnist(resolve(folder))?),
            Self::Cifar10(folder) => both(cifar10(resolve(folder))?),
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

    /// Takes the shares out of the samples; what gaps are filled with is learnt from the training part.
    pub(super) fn apply<T: Real>(
        self,
        data: Raw<T>,
        test: Option<AnyDataset<T>>,
    ) -> Result<Parts<T>, Error> {
        self.check(test.is_some(), data.len())?;
        let cut = |data: Raw<T>, share: f64, seed| -> Result<_, DataError> {
            if share == 0.0 {
                return Ok((data, None));
            }
            let (rest, part) = data.split(1.0 - share, seed)?;
            Ok((rest, Some(part)))
        };
        let (rest, cut_off) = match &test {
            Some(_) => (data, None),
            None => cut(data, self.test, self.seed)?,
        };
        // The share is of all samples, not of those that are left.
        let left = if test.is_some() { 1.0 } else { 1.0 - self.test };
        let (train, validation) = cut(rest, self.validation / left, self.seed)?;
        let train = train.encoded()?;
        let like = |part: Option<Raw<T>>| part.map(|part| part.like(&train)).transpose();
        Ok(Parts {
            validation: like(validation)?,
            test: test.map_or_else(|| like(cut_off), |test| Ok(Some(test)))?,
            train,
        })
    }
}

impl Prepare {
    /// Does the step as these samples say.
    fn fitted<T: Real>(&self, mut data: Dataset<T>) -> Result<Dataset<T>, Error> {
        Ok(match self {
            Self::Standardise => data.standardised()?,
            Self::Range => {
                let scaling = Scaling::range(data.inputs())?;
                data.scale_inputs(&scaling)?;
                data
            }
            Self::Features(map) => data.features(map)?,
            Self::StandardiseTargets => data.standardised_targets()?,
        })
    }

    fn fitted_on_disk<T: Real>(&self, data: DiskDataset<T>) -> Result<DiskDataset<T>, DataError> {
        Ok(match self {
            Self::Standardise => data.standardised()?,
            Self::Range => data.ranged()?,
            Self::Features(map) => data.features(map)?,
            Self::StandardiseTargets => data.standardised_targets()?,
        })
    }
}

impl<T: Real> Parts<T> {
    /// Does the steps to all parts, fitted to the training part.
    pub(super) fn prepare(mut self, steps: &[Prepare]) -> Result<Self, Error> {
        for step in steps {
            self.train = match self.train {
                AnyDataset::Memory(data) => step.fitted(data)?.into(),
                AnyDataset::Disk(data) => step.fitted_on_disk(data)?.into(),
            };
        }
        if steps.is_empty() {
            return Ok(self);
        }
        let like =
            |part: Option<AnyDataset<T>>| part.map(|part| part.like(&self.train)).transpose();
        Ok(Self {
            validation: like(self.validation)?,
            test: like(self.test)?,
            train: self.train,
        })
    }
}
