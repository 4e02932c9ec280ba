//! The receiver operating characteristic, and the area under it.

use gradflow_kernels::Real;

use super::MetricError;
use super::rows::Rows;
use super::weights::{Mean, Weights};

/// Area under the receiver operating characteristic: the probability that a sample of the class has a larger score than one of
/// another class, ties at one half.
///
/// ```text
/// sum_{i in c, j not in c} w_i w_j ([v_i > v_j] + [v_i = v_j] / 2) / (sum_{i in c} w_i sum_{j not in c} w_j)
/// ```
/// For two classes it is that of class 1, whose scores may also be given alone, one a sample. For more it is the plain mean over
/// the classes, each against the rest. A class that is absent, or alone, has none and does not enter the mean; `None` if no class has one.
///
/// ```
/// use gradflow::metrics::roc_auc;
/// assert_eq!(roc_auc(2, &[0.1, 0.4, 0.35, 0.8], &[0, 0, 1, 1], None), Ok(Some(0.75)));
/// assert_eq!(roc_auc(2, &[0.1, 0.4], &[1, 1], None), Ok(None)); // class 1 is alone
/// ```
///
/// # Errors
/// [`MetricError::Scores`], [`MetricError::Class`], [`MetricError::NotANumber`]; [`MetricError::WeightCount`],
/// [`MetricError::Weight`], [`MetricError::WeightSum`].
pub fn roc_auc<T: Real>(
    classes: usize,
    scores: &[T],
    labels: &[usize],
    weights: Option<&[f64]>,
) -> Result<Option<f64>, MetricError> {
    if classes == 2 {
        let (rows, weights) = checked(classes, scores, labels, weights)?;
        return Ok(against_rest(
            &rows,
            rows.width - 1,
            1,
            weights,
            &mut Vec::new(),
        ));
    }
    let areas = roc_auc_by_class(classes, scores, labels, weights)?;
    let own = areas.into_iter().flatten().map(|area| (area, 1.0));
    let (mut mean, mut any) = (Mean::default(), false);
    for (area, weight) in own {
        mean.add(area, weight);
        any = true;
    }
    Ok(any.then(|| mean.value()))
}

/// [`roc_auc`] of every class against the rest; `None` for a class that is absent, or alone.
///
/// ```
/// let scores = [0.7, 0.2, 0.1, 0.3, 0.4, 0.3, 0.6, 0.3, 0.1]; // three samples of three classes
/// let areas = gradflow::metrics::roc_auc_by_class(3, &scores, &[0, 1, 1], None)?;
/// assert_eq!(areas, [Some(1.0), Some(1.0), None]);
/// # Ok::<(), gradflow::metrics::MetricError>(())
/// ```
///
/// # Errors
/// As [`roc_auc`].
pub fn roc_auc_by_class<T: Real>(
    classes: usize,
    scores: &[T],
    labels: &[usize],
    weights: Option<&[f64]>,
) -> Result<Vec<Option<f64>>, MetricError> {
    let (rows, weights) = checked(classes, scores, labels, weights)?;
    let mut ranked = Vec::with_capacity(labels.len());
    if rows.width < classes {
        // One number a sample: that of class 0 ranks the other way round, which gives the same area.
        let area = against_rest(&rows, 0, 1, weights, &mut ranked);
        return Ok(vec![area; 2]);
    }
    let columns = 0..if labels.is_empty() { 0 } else { classes };
    let areas = columns.map(|class| against_rest(&rows, class, class, weights, &mut ranked));
    Ok(areas.collect())
}

/// A point of a [`roc_curve`]: what is found when all samples with at least this score are said to be of the class.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RocPoint {
    /// The least score; infinite at the first point, where no sample is said to be of the class.
    pub threshold: f64,
    /// The share of the samples of other classes that are said to be of the class.
    pub false_positive_rate: f64,
    /// The share of the samples of the class that are found.
    pub true_positive_rate: f64,
}

