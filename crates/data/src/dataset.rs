//! Inputs with their targets.

use std::sync::Arc;

use gradflow_real::Real;
use gradflow_tensor::{Batch, IntoShape, Shape};

use crate::memory::push;
use crate::{DatasetError, MAX_CLASSES, Part, Schema, Target, Targets};

/// Samples: inputs side by side as columns, each with its target: a class, or values.
///
/// A data set has at least one sample, and all its values are finite: the constructors refuse anything else and say
/// which sample it is. The shape of a sample is a number of values, `[vertical, horizontal]`,
/// `[depth, vertical, horizontal]` or a [`Shape`]. Classes are numbers counted from 0 and are kept as such; [`one_hot`](crate::one_hot()) makes vectors
/// of them where vectors are wanted.
///
/// ```
/// use gradflow_data::{Dataset, Target};
///
/// // Four points in the plane with the labels of XOR.
/// let inputs = vec![0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
/// let xor = Dataset::classification(2, inputs, vec![0, 1, 1, 0], 2)?;
/// assert_eq!(xor.len(), 4);
/// assert_eq!(xor.sample(2), Some(([1.0, 0.0].as_slice(), Target::Class(1))));
/// assert_eq!(xor.labels(), Some([0, 1, 1, 0].as_slice()));
///
/// // y = x^2, one value in and one out.
/// let square = Dataset::regression(1, vec![1.0, 2.0, 3.0], 1, vec![1.0, 4.0, 9.0])?;
/// assert_eq!(square.sample(1), Some(([2.0].as_slice(), Target::Values(&[4.0]))));
///
/// let refused = Dataset::regression(1, vec![1.0, f64::NAN], 1, vec![1.0, 4.0]);
/// assert_eq!(
///     refused.unwrap_err().to_string(),
///     "sample 1: component 0 of the input is not finite: leave the sample out, or fill in a number"
/// );
/// # Ok::<(), gradflow_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset<T> {
    pub(crate) shape: Shape<3>,
    pub(crate) inputs: Vec<T>,
    pub(crate) targets: Stored<T>,
    /// What they mean; parts of a data set share it.
    pub(crate) schema: Arc<Schema>,
}

