//! What a network should answer.

use gradflow_tensor::Batch;

/// The targets of samples: the class of each, or values, one column for each sample.
///
/// ```
/// use gradflow_data::{Dataset, Target, Targets};
/// use gradflow_tensor::Shape;
///
/// let data = Dataset::classification(Shape::vector(1)?, vec![0.1, 0.2, 0.3], vec![1, 0, 2], 3)?;
/// match data.targets() {
///     Targets::Classes { labels, classes } => assert_eq!((labels, classes), ([1, 0, 2].as_slice(), 3)),
///     Targets::Values(_) => unreachable!(),
/// }
/// assert_eq!(data.targets().size(), 3);
/// assert_eq!(data.targets().get(2), Some(Target::Class(2)));
/// # Ok::<(), gradflow_data::DataError>(())
/// ```
#[derive(Debug, PartialEq)]
pub enum Targets<'a, T> {
    /// One class for each sample.
    Classes {
        /// The classes, counted from 0; each is less than `classes`.
        labels: &'a [usize],
        /// How many classes there are.
        classes: usize,
    },
    /// One column of values for each sample.
    Values(Batch<'a, T>),
}

/// The target of one sample.
#[derive(Debug, PartialEq)]
pub enum Target<'a, T> {
    /// Its class, counted from 0.
    Class(usize),
    /// Its values.
    Values(&'a [T]),
}

// Not derived: they can be copied even if the values cannot.
impl<T> Clone for Targets<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Targets<'_, T> {}

impl<T> Clone for Target<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Target<'_, T> {}

impl<'a, T> Targets<'a, T> {
    /// Outputs that a network needs for them: the number of classes, or the values of a target.
    pub fn size(&self) -> usize {
        match self {
            Self::Classes { classes, .. } => *classes,
            Self::Values(values) => values.size(),
        }
    }

    /// Number of samples.
    pub fn samples(&self) -> usize {
        match self {
            Self::Classes { labels, .. } => labels.len(),
            Self::Values(values) => values.samples(),
        }
    }

    /// Target of sample `i`; `None` if there are fewer.
    pub fn get(&self, i: usize) -> Option<Target<'a, T>> {
        match self {
            Self::Classes { labels, .. } => labels.get(i).map(|label| Target::Class(*label)),
            Self::Values(values) => values.sample(i).map(Target::Values),
        }
    }

    /// The classes; `None` if the targets are values.
    pub fn labels(&self) -> Option<&'a [usize]> {
        match self {
            Self::Classes { labels, .. } => Some(labels),
            Self::Values(_) => None,
        }
    }

    /// The values, one column for each sample; `None` if the targets are classes.
    pub fn values(&self) -> Option<Batch<'a, T>> {
        match self {
            Self::Classes { .. } => None,
            Self::Values(values) => Some(*values),
        }
    }
}
