//! Parts of a data set, in order or drawn at random from a seed.

use core::fmt;
use std::sync::Arc;

use gradflow_real::Real;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;
use thiserror::Error;

use crate::dataset::{Classes, Stored, Values};
use crate::excerpt::plural;
use crate::memory::{collect, push, reserve};
use crate::{Dataset, MemoryError, Permutation};

/// Why a data set cannot be divided like this.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum SplitError {
    /// The share of a part lies between 0 and 1.
    #[error(
        "a fraction of {fraction} is not between 0 and 1: 0.8 puts four samples of five into the first part"
    )]
    Fraction {
        /// The fraction given.
        fraction: f64,
    },
    /// One part would be empty, or larger than the whole.
    #[error("{}", FirstPart { first, most, samples, fraction: *fraction })]
    EmptyPart {
        /// The fraction from which the first part was computed.
        fraction: Option<f64>,
        /// Samples of the first part.
        first: usize,
        /// The most that the first part may have; the least is 1.
        most: usize,
        /// Samples there are.
        samples: usize,
    },
    /// A selection has at least one sample.
    #[error("no samples are selected: a data set has at least one")]
    Empty,
    /// There is no such sample.
    #[error("no sample {index}; there are {samples}, counted from 0")]
    Index {
        /// The sample asked for.
        index: usize,
        /// Samples there are.
        samples: usize,
    },
    /// Cross-validation takes at least two folds and a sample for each.
    #[error(
        "{samples} sample{} cannot be divided into {folds} fold{}: {}", plural(*samples), plural(*folds), Choose(*samples)
    )]
    Folds {
        /// Folds asked for.
        folds: usize,
        /// Samples there are.
        samples: usize,
    },
    /// Only classes have shares to keep.
    #[error(
        "the targets are values: there are no classes whose shares could be kept; use `split` or `k_folds`"
    )]
    NoLabels,
    /// The part does not fit in memory.
    #[error(transparent)]
    Memory(#[from] MemoryError),
}

/// Why a first part cannot have so many samples.
struct FirstPart<'a> {
    first: &'a usize,
    most: &'a usize,
    samples: &'a usize,
    fraction: Option<f64>,
}

impl fmt::Display for FirstPart<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            first,
            most,
            samples,
            fraction,
        } = self;
        if **most == 0 {
            return f.write_str("1 sample cannot be divided: two parts need at least 2");
        }
        match fraction {
            Some(fraction) => write!(
                f,
                "a fraction of {fraction} puts {first} of {samples} samples into the first part, which needs 1 to {most}: \
                 choose a {} one",
                if **first == 0 { "larger" } else { "smaller" }
            ),
            None => write!(
                f,
                "a first part of {first} of {samples} samples: choose 1 to {most}"
            ),
        }
    }
}

/// The numbers of folds that so many samples allow.
struct Choose(usize);

impl fmt::Display for Choose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 | 1 => f.write_str("2 samples are needed at least"),
            2 => f.write_str("choose 2"),
            most => write!(f, "choose 2 to {most}"),
        }
    }
}

/// Parts. The methods that draw at random draw the same from the same seed, on every machine.
impl<T: Real> Dataset<T> {
    /// Two parts drawn at random, such as training and test: a `fraction` of the samples, rounded, and the rest.
    ///
    /// ```
    /// # use gradflow_data::Dataset;
    /// # use gradflow_tensor::Shape;
    /// # let data = Dataset::regression(Shape::vector(1)?, vec![1.0; 10], 1, vec![1.0; 10])?;
    /// let (train, test) = data.split(0.8, 1)?;
    /// assert_eq!((train.len(), test.len()), (8, 2));
    /// # Ok::<(), gradflow_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// [`SplitError::Fraction`] outside `[0, 1]`, [`SplitError::EmptyPart`] if a part would be empty.
    pub fn split(&self, fraction: f64, seed: u64) -> Result<(Self, Self), SplitError> {
        let first = self.first_part(fraction)?;
        let order = self.order(seed)?;
        Ok((
            self.gathered(&order[..first])?,
            self.gathered(&order[first..])?,
        ))
    }

