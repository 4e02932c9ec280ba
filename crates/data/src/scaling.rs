//! Scales of the components, fitted on a training part and applied to every part.

use core::fmt;

use gradflow_real::Real;
use gradflow_tensor::Batch;
use thiserror::Error;

use crate::excerpt::plural;
use crate::memory::filled;
use crate::{MemoryError, Part};

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
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Constants")
)]
pub struct Scaling {
    offset: Vec<f64>,
    scale: Vec<f64>,
}

/// What a file holds, before it is checked.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Constants {
    offset: Vec<f64>,
    scale: Vec<f64>,
}

#[cfg(feature = "serde")]
impl TryFrom<Constants> for Scaling {
    type Error = ScalingError;

    fn try_from(constants: Constants) -> Result<Self, ScalingError> {
        Self::new(constants.offset, constants.scale)
    }
}

/// Why data cannot be scaled like this.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ScalingError {
    /// A scaling is fitted to at least one sample.
    #[error("no samples: a scaling is fitted to at least one")]
    Empty,
    /// A component has no finite spread: a value is not finite, or they are too far apart.
    #[error("component {component} is not finite, or its spread is too large for the numbers")]
    Spread {
        /// Which component, counted from 0.
        component: usize,
    },
    /// There is one offset and one scale for each component, and at least one component.
    #[error("{offsets} offset{}, but {scales} scale{}: give one of each for every component", plural(*offsets), plural(*scales))]
    Lengths {
        /// Offsets given.
        offsets: usize,
        /// Scales given.
        scales: usize,
    },
    /// Offsets are finite; scales are finite and positive.
    #[error("component {component}: {}", Constant { offset: *offset, scale: *scale })]
    Constant {
        /// Which component, counted from 0.
        component: usize,
        /// Its offset.
        offset: f64,
        /// Its scale.
        scale: f64,
    },
    /// A scaling was fitted to samples of another size.
    #[error("the scaling is for {expected} value{} a sample, but these samples have {found}: check that these are the columns it was made for; if it was not made for this data, make one from the training samples, such as by `Scaling::standardise`", plural(*expected))]
    Size {
        /// Components that the scaling was fitted to.
        expected: usize,
        /// Values of a sample.
        found: usize,
    },
    /// Values that are not whole samples.
    #[error("{len} value{} are not a whole number of samples of {size}, the components of the scaling", plural(*len))]
    Values {
        /// Components that the scaling was fitted to.
        size: usize,
        /// Values that came.
        len: usize,
    },
    /// A scaled value is too large for its type.
    #[error(
        "sample {sample}: component {component} of the {part} becomes too large: it lies far outside what the scaling was \
         fitted to"
    )]
    TooLarge {
        /// Inputs or targets.
        part: Part,
        /// Which sample, counted from 0.
        sample: usize,
        /// Which of its components, counted from 0.
        component: usize,
    },
    /// Classes are not scaled.
    #[error("the targets are classes, which are not scaled: scale the inputs, `scale_inputs`")]
    ClassTargets,
    /// Offsets and scales do not fit in memory.
    #[error(transparent)]
    Memory(#[from] MemoryError),
}

/// Which of two constants is wrong.
struct Constant {
    offset: f64,
    scale: f64,
}

impl fmt::Display for Constant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { offset, scale } = self;
        if !offset.is_finite() {
            return write!(f, "its offset is {offset}, but must be finite");
        }
        write!(f, "its scale is {scale}, but must be finite and positive")?;
        match *scale == 0.0 {
            true => {
                f.write_str(": the component never changes; give it the scale 1, or leave it out")
            }
            false => Ok(()),
        }
    }
}

