//! Data sets as sources of mini-batches.

mod disk;
mod gather;
mod read;

use std::borrow::Cow;

use gradflow_data::{AnyDataset, Augment, DataError, Dataset, DiskDataset, Outputs, Schema};
use gradflow_kernels::{Real, Workers};
use gradflow_loss::Cost;
use gradflow_tensor::{Batch, Shape};

use self::disk::OnDisk;
use self::gather::{gather_inputs, gather_targets};
use crate::checks::check_size;
use crate::{Gathered, ModelError, Source, TargetKind, TrainingError};

/// A data set in memory or [on disk](DiskDataset), with a weight for each sample if there are any: what a model trains on and is evaluated on.
///
/// Weights are scaled once so that their mean is 1; a mini-batch's cost is the plain mean of `w_s L_s`, an unbiased estimate
/// of the whole for batches of any size.
///
/// ```
/// use gradflow::{Samples, Shape, data::Dataset};
///
/// let data = Dataset::<f32>::regression(Shape::vector(1)?, vec![0.0, 1.0], 1, vec![0.0, 10.0])?;
/// let samples = Samples::weighted(&data, &[1.0, 9.0])?;
/// assert_eq!(samples.weights(), Some(&[0.2, 1.8][..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Samples<'a, T: Real> {
    held: Held<'a, T>,
    weights: Option<Vec<T>>,
    augment: Option<Augment>,
}

/// Where the samples are.
#[derive(Debug, Clone)]
enum Held<'a, T: Real> {
    Memory(&'a Dataset<T>),
    Disk(Box<OnDisk<'a, T>>),
}

impl<'a, T: Real> Samples<'a, T> {
    /// Every sample counts for what its weight says, in proportion.
    ///
    /// # Errors
    /// [`ModelError::Cost`] if there is not one weight a sample, one is negative or not finite, all are zero, or their sum
    /// overflows.
    pub fn weighted(data: impl Into<Self>, weights: &[T]) -> Result<Self, ModelError> {
        let data = data.into();
        let weights = Some(gradflow_loss::mean_one_weights(data.len(), weights)?);
        Ok(Self { weights, ..data })
    }

    /// Every class counts the same, as by scikit-learn's `class_weight="balanced"`: of `n` samples of `C` classes, one of class `c`
    /// weighs `n / (C n_c)`.
    ///
    /// ```
    /// use gradflow::{Dataset, Samples};
    ///
    /// let data = Dataset::<f64>::classification(1, vec![0.0; 4], [0, 0, 0, 1], 2)?;
    /// let weights = [2.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0, 2.0];
    /// assert_eq!(Samples::balanced(&data)?.weights(), Some(&weights[..]));
    /// # Ok::<(), gradflow::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ModelError::NoClasses`] for targets that are values; [`ModelError::Cost`] if a class has no samples.
    pub fn balanced(data: impl Into<Self>) -> Result<Self, ModelError> {
        let data = data.into();
        let (labels, classes) = data.labels()?;
        let weights = gradflow_loss::balanced(&labels, classes)?;
        let weights = gradflow_loss::class_weights::<T>(&labels, &weights)?;
        drop(labels);
        Self::weighted(data, &weights)
    }

    /// Every sample counts for what the weight of its class says, in proportion.
    ///
    /// # Errors
    /// [`ModelError::NoClasses`] for targets that are values; [`ModelError::Cost`] as [`Samples::weighted`], or unless there is a
    /// weight for each class.
    pub fn by_class(data: impl Into<Self>, weights: &[f64]) -> Result<Self, ModelError> {
        let data = data.into();
        let (labels, classes) = data.labels()?;
        check_size(classes, weights.len(), |expected, came| {
            ModelError::ClassWeights { expected, came }
        })?;
        let weights = gradflow_loss::class_weights::<T>(&labels, weights)?;
        drop(labels);
        Self::weighted(data, &weights)
    }

    /// The class of every sample, and how many classes there are.
    fn labels(&self) -> Result<(Cow<'a, [usize]>, usize), ModelError> {
        let found = match &self.held {
            Held::Memory(data) => data.labels().map(Cow::Borrowed).zip(data.classes()),
            Held::Disk(disk) => {
                let labels = disk.data.labels()?;
                labels.map(Cow::Owned).zip(disk.data.classes())
            }
        };
        found.ok_or(ModelError::NoClasses)
    }

    /// Pictures are changed a little whenever a run takes them, otherwise in each epoch: drawn from the run's seed, the epoch and the
    /// number of the sample, on the run's threads. Evaluation and validation take them as they are.
    ///
    /// ```
    /// use gradflow::data::Augment;
    /// use gradflow::optim::Adam;
    /// use gradflow::{Activation, Cost, Dataset, Model, Network, Protocol, Samples};
    ///
    /// let pixels = (0..64).map(|i| i as f32).collect();
    /// let data = Dataset::<f32>::classification([1, 4, 4], pixels, [0, 1, 0, 1], 2)?;
    /// let network = Network::builder([1, 4, 4]).dense(2, Activation::Identity).build()?;
    /// let mut model = Model::new(network, Cost::classification(), 1)?;
    /// let samples = Samples::from(&data).augmented(Augment::default().shift([1, 1]).flip())?;
    /// Protocol::new(Adam::new(0.01)).epochs(5).train(&mut model, samples)?;
    /// # Ok::<(), gradflow::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ModelError::Augment`] if the changes do not suit pictures of this shape.
    pub fn augmented(self, augment: Augment) -> Result<Self, ModelError> {
        augment.check(self.shape())?;
        Ok(Self {
            augment: Some(augment),
            ..self
        })
    }

    /// The data set; `None` for one that stays [on disk](Self::on_disk).
    pub fn in_memory(&self) -> Option<&'a Dataset<T>> {
        match self.held {
            Held::Memory(data) => Some(data),
            Held::Disk(_) => None,
        }
    }

    /// The data set that stays on disk, if it is one.
    pub fn on_disk(&self) -> Option<&'a DiskDataset<T>> {
        match &self.held {
            Held::Memory(_) => None,
            Held::Disk(disk) => Some(disk.data),
        }
    }

    /// The weights, of mean 1.
    pub fn weights(&self) -> Option<&[T]> {
        self.weights.as_deref()
    }
}

