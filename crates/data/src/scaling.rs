//! Scales of the components, fitted on a training part and applied to every part.

use gradflow_kernels::Real;
use gradflow_tensor::Batch;

use crate::dataset::Stored;
use crate::{DataError, Dataset, Part};

/// A shift and a scale for each component of a sample: `x -> (x - offset) / scale`.
///
/// It is fitted to the training part and applied to every part, so that nothing of the test part leaks into
/// training. A component that is constant in the training part keeps the scale 1.
///
/// ```
/// use gradflow_data::{Dataset, Scaling};
/// use gradflow_tensor::Shape;
///
/// let data = |x: &[f64]| Dataset::regression(Shape::vector(2)?, x.to_vec(), 1, vec![0.0; x.len() / 2]);
/// let mut train = data(&[1.0, 7.0, 3.0, 7.0])?;
/// let mut test = data(&[5.0, 8.0])?;
///
/// let scaling = Scaling::standardise(train.inputs())?;
/// train.scale_inputs(&scaling)?;
/// test.scale_inputs(&scaling)?;
/// assert_eq!(train.inputs().data(), [-1.0, 0.0, 1.0, 0.0]);
/// assert_eq!(test.inputs().data(), [3.0, 1.0]);
///
/// // Back to the units of the data, for instance for predictions where targets were scaled.
/// let mut x = [3.0, 1.0];
/// scaling.invert(&mut x)?;
/// assert_eq!(x, [5.0, 8.0]);
/// # Ok::<(), gradflow_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Scaling {
    offset: Vec<f64>,
    scale: Vec<f64>,
}

impl Scaling {
    /// Mean 0 and standard deviation 1 (that of the samples, divided by their number) in every component.
    ///
    /// # Errors
    /// [`DataError::Empty`] without samples, [`DataError::Spread`] if a value, a mean or a deviation is not finite.
    pub fn standardise<T: Real>(samples: Batch<'_, T>) -> Result<Self, DataError> {
        // Welford's recurrence: a sum of squares would lose the deviation of a component with a large mean.
        let mut mean = vec![0.0; samples.size()];
        let mut squares = vec![0.0; samples.size()];
        for (n, sample) in samples.iter().enumerate() {
            for ((x, mean), squares) in sample.iter().zip(&mut mean).zip(&mut squares) {
                let x = x.to_f64();
                let delta = x - *mean;
                *mean += delta / (n + 1) as f64;
                *squares += delta * (x - *mean);
            }
        }
        let n = samples.samples() as f64;
        let deviation = squares.into_iter().map(|s| (s / n).sqrt()).collect();
        Self::new(samples, mean, deviation)
    }

    /// Smallest value 0 and largest value 1 in every component.
    ///
    /// # Errors
    /// [`DataError::Empty`] without samples, [`DataError::Spread`] if a value or the width of a range is not finite.
    pub fn range<T: Real>(samples: Batch<'_, T>) -> Result<Self, DataError> {
        let mut low = vec![f64::INFINITY; samples.size()];
        let mut high = vec![f64::NEG_INFINITY; samples.size()];
        for sample in samples.iter() {
            for ((x, low), high) in sample.iter().zip(&mut low).zip(&mut high) {
                *low = low.min(x.to_f64());
                *high = high.max(x.to_f64());
            }
        }
        let width = high.iter().zip(&low).map(|(high, low)| high - low);
        let width = width.collect();
        Self::new(samples, low, width)
    }

    fn new<T: Real>(
        samples: Batch<'_, T>,
        offset: Vec<f64>,
        mut scale: Vec<f64>,
    ) -> Result<Self, DataError> {
        if samples.samples() == 0 {
            return Err(DataError::Empty);
        }
        let value = samples.data().iter().position(|x| !x.is_finite());
        let spread = (0..scale.len()).find(|i| !(offset[*i].is_finite() && scale[*i].is_finite()));
        if let Some(component) = value.map(|i| i % samples.size()).or(spread) {
            return Err(DataError::Spread { component });
        }
        for scale in scale.iter_mut().filter(|scale| **scale == 0.0) {
            *scale = 1.0;
        }
        Ok(Self { offset, scale })
    }

    /// What is subtracted from each component: its mean or its smallest value.
    pub fn offset(&self) -> &[f64] {
        &self.offset
    }

    /// What each component is divided by: its standard deviation, the width of its range, or 1 if it is constant.
    pub fn scale(&self) -> &[f64] {
        &self.scale
    }

    /// `x -> (x - offset) / scale`, in place, for one or several samples one after another.
    ///
    /// # Errors
    /// [`DataError::ScalingSize`] if these are not whole samples.
    pub fn apply<T: Real>(&self, x: &mut [T]) -> Result<(), DataError> {
        self.map(x, |x, offset, scale| (x - offset) / scale)
    }

    /// `x -> x * scale + offset`, in place, for one or several samples one after another.
    ///
    /// # Errors
    /// [`DataError::ScalingSize`] if these are not whole samples.
    pub fn invert<T: Real>(&self, x: &mut [T]) -> Result<(), DataError> {
        self.map(x, |x, offset, scale| x * scale + offset)
    }

    fn map<T: Real>(&self, x: &mut [T], f: impl Fn(f64, f64, f64) -> f64) -> Result<(), DataError> {
        let expected = self.offset.len();
        if !x.len().is_multiple_of(expected) {
            let found = x.len();
            return Err(DataError::ScalingSize { expected, found });
        }
        for sample in x.chunks_exact_mut(expected) {
            for ((x, offset), scale) in sample.iter_mut().zip(&self.offset).zip(&self.scale) {
                *x = T::from_f64(f(x.to_f64(), *offset, *scale));
            }
        }
        Ok(())
    }
}

impl<T: Real> Dataset<T> {
    /// Scales every input.
    ///
    /// # Errors
    /// [`DataError::ScalingSize`] if the scaling was fitted to inputs of another size, [`DataError::NonFinite`] if a
    /// scaled value is too large. The data set is then unchanged.
    pub fn scale_inputs(&mut self, scaling: &Scaling) -> Result<(), DataError> {
        let size = self.shape.len();
        scaled(Part::Input, &mut self.inputs, size, scaling)
    }

    /// Scales every target; [`Scaling::invert`] takes predictions back.
    ///
    /// # Errors
    /// Those of [`Dataset::scale_inputs`], and [`DataError::ClassTargets`] if the targets are classes.
    pub fn scale_targets(&mut self, scaling: &Scaling) -> Result<(), DataError> {
        match &mut self.targets {
            Stored::Classes(_) => Err(DataError::ClassTargets),
            Stored::Values(values) => scaled(Part::Target, &mut values.data, values.size, scaling),
        }
    }
}

fn scaled<T: Real>(
    part: Part,
    data: &mut [T],
    size: usize,
    scaling: &Scaling,
) -> Result<(), DataError> {
    if scaling.offset.len() != size {
        return Err(DataError::ScalingSize {
            expected: scaling.offset.len(),
            found: size,
        });
    }
    let mut trial = vec![T::ZERO; size];
    for (sample, x) in data.chunks_exact(size).enumerate() {
        trial.copy_from_slice(x);
        scaling.apply(&mut trial)?;
        if let Some(component) = trial.iter().position(|x| !x.is_finite()) {
            return Err(DataError::NonFinite {
                part,
                sample,
                component,
            });
        }
    }
    scaling.apply(data)
}
