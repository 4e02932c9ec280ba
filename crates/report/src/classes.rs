//! How well classes are told apart.

use gradflow::metrics::{ProbabilityScores, calibration_curve, roc_auc_by_class, roc_curve};
use gradflow::{ConfusionMatrix, Real};
use maud::{Markup, html};

use crate::ReportError;
use crate::axis::Axis;
use crate::chart::{Chart, Mark};
use crate::ink::Ink;
use crate::section::{Section, head, scrolling, table};
use crate::subject::Subject;
use crate::text::{number, percent, short, whole};

/// Most classes with a row of their own.
const CLASSES: usize = 40;
/// Most classes with a curve of their own.
const CURVES: usize = 12;
/// Most points of a curve.
const POINTS: usize = 200;
/// Pairs of classes that are listed.
const PAIRS: usize = 10;

/// Scores by class, and which class was taken for which.
pub(crate) fn confusion<T: Real>(subject: &Subject<'_, T>) -> Option<Section> {
    let confusion = subject.evaluation.confusion.as_ref()?;
    let body = html! {
        (scores(subject, confusion))
        @if (2..=CLASSES).contains(&confusion.classes()) { (matrix(subject, confusion)) }
        (pairs(subject, confusion))
    };
    Some(Section::new("confusion", "Classes", body))
}

fn fraction(value: Option<f64>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| format!("{value:.3}"))
}

fn scores<T: Real>(subject: &Subject<'_, T>, confusion: &ConfusionMatrix) -> Markup {
    let scores = confusion.scores().take(CLASSES);
    let mut rows: Vec<Vec<String>> = scores
        .map(|row| {
            let [precision, recall, f1] = [row.precision, row.recall, row.f1].map(fraction);
            vec![
                subject.class(row.class),
                precision,
                recall,
                f1,
                whole(row.support),
            ]
        })
        .collect();
    let means = [
        ("mean of the classes", confusion.macro_mean()),
        ("mean by samples", confusion.weighted_mean()),
    ];
    for (name, mean) in means {
        let [precision, recall, f1] =
            [mean.precision, mean.recall, mean.f1].map(|v| fraction(Some(v)));
        rows.push(vec![
            name.to_owned(),
            precision,
            recall,
            f1,
            whole(confusion.samples()),
        ]);
    }
    let head = head(&["class", "precision", "recall", "F1", "samples"]);
    html! {
        p { "Precision is the part of those said to be of a class that are, recall the part of the class that was found, F1 their harmonic mean." }
        (table("Scores by class", &head, &rows))
        @if confusion.occurring().nth(CLASSES).is_some() { p { "Of all classes, the first " (CLASSES) " that occur." } }
    }
}

/// A table whose cells are the darker the more samples they hold.
fn matrix<T: Real>(subject: &Subject<'_, T>, confusion: &ConfusionMatrix) -> Markup {
    let classes = 0..confusion.classes();
    // Text stays readable on the darkest cell.
    let shade = |label, predicted| {
        let all = confusion.support(label).max(1);
        let share = confusion.count(label, predicted) as f64 / all as f64;
        format!("--share:{:.0}%", 45.0 * share.sqrt())
    };
    let matrix = scrolling(
        "Confusion matrix",
        html! {
            table.matrix {
                caption { "Confusion matrix, in samples" }
                thead {
                    tr {
                        th scope="col" { "true \\ predicted" }
                        @for class in classes.clone() { th.upright scope="col" { span { (short(&subject.class(class), 24)) } } }
                        th scope="col" { "recall" }
                    }
                }
                tbody {
                    @for label in classes.clone() {
                        tr {
                            th scope="row" { (short(&subject.class(label), 24)) }
                            @for predicted in classes.clone() {
                                td class=(if label == predicted { "hit" } else { "miss" }) style=(shade(label, predicted)) {
                                    (confusion.count(label, predicted))
                                }
                            }
                            td { (confusion.recall(label).map_or_else(|| "none".to_owned(), percent)) }
                        }
                    }
                }
            }
        },
    );
    html! {
        p { "A row for each true class, a column for each predicted one; the fuller the colour of a cell, the larger its part of the row." }
        (matrix)
    }
}

