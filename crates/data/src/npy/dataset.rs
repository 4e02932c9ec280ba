//! Arrays as data sets.

use gradflow_real::Real;
use gradflow_tensor::Shape;

use super::Npy;
use super::labels::Labels;
use crate::Dataset;
use crate::dims::sample_dims;
use crate::numpy::NpyError;

impl Npy {
    /// Shape of a sample: an array is `[n]`, `[n, size]`, `[n, vertical, horizontal]` or `[n, depth, vertical, horizontal]`.
    fn sample_shape(&self) -> Result<Shape<3>, NpyError> {
        let dims = sample_dims(&self.dims).unwrap_or([1, 1, 1]);
        Ok(Shape::new(dims)?)
    }

    fn check_count(&self, targets: &Self) -> Result<(), NpyError> {
        let [inputs, targets] = [self, targets].map(|array| array.dims[0]);
        match inputs == targets {
            true => Ok(()),
            false => Err(NpyError::Counts { inputs, targets }),
        }
    }
}

impl<T: Real> Dataset<T> {
    /// The samples of an array with the labels of another one, numbers divided by `maximum`: 255 takes full bytes to `[0, 1]`, 1 leaves all as they are.
    ///
    /// An array of inputs is `[n]`, `[n, size]`, `[n, vertical, horizontal]` or `[n, depth, vertical, horizontal]`. Labels are whole numbers counted from 0,
    /// or texts, which are numbered in alphabetical order. Without a number of classes there are as many as occur.
    ///
    /// # Errors
    /// [`NpyError::Counts`] if there is not one label for each sample, [`NpyError::LabelRank`], [`NpyError::Label`] and others for what is no label, and
    /// those of [`Npy::numbers`] and [`Dataset::classification`].
    pub fn from_labelled_arrays(
        inputs: &Npy,
        labels: &Npy,
        classes: Option<usize>,
        maximum: f64,
    ) -> Result<Self, NpyError> {
        inputs.check_count(labels)?;
        let shape = inputs.sample_shape()?;
        let Labels {
            labels,
            classes: found,
            names,
        } = Labels::of(labels)?;
        let data = Self::classification(
            shape,
            inputs.numbers(maximum)?,
            labels,
            classes.unwrap_or(found),
        )?;
        Ok(match names {
            Some(names) => data.with_class_names(names)?,
            None => data,
        })
    }

    /// The samples of an array with the target values of another one, `[n]` or `[n, size]`; the numbers of the inputs are divided by `maximum`.
    ///
    /// # Errors
    /// [`NpyError::Counts`] if there is not one target for each sample, [`NpyError::TargetRank`], and those of [`Npy::numbers`] and
    /// [`Dataset::regression`].
    pub fn from_arrays(inputs: &Npy, targets: &Npy, maximum: f64) -> Result<Self, NpyError> {
        inputs.check_count(targets)?;
        let size = match targets.dims[..] {
            [_] => 1,
            [_, size] => size,
            _ => {
                let dims = targets.dims.clone();
                return Err(NpyError::TargetRank { dims });
            }
        };
        let shape = inputs.sample_shape()?;
        let (inputs, targets) = (inputs.numbers(maximum)?, targets.numbers(1.0)?);
        Ok(Self::regression(shape, inputs, size, targets)?)
    }
}
