//! How far predicted numbers are from their targets.

use gradflow_kernels::Real;

use super::MetricError;
use super::weights::{Mean, Weights, same_lengths};

/// How far one output component is from its targets, in the targets' unit.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ComponentScores {
    /// [`mean_absolute_error`].
    #[cfg_attr(feature = "serde", serde(with = "gradflow_optim::number"))]
    pub mean_absolute_error: f64,
    /// [`root_mean_squared_error`].
    #[cfg_attr(feature = "serde", serde(with = "gradflow_optim::number"))]
    pub root_mean_squared_error: f64,
    /// [`r_squared`].
    pub r_squared: Option<f64>,
}

/// How far predicted numbers are from their targets: each component, and the plain means over the components.
#[derive(Debug, Clone, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RegressionScores {
    /// Mean of the components' mean absolute errors.
    #[cfg_attr(feature = "serde", serde(with = "gradflow_optim::number"))]
    pub mean_absolute_error: f64,
    /// Mean of the components' root mean squared errors.
    #[cfg_attr(feature = "serde", serde(with = "gradflow_optim::number"))]
    pub root_mean_squared_error: f64,
    /// Mean of `R^2` over the components that have one; `None` if none has.
    pub r_squared: Option<f64>,
    /// One for each output.
    pub components: Vec<ComponentScores>,
}

impl RegressionScores {
    fn of(components: Vec<ComponentScores>) -> Self {
        let mean = |score: fn(&ComponentScores) -> f64| {
            let scores = components.iter().map(|c| (score(c), 1.0));
            scores.collect::<Mean>().value()
        };
        let determined = || components.iter().filter_map(|c| c.r_squared);
        let some = determined().next().is_some();
        let determination = determined().map(|r| (r, 1.0)).collect::<Mean>();
        Self {
            mean_absolute_error: mean(|c| c.mean_absolute_error),
            root_mean_squared_error: mean(|c| c.root_mean_squared_error),
            r_squared: some.then(|| determination.value()),
            components,
        }
    }

    /// The scores in other units: where the model was trained on targets that were divided by `units`, one for each component,
    /// errors are multiplied by them; `R^2` has no unit.
    ///
    /// ```
    /// // Millimetres for metres.
    /// let scores = gradflow::metrics::regression_scores(1, &[1.0, 2.0], &[1.5, 2.0], None)?;
    /// assert_eq!(scores.in_units(&[1000.0])?.mean_absolute_error, 250.0);
    /// # Ok::<(), gradflow::metrics::MetricError>(())
    /// ```
    ///
    /// # Errors
    /// [`MetricError::Lengths`] unless there is one unit for each component.
    pub fn in_units(&self, units: &[f64]) -> Result<Self, MetricError> {
        same_lengths(self.components.len(), units.len())?;
        let components = self.components.iter().zip(units);
        let components = components.map(|(component, unit)| ComponentScores {
            mean_absolute_error: unit.abs() * component.mean_absolute_error,
            root_mean_squared_error: unit.abs() * component.root_mean_squared_error,
            r_squared: component.r_squared,
        });
        Ok(Self::of(components.collect()))
    }
}

/// Mean absolute error of one output component; 0 for none.
///
/// ```text
/// Σₛ wₛ |vₛ − yₛ| / Σₛ wₛ
/// ```
/// ```
/// assert_eq!(gradflow::metrics::mean_absolute_error(&[1.0, 2.0], &[1.5, 2.0], None), Ok(0.25));
/// ```
///
/// # Errors
/// [`MetricError::Lengths`]; [`MetricError::WeightCount`], [`MetricError::Weight`], [`MetricError::WeightSum`].
pub fn mean_absolute_error<T: Real>(
    predicted: &[T],
    targets: &[T],
    weights: Option<&[f64]>,
) -> Result<f64, MetricError> {
    Ok(absolute(&column(1, 0, predicted, targets, weights)?))
}

/// Root of the mean squared error of one output component; 0 for none.
///
/// ```text
/// √(Σₛ wₛ (vₛ − yₛ)² / Σₛ wₛ)
/// ```
/// ```
/// use gradflow::metrics::root_mean_squared_error;
/// assert_eq!(root_mean_squared_error(&[3.0, 0.0], &[0.0, 4.0], None), Ok(12.5_f64.sqrt()));
/// ```
///
/// # Errors
/// As [`mean_absolute_error`].
pub fn root_mean_squared_error<T: Real>(
    predicted: &[T],
    targets: &[T],
    weights: Option<&[f64]>,
) -> Result<f64, MetricError> {
    Ok(root(&column(1, 0, predicted, targets, weights)?))
}

