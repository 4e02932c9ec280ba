//! Inputs with their targets.

use gradflow_kernels::Real;
use gradflow_tensor::{Batch, Shape};

use crate::one_hot::one_hot;
use crate::{DataError, Part};

/// Samples: inputs side by side as columns, each with its target, and class labels where the targets are classes.
///
/// A data set has at least one sample, and all its values are finite: the constructors refuse anything else and say
/// which sample it is. Classes are counted from 0; their targets are one-hot.
///
/// ```
/// use gradflow_data::Dataset;
/// use gradflow_tensor::Shape;
///
/// // Four points in the plane with the labels of XOR.
/// let inputs = vec![0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
/// let xor = Dataset::classification(Shape::vector(2)?, inputs, vec![0, 1, 1, 0], 2)?;
/// assert_eq!(xor.len(), 4);
/// assert_eq!(xor.sample(2), Some(([1.0, 0.0].as_slice(), [0.0, 1.0].as_slice())));
/// assert_eq!(xor.labels(), Some([0, 1, 1, 0].as_slice()));
///
/// // y = x^2, one value in and one out.
/// let square = Dataset::regression(Shape::vector(1)?, vec![1.0, 2.0, 3.0], 1, vec![1.0, 4.0, 9.0])?;
/// assert_eq!(square.targets().data(), [1.0, 4.0, 9.0]);
///
/// let refused = Dataset::regression(Shape::vector(1)?, vec![1.0, f64::NAN], 1, vec![1.0, 4.0]);
/// assert_eq!(
///     refused.unwrap_err().to_string(),
///     "sample 1: component 0 of the input is not finite"
/// );
/// # Ok::<(), gradflow_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset<T> {
    pub(crate) input_shape: Shape<3>,
    pub(crate) inputs: Vec<T>,
    pub(crate) target_shape: Shape<1>,
    pub(crate) targets: Vec<T>,
    pub(crate) classes: Option<Classes>,
}

/// What a data set for classification has besides its one-hot targets, whose size is the number of classes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Classes {
    /// One for each sample.
    pub(crate) labels: Vec<usize>,
    /// One for each class, or none at all.
    pub(crate) names: Vec<String>,
}

impl<T: Real> Dataset<T> {
    /// The samples with these inputs and with targets of `target_size` values, sample after sample.
    ///
    /// # Errors
    /// [`DataError::Empty`], [`DataError::Length`] or [`DataError::Samples`] if the lengths do not fit,
    /// [`DataError::Shape`] if the target size is zero, [`DataError::NonFinite`] for a value that is not finite.
    pub fn regression(
        input_shape: Shape<3>,
        inputs: Vec<T>,
        target_size: usize,
        targets: Vec<T>,
    ) -> Result<Self, DataError> {
        let target_shape = Shape::new([target_size])?;
        let samples = count(Part::Input, inputs.len(), input_shape.len())?;
        check_counts(samples, count(Part::Target, targets.len(), target_size)?)?;
        check_finite(Part::Input, &inputs, input_shape.len())?;
        check_finite(Part::Target, &targets, target_size)?;
        Ok(Self {
            input_shape,
            inputs,
            target_shape,
            targets,
            classes: None,
        })
    }

    /// The samples with these inputs, sample after sample, and these class labels, counted from 0.
    ///
    /// # Errors
    /// [`DataError::Empty`], [`DataError::Length`] or [`DataError::Samples`] if the lengths do not fit,
    /// [`DataError::NonFinite`] for a value that is not finite, [`DataError::Label`] for a label that is no class,
    /// [`DataError::TooManyClasses`].
    pub fn classification(
        input_shape: Shape<3>,
        inputs: Vec<T>,
        labels: Vec<usize>,
        classes: usize,
    ) -> Result<Self, DataError> {
        check_finite(Part::Input, &inputs, input_shape.len())?;
        Self::classification_of_finite(input_shape, inputs, labels, classes)
    }

    /// The caller knows that the inputs are finite.
    pub(crate) fn classification_of_finite(
        input_shape: Shape<3>,
        inputs: Vec<T>,
        labels: Vec<usize>,
        classes: usize,
    ) -> Result<Self, DataError> {
        let samples = count(Part::Input, inputs.len(), input_shape.len())?;
        check_counts(samples, labels.len())?;
        let targets = one_hot(&labels, classes)?;
        Ok(Self {
            input_shape,
            inputs,
            target_shape: Shape::new([classes])?,
            targets,
            classes: Some(Classes {
                labels,
                names: Vec::new(),
            }),
        })
    }

