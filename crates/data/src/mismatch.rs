//! Whether two things that were made apart belong together.

use gradflow_tensor::Shape;
use thiserror::Error;

use crate::Dataset;
use crate::excerpt::excerpt;

/// Why two things do not belong together: two data sets, or a data set and a model.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MismatchError {
    /// The samples have another shape.
    #[error(
        "samples of the shape {expected} were expected, but these are {came}{}",
        if expected.len() == came.len() { "; if only the order of the numbers is meant, say `with_shape`" } else { "" }
    )]
    Shape {
        /// The shape expected.
        expected: Shape<3>,
        /// The shape that came.
        came: Shape<3>,
    },
    /// Classes were expected and values came, or the other way round.
    #[error(
        "{} were expected as targets, but these are {}",
        kind(*classes_expected),
        kind(!*classes_expected)
    )]
    Kind {
        /// Classes were expected.
        classes_expected: bool,
    },
    /// Targets have another number of values.
    #[error("targets of {expected} values were expected, but these have {came}")]
    TargetSize {
        /// Values expected.
        expected: usize,
        /// Values that came.
        came: usize,
    },
    /// There is another number of classes.
    #[error(
        "{expected} classes were expected, but there are {came}; announce the same classes for both"
    )]
    Classes {
        /// Classes expected.
        expected: usize,
        /// Classes that came.
        came: usize,
    },
    /// A class has another name.
    #[error(
        "class {class} is `{expected}` in one and `{came}` in the other: announce the same classes in the same order for both"
    )]
    ClassName {
        /// Which class, counted from 0.
        class: usize,
        /// Its name where it was expected, shortened if it is long.
        expected: String,
        /// Its name where it came, shortened if it is long.
        came: String,
    },
}

fn kind(classes: bool) -> &'static str {
    if classes { "classes" } else { "values" }
}

impl<T> Dataset<T> {
    /// Whether the samples have this shape. A plain vector may stand for any shape of as many elements.
    ///
    /// # Errors
    /// [`MismatchError::Shape`].
    pub fn check_shape(&self, expected: Shape<3>) -> Result<(), MismatchError> {
        let came = self.shape();
        if came.stands_for(&expected) {
            return Ok(());
        }
        Err(MismatchError::Shape { expected, came })
    }

    /// Whether the classes are these: as many, and of the same names where they have names.
    ///
    /// # Errors
    /// [`MismatchError::Kind`], [`MismatchError::Classes`] or [`MismatchError::ClassName`].
    pub fn check_classes<S: AsRef<str>>(&self, names: &[S]) -> Result<(), MismatchError> {
        let came = self.classes().ok_or(MismatchError::Kind {
            classes_expected: true,
        })?;
        check_names(names, self.class_names())?;
        match names.len() == came {
            true => Ok(()),
            false => Err(MismatchError::Classes {
                expected: names.len(),
                came,
            }),
        }
    }

    /// Whether the classes are those of another data set, which is what was expected: as many, and of the same names where
    /// both have names. Two data sets of values have the same, none.
    ///
    /// # Errors
    /// Those of [`check_classes`](Dataset::check_classes).
    pub fn same_classes<U>(&self, expected: &Dataset<U>) -> Result<(), MismatchError> {
        match (expected.classes(), self.classes()) {
            (None, None) => Ok(()),
            (Some(expected_classes), Some(came)) => {
                if let Some(names) = expected.class_names() {
                    check_names(names, self.class_names())?;
                }
                match expected_classes == came {
                    true => Ok(()),
                    false => Err(MismatchError::Classes {
                        expected: expected_classes,
                        came,
                    }),
                }
            }
            (expected, _) => Err(MismatchError::Kind {
                classes_expected: expected.is_some(),
            }),
        }
    }

    /// Whether this data set can stand beside another one, which is what was expected, as validation beside training: the
    /// same shape of samples (a plain vector may stand for any), the same classes or number of target values.
    ///
    /// ```
    /// use gradflow_data::Csv;
    ///
    /// let read = |file: &str| Csv::classification("kind").read::<f32>(file.as_bytes());
    /// let train = read("x,kind\n1,cat\n2,dog\n")?;
    /// let validation = read("x,kind\n1,dog\n2,fox\n")?;
    /// assert_eq!(
    ///     validation.check_compatible(&train).unwrap_err().to_string(),
    ///     "class 0 is `cat` in one and `dog` in the other: announce the same classes in the same order for both"
    /// );
    /// # Ok::<(), gradflow_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// [`MismatchError`] says what differs.
    pub fn check_compatible<U>(&self, expected: &Dataset<U>) -> Result<(), MismatchError> {
        self.check_shape(expected.shape())?;
        self.same_classes(expected)?;
        let (expected, came) = (expected.targets().size(), self.targets().size());
        match expected == came {
            true => Ok(()),
            false => Err(MismatchError::TargetSize { expected, came }),
        }
    }
}

/// The first name that differs; lists of different lengths may agree as far as both go.
fn check_names<S: AsRef<str>>(
    expected: &[S],
    came: Option<&[String]>,
) -> Result<(), MismatchError> {
    for (class, (expected, came)) in expected.iter().zip(came.unwrap_or_default()).enumerate() {
        if expected.as_ref() != came {
            return Err(MismatchError::ClassName {
                class,
                expected: excerpt(expected.as_ref()),
                came: excerpt(came),
            });
        }
    }
    Ok(())
}