/// Coefficient of determination of one output component: 1 for a perfect prediction, 0 for one as good as the mean.
/// `None` where the targets do not vary.
///
/// ```text
/// R² = 1 − Σₛ wₛ (vₛ − yₛ)² / Σₛ wₛ (yₛ − y_mean)²,   y_mean = Σₛ wₛ yₛ / Σₛ wₛ
/// ```
/// ```
/// use gradflow::metrics::r_squared;
/// assert_eq!(r_squared(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0], None), Ok(Some(1.0)));
/// assert_eq!(r_squared(&[2.0, 2.0, 2.0], &[1.0, 2.0, 3.0], None), Ok(Some(0.0)));
/// // Although their mean is not quite 0.1:
/// assert_eq!(r_squared(&[0.1, 0.1, 0.2], &[0.1, 0.1, 0.1], None), Ok(None));
/// ```
///
/// # Errors
/// As [`mean_absolute_error`].
pub fn r_squared<T: Real>(
    predicted: &[T],
    targets: &[T],
    weights: Option<&[f64]>,
) -> Result<Option<f64>, MetricError> {
    Ok(determination(&column(1, 0, predicted, targets, weights)?))
}

/// All scores of predictions and targets of `size` components, sample after sample.
///
/// ```
/// let (v, y) = ([1.0, 0.0, 2.0, 0.0], [1.0, 2.0, 2.0, 2.0]);
/// let scores = gradflow::metrics::regression_scores(2, &v, &y, None)?;
/// assert_eq!(scores.mean_absolute_error, 1.0);
/// assert_eq!(scores.components[0].r_squared, Some(1.0));
/// assert_eq!(scores.components[1].r_squared, None);
/// # Ok::<(), gradflow::metrics::MetricError>(())
/// ```
///
/// # Errors
/// [`MetricError::Size`]; else as [`mean_absolute_error`].
pub fn regression_scores<T: Real>(
    size: usize,
    predicted: &[T],
    targets: &[T],
    weights: Option<&[f64]>,
) -> Result<RegressionScores, MetricError> {
    if size == 0 {
        let came = targets.len();
        return Err(MetricError::Size { came, size });
    }
    let components = (0..size).map(|component| {
        let column = column(size, component, predicted, targets, weights)?;
        Ok(ComponentScores {
            mean_absolute_error: absolute(&column),
            root_mean_squared_error: root(&column),
            r_squared: determination(&column),
        })
    });
    Ok(RegressionScores::of(components.collect::<Result<_, _>>()?))
}

/// Prediction, target and weight of each sample.
trait Column: Iterator<Item = (f64, f64, f64)> + Clone {}

impl<I: Iterator<Item = (f64, f64, f64)> + Clone> Column for I {}

fn column<T: Real>(
    size: usize,
    component: usize,
    predicted: &[T],
    targets: &[T],
    weights: Option<&[f64]>,
) -> Result<impl Column, MetricError> {
    same_lengths(predicted.len(), targets.len())?;
    let came = targets.len();
    if !came.is_multiple_of(size) {
        return Err(MetricError::Size { came, size });
    }
    let weights = Weights::new(weights, came / size)?;
    let predicted = predicted.iter().skip(component).step_by(size);
    let targets = targets.iter().skip(component).step_by(size);
    let pairs = predicted.zip(targets).enumerate();
    Ok(pairs.map(move |(s, (v, y))| (v.to_f64(), y.to_f64(), weights.of(s))))
}

fn absolute(column: &impl Column) -> f64 {
    let distances = column.clone().map(|(v, y, w)| ((v - y).abs(), w));
    distances.collect::<Mean>().value()
}

fn root(column: &impl Column) -> f64 {
    // In units of the largest difference, whose square can then neither vanish nor overflow.
    let differences = || column.clone().map(|(v, y, w)| (v - y, w));
    let unit = differences().fold(0.0_f64, |unit, (d, _)| unit.max(d.abs()));
    if unit == 0.0 || !unit.is_finite() {
        // `max` passes over NaN, the mean does not.
        return differences().collect::<Mean>().value().abs();
    }
    let squares = differences().map(|(d, w)| ((d / unit).powi(2), w));
    unit * squares.collect::<Mean>().value().sqrt()
}

