//! How near values are to what they should be.

use gradflow::Real;
use gradflow::metrics::regression_scores;
use maud::html;

use crate::ReportError;
use crate::axis::Axis;
use crate::chart::{Chart, Mark, thinned};
use crate::ink::Ink;
use crate::section::{Section, head, table};
use crate::subject::Subject;
use crate::text::{number, short};

/// Most targets with plots of their own.
const TARGETS: usize = 6;
/// Most points of a plot.
const POINTS: usize = 1500;
/// Bins of a histogram.
const BINS: usize = 25;

/// Predictions against targets, and the errors.
pub(crate) fn values<T: Real>(subject: &Subject<'_, T>) -> Result<Option<Section>, ReportError> {
    let Some((outputs, targets)) = subject.values() else {
        return Ok(None);
    };
    let size = subject.size();
    let scores = regression_scores(size, &outputs, &targets, subject.weights.as_deref())?;
    let rows = scores.components.iter().enumerate().map(|(a, scores)| {
        let (name, unit) = subject.target(a);
        let r = scores
            .r_squared
            .map_or_else(|| "none".to_owned(), |r| format!("{r:.4}"));
        vec![
            with_unit(&name, &unit),
            number(scores.mean_absolute_error),
            number(scores.root_mean_squared_error),
            r,
        ]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let columns = head(&[
        "target",
        "mean absolute error",
        "root mean squared error",
        "R²",
    ]);
    let mut figures = Vec::new();
    for a in 0..size.min(TARGETS) {
        let pairs = outputs.iter().zip(&targets).skip(a).step_by(size);
        let pairs: Vec<(f64, f64)> = pairs.map(|(v, y)| (*y, *v)).collect();
        let (name, unit) = subject.target(a);
        figures.push(scatter(&name, &unit, &pairs).figure()?);
        figures.push(errors(&name, &unit, &pairs).figure()?);
    }
    let body = html! {
        (table("Errors, in the targets' own units", &columns, &rows))
        div.figures { @for figure in figures { (figure) } }
        @if size > TARGETS { p { "Plots are those of the first " (TARGETS) " targets." } }
    };
    Ok(Some(Section::new(
        "values",
        "Predictions and targets",
        body,
    )))
}

fn with_unit(name: &str, unit: &str) -> String {
    match unit {
        "" => name.to_owned(),
        unit => format!("{name} ({unit})"),
    }
}

/// Pairs of target and prediction.
fn scatter(name: &str, unit: &str, pairs: &[(f64, f64)]) -> Chart {
    let label = |what: &str| with_unit(&format!("{what} {}", short(name, 24)), &short(unit, 12));
    let all = || pairs.iter().flat_map(|(y, v)| [*y, *v]);
    let (x, y) = (
        Axis::linear(&label("true"), all()),
        Axis::linear(&label("predicted"), all()),
    );
    let (low, high) = (x.low, x.high);
    Chart::new(
        format!("Predicted and true {}", short(name, 40)),
        "A point for each sample; on the line both are equal.",
        x,
        y,
    )
    .line(
        Ink::Reference,
        "predicted equals true",
        vec![(low, low), (high, high)],
    )
    .with(Mark::Dots(Ink::Series(0), 0.6, thinned(pairs, POINTS)))
}

fn errors(name: &str, unit: &str, pairs: &[(f64, f64)]) -> Chart {
    let errors: Vec<f64> = pairs.iter().map(|(y, v)| v - y).collect();
    let label = with_unit("predicted less true", &short(unit, 12));
    let x = Axis::linear(&label, errors.iter().copied());
    let (low, width) = (x.low, (x.high - x.low) / BINS as f64);
    let mut counts = [0usize; BINS];
    for error in errors.iter().filter(|error| error.is_finite()) {
        counts[(((error - low) / width) as usize).min(BINS - 1)] += 1;
    }
    let bars = counts.iter().enumerate().filter(|(_, count)| **count > 0);
    let bars: Vec<_> = bars
        .map(|(bin, count)| {
            let left = low + width * bin as f64;
            [
                (left + 0.05 * width, 0.0),
                (left + 0.95 * width, *count as f64),
            ]
        })
        .collect();
    let y = Axis::from_zero("samples", counts.iter().map(|count| *count as f64));
    let about = format!("How many samples have which error, in {BINS} bins.");
    Chart::new(format!("Errors of {}", short(name, 40)), about, x, y).with(Mark::Bars(
        Ink::Series(0),
        0.8,
        bars,
    ))
}