/// What a data set has besides its inputs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Stored<T> {
    Classes(Classes),
    Values(Values<T>),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Classes {
    /// One for each sample, each less than `count`.
    pub(crate) labels: Vec<usize>,
    pub(crate) count: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Values<T> {
    /// Values of a target, at least 1.
    pub(crate) size: usize,
    pub(crate) data: Vec<T>,
}

impl<T: Real> Dataset<T> {
    /// The samples with these inputs and with targets of `target_size` values, sample after sample.
    ///
    /// # Errors
    /// [`DatasetError::Empty`], [`DatasetError::Length`] or [`DatasetError::Samples`] if the lengths do not fit,
    /// [`DatasetError::Shape`] if the target size is zero, [`DatasetError::NonFinite`] for a value that is not finite.
    pub fn regression(
        shape: impl IntoShape,
        inputs: Vec<T>,
        target_size: usize,
        targets: Vec<T>,
    ) -> Result<Self, DatasetError> {
        let shape = shape.into_shape()?;
        let made = Self::of_values(shape, inputs, target_size, targets)?;
        check_finite(Part::Input, &made.inputs, shape.len())?;
        Ok(made)
    }

    /// The caller knows that the inputs are finite, or that a [`RawTable`](crate::RawTable) guards them.
    pub(crate) fn of_values(
        shape: Shape<3>,
        inputs: Vec<T>,
        target_size: usize,
        targets: Vec<T>,
    ) -> Result<Self, DatasetError> {
        let size = Shape::new([target_size])?.len();
        let samples = count(Part::Input, inputs.len(), shape.len())?;
        check_counts(samples, count(Part::Target, targets.len(), size)?)?;
        check_finite(Part::Target, &targets, size)?;
        Ok(Self {
            shape,
            inputs,
            targets: Stored::Values(Values {
                size,
                data: targets,
            }),
            schema: Arc::new(Schema::raw_values(shape.len(), size)),
        })
    }

    /// The samples with these inputs, sample after sample, and these class labels, counted from 0.
    ///
    /// # Errors
    /// [`DatasetError::Empty`], [`DatasetError::Length`] or [`DatasetError::Samples`] if the lengths do not fit,
    /// [`DatasetError::NonFinite`] for a value that is not finite, [`DatasetError::Label`] for a label that is no class,
    /// [`DatasetError::TooManyClasses`], [`DatasetError::Memory`].
    pub fn classification(
        shape: impl IntoShape,
        inputs: Vec<T>,
        labels: impl IntoIterator<Item = usize>,
        classes: usize,
    ) -> Result<Self, DatasetError> {
        let shape = shape.into_shape()?;
        check_finite(Part::Input, &inputs, shape.len())?;
        if classes > MAX_CLASSES {
            return Err(DatasetError::TooManyClasses {
                classes,
                limit: MAX_CLASSES,
            });
        }
        let mut numbers = Vec::new();
        for (sample, label) in labels.into_iter().enumerate() {
            if label >= classes {
                return Err(DatasetError::Label {
                    sample,
                    label,
                    classes,
                });
            }
            push(&mut numbers, label)?;
        }
        Self::of_classes(shape, inputs, numbers, classes)
    }

    /// The caller knows that the inputs are finite, or that a [`RawTable`](crate::RawTable) guards them, and that the labels are classes.
    pub(crate) fn of_classes(
        shape: Shape<3>,
        inputs: Vec<T>,
        labels: Vec<usize>,
        classes: usize,
    ) -> Result<Self, DatasetError> {
        let samples = count(Part::Input, inputs.len(), shape.len())?;
        check_counts(samples, labels.len())?;
        Ok(Self {
            shape,
            inputs,
            targets: Stored::Classes(Classes {
                labels,
                count: classes,
            }),
            schema: Arc::new(Schema::raw_classes(shape.len(), classes)),
        })
    }

    /// The same samples with inputs of another shape, such as pictures that a CSV file holds as rows.
    ///
    /// # Errors
    /// [`DatasetError::Shape`], or [`DatasetError::InputShape`] if the shape has another number of elements.
    pub fn with_shape(mut self, shape: impl IntoShape) -> Result<Self, DatasetError> {
        let shape = shape.into_shape()?;
        if shape.len() != self.shape.len() {
            return Err(DatasetError::InputShape {
                shape,
                size: self.shape.len(),
            });
        }
        self.shape = shape;
        Ok(self)
    }
}

impl<T> Dataset<T> {
    /// Number of samples, at least 1.
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.inputs.len() / self.shape.len()
    }

    /// Shape of the input of a sample; a plain vector is `[n, 1, 1]`.
    pub fn shape(&self) -> Shape<3> {
        self.shape
    }

    /// The inputs, one column for each sample.
    pub fn inputs(&self) -> Batch<'_, T> {
        self.shape.columns(&self.inputs, self.len())
    }

    /// The targets: classes or values.
    pub fn targets(&self) -> Targets<'_, T> {
        match &self.targets {
            Stored::Classes(classes) => Targets::Classes {
                labels: &classes.labels,
                classes: classes.count,
            },
            Stored::Values(values) => Targets::Values(values.columns()),
        }
    }

    /// Input and target of sample `i`; `None` if there are fewer.
    pub fn sample(&self, i: usize) -> Option<(&[T], Target<'_, T>)> {
        Some((self.inputs().sample(i)?, self.targets().get(i)?))
    }

    /// Class of each sample, counted from 0; `None` if the targets are not classes.
    pub fn labels(&self) -> Option<&[usize]> {
        Some(&self.stored_classes()?.labels)
    }

    /// Number of classes; `None` if the targets are not classes.
    pub fn classes(&self) -> Option<usize> {
        Some(self.stored_classes()?.count)
    }

    /// Names of the classes; `None` if they have none.
    pub fn class_names(&self) -> Option<&[String]> {
        self.schema.class_names()
    }

    /// Number of samples of each class; `None` if the targets are not classes.
    pub fn class_counts(&self) -> Option<Vec<usize>> {
        let classes = self.stored_classes()?;
        let mut counts = vec![0; classes.count];
        for label in &classes.labels {
            counts[*label] += 1;
        }
        Some(counts)
    }

    fn stored_classes(&self) -> Option<&Classes> {
        match &self.targets {
            Stored::Classes(classes) => Some(classes),
            Stored::Values(_) => None,
        }
    }
}

impl<T> Values<T> {
    /// One column for each sample.
    pub(crate) fn columns(&self) -> Batch<'_, T> {
        // The length is a multiple of the size, which is not 0.
        Batch::new(&self.data, self.size).expect("whole targets")
    }
}

/// Number of whole samples, at least 1.
fn count(part: Part, len: usize, size: usize) -> Result<usize, DatasetError> {
    match (len / size, len % size) {
        (0, 0) => Err(DatasetError::Empty),
        (samples, 0) => Ok(samples),
        _ => Err(DatasetError::Length { part, len, size }),
    }
}

fn check_counts(inputs: usize, targets: usize) -> Result<(), DatasetError> {
    if inputs == targets {
        Ok(())
    } else {
        Err(DatasetError::Samples { inputs, targets })
    }
}

/// Names the first value that is not finite.
pub(crate) fn check_finite<T: Real>(
    part: Part,
    data: &[T],
    size: usize,
) -> Result<(), DatasetError> {
    // Whole blocks without an early exit are vectorised.
    const BLOCK: usize = 1024;
    for (block, values) in data.chunks(BLOCK).enumerate() {
        if values.iter().fold(true, |all, x| all & x.is_finite()) {
            continue;
        }
        if let Some(i) = values.iter().position(|x| !x.is_finite()) {
            let i = block * BLOCK + i;
            return Err(DatasetError::NonFinite {
                part,
                sample: i / size,
                component: i % size,
            });
        }
    }
    Ok(())
}