/// The pairs of classes that are taken for one another most often.
fn pairs<T: Real>(subject: &Subject<'_, T>, confusion: &ConfusionMatrix) -> Markup {
    let rows = most_confused(confusion)
        .into_iter()
        .take(PAIRS)
        .map(|(label, predicted)| {
            let count = confusion.count(label, predicted);
            let share = count as f64 / confusion.support(label).max(1) as f64;
            vec![
                subject.class(label),
                subject.class(predicted),
                whole(count),
                percent(share),
            ]
        });
    let rows: Vec<Vec<String>> = rows.collect();
    let columns = head(&["true class", "taken for", "samples", "of the class"]);
    html! {
        @if rows.is_empty() { p { "Every sample was put into its class." } }
        @else { (table("What is confused most often", &columns, &rows)) }
    }
}

/// Pairs of a true and another, predicted class, the most frequent first.
pub(crate) fn most_confused(confusion: &ConfusionMatrix) -> Vec<(usize, usize)> {
    let classes: Vec<usize> = confusion.occurring().take(1000).collect();
    let pairs = classes
        .iter()
        .flat_map(|l| classes.iter().map(|p| (*l, *p)));
    let mut pairs: Vec<_> = pairs
        .filter(|(l, p)| l != p && confusion.count(*l, *p) > 0)
        .collect();
    pairs.sort_by_key(|(l, p)| core::cmp::Reverse(confusion.count(*l, *p)));
    pairs
}

/// The receiver operating characteristic and the calibration.
pub(crate) fn ranking<T: Real>(subject: &Subject<'_, T>) -> Result<Option<Section>, ReportError> {
    let Some((labels, classes)) = subject.labels() else {
        return Ok(None);
    };
    let mut figures = Vec::new();
    let mut areas = None;
    if subject.evaluation.roc_auc.is_some() && classes <= CURVES {
        let (figure, table) = characteristic(subject, labels, classes)?;
        figures.push(figure);
        areas = Some(table);
    }
    if subject.is_distribution() {
        figures.extend(calibration(subject, labels, classes)?);
    }
    if figures.is_empty() {
        return Ok(None);
    }
    let body = html! {
        div.figures { @for figure in figures { (figure) } }
        @if let Some(areas) = areas { (areas) }
    };
    Ok(Some(Section::new("ranking", "ROC and calibration", body)))
}

fn characteristic<T: Real>(
    subject: &Subject<'_, T>,
    labels: &[usize],
    classes: usize,
) -> Result<(Markup, Markup), ReportError> {
    let weights = subject.weights.as_deref();
    let areas = roc_auc_by_class(classes, &subject.outputs, labels, weights)?;
    let x = Axis::unit("false positives, of all others");
    let y = Axis::unit("true positives, of the class");
    let about = "For each class against the rest: which fraction of it is found, at which price.";
    let mut chart = Chart::new("Receiver operating characteristic", about, x, y);
    chart = chart.line(Ink::Reference, "by chance", vec![(0.0, 0.0), (1.0, 1.0)]);
    // Two classes have the same curve, seen from either side.
    let first = if classes == 2 { 1 } else { 0 };
    let mut rows = Vec::new();
    for class in first..classes {
        let Some(area) = areas.get(class).copied().flatten() else {
            continue;
        };
        let curve = roc_curve(classes, class, &subject.outputs, labels, weights)?;
        let points: Vec<_> = curve
            .iter()
            .map(|p| (p.false_positive_rate, p.true_positive_rate))
            .collect();
        let name = subject.class(class);
        chart = chart.line(Ink::Series(class), &short(&name, 24), spread(&points));
        rows.push(vec![name, format!("{area:.4}")]);
    }
    let table = table("Area under each curve", &head(&["class", "area"]), &rows);
    Ok((chart.figure()?, table))
}

/// Points that are apart from one another by more than is seen.
fn spread(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = Vec::new();
    for (i, point) in points.iter().enumerate() {
        let near = kept.last().is_some_and(|last| {
            (last.0 - point.0).abs() + (last.1 - point.1).abs() < 1.0 / POINTS as f64
        });
        if !near || i + 1 == points.len() {
            kept.push(*point);
        }
    }
    kept
}

