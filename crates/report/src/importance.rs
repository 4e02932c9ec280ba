//! Which columns a model looks at.

use gradflow::metrics::{accuracy, regression_scores};
use gradflow::{Batch, ModelError, Real};
use maud::html;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

use crate::ReportError;
use crate::axis::Axis;
use crate::chart::{Chart, Mark};
use crate::ink::Ink;
use crate::section::{Section, head, table};
use crate::subject::{Subject, some};
use crate::text::{number, short};

/// Most columns that are tried.
const COLUMNS: usize = 64;
/// Columns that are shown.
const SHOWN: usize = 20;
/// Samples that are used, and how often each column is permuted.
const SAMPLES: usize = 1000;
const REPEATS: usize = 5;
/// The seed of the permutations.
const SEED: u64 = 1;

/// By how much the score falls when a column's values change places; for data that are no pictures.
pub(crate) fn importance<T: Real>(
    subject: &Subject<'_, T>,
) -> Result<Option<Section>, ReportError> {
    let columns = subject.data.shape().len();
    if subject.is_image() || !(2..=COLUMNS).contains(&columns) || subject.data.len() < 2 {
        return Ok(None);
    }
    let (x, y) = some(subject.model, subject.data, SAMPLES);
    let found = score(subject, &x, &y)?;
    let Some((what, before)) = found else {
        return Ok(None);
    };
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(SEED);
    let mut falls: Vec<(usize, f64, f64)> = Vec::new();
    for column in 0..columns {
        let mut each = Vec::new();
        for _ in 0..REPEATS {
            let permuted = permuted(&x, columns, column, &mut rng);
            let after = score(subject, &permuted, &y)?;
            each.push(after.map_or(0.0, |(_, after)| before - after));
        }
        let mean = each.iter().sum::<f64>() / REPEATS as f64;
        let variance =
            each.iter().map(|fall| (fall - mean).powi(2)).sum::<f64>() / (REPEATS - 1) as f64;
        falls.push((column, mean, variance.sqrt()));
    }
    falls.sort_by(|a, b| b.1.total_cmp(&a.1));
    section(&falls, &subject.columns(), what, x.len() / columns).map(Some)
}

/// The same samples, with one column's values at other places.
fn permuted<T: Real>(
    x: &[T],
    columns: usize,
    column: usize,
    rng: &mut Xoshiro256PlusPlus,
) -> Vec<T> {
    let mut x = x.to_vec();
    // Fisher and Yates: the sample changes places with one of those up to it.
    for sample in (1..x.len() / columns).rev() {
        let other = (rng.next_u64() % (sample as u64 + 1)) as usize;
        x.swap(sample * columns + column, other * columns + column);
    }
    x
}

/// Accuracy, or `R^2` of values, on samples.
fn score<T: Real>(
    subject: &Subject<'_, T>,
    x: &[T],
    y: &[T],
) -> Result<Option<(&'static str, f64)>, ReportError> {
    let (model, size) = (subject.model, subject.size());
    let of = |error: ModelError| ReportError::Model {
        part: "evaluated",
        error,
    };
    let samples = Batch::new(x, subject.data.shape().len()).map_err(|_| {
        let expected = model.network().input().len();
        of(ModelError::Inputs {
            expected,
            came: x.len(),
        })
    })?;
    if subject.labels().is_some() {
        // A target stands for its class as a prediction does.
        let labels: Vec<usize> = y
            .chunks_exact(size)
            .map(|y| model.cost().class_of(y))
            .collect();
        let predicted = model.predict_classes(samples).map_err(of)?;
        return Ok(Some(("accuracy", accuracy(&predicted, &labels, None)?)));
    }
    let outputs = model.predict_batch(samples).map_err(of)?;
    let scores = regression_scores(size, &outputs, y, None)?;
    Ok(scores.r_squared.map(|r| ("R²", r)))
}

fn section(
    falls: &[(usize, f64, f64)],
    names: &[String],
    what: &str,
    samples: usize,
) -> Result<Section, ReportError> {
    let name = |column: usize| names.get(column).cloned().unwrap_or_default();
    let shown = &falls[..falls.len().min(SHOWN)];
    // The first row is the highest.
    let rows = || shown.iter().rev().enumerate();
    let labels: Vec<String> = shown
        .iter()
        .rev()
        .map(|(column, ..)| name(*column))
        .collect();
    let x = Axis::from_zero(
        &format!("fall of {what}"),
        rows().flat_map(|(_, (_, mean, spread))| [mean - spread, mean + spread]),
    );
    let y = Axis::names("column", &labels);
    let bars =
        rows().map(|(row, (_, mean, _))| [(0.0, row as f64 - 0.3), (*mean, row as f64 + 0.3)]);
    let about = falls.first().map_or_else(String::new, |(column, mean, _)| {
        format!(
            "The most important column is {}, with a fall of {}.",
            short(&name(*column), 40),
            number(*mean)
        )
    });
    let mut chart = Chart::new("Permutation importance", about, x, y).with(Mark::Bars(
        Ink::Series(0),
        0.8,
        bars.collect(),
    ));
    for (row, (_, mean, spread)) in rows() {
        let row = row as f64;
        chart = chart.with(Mark::Line(
            Ink::Text,
            vec![(mean - spread, row), (mean + spread, row)],
        ));
    }
    chart.height = 70 + 24 * shown.len().max(3) as u32;
    let cells = shown
        .iter()
        .map(|(column, mean, spread)| vec![name(*column), number(*mean), number(*spread)]);
    let head = head(&["column", "fall, on average", "standard deviation"]);
    let body = html! {
        p {
            "By how much the " (what) " falls when a column's values change places among " (samples) " samples: " (REPEATS)
            " permutations, seed " (SEED) ". Columns that say the same stand in for one another, and both seem unimportant."
        }
        div.figures { (chart.figure()?) }
        (table(&format!("Fall of {what} by column"), &head, &cells.collect::<Vec<_>>()))
    };
    Ok(Section::new(
        "importance",
        "Importance of the columns",
        body,
    ))
}
