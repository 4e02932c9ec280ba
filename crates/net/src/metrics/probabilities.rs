//! How good probabilities of classes are.

use gradflow_kernels::Real;

use super::MetricError;
use super::rows::Rows;
use super::weights::{Mean, Weights};

/// Scores of the probabilities of exclusive classes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ProbabilityScores {
    /// [`log_loss`].
    #[cfg_attr(feature = "serde", serde(with = "gradflow_optim::number"))]
    pub log_loss: f64,
    /// [`brier_score`].
    #[cfg_attr(feature = "serde", serde(with = "gradflow_optim::number"))]
    pub brier_score: f64,
    /// [`calibration_error`] with [`ProbabilityScores::BINS`] bins.
    #[cfg_attr(feature = "serde", serde(with = "gradflow_optim::number"))]
    pub calibration_error: f64,
}

impl ProbabilityScores {
    /// Bins of confidence in which the calibration error is taken: 15 of equal width.
    pub const BINS: usize = 15;
}

/// Mean of the negative logarithm of the probability of the label; 0 for no labels at all.
///
/// ```text
/// −Σ_s w_s log p_{s, label_s} / Σ_s w_s
/// ```
/// Probabilities stand sample after sample, one for each class; for two classes that of class 1 alone will do. They are clipped to
/// `[eps, 1 - eps]` with the machine precision of `T`, as in scikit-learn, so that one sample does not make the mean infinite.
///
/// ```
/// use gradflow::metrics::log_loss;
/// assert_eq!(log_loss(2, &[0.5, 0.5], &[0, 1], None), Ok(2.0_f64.ln()));
/// ```
///
/// # Errors
/// [`MetricError::Scores`], [`MetricError::Class`]; [`MetricError::WeightCount`], [`MetricError::Weight`],
/// [`MetricError::WeightSum`].
pub fn log_loss<T: Real>(
    classes: usize,
    probabilities: &[T],
    labels: &[usize],
    weights: Option<&[f64]>,
) -> Result<f64, MetricError> {
    mean(classes, probabilities, labels, weights, logarithm)
}

/// Mean squared distance of the probabilities from the label; 0 for no labels at all.
///
/// ```text
/// Σ_s w_s (p_s − [label_s = 1])² / Σ_s w_s             two classes, p of class 1; in [0, 1]
/// Σ_s w_s Σ_a (p_{s,a} − [label_s = a])² / Σ_s w_s     more classes; in [0, 2]
/// ```
/// These are scikit-learn's two conventions (`scale_by_half="auto"`).
///
/// ```
/// use gradflow::metrics::brier_score;
/// assert_eq!(brier_score(2, &[0.5, 1.0], &[0, 1], None), Ok(0.125));
/// assert_eq!(brier_score(3, &[0.5, 0.5, 0.0], &[0], None), Ok(0.5));
/// ```
///
/// # Errors
/// As [`log_loss`].
pub fn brier_score<T: Real>(
    classes: usize,
    probabilities: &[T],
    labels: &[usize],
    weights: Option<&[f64]>,
) -> Result<f64, MetricError> {
    mean(classes, probabilities, labels, weights, distance)
}

/// Expected calibration error: how far confidence is from accuracy; 0 for no labels at all.
///
/// ```text
/// Σ_b (W_b / W) |accuracy_b − confidence_b|
/// ```
/// The confidence is the probability of the predicted class, and bin `b = 1..=bins` holds the samples whose confidence lies in
/// `((b-1)/bins, b/bins]`; `W_b` is their weight, and accuracy and confidence their weighted means (Guo et al., 2017).
///
/// ```
/// use gradflow::metrics::calibration_error;
/// // Sure to 3/4, and right in one of two.
/// assert_eq!(calibration_error(2, 10, &[0.75, 0.75], &[0, 1], None), Ok(0.25));
/// ```
///
/// # Errors
/// [`MetricError::NoBins`]; else as [`log_loss`].
pub fn calibration_error<T: Real>(
    classes: usize,
    bins: usize,
    probabilities: &[T],
    labels: &[usize],
    weights: Option<&[f64]>,
) -> Result<f64, MetricError> {
    Ok(calibration(classes, bins, probabilities, labels, weights)?.error())
}

/// Samples of about the same confidence, of a [`calibration_curve`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CalibrationBin {
    /// The sum of the samples' weights: their number, where none were given.
    pub weight: f64,
    /// The mean confidence, the probability of the predicted class.
    pub confidence: f64,
    /// The fraction that was predicted right.
    pub accuracy: f64,
}

/// The bins of [`calibration_error`] that have samples, from the least confidence up: a model whose accuracy is its confidence in each is
/// calibrated.
///
/// ```
/// let bins = gradflow::metrics::calibration_curve(2, 10, &[0.75, 0.75, 0.0], &[0, 1, 0], None)?;
/// let bins: Vec<_> = bins.iter().map(|bin| (bin.weight, bin.confidence, bin.accuracy)).collect();
/// assert_eq!(bins, [(2.0, 0.75, 0.5), (1.0, 1.0, 1.0)]);
/// # Ok::<(), gradflow::metrics::MetricError>(())
/// ```
///
/// # Errors
/// As [`calibration_error`].
pub fn calibration_curve<T: Real>(
    classes: usize,
    bins: usize,
    probabilities: &[T],
    labels: &[usize],
    weights: Option<&[f64]>,
) -> Result<Vec<CalibrationBin>, MetricError> {
    let calibration = calibration(classes, bins, probabilities, labels, weights)?;
    let bins = calibration
        .bins
        .values()
        .filter(|[weight, ..]| *weight > 0.0);
    let bins = bins.map(|[weight, hits, sure]| CalibrationBin {
        weight: *weight,
        confidence: sure / weight,
        accuracy: hits / weight,
    });
    Ok(bins.collect())
}