fn calibration<T: Real>(
    subject: &Subject<'_, T>,
    labels: &[usize],
    classes: usize,
) -> Result<[Markup; 2], ReportError> {
    let weights = subject.weights.as_deref();
    let count = ProbabilityScores::BINS;
    let bins = calibration_curve(classes, count, &subject.outputs, labels, weights)?;
    let points: Vec<_> = bins
        .iter()
        .map(|bin| (bin.confidence, bin.accuracy))
        .collect();
    let error = subject
        .evaluation
        .probabilities
        .map_or(0.0, |scores| scores.calibration_error);
    let about = format!(
        "Samples by confidence in {count} bins; on average accuracy is {} from confidence.",
        percent(error)
    );
    let x = || Axis::unit("probability of the predicted class");
    let curve = Chart::new(
        "Calibration",
        about,
        x(),
        Axis::unit("fraction that is right"),
    )
    .line(
        Ink::Reference,
        "as right as sure",
        vec![(0.0, 0.0), (1.0, 1.0)],
    )
    .with(Mark::Dots(Ink::Series(0), 1.0, points.clone()))
    .line(Ink::Series(0), "the model", points);
    let all: f64 = bins.iter().map(|bin| bin.weight).sum();
    let width = 1.0 / count as f64;
    let bars: Vec<_> = bins
        .iter()
        .map(|bin| {
            let left = ((bin.confidence / width).ceil() - 1.0).max(0.0) * width;
            [
                (left + 0.05 * width, 0.0),
                (left + 0.95 * width, bin.weight / all),
            ]
        })
        .collect();
    let y = Axis::from_zero("fraction of the samples", bars.iter().map(|bar| bar[1].1));
    let sure = bins.last().map_or(0.0, |bin| bin.weight / all);
    let about = format!(
        "How sure the model is; of the samples {} are in the highest bin that occurs.",
        percent(sure)
    );
    let sharpness =
        Chart::new("Confidence", about, x(), y).with(Mark::Bars(Ink::Series(0), 0.8, bars));
    Ok([curve.figure()?, sharpness.figure()?])
}

/// The scores of the whole, in rows.
pub(crate) fn rows<T: Real>(subject: &Subject<'_, T>) -> Vec<(String, String)> {
    let evaluation = &subject.evaluation;
    let mut rows = Vec::new();
    let mut row = |name: &str, value: Option<String>| {
        rows.extend(value.map(|value| (name.to_owned(), value)))
    };
    row("accuracy", evaluation.accuracy().map(percent));
    if subject.labels().is_some_and(|(_, classes)| classes > 5) {
        row("among the first 3", evaluation.top_k(3).map(percent));
    }
    row(
        "ROC-AUC",
        evaluation.roc_auc.map(|area| format!("{area:.4}")),
    );
    let scores = evaluation.probabilities;
    row(
        "log loss (nats)",
        scores.map(|scores| number(scores.log_loss)),
    );
    row(
        "Brier score",
        scores.map(|scores| number(scores.brier_score)),
    );
    row(
        "calibration error",
        scores.map(|scores| percent(scores.calibration_error)),
    );
    if let Some(scores) = evaluation
        .regression
        .as_ref()
        .filter(|_| evaluation.multi_label.is_none())
    {
        row("R²", scores.r_squared.map(|r| format!("{r:.4}")));
    }
    if let Some(scores) = evaluation.multi_label {
        row("accuracy of answers", Some(percent(scores.accuracy)));
        row("all answers of a sample right", Some(percent(scores.exact)));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::thinned;

    #[test]
    fn thinning_keeps_both_ends() {
        let points: Vec<(f64, f64)> = (0..=1000).map(|i| (f64::from(i) / 1000.0, 0.5)).collect();
        let kept = spread(&points);
        assert!(kept.len() <= POINTS + 2 && kept.len() > POINTS / 2);
        assert_eq!((kept.first(), kept.last()), (points.first(), points.last()));
        let kept = thinned(&points, 10);
        assert!(kept.len() <= 11);
        assert_eq!((kept.first(), kept.last()), (points.first(), points.last()));
    }
}