impl<'a, T: Real> From<&'a Dataset<T>> for Samples<'a, T> {
    fn from(data: &'a Dataset<T>) -> Self {
        Self {
            held: Held::Memory(data),
            weights: None,
            augment: None,
        }
    }
}

impl<'a, T: Real> From<&'a DiskDataset<T>> for Samples<'a, T> {
    fn from(data: &'a DiskDataset<T>) -> Self {
        Self {
            held: Held::Disk(Box::new(OnDisk::new(data))),
            weights: None,
            augment: None,
        }
    }
}

impl<'a, T: Real> From<&'a AnyDataset<T>> for Samples<'a, T> {
    fn from(data: &'a AnyDataset<T>) -> Self {
        match data {
            AnyDataset::Memory(data) => data.into(),
            AnyDataset::Disk(data) => data.into(),
        }
    }
}

impl<T: Real> Source<T> for Samples<'_, T> {
    fn len(&self) -> usize {
        match &self.held {
            Held::Memory(data) => data.len(),
            Held::Disk(disk) => disk.data.len(),
        }
    }

    fn shape(&self) -> Shape<3> {
        match &self.held {
            Held::Memory(data) => data.shape(),
            Held::Disk(disk) => disk.data.shape(),
        }
    }

    fn targets(&self) -> TargetKind {
        match self.data_schema().outputs() {
            Outputs::Classes { count, .. } => TargetKind::Classes(*count),
            Outputs::Values { size, .. } => TargetKind::Values(*size),
        }
    }

    fn schema(&self) -> Option<&Schema> {
        Some(self.data_schema())
    }

    fn weighted(&self) -> bool {
        self.weights.is_some()
    }

    fn is_checked(&self) -> bool {
        match &self.held {
            Held::Memory(_) => true,
            // Labels are looked at when they are read; values may be such that the cost is not defined.
            Held::Disk(disk) => disk.data.classes().is_some(),
        }
    }

    fn gather(
        &mut self,
        samples: &[usize],
        into: Gathered<'_, T>,
        workers: &Workers,
    ) -> Result<(), TrainingError> {
        let augment = self.augment.as_ref();
        if let (Some(weights), Some(out)) = (&self.weights, into.weights) {
            for (out, s) in out.iter_mut().zip(samples) {
                *out = weights[*s];
            }
        }
        match &mut self.held {
            Held::Memory(data) => {
                gather_inputs(data, augment, samples, (into.x, into.draw), workers);
                gather_targets(data, samples, into.targets, workers);
                Ok(())
            }
            Held::Disk(disk) => {
                let read =
                    disk.gather(samples, augment, (into.x, into.draw), into.targets, workers);
                Ok(read.map_err(DataError::from)?)
            }
        }
    }

    fn ahead(&mut self, samples: &[usize]) -> Result<(), TrainingError> {
        match &mut self.held {
            Held::Memory(_) => Ok(()),
            Held::Disk(disk) => Ok((disk.reader.ahead(samples)).map_err(DataError::from)?),
        }
    }

    fn check_targets(&self, cost: &Cost) -> Result<(), ModelError> {
        let data = match &self.held {
            Held::Memory(data) => Dataset::targets(data).values(),
            Held::Disk(_) => None,
        };
        match (self.targets(), data) {
            (_, Some(values)) => Ok(cost.check_targets(values)?),
            // Labels become zeros and ones.
            (TargetKind::Classes(_), None) => match Batch::new(&[T::ZERO, T::ONE], 1) {
                Ok(both) => Ok(cost.check_targets(both)?),
                Err(_) => Ok(()),
            },
            (TargetKind::Values(_), None) => Ok(()),
        }
    }
}

impl<T: Real> Samples<'_, T> {
    fn data_schema(&self) -> &Schema {
        match &self.held {
            Held::Memory(data) => Dataset::schema(data),
            Held::Disk(disk) => disk.data.schema(),
        }
    }
}

impl<T: Real> Source<T> for &Dataset<T> {
    fn len(&self) -> usize {
        Dataset::len(self)
    }

    fn shape(&self) -> Shape<3> {
        Dataset::shape(self)
    }

    fn targets(&self) -> TargetKind {
        Samples::from(*self).targets()
    }

    fn schema(&self) -> Option<&Schema> {
        Some(Dataset::schema(self))
    }

    fn is_checked(&self) -> bool {
        true
    }

    fn gather(
        &mut self,
        samples: &[usize],
        into: Gathered<'_, T>,
        workers: &Workers,
    ) -> Result<(), TrainingError> {
        Samples::from(*self).gather(samples, into, workers)
    }

    fn check_targets(&self, cost: &Cost) -> Result<(), ModelError> {
        Samples::from(*self).check_targets(cost)
    }
}
