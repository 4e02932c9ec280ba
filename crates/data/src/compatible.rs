//! Whether two data sets belong together.

use gradflow_tensor::Shape;

use crate::mismatch::check_shape;
use crate::schema::check_names;
use crate::{Dataset, MismatchError};

impl<T> Dataset<T> {
    /// Whether the samples have this shape. A plain vector may stand for any shape of as many elements.
    ///
    /// # Errors
    /// [`MismatchError::Shape`].
    pub fn check_shape(&self, expected: Shape<3>) -> Result<(), MismatchError> {
        check_shape(expected, self.shape())
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
    /// both have names. Two data sets of values have none; they must have as many values.
    ///
    /// # Errors
    /// Those of [`check_classes`](Dataset::check_classes).
    pub fn same_classes<U>(&self, expected: &Dataset<U>) -> Result<(), MismatchError> {
        self.schema().check_kind(expected.schema())
    }

    /// Whether this data set can stand beside another one, which is what was expected, as validation beside training: the
    /// same shape of samples (a plain vector may stand for any), the same classes or number of target values, the same columns to which
    /// the same was done.
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
        self.schema().check_outputs(expected.schema())?;
        self.schema().check_inputs(expected.schema())
    }
}
