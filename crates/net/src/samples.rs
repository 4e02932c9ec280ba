//! Data sets as sources of mini-batches.

use gradflow_data::{Augment, Dataset, Schema, Targets};
use gradflow_kernels::{Real, Workers, gather_rows};
use gradflow_loss::Cost;
use gradflow_tensor::{Batch, Shape};

use crate::checks::check_size;
use crate::{Gathered, ModelError, Source, TargetKind, TargetsMut, TrainingError};

/// A data set, with a weight for each sample if there are any: what a model trains on and is evaluated on.
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
    data: &'a Dataset<T>,
    weights: Option<Vec<T>>,
    augment: Option<Augment>,
}

impl<'a, T: Real> Samples<'a, T> {
    /// Every sample counts for what its weight says, in proportion.
    ///
    /// # Errors
    /// [`ModelError::Cost`] if there is not one weight a sample, one is negative or not finite, all are zero, or their sum
    /// overflows.
    pub fn weighted(data: &'a Dataset<T>, weights: &[T]) -> Result<Self, ModelError> {
        let weights = Some(gradflow_loss::mean_one_weights(data.len(), weights)?);
        Ok(Self {
            weights,
            ..data.into()
        })
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
    pub fn balanced(data: &'a Dataset<T>) -> Result<Self, ModelError> {
        let Targets::Classes { labels, classes } = data.targets() else {
            return Err(ModelError::NoClasses);
        };
        Self::by_class(data, &gradflow_loss::balanced(labels, classes)?)
    }

    /// Every sample counts for what the weight of its class says, in proportion.
    ///
    /// # Errors
    /// [`ModelError::NoClasses`] for targets that are values; [`ModelError::Cost`] as [`Samples::weighted`], or unless there is a
    /// weight for each class.
    pub fn by_class(data: &'a Dataset<T>, weights: &[f64]) -> Result<Self, ModelError> {
        let Targets::Classes { labels, classes } = data.targets() else {
            return Err(ModelError::NoClasses);
        };
        check_size(classes, weights.len(), |expected, came| {
            ModelError::ClassWeights { expected, came }
        })?;
        Self::weighted(data, &gradflow_loss::class_weights::<T>(labels, weights)?)
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
        augment.check(self.data.shape())?;
        Ok(Self {
            augment: Some(augment),
            ..self
        })
    }

    /// The data set.
    pub fn data(&self) -> &'a Dataset<T> {
        self.data
    }

    /// The weights, of mean 1.
    pub fn weights(&self) -> Option<&[T]> {
        self.weights.as_deref()
    }
}

impl<'a, T: Real> From<&'a Dataset<T>> for Samples<'a, T> {
    fn from(data: &'a Dataset<T>) -> Self {
        Self {
            data,
            weights: None,
            augment: None,
        }
    }
}

impl<T: Real> Source<T> for Samples<'_, T> {
    fn len(&self) -> usize {
        self.data.len()
    }

    fn shape(&self) -> Shape<3> {
        self.data.shape()
    }

    fn targets(&self) -> TargetKind {
        match self.data.targets() {
            Targets::Classes { classes, .. } => TargetKind::Classes(classes),
            Targets::Values(values) => TargetKind::Values(values.size()),
        }
    }

    fn schema(&self) -> Option<&Schema> {
        Some(self.data.schema())
    }

    fn weighted(&self) -> bool {
        self.weights.is_some()
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
        let inputs = self.data.inputs();
        match &self.augment {
            None => gather_rows(inputs.data(), inputs.size(), samples, into.x, workers),
            Some(augment) => {
                let (shape, size) = (self.data.shape(), inputs.size());
                let work = samples
                    .len()
                    .saturating_mul(size)
                    .saturating_mul(PIXEL_WORK);
                workers.for_each_chunk(into.x, size, work, |i, x| {
                    let from = &inputs.data()[samples[i] * size..][..size];
                    augment.apply(shape, into.draw.row(samples[i] as u64), from, x);
                });
            }
        }
        match (self.data.targets(), into.targets) {
            (Targets::Classes { labels, .. }, TargetsMut::Classes(out)) => {
                for (out, s) in out.iter_mut().zip(samples) {
                    *out = labels[*s];
                }
            }
            (Targets::Values(values), TargetsMut::Values(out)) => {
                gather_rows(values.data(), values.size(), samples, out, workers);
            }
            _ => {} // the run asked for the kind that `targets` named
        }
        if let (Some(weights), Some(out)) = (&self.weights, into.weights) {
            for (out, s) in out.iter_mut().zip(samples) {
                *out = weights[*s];
            }
        }
        Ok(())
    }

    fn check_targets(&self, cost: &Cost) -> Result<(), ModelError> {
        match self.data.targets() {
            // Labels become zeros and ones.
            Targets::Classes { .. } => match Batch::new(&[T::ZERO, T::ONE], 1) {
                Ok(both) => Ok(cost.check_targets(both)?),
                Err(_) => Ok(()),
            },
            Targets::Values(values) => Ok(cost.check_targets(values)?),
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

/// Operations for a pixel of a changed picture, about.
const PIXEL_WORK: usize = 16;