fn determination(column: &impl Column) -> Option<f64> {
    // A sample of no weight is no sample.
    let samples = || column.clone().filter(|(_, _, w)| *w > 0.0);
    let first = samples().next()?.1;
    if samples().all(|(_, y, _)| y == first) {
        return None;
    }
    // In units of the largest target, whose square can then neither vanish nor overflow.
    let unit = samples().fold(0.0_f64, |unit, (_, y, _)| unit.max(y.abs()));
    let mean = samples()
        .map(|(_, y, w)| (y / unit, w))
        .collect::<Mean>()
        .value();
    let residual = samples().map(|(v, y, w)| w * (v / unit - y / unit).powi(2));
    let total = samples().map(|(_, y, w)| w * (y / unit - mean).powi(2));
    Some(1.0 - residual.sum::<f64>() / total.sum::<f64>())
}

/// Sums for the scores of samples that come one by one.
#[derive(Debug)]
pub(crate) struct RegressionTally(Vec<Sums>);

/// Those of a component.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    absolute: Mean,
    squares: Mean,
    /// The first target, and whether another one differs.
    first: Option<f64>,
    varies: bool,
    /// Weight, mean and squared deviation of the targets so far (West 1979).
    weight: f64,
    mean: f64,
    deviation: f64,
}

impl RegressionTally {
    /// Of samples of so many components.
    pub(crate) fn new(size: usize) -> Self {
        Self(vec![Sums::default(); size])
    }

    pub(crate) fn add<T: Real>(&mut self, predicted: &[T], targets: &[T], weight: f64) {
        for ((sums, v), y) in self.0.iter_mut().zip(predicted).zip(targets) {
            let (v, y) = (v.to_f64(), y.to_f64());
            sums.absolute.add((v - y).abs(), weight);
            sums.squares.add((v - y).powi(2), weight);
            if weight > 0.0 {
                sums.varies |= *sums.first.get_or_insert(y) != y;
                sums.weight += weight;
                let delta = y - sums.mean;
                sums.mean += delta * weight / sums.weight;
                sums.deviation += weight * delta * (y - sums.mean);
            }
        }
    }

    pub(crate) fn scores(&self) -> RegressionScores {
        let components = self.0.iter().map(|sums| {
            let mean_square = sums.squares.value();
            ComponentScores {
                mean_absolute_error: sums.absolute.value(),
                root_mean_squared_error: mean_square.sqrt(),
                r_squared: (sums.varies).then(|| 1.0 - mean_square * sums.weight / sums.deviation),
            }
        });
        RegressionScores::of(components.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_sums_give_the_same_scores() {
        let (v, y): (Vec<f64>, Vec<f64>) = (0..200)
            .map(|i| (f64::from(i % 7) - 2.0, f64::from(i % 11) / 3.0 + 100.0))
            .unzip();
        let weights: Vec<f64> = (0..100).map(|i| f64::from(i % 3)).collect();
        let expected = regression_scores(2, &v, &y, Some(&weights)).expect("scores");
        let mut tally = RegressionTally::new(2);
        for ((v, y), weight) in v.chunks(2).zip(y.chunks(2)).zip(&weights) {
            tally.add(v, y, *weight);
        }
        let pairs = tally
            .scores()
            .components
            .into_iter()
            .zip(expected.components);
        for (came, expected) in pairs {
            // Sums of a hundred numbers in another order.
            let close = |a: f64, b: f64| (a - b).abs() <= 1e-13 * b.abs();
            assert!(close(
                came.mean_absolute_error,
                expected.mean_absolute_error
            ));
            assert!(close(
                came.root_mean_squared_error,
                expected.root_mean_squared_error
            ));
            let (a, b) = (came.r_squared.zip(expected.r_squared)).expect("targets vary");
            assert!((a - b).abs() < 1e-9 * b.abs(), "{a} {b}");
        }
        let mut same = RegressionTally::new(1);
        same.add(&[1.0], &[0.1], 1.0);
        same.add(&[2.0], &[0.1], 1.0);
        assert_eq!(same.scores().r_squared, None);
    }
}
