//! The area under the receiver operating characteristic.

use gradflow_kernels::Real;

use super::MetricError;
use super::rows::Rows;
use super::weights::{Mean, Weights};

/// Area under the receiver operating characteristic: the probability that a sample of the class has a larger score than one of
/// another class, ties at one half.
///
/// ```text
/// Σ_{i in c, j not in c} w_i w_j ([v_i > v_j] + [v_i = v_j] / 2)
///     / (Σ_{i in c} w_i Σ_{j not in c} w_j)
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
    ranked.clear();
    let labelled = rows.column(column).zip(rows.labels).enumerate();
    ranked.extend(labelled.map(|(s, (score, label))| (score, *label == class, weights.of(s))));
    ranked.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.2.total_cmp(&b.2)));
    area(ranked)
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
