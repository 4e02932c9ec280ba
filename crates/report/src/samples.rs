//! Single samples: those that went worst, and those that stand for what is confused most.

use gradflow::Real;
use maud::{Markup, html};

use crate::ReportError;
use crate::classes::most_confused;
use crate::picture::Picture;
use crate::section::{Section, table};
use crate::subject::Subject;
use crate::text::{number, percent, short};

/// Samples that are shown.
const WORST: usize = 12;
/// Pairs of classes that are shown, and samples of each.
const PAIRS: usize = 6;
const EACH: usize = 4;
/// Columns of a sample that are listed.
const COLUMNS: usize = 12;
/// Height of a picture.
const UNITS: usize = 84;

/// The samples that went worst.
pub(crate) fn worst<T: Real>(subject: &Subject<'_, T>) -> Result<Option<Section>, ReportError> {
    let body = match subject.labels() {
        Some((labels, _)) => {
            let wrong = wrong(subject, labels);
            if wrong.is_empty() {
                return Ok(None);
            }
            let pairs = pairs(subject, labels, &wrong)?;
            html! {
                p { "The wrong answers of which the model was surest." }
                (listed(subject, labels, &wrong[..wrong.len().min(WORST)])?)
                @if let Some(pairs) = pairs { (pairs) }
            }
        }
        None => match furthest(subject) {
            Some(table) => {
                html! { p { "The samples whose predictions are furthest off, in standard deviations of the target." } (table) }
            }
            None => return Ok(None),
        },
    };
    Ok(Some(Section::new("samples", "Worst samples", body)))
}

/// Samples that were put into another class, the surest error first.
fn wrong<T: Real>(subject: &Subject<'_, T>, labels: &[usize]) -> Vec<usize> {
    let wrong = (0..labels.len()).filter(|s| subject.predicted(*s) != labels[*s]);
    let mut wrong: Vec<usize> = wrong.collect();
    let margin =
        |s: &usize| subject.score(*s, subject.predicted(*s)) - subject.score(*s, labels[*s]);
    wrong.sort_by(|a, b| margin(b).total_cmp(&margin(a)));
    wrong
}

/// What was said and what is true, in words.
fn verdict<T: Real>(subject: &Subject<'_, T>, sample: usize, label: usize) -> [String; 2] {
    let predicted = subject.predicted(sample);
    let says = |class| match subject.is_distribution() {
        true => format!(
            "{} {}",
            short(&subject.class(class), 24),
            percent(subject.score(sample, class))
        ),
        false => short(&subject.class(class), 24),
    };
    [says(predicted), says(label)]
}

fn listed<T: Real>(
    subject: &Subject<'_, T>,
    labels: &[usize],
    samples: &[usize],
) -> Result<Markup, ReportError> {
    if subject.is_image() {
        let tiles = samples
            .iter()
            .map(|s| tile(subject, *s, labels[*s]))
            .collect::<Result<Vec<_>, _>>()?;
        return Ok(html! { ul.tiles { @for tile in tiles { (tile) } } });
    }
    let names = raw_names(subject);
    let mut columns = vec![
        "sample".to_owned(),
        "predicted".to_owned(),
        "true".to_owned(),
    ];
    columns.extend(names.iter().take(COLUMNS).cloned());
    let rows = samples.iter().map(|s| {
        let [predicted, label] = verdict(subject, *s, labels[*s]);
        let mut row = vec![s.to_string(), predicted, label];
        row.extend(subject.raw(*s).iter().take(COLUMNS).map(|v| number(*v)));
        row
    });
    Ok(table(
        "Samples are counted from 0",
        &columns,
        &rows.collect::<Vec<_>>(),
    ))
}

fn raw_names<T: Real>(subject: &Subject<'_, T>) -> Vec<String> {
    subject
        .columns()
        .iter()
        .map(|name| short(name, 24))
        .collect()
}