impl Scaling {
    /// With these offsets and scales, one of each for every component.
    ///
    /// ```
    /// use gradflow_data::Scaling;
    ///
    /// // Degrees Fahrenheit to degrees Celsius.
    /// let celsius = Scaling::new(vec![32.0], vec![1.8])?;
    /// let mut boiling = [212.0];
    /// celsius.apply(&mut boiling)?;
    /// assert_eq!(boiling, [100.0]);
    /// # Ok::<(), gradflow_data::ScalingError>(())
    /// ```
    ///
    /// # Errors
    /// [`ScalingError::Lengths`], or [`ScalingError::Constant`] for an offset that is not finite or a scale that is not
    /// finite and positive.
    pub fn new(offset: Vec<f64>, scale: Vec<f64>) -> Result<Self, ScalingError> {
        if offset.is_empty() || offset.len() != scale.len() {
            return Err(ScalingError::Lengths {
                offsets: offset.len(),
                scales: scale.len(),
            });
        }
        for (component, (&offset, &scale)) in offset.iter().zip(&scale).enumerate() {
            if !(offset.is_finite() && scale.is_finite() && scale > 0.0) {
                return Err(ScalingError::Constant {
                    component,
                    offset,
                    scale,
                });
            }
        }
        Ok(Self { offset, scale })
    }

    /// Mean 0 and standard deviation 1 (that of the samples, divided by their number) in every component: scikit-learn's `StandardScaler`.
    ///
    /// # Errors
    /// [`ScalingError::Empty`] without samples, [`ScalingError::Spread`] if a value or a deviation is not finite.
    pub fn standardise<T: Real>(samples: Batch<'_, T>) -> Result<Self, ScalingError> {
        Self::standardise_each(samples.size(), each(samples))
    }