    /// Like [`split`](Dataset::split), with the same share of every class (scikit-learn's `stratify`): each class's number of samples in the
    /// first part is `fraction` of it, rounded up or down so that the whole part has its size. A class of a single
    /// sample is in one part only.
    ///
    /// # Errors
    /// [`SplitError::NoLabels`] if the targets are not classes, and those of `split`.
    pub fn split_stratified(&self, fraction: f64, seed: u64) -> Result<(Self, Self), SplitError> {
        let (Some(labels), Some(counts)) = (self.labels(), self.class_counts()) else {
            return Err(SplitError::NoLabels);
        };
        let mut quota = quotas(&counts, fraction, self.first_part(fraction)?);
        let (mut first, mut rest) = (Vec::new(), Vec::new());
        for sample in self.order(seed)? {
            let left = &mut quota[labels[sample]];
            if *left > 0 {
                *left -= 1;
                first.push(sample);
            } else {
                rest.push(sample);
            }
        }
        Ok((self.gathered(&first)?, self.gathered(&rest)?))
    }

    /// The first `n` samples and the rest, in order.
    ///
    /// # Errors
    /// [`SplitError::EmptyPart`] if a part would be empty.
    pub fn split_at(mut self, n: usize) -> Result<(Self, Self), SplitError> {
        self.check_first(n, None)?;
        let rest = Self {
            shape: self.shape,
            schema: Arc::clone(&self.schema),
            inputs: self.inputs.split_off(n * self.shape.len()),
            targets: match &mut self.targets {
                Stored::Classes(classes) => Stored::Classes(Classes {
                    labels: classes.labels.split_off(n),
                    count: classes.count,
                }),
                Stored::Values(values) => Stored::Values(Values {
                    size: values.size,
                    data: values.data.split_off(n * values.size),
                }),
            },
        };
        Ok((self, rest))
    }

    /// The first `n` samples; all of them, if there are `n`. The memory of the others is freed.
    ///
    /// # Errors
    /// [`SplitError::EmptyPart`] if `n` is 0 or there are fewer samples.
    pub fn first(mut self, n: usize) -> Result<Self, SplitError> {
        let samples = self.len();
        if n == 0 || n > samples {
            return Err(SplitError::EmptyPart {
                fraction: None,
                first: n,
                most: samples,
                samples,
            });
        }
        self.inputs.truncate(n * self.shape.len());
        self.inputs.shrink_to_fit();
        match &mut self.targets {
            Stored::Classes(classes) => classes.labels.truncate(n),
            Stored::Values(values) => values.data.truncate(n * values.size),
        }
        Ok(self)
    }

    /// The samples with these numbers, in this order; a number may occur more than once.
    ///
    /// # Errors
    /// [`SplitError::Empty`] without any, [`SplitError::Index`] for a sample that does not exist, [`SplitError::Memory`].
    pub fn select(&self, indices: &[usize]) -> Result<Self, SplitError> {
        let samples = self.len();
        if indices.is_empty() {
            return Err(SplitError::Empty);
        }
        match indices.iter().find(|i| **i >= samples) {
            Some(&index) => Err(SplitError::Index { index, samples }),
            None => Ok(self.gathered(indices)?),
        }
    }

    /// All samples in random order.
    ///
    /// # Errors
    /// [`SplitError::Memory`].
    pub fn shuffled(&self, seed: u64) -> Result<Self, SplitError> {
        Ok(self.gathered(&self.order(seed)?)?)
    }