/// A sample as a picture, with what was said of it.
fn tile<T: Real>(
    subject: &Subject<'_, T>,
    sample: usize,
    label: usize,
) -> Result<Markup, ReportError> {
    let [predicted, label] = verdict(subject, sample, label);
    let picture = picture(subject, sample);
    let alt = format!("Sample {sample}: predicted {predicted}, true {label}");
    Ok(html! {
        li {
            figure.tile {
                (picture.image(&alt, picture.times(UNITS))?)
                figcaption { span.number { "sample " (sample) } span { "said: " (predicted) } span { "true: " (label) } }
            }
        }
    })
}

/// A sample as a picture.
pub(crate) fn picture<T: Real>(subject: &Subject<'_, T>, sample: usize) -> Picture {
    let x: Vec<f64> = subject.x(sample).iter().map(|x| x.to_f64()).collect();
    Picture::sample(subject.data.shape().dims(), &x)
}

/// Pictures of the classes that are confused most.
fn pairs<T: Real>(
    subject: &Subject<'_, T>,
    labels: &[usize],
    wrong: &[usize],
) -> Result<Option<Markup>, ReportError> {
    let Some(confusion) = subject
        .evaluation
        .confusion
        .as_ref()
        .filter(|_| subject.is_image())
    else {
        return Ok(None);
    };
    let mut rows = Vec::new();
    for (label, predicted) in most_confused(confusion).into_iter().take(PAIRS) {
        let of = wrong
            .iter()
            .filter(|s| labels[**s] == label && subject.predicted(**s) == predicted);
        let tiles = of
            .take(EACH)
            .map(|s| tile(subject, *s, label))
            .collect::<Result<Vec<_>, _>>()?;
        rows.push(html! {
            h3 { (subject.class(label)) " taken for " (subject.class(predicted)) }
            ul.tiles { @for tile in tiles { (tile) } }
        });
    }
    Ok(Some(html! { @for row in rows { (row) } }))
}

/// The samples of values that were missed by most.
fn furthest<T: Real>(subject: &Subject<'_, T>) -> Option<Markup> {
    let (outputs, targets) = subject.values()?;
    let size = subject.size();
    let scale: Vec<f64> = (0..size)
        .map(|a| deviation(targets.iter().skip(a).step_by(size).copied()))
        .collect();
    let off = |s: usize| {
        let each =
            (0..size).map(|a| (outputs[s * size + a] - targets[s * size + a]).abs() / scale[a]);
        each.fold(0.0, f64::max)
    };
    let mut order: Vec<(usize, f64)> = (0..targets.len() / size).map(|s| (s, off(s))).collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1));
    let names = raw_names(subject);
    let (name, unit) = subject.target(0);
    let of = |what: &str| match (size, unit.as_str()) {
        (1, "") => what.to_owned(),
        (1, unit) => format!("{what} ({})", short(unit, 12)),
        _ => format!("{what} {}", short(&name, 16)),
    };
    let mut columns = vec![
        "sample".to_owned(),
        of("predicted"),
        of("true"),
        "off by (deviations)".to_owned(),
    ];
    let shown = if subject.is_image() { 0 } else { COLUMNS };
    columns.extend(names.iter().take(shown).cloned());
    let rows = order.iter().take(WORST).map(|(s, off)| {
        let mut row = vec![
            s.to_string(),
            number(outputs[s * size]),
            number(targets[s * size]),
            number(*off),
        ];
        row.extend(subject.raw(*s).iter().take(shown).map(|v| number(*v)));
        row
    });
    Some(table(
        "Samples are counted from 0",
        &columns,
        &rows.collect::<Vec<_>>(),
    ))
}

/// The standard deviation, 1 where there is none.
fn deviation(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let n = values.clone().count().max(1) as f64;
    let mean = values.clone().sum::<f64>() / n;
    let variance = values.map(|v| (v - mean).powi(2)).sum::<f64>() / n;
    if variance > 0.0 { variance.sqrt() } else { 1.0 }
}
