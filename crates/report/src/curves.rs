//! Learning curves, and what a run took.

use gradflow::{Epoch, History, Record};
use maud::html;

use crate::ReportError;
use crate::axis::Axis;
use crate::chart::{Chart, Mark, thinned};
use crate::ink::Ink;
use crate::section::{Section, facts};
use crate::text::{count, number, percent, seconds, whole};

/// Most points of a curve.
const POINTS: usize = 600;

type Curve = Vec<(f64, f64)>;

fn curve(epochs: &[Epoch], value: impl Fn(&Epoch) -> Option<f64>) -> Curve {
    let points = epochs
        .iter()
        .filter_map(|epoch| Some((epoch.epoch as f64, value(epoch)?)));
    thinned(&points.collect::<Vec<_>>(), POINTS)
}

fn values(curves: &[&Curve]) -> Vec<f64> {
    curves
        .iter()
        .flat_map(|curve| curve.iter().map(|point| point.1))
        .collect()
}

fn described(name: &str, curve: &Curve) -> String {
    match (curve.first(), curve.last()) {
        (Some(first), Some(last)) => {
            format!("{name}: from {} to {}.", number(first.1), number(last.1))
        }
        _ => String::new(),
    }
}

/// Cost, accuracy and learning rate over the epochs.
pub(crate) fn curves(
    epochs: &[Epoch],
    best: Option<usize>,
) -> Result<Option<Section>, ReportError> {
    let Some(last) = epochs.last() else {
        return Ok(None);
    };
    let x = || Axis::whole("epoch", 0, last.epoch);
    let cost = curve(epochs, |epoch| Some(epoch.cost));
    let held = curve(epochs, |epoch| epoch.validation.map(|v| v.cost));
    let accuracy = curve(epochs, |epoch| epoch.validation.and_then(|v| v.accuracy));
    let rate = curve(epochs, |epoch| Some(epoch.rate));
    let (training, validation) = (Ink::Series(0), Ink::Series(1));

    let about = [described("Training", &cost), described("Validation", &held)].join(" ");
    let y = Axis::cost("mean cost of a sample", values(&[&cost, &held]));
    let (low, high) = (y.low, y.high);
    let mut costs = Chart::new("Cost", about, x(), y);
    if let Some(best) = best.filter(|best| *best > 0) {
        let at = best as f64;
        costs = costs.line(
            Ink::Reference,
            &format!("epoch {best}, whose parameters the model has"),
            vec![(at, low), (at, high)],
        );
    }
    costs = costs.line(training, "training", cost);
    if !held.is_empty() {
        costs = costs.line(validation, "validation", held);
    }
    let mut figures = vec![costs];
    if !accuracy.is_empty() {
        let y = Axis::linear("fraction of right classes", values(&[&accuracy]));
        let about = described("Validation", &accuracy);
        figures.push(Chart::new("Accuracy", about, x(), y).line(
            validation,
            "validation",
            accuracy,
        ));
    }
    if rate.iter().any(|point| point.1 != rate[0].1) {
        let y = Axis::cost("learning rate", values(&[&rate]));
        let about = described("Rate", &rate);
        figures.push(Chart::new("Learning rate", about, x(), y).with(Mark::Line(training, rate)));
    }
    let figures = figures
        .iter()
        .map(Chart::figure)
        .collect::<Result<Vec<_>, _>>()?;
    let body = html! {
        p { "The training cost is taken before each step, while the parameters change; that of the validation samples after the epoch." }
        div.figures { @for figure in figures { (figure) } }
    };
    Ok(Some(Section::new("curves", "Learning curves", body)))
}

/// How long a run took.
pub(crate) fn timings(
    history: Option<&History>,
    more: &[(String, f64)],
) -> Result<Option<Section>, ReportError> {
    let mut rows = Vec::new();
    let mut figure = None;
    if let Some(history) = history.filter(|history| !history.epochs.is_empty()) {
        let epochs = history.epochs.len();
        rows.push((
            "training, without validation".to_owned(),
            seconds(history.seconds),
        ));
        rows.push((
            "an epoch, on average".to_owned(),
            seconds(history.seconds / epochs as f64),
        ));
        let rate = history.samples_per_second();
        rows.push((
            "samples a second".to_owned(),
            whole(rate.min(1e15) as usize),
        ));
        let times = curve(&history.epochs, |epoch| Some(epoch.seconds));
        if times.len() > 1 {
            let y = Axis::from_zero("seconds", values(&[&times]));
            let x = Axis::whole("epoch", 0, epochs);
            let about = described("Seconds of an epoch", &times);
            figure = Some(
                Chart::new("Time of each epoch", about, x, y)
                    .with(Mark::Line(Ink::Series(0), times))
                    .figure()?,
            );
        }
    }
    rows.extend(
        more.iter()
            .map(|(name, time)| (name.clone(), seconds(*time))),
    );
    if rows.is_empty() {
        return Ok(None);
    }
    let body = html! {
        (facts("What took how long", &rows))
        @if let Some(figure) = figure { div.figures { (figure) } }
    };
    Ok(Some(Section::new("timings", "Timings", body)))
}

/// What a run came to, in a few rows.
pub(crate) fn outcome(history: Option<&History>, record: Option<&Record>) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    let mut row = |name: &str, value: String| rows.push((name.to_owned(), value));
    let epochs = history.map(|history| history.epochs.as_slice());
    let epochs = epochs.or_else(|| record.map(|record| record.epochs.as_slice()));
    if let Some(last) = epochs.and_then(<[Epoch]>::last) {
        row("training cost of the last epoch", number(last.cost));
        if let Some(validation) = last.validation {
            row("validation cost after it", number(validation.cost));
            if let Some(accuracy) = validation.accuracy {
                row("validation accuracy after it", percent(accuracy));
            }
        }
    }
    match (history, record) {
        (Some(history), _) => {
            row("trained on", count(history.samples, "sample", "samples"));
            row("epochs", whole(history.epochs.len()));
            row("how it ended", history.end.to_string());
            for note in &history.notes {
                row("note", note.to_string());
            }
        }
        (None, Some(record)) => {
            row("trained on", count(record.samples, "sample", "samples"));
            row("how it ended", record.end.clone());
        }
        (None, None) => {}
    }
    if let Some(record) = record {
        row("version of gradflow", record.version.clone());
        row("vector instructions", record.level.clone());
    }
    rows
}