    /// As many samples of every class as the largest has, in random order: those of the others are repeated, whole copies first, then
    /// some drawn at random without any twice (imbalanced-learn's `RandomOverSampler`, which draws all of them). A class without samples stays
    /// so. Divide the data first: copies of a sample in two parts would make a test of memory.
    ///
    /// ```
    /// # use gradflow_data::Dataset;
    /// let rare = Dataset::classification(1, vec![1.0, 2.0, 3.0, 4.0], vec![0, 0, 0, 1], 2)?;
    /// assert_eq!(rare.oversampled(1)?.class_counts(), Some(vec![3, 3]));
    /// # Ok::<(), gradflow_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// [`SplitError::NoLabels`] if the targets are not classes, [`SplitError::Memory`].
    pub fn oversampled(&self, seed: u64) -> Result<Self, SplitError> {
        let (Some(labels), Some(counts)) = (self.labels(), self.class_counts()) else {
            return Err(SplitError::NoLabels);
        };
        let most = counts.iter().copied().max().unwrap_or(0);
        let mut wanted: Vec<usize> = counts
            .iter()
            .map(|n| most.checked_rem(*n).unwrap_or(0))
            .collect();
        let mut indices = Vec::new();
        for sample in self.order(seed)? {
            let label = labels[sample];
            let once_more = usize::from(wanted[label] > 0);
            wanted[label] -= once_more;
            for _ in 0..most / counts[label] + once_more {
                push(&mut indices, sample)?;
            }
        }
        indices.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(seed));
        Ok(self.gathered(&indices)?)
    }

    /// A permutation of the samples.
    pub(crate) fn order(&self, seed: u64) -> Result<Vec<usize>, MemoryError> {
        let order = order(self.len(), seed)?;
        collect((0..order.len()).map(|i| order.get(i)))
    }

    fn first_part(&self, fraction: f64) -> Result<usize, SplitError> {
        first_part(self.len(), fraction)
    }

    fn check_first(&self, first: usize, fraction: Option<f64>) -> Result<(), SplitError> {
        check_first(self.len(), first, fraction)
    }

    /// The caller has checked that the samples exist and that there is at least one.
    pub(crate) fn gathered(&self, indices: &[usize]) -> Result<Self, MemoryError> {
        let columns = |data: &[T], size: usize| {
            let mut gathered = Vec::new();
            reserve(&mut gathered, indices.len().saturating_mul(size))?;
            for i in indices {
                gathered.extend_from_slice(&data[i * size..(i + 1) * size]);
            }
            Ok(gathered)
        };
        Ok(Self {
            shape: self.shape,
            schema: Arc::clone(&self.schema),
            inputs: columns(&self.inputs, self.shape.len())?,
            targets: match &self.targets {
                Stored::Classes(classes) => Stored::Classes(Classes {
                    labels: collect(indices.iter().map(|i| classes.labels[*i]))?,
                    count: classes.count,
                }),
                Stored::Values(values) => Stored::Values(Values {
                    size: values.size,
                    data: columns(&values.data, values.size)?,
                }),
            },
        })
    }
}

/// The order in which samples are divided.
pub(crate) fn order(samples: usize, seed: u64) -> Result<Permutation, MemoryError> {
    Permutation::new(samples, &mut Xoshiro256PlusPlus::seed_from_u64(seed))
}

/// Samples in a first part of this fraction.
pub(crate) fn first_part(samples: usize, fraction: f64) -> Result<usize, SplitError> {
    if !(0.0..=1.0).contains(&fraction) {
        return Err(SplitError::Fraction { fraction });
    }
    let first = (fraction * samples as f64).round() as usize;
    check_first(samples, first, Some(fraction))?;
    Ok(first)
}

/// Whether both parts have samples.
pub(crate) fn check_first(
    samples: usize,
    first: usize,
    fraction: Option<f64>,
) -> Result<(), SplitError> {
    if first == 0 || first >= samples {
        return Err(SplitError::EmptyPart {
            fraction,
            first,
            most: samples.saturating_sub(1),
            samples,
        });
    }
    Ok(())
}

/// How many samples of each class belong to a first part of `total`: the fraction of each class rounded down, and
/// one more for the classes with the largest remainders until the total is reached.
pub(crate) fn quotas(counts: &[usize], fraction: f64, total: usize) -> Vec<usize> {
    let exact = |class: usize| fraction * counts[class] as f64;
    let mut quota: Vec<usize> = (0..counts.len()).map(|c| exact(c) as usize).collect();
    let mut classes: Vec<usize> = (0..counts.len()).collect();
    classes.sort_by(|a, b| exact(*b).fract().total_cmp(&exact(*a).fract()));
    let missing = total.saturating_sub(quota.iter().sum());
    for class in classes.into_iter().take(missing) {
        quota[class] += 1;
    }
    quota
}