    /// The same of samples that come one after another, twice. Both ways are this one, so that the bits are the same.
    pub(crate) fn standardise_each<T: Real, E: From<ScalingError>>(
        size: usize,
        mut each: impl FnMut(Look<'_, T>) -> Result<(), E>,
    ) -> Result<Self, E> {
        let bounds = Bounds::of(size, &mut each)?;
        // Squares of values beyond 2^400 or below 2^-400 leave the range of f64: such components are computed in units of
        // a power of two, which rounds nothing.
        let unit = |low: f64, high: f64| match low.abs().max(high.abs()) {
            largest if largest > LARGE => 1.0 / UNIT,
            largest if largest < 1.0 / LARGE => UNIT,
            _ => 1.0,
        };
        let of = |error: MemoryError| E::from(error.into());
        let mut units = filled(size, 1.0).map_err(of)?;
        for ((u, low), high) in units.iter_mut().zip(&bounds.low).zip(&bounds.high) {
            *u = unit(*low, *high);
        }
        // Welford's recurrence: a sum of squares would lose the deviation of a component with a large mean.
        let mut mean = filled(size, 0.0).map_err(of)?;
        let mut squares = filled(size, 0.0).map_err(of)?;
        let mut n = 0.0;
        each(&mut |sample| {
            n += 1.0;
            let moments = mean.iter_mut().zip(&mut squares);
            for ((x, unit), (mean, squares)) in sample.iter().zip(&units).zip(moments) {
                let x = x.to_f64() * unit;
                let delta = x - *mean;
                *mean += delta / n;
                *squares += delta * (x - *mean);
            }
        })?;
        for ((mean, squares), unit) in mean.iter_mut().zip(&mut squares).zip(&units) {
            *mean /= unit;
            *squares = (*squares / n).sqrt() / unit;
        }
        Ok(bounds.fitted(mean, squares)?)
    }

    /// Smallest value 0 and largest value 1 in every component: scikit-learn's `MinMaxScaler`.
    ///
    /// # Errors
    /// [`ScalingError::Empty`] without samples, [`ScalingError::Spread`] if a value or the width of a range is not finite.
    pub fn range<T: Real>(samples: Batch<'_, T>) -> Result<Self, ScalingError> {
        Self::range_each(samples.size(), each(samples))
    }

    /// The same of samples that come one after another.
    pub(crate) fn range_each<T: Real, E: From<ScalingError>>(
        size: usize,
        mut each: impl FnMut(Look<'_, T>) -> Result<(), E>,
    ) -> Result<Self, E> {
        let bounds = Bounds::of(size, &mut each)?;
        let width = bounds.high.iter().zip(&bounds.low);
        let width = width.map(|(high, low)| high - low).collect();
        Ok(bounds.fitted(bounds.low.clone(), width)?)
    }

    /// What is subtracted from each component: its mean or its smallest value.
    pub fn offset(&self) -> &[f64] {
        &self.offset
    }

    /// What each component is divided by: its standard deviation, the width of its range, or 1 if it is constant.
    pub fn scale(&self) -> &[f64] {
        &self.scale
    }

    /// `x -> (x - offset) / scale`, in place, for one or several samples one after another. What is too large for `T`
    /// becomes infinite; [`Dataset::scale_inputs`](crate::Dataset::scale_inputs) refuses it.
    ///
    /// # Errors
    /// [`ScalingError::Values`] if these are not whole samples.
    pub fn apply<T: Real>(&self, x: &mut [T]) -> Result<(), ScalingError> {
        self.map(x, |x, offset, scale| (x - offset) / scale)
    }

    /// `x -> x * scale + offset`, in place, for one or several samples one after another. What is too large for `T` becomes
    /// infinite.
    ///
    /// # Errors
    /// [`ScalingError::Values`] if these are not whole samples.
    pub fn invert<T: Real>(&self, x: &mut [T]) -> Result<(), ScalingError> {
        self.map(x, |x, offset, scale| x * scale + offset)
    }

    fn map<T: Real>(
        &self,
        x: &mut [T],
        f: impl Fn(f64, f64, f64) -> f64,
    ) -> Result<(), ScalingError> {
        let expected = self.offset.len();
        if !x.len().is_multiple_of(expected) {
            return Err(ScalingError::Values {
                size: expected,
                len: x.len(),
            });
        }
        for sample in x.chunks_exact_mut(expected) {
            for ((x, offset), scale) in sample.iter_mut().zip(&self.offset).zip(&self.scale) {
                *x = T::from_f64(f(x.to_f64(), *offset, *scale));
            }
        }
        Ok(())
    }
}

/// Above it and below its inverse, squares may leave the range of f64.
const LARGE: f64 = f64::from_bits((1023 + 400) << 52); // 2^400

/// What such components are multiplied with or divided by.
const UNIT: f64 = f64::from_bits((1023 + 600) << 52); // 2^600

/// Who looks at samples, one after another.
type Look<'a, T> = &'a mut dyn FnMut(&[T]);

/// Hands out the samples of a batch.
fn each<T: Real>(samples: Batch<'_, T>) -> impl FnMut(Look<'_, T>) -> Result<(), ScalingError> {
    move |look| {
        samples.iter().for_each(look);
        Ok(())
    }
}

/// The smallest and the largest value of each component.
struct Bounds {
    low: Vec<f64>,
    high: Vec<f64>,
    /// The component of the first value that is not finite.
    odd: Option<usize>,
}

impl Bounds {
    fn of<T: Real, E: From<ScalingError>>(
        size: usize,
        each: &mut impl FnMut(Look<'_, T>) -> Result<(), E>,
    ) -> Result<Self, E> {
        let of = |error: MemoryError| E::from(error.into());
        let mut low = filled(size, f64::INFINITY).map_err(of)?;
        let mut high = filled(size, f64::NEG_INFINITY).map_err(of)?;
        let (mut odd, mut empty) = (None, true);
        each(&mut |sample| {
            empty = false;
            for ((x, low), high) in sample.iter().zip(&mut low).zip(&mut high) {
                *low = low.min(x.to_f64());
                *high = high.max(x.to_f64());
            }
            odd = odd.or_else(|| sample.iter().position(|x| !x.is_finite()));
        })?;
        match empty {
            true => Err(ScalingError::Empty.into()),
            false => Ok(Self { low, high, odd }),
        }
    }

    fn fitted(&self, offset: Vec<f64>, mut scale: Vec<f64>) -> Result<Scaling, ScalingError> {
        let spread = (0..scale.len()).find(|i| !(offset[*i].is_finite() && scale[*i].is_finite()));
        if let Some(component) = self.odd.or(spread) {
            return Err(ScalingError::Spread { component });
        }
        // Whether a component is constant is known from its values, not from a deviation that may have been rounded away.
        for ((scale, low), high) in scale.iter_mut().zip(&self.low).zip(&self.high) {
            *scale = match low == high {
                true => 1.0,
                false => scale.max(f64::from_bits(1)),
            };
        }
        Scaling::new(offset, scale)
    }
}