    /// The same samples with names for the classes.
    ///
    /// # Errors
    /// [`DataError::NoLabels`] without classes, [`DataError::ClassNames`] if there is not one name for each.
    pub fn with_class_names(
        mut self,
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, DataError> {
        let classes = self.classes.as_mut().ok_or(DataError::NoLabels)?;
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        if names.len() != self.target_shape.len() {
            return Err(DataError::ClassNames {
                names: names.len(),
                classes: self.target_shape.len(),
            });
        }
        classes.names = names;
        Ok(self)
    }

    /// The same samples with inputs of another shape, such as pictures that a CSV file holds as rows.
    ///
    /// # Errors
    /// [`DataError::InputShape`] if the shape has another number of elements.
    pub fn with_input_shape(mut self, shape: Shape<3>) -> Result<Self, DataError> {
        if shape.len() != self.input_shape.len() {
            return Err(DataError::InputShape {
                shape,
                size: self.input_shape.len(),
            });
        }
        self.input_shape = shape;
        Ok(self)
    }
}

impl<T> Dataset<T> {
    /// Number of samples, at least 1.
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.inputs.len() / self.input_shape.len()
    }

    /// Shape of an input; a plain vector is `[n, 1, 1]`.
    pub fn input_shape(&self) -> Shape<3> {
        self.input_shape
    }

    /// Values of a target: the number of classes, if the targets are classes.
    pub fn target_size(&self) -> usize {
        self.target_shape.len()
    }

    /// The inputs, one column for each sample.
    pub fn inputs(&self) -> Batch<'_, T> {
        self.input_shape.columns(&self.inputs, self.len())
    }

    /// The targets, one column for each sample; one-hot, if they are classes.
    pub fn targets(&self) -> Batch<'_, T> {
        self.target_shape.columns(&self.targets, self.len())
    }

    /// Input and target of sample `i`; `None` if there are fewer.
    pub fn sample(&self, i: usize) -> Option<(&[T], &[T])> {
        Some((self.inputs().sample(i)?, self.targets().sample(i)?))
    }

    /// Class of each sample, counted from 0; `None` if the targets are not classes.
    pub fn labels(&self) -> Option<&[usize]> {
        self.classes.as_ref().map(|c| c.labels.as_slice())
    }

    /// Number of classes; `None` if the targets are not classes.
    pub fn classes(&self) -> Option<usize> {
        self.classes.as_ref().map(|_| self.target_size())
    }

    /// Names of the classes; `None` if they have none.
    pub fn class_names(&self) -> Option<&[String]> {
        let names = &self.classes.as_ref()?.names;
        (!names.is_empty()).then_some(names)
    }

    /// Number of samples of each class; `None` if the targets are not classes.
    pub fn class_counts(&self) -> Option<Vec<usize>> {
        let mut counts = vec![0; self.classes()?];
        for label in self.labels()? {
            counts[*label] += 1;
        }
        Some(counts)
    }
}

/// Number of whole samples, at least 1.
fn count(part: Part, len: usize, size: usize) -> Result<usize, DataError> {
    match (len / size, len % size) {
        (0, 0) => Err(DataError::Empty),
        (samples, 0) => Ok(samples),
        _ => Err(DataError::Length { part, len, size }),
    }
}

fn check_counts(inputs: usize, targets: usize) -> Result<(), DataError> {
    if inputs == targets {
        Ok(())
    } else {
        Err(DataError::Samples { inputs, targets })
    }
}

/// Names the first value that is not finite.
pub(crate) fn check_finite<T: Real>(part: Part, data: &[T], size: usize) -> Result<(), DataError> {
    // Whole blocks without an early exit are vectorised.
    const BLOCK: usize = 1024;
    for (block, values) in data.chunks(BLOCK).enumerate() {
        if values.iter().fold(true, |all, x| all & x.is_finite()) {
            continue;
        }
        if let Some(i) = values.iter().position(|x| !x.is_finite()) {
            let i = block * BLOCK + i;
            return Err(DataError::NonFinite {
                part,
                sample: i / size,
                component: i % size,
            });
        }
    }
    Ok(())
}
