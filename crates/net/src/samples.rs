//! Where mini-batches come from.

use core::fmt::Debug;

use gradflow_data::{Dataset, Targets};
use gradflow_kernels::{Real, Workers, gather_rows};
use gradflow_loss::Cost;
use gradflow_tensor::{Batch, Shape};

use crate::checks::check_size;
use crate::{ModelError, TrainingError};

/// What the targets of a [`Source`] are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetKind {
    /// The number of a class, of so many.
    Classes(usize),
    /// So many values for a sample.
    Values(usize),
}

/// Where the samples of a mini-batch are copied to, one beside the other.
#[derive(Debug)]
pub struct Gathered<'b, T> {
    /// The inputs: as many elements for each sample as the source's shape has.
    pub x: &'b mut [T],
    /// The targets.
    pub targets: TargetsMut<'b, T>,
    /// The samples' weights, if the source has any.
    pub weights: Option<&'b mut [T]>,
}

/// The targets of a mini-batch, to be filled.
#[derive(Debug)]
pub enum TargetsMut<'b, T> {
    /// One class number a sample.
    Classes(&'b mut [usize]),
    /// Values, sample after sample.
    Values(&'b mut [T]),
}

/// Where a run takes its mini-batches from: a data set in memory, a mapped file, a generator.
///
/// A run asks for samples by their numbers, in an order that comes from its seed and the epoch alone.
///
/// ```
/// use gradflow::{Gathered, Shape, Source, TargetKind, TargetsMut, TrainingError, Workers};
///
/// /// Makes sample `s` when it is asked for: `y = 2 x` on a grid.
/// #[derive(Debug)]
/// struct Doubling {
///     shape: Shape<3>,
/// }
///
/// impl Source<f32> for Doubling {
///     fn len(&self) -> usize {
///         1000
///     }
///     fn shape(&self) -> Shape<3> {
///         self.shape
///     }
///     fn targets(&self) -> TargetKind {
///         TargetKind::Values(1)
///     }
///     fn gather(&mut self, samples: &[usize], into: Gathered<f32>, _: &Workers) -> Result<(), TrainingError> {
///         let TargetsMut::Values(y) = into.targets else { return Ok(()) };
///         for (i, s) in samples.iter().enumerate() {
///             (into.x[i], y[i]) = (*s as f32 / 1000.0, *s as f32 / 500.0);
///         }
///         Ok(())
///     }
/// }
/// # use gradflow::{Activation, Cost, Model, Network, Protocol, optim::Adam};
/// # let network = Network::builder([1, 1, 1]).dense(1, Activation::Identity).build()?;
/// let mut model = Model::new(network, Cost::regression(), 1)?;
/// let doubling = Doubling { shape: Shape::vector(1)? };
/// Protocol::new(Adam::new(0.01)).epochs(20).train(&mut model, doubling)?;
/// assert!((model.predict(&[0.5])?[0] - 1.0).abs() < 0.05);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "samples for a model in `{T}` cannot be taken from `{Self}`",
    label = "no `Source<{T}>`",
    note = "hand over `&Dataset<{T}>`, with the `&`; `Samples` (a data set with weights); or a type of your own that implements \
            `Source<{T}>`. Model and data compute with one type of numbers"
)]
pub trait Source<T: Real>: Debug {
    /// Samples in an epoch.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Shape of an input sample.
    fn shape(&self) -> Shape<3>;

    /// What the targets are.
    fn targets(&self) -> TargetKind;

    /// Names of the classes, if they are known.
    fn class_names(&self) -> Option<&[String]> {
        None
    }

    /// Whether samples have weights; over an epoch their mean is 1.
    fn weighted(&self) -> bool {
        false
    }

    /// Copies these samples, numbers below [`len`](Source::len), to where the slices of `into` are as long as they need.
    ///
    /// # Errors
    /// [`TrainingError::Source`] if samples cannot be had; the run then stops where it is.
    fn gather(
        &mut self,
        samples: &[usize],
        into: Gathered<'_, T>,
        workers: &Workers,
    ) -> Result<(), TrainingError>;

    /// Whether targets and weights are known to be sound, so that a run need not look at those of every mini-batch.
    fn is_checked(&self) -> bool {
        false
    }

    /// Whether the cost is defined for every target, as far as that is known before they are asked for.
    ///
    /// # Errors
    /// [`ModelError::Cost`].
    fn check_targets(&self, cost: &Cost) -> Result<(), ModelError> {
        let _ = cost;
        Ok(())
    }
}

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
}

impl<'a, T: Real> Samples<'a, T> {
    /// Every sample counts for what its weight says, in proportion.
    ///
    /// # Errors
    /// [`ModelError::Cost`] if there is not one weight a sample, one is negative or not finite, all are zero, or their sum
    /// overflows.
    pub fn weighted(data: &'a Dataset<T>, weights: &[T]) -> Result<Self, ModelError> {
        let weights = Some(gradflow_loss::mean_one_weights(data.len(), weights)?);
        Ok(Self { data, weights })
    }

    /// Every class counts the same, as by scikit-learn's `class_weight="balanced"`: of `n` samples of `C` classes, one of class `c`
    /// weighs `n / (C n_c)`.
    ///
    /// ```
    /// use gradflow::{Dataset, Samples};
    ///
    /// let data = Dataset::<f64>::classification(1, vec![0.0; 4], [0, 0, 0, 1], 2)?;
    /// assert_eq!(Samples::balanced(&data)?.weights(), Some(&[2.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0, 2.0][..]));
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

    fn class_names(&self) -> Option<&[String]> {
        self.data.class_names()
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
        gather_rows(inputs.data(), inputs.size(), samples, into.x, workers);
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

    fn class_names(&self) -> Option<&[String]> {
        Dataset::class_names(self)
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

/// Whether two sources that both name their classes name them alike.
pub(crate) fn same_classes<T: Real>(
    train: &dyn Source<T>,
    other: &dyn Source<T>,
) -> Result<(), ModelError> {
    let (Some(expected), Some(came)) = (train.class_names(), other.class_names()) else {
        return Ok(());
    };
    let pairs = expected.iter().zip(came).enumerate();
    match pairs.into_iter().find(|(_, (a, b))| a != b) {
        None => Ok(()),
        Some((class, (expected, came))) => Err(ModelError::ClassNames {
            class,
            expected: expected.clone(),
            came: came.clone(),
        }),
    }
}