/// Receiver operating characteristic of a class against the rest: a point for every score that occurs, from the highest down. Empty
/// for a class that is absent, or alone.
///
/// The straight lines from point to point have the area [`roc_auc_by_class`] under them. For two classes the scores of class 1 may be given
/// alone, one a sample; those of class 0 are then their negatives.
///
/// ```
/// let curve = gradflow::metrics::roc_curve(2, 1, &[0.1, 0.4, 0.35, 0.8], &[0, 0, 1, 1], None)?;
/// let points: Vec<_> = curve.iter().map(|p| (p.threshold, p.false_positive_rate, p.true_positive_rate)).collect();
/// assert_eq!(points[..3], [(f64::INFINITY, 0.0, 0.0), (0.8, 0.0, 0.5), (0.4, 0.5, 0.5)]);
/// assert_eq!(points[3..], [(0.35, 0.5, 1.0), (0.1, 1.0, 1.0)]);
/// # Ok::<(), gradflow::metrics::MetricError>(())
/// ```
///
/// # Errors
/// As [`roc_auc`]; [`MetricError::Class`] too if there is no such `class`.
pub fn roc_curve<T: Real>(
    classes: usize,
    class: usize,
    scores: &[T],
    labels: &[usize],
    weights: Option<&[f64]>,
) -> Result<Vec<RocPoint>, MetricError> {
    if class >= classes {
        return Err(MetricError::Class { class, classes });
    }
    let (rows, weights) = checked(classes, scores, labels, weights)?;
    let mut ranked = Vec::with_capacity(labels.len());
    let column = class.min(rows.width.saturating_sub(1));
    rank_against_rest(&rows, column, class, weights, &mut ranked);
    if rows.width < classes && class == 0 {
        ranked.iter_mut().for_each(|(score, ..)| *score = -*score);
        ranked.reverse();
    }
    Ok(curve(&ranked))
}

/// The points of samples in the order of their scores, from the highest down.
fn curve(ranked: &[Ranked]) -> Vec<RocPoint> {
    let sum = |member| {
        let of = ranked.iter().filter(move |(_, m, _)| *m == member);
        of.map(|(.., weight)| weight).sum::<f64>()
    };
    let (positive, negative) = (sum(true), sum(false));
    if !(positive > 0.0 && negative > 0.0) {
        return Vec::new();
    }
    let (mut found, mut wrong) = (0.0, 0.0);
    let mut points = vec![RocPoint {
        threshold: f64::INFINITY,
        false_positive_rate: 0.0,
        true_positive_rate: 0.0,
    }];
    for tied in ranked.chunk_by(|a, b| a.0 == b.0).rev() {
        for (_, member, weight) in tied {
            *(if *member { &mut found } else { &mut wrong }) += weight;
        }
        points.push(RocPoint {
            threshold: tied[0].0,
            false_positive_rate: (wrong / negative).min(1.0),
            true_positive_rate: (found / positive).min(1.0),
        });
    }
    points
}

fn checked<'r, T: Real>(
    classes: usize,
    scores: &'r [T],
    labels: &'r [usize],
    weights: Option<&'r [f64]>,
) -> Result<(Rows<'r, T>, Weights<'r>), MetricError> {
    let rows = Rows::new(classes, scores, labels)?;
    match rows.nan() {
        Some(index) => Err(MetricError::NotANumber { index }),
        None => Ok((rows, Weights::new(weights, labels.len())?)),
    }
}

/// A score, whether its sample is of the class, and the sample's weight.
type Ranked = (f64, bool, f64);

fn against_rest<T: Real>(
    rows: &Rows<'_, T>,
    column: usize,
    class: usize,
    weights: Weights<'_>,
    ranked: &mut Vec<Ranked>,
) -> Option<f64> {
    rank_against_rest(rows, column, class, weights, ranked);
    area(ranked)
}

fn rank_against_rest<T: Real>(
    rows: &Rows<'_, T>,
    column: usize,
    class: usize,
    weights: Weights<'_>,
    ranked: &mut Vec<Ranked>,
) {
    ranked.clear();
    let labelled = rows.column(column).zip(rows.labels).enumerate();
    ranked.extend(labelled.map(|(s, (score, label))| (score, *label == class, weights.of(s))));
    ranked.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.2.total_cmp(&b.2)));
}

/// The weighted rank statistic of samples in the order of their scores.
fn area(ranked: &[Ranked]) -> Option<f64> {
    let (mut below, mut positive, mut won) = (0.0, 0.0, 0.0);
    for tied in ranked.chunk_by(|a, b| a.0 == b.0) {
        let (mut of_class, mut others) = (0.0, 0.0);
        for (_, member, weight) in tied {
            *(if *member { &mut of_class } else { &mut others }) += weight;
        }
        won += of_class * (below + 0.5 * others);
        below += others;
        positive += of_class;
    }
    (positive > 0.0 && below > 0.0).then(|| won / (positive * below))
}