fn calibration<T: Real>(
    classes: usize,
    bins: usize,
    probabilities: &[T],
    labels: &[usize],
    weights: Option<&[f64]>,
) -> Result<Calibration, MetricError> {
    let rows = Rows::new(classes, probabilities, labels)?;
    let weights = Weights::new(weights, labels.len())?;
    if bins == 0 {
        return Err(MetricError::NoBins);
    }
    let mut calibration = Calibration::new(bins);
    for (s, (row, label)) in rows.iter().enumerate() {
        calibration.add(row, label, weights.of(s));
    }
    Ok(calibration)
}

fn mean<T: Real>(
    classes: usize,
    probabilities: &[T],
    labels: &[usize],
    weights: Option<&[f64]>,
    term: fn(&[T], usize) -> f64,
) -> Result<f64, MetricError> {
    let rows = Rows::new(classes, probabilities, labels)?;
    let weights = Weights::new(weights, labels.len())?;
    let terms = rows.iter().enumerate();
    let terms = terms.map(|(s, (row, label))| (term(row, label), weights.of(s)));
    Ok(terms.collect::<Mean>().value())
}

/// The sample's term of the log loss.
fn logarithm<T: Real>(row: &[T], label: usize) -> f64 {
    let eps = T::EPSILON.to_f64();
    let clip = |p: f64| p.clamp(eps, 1.0 - eps);
    match row {
        [p] if label == 0 => -(1.0 - clip(p.to_f64())).ln(),
        [p] => -clip(p.to_f64()).ln(),
        _ => -clip(row[label].to_f64()).ln(),
    }
}

/// The sample's term of the Brier score.
fn distance<T: Real>(row: &[T], label: usize) -> f64 {
    let square = |p: &T, y: bool| (p.to_f64() - f64::from(y)).powi(2);
    if let [p] = row {
        return square(p, label == 1);
    }
    let components = row.iter().enumerate();
    let sum: f64 = components.map(|(a, p)| square(p, a == label)).sum();
    if row.len() == 2 { 0.5 * sum } else { sum }
}

/// Samples sorted by confidence.
#[derive(Debug, Clone)]
struct Calibration {
    count: usize,
    /// By bin, only those that occur: weights of the samples, of those that are right, and confidences times weights.
    bins: std::collections::BTreeMap<usize, [f64; 3]>,
}

impl Calibration {
    fn new(count: usize) -> Self {
        Self {
            count,
            bins: std::collections::BTreeMap::new(),
        }
    }

    fn add<T: Real>(&mut self, row: &[T], label: usize, weight: f64) {
        let (predicted, confidence) = match row {
            [p] => {
                let (p, one) = (p.to_f64(), p.to_f64() >= 0.5);
                (usize::from(one), if one { p } else { 1.0 - p })
            }
            _ => {
                let first = (0, f64::NEG_INFINITY);
                let numbers = row.iter().map(|p| p.to_f64()).enumerate();
                numbers.fold(first, |top, next| if next.1 > top.1 { next } else { top })
            }
        };
        // A confidence that is none (NaN) goes to the first bin and makes the error NaN.
        let bin = (confidence * self.count as f64).ceil() as usize;
        let sums = self.bins.entry(bin.clamp(1, self.count)).or_default();
        sums[0] += weight;
        sums[1] += weight * f64::from(predicted == label);
        sums[2] += weight * confidence;
    }

    fn error(&self) -> f64 {
        let weight: f64 = self.bins.values().map(|sums| sums[0]).sum();
        let gaps: f64 = self
            .bins
            .values()
            .map(|[_, hits, sure]| (hits - sure).abs())
            .sum();
        if weight > 0.0 { gaps / weight } else { 0.0 }
    }
}

/// All scores in one pass.
#[derive(Debug)]
pub(crate) struct ProbabilityTally {
    logarithm: Mean,
    distance: Mean,
    calibration: Calibration,
}

impl ProbabilityTally {
    pub(crate) fn new() -> Self {
        Self {
            logarithm: Mean::default(),
            distance: Mean::default(),
            calibration: Calibration::new(ProbabilityScores::BINS),
        }
    }

    pub(crate) fn add<T: Real>(&mut self, row: &[T], label: usize, weight: f64) {
        self.logarithm.add(logarithm(row, label), weight);
        self.distance.add(distance(row, label), weight);
        self.calibration.add(row, label, weight);
    }

    pub(crate) fn scores(&self) -> ProbabilityScores {
        ProbabilityScores {
            log_loss: self.logarithm.value(),
            brier_score: self.distance.value(),
            calibration_error: self.calibration.error(),
        }
    }
}
