//! How weights and gradients are distributed, over the epochs.

use gradflow::{Dataset, Model, Parameter, Real};
use maud::html;

use crate::ReportError;
use crate::axis::Axis;
use crate::chart::{Chart, Mark};
use crate::ink::Ink;
use crate::recorder::Frame;
use crate::section::Section;
use crate::subject::some;
use crate::text::{number, short};

/// Blocks that are shown.
const BLOCKS: usize = 8;
/// Bins of a histogram, at least and at most.
const BINS: [usize; 2] = [12, 48];
/// Samples of which the gradient is taken.
const SAMPLES: usize = 256;

/// What is taken of a block: an epoch's name, and the numbers.
type Ridges = Vec<(String, Vec<f64>)>;

/// Weights, and where there are data the gradient of the cost, after some epochs.
pub(crate) fn distributions<T: Real>(
    model: &Model<T>,
    frames: &[Frame<T>],
    data: Option<&Dataset<T>>,
) -> Result<Option<Section>, ReportError> {
    let of = |error| ReportError::Model {
        part: "training",
        error,
    };
    let mut states: Vec<(String, Model<T>)> = Vec::new();
    for frame in frames {
        states.push((frame.epochs.to_string(), frame.of(model)?));
    }
    if states.is_empty() {
        states.push(("now".to_owned(), model.clone()));
    }
    let samples = data.map(|data| some(model, data, SAMPLES));
    let mut gradients = Vec::new();
    if let Some((x, y)) = &samples {
        for (name, model) in &states {
            gradients.push((name.clone(), model.gradient(x, y).map_err(of)?));
        }
    }
    let mut figures = Vec::new();
    for block in wanted(model) {
        let name = model
            .parameters()
            .nth(block)
            .map_or("", |block| block.name());
        let weights = states
            .iter()
            .map(|(epochs, model)| (epochs.clone(), numbers(model.parameters().nth(block))));
        figures.push(ridges("Weights", name, "weight", &weights.collect())?);
        if !gradients.is_empty() {
            let each = gradients.iter().map(|(epochs, gradient)| {
                (epochs.clone(), numbers(gradient.parameters().nth(block)))
            });
            figures.push(ridges(
                "Gradient",
                name,
                "derivative of the cost",
                &each.collect(),
            )?);
        }
    }
    if figures.is_empty() {
        return Ok(None);
    }
    let body = html! {
        p {
            @if frames.is_empty() { "The height of a ridge" }
            @else { "A ridge for each epoch at which the parameters were kept; its height" }
            " is how many numbers have that value. One in two hundred lies outside, at either end."
            @if let Some((_, y)) = &samples { " The gradient is that of the mean cost of " (y.len() / model.network().output().len().max(1)) " samples." }
        }
        div.figures { @for figure in figures { (figure) } }
    };
    Ok(Some(Section::new(
        "distributions",
        "Weights and gradients",
        body,
    )))
}

/// The blocks with the most to tell: weights before biases.
fn wanted<T: Real>(model: &Model<T>) -> Vec<usize> {
    let blocks = model.parameters().enumerate();
    let weights = blocks.filter(|(_, block)| block.dims().len() >= 2 && block.values().len() > 1);
    weights.map(|(i, _)| i).take(BLOCKS).collect()
}

/// The finite numbers of a block.
fn numbers<T: Real>(block: Option<Parameter<'_, T>>) -> Vec<f64> {
    let values = block.map_or(&[] as &[T], |block| block.values());
    let values = values.iter().map(|v| v.to_f64());
    values.filter(|v| v.is_finite()).collect()
}

/// The range that holds all but one in two hundred at either end.
fn range(ridges: &Ridges) -> (f64, f64) {
    let ends = ridges
        .iter()
        .filter(|(_, values)| !values.is_empty())
        .map(|(_, values)| {
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let cut = sorted.len() / 200;
            (sorted[cut], sorted[sorted.len() - 1 - cut])
        });
    let (low, high) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (a, b)| {
        (low.min(a), high.max(b))
    });
    match () {
        () if low < high => (low, high),
        () if low == high => (low - 0.5, low + 0.5),
        () => (0.0, 1.0),
    }
}

fn ridges(
    what: &str,
    block: &str,
    label: &str,
    ridges: &Ridges,
) -> Result<maud::Markup, ReportError> {
    let (low, high) = range(ridges);
    let numbers = ridges.iter().map(|(_, values)| values.len()).max();
    let root = numbers.unwrap_or(0).isqrt();
    let bins = (2 * root).clamp(BINS[0], BINS[1]);
    let width = (high - low) / bins as f64;
    let names: Vec<&str> = ridges.iter().map(|(name, _)| name.as_str()).collect();
    let x = Axis::between(label, low, high);
    let y = Axis::names("epochs", &names).within(-0.15, ridges.len() as f64 + 0.6);
    let title = format!("{what} {}", short(block, 40));
    let spread = |values: &[f64]| {
        (values.iter().map(|v| v * v).sum::<f64>() / values.len().max(1) as f64).sqrt()
    };
    let ends = ridges.first().zip(ridges.last());
    let about = ends.map_or_else(String::new, |((first, a), (last, b))| {
        format!(
            "Root mean square after {first} epochs {}, after {last} {}.",
            number(spread(a)),
            number(spread(b))
        )
    });
    let mut chart = Chart::new(title, about, x, y);
    // From the top down, so that a ridge is not hidden by the one behind it.
    for (row, (_, values)) in ridges.iter().enumerate().rev() {
        let mut counts = vec![0.0_f64; bins];
        for v in values.iter().filter(|v| (low..=high).contains(*v)) {
            counts[(((v - low) / width) as usize).min(bins - 1)] += 1.0;
        }
        let most = counts.iter().fold(1.0_f64, |most, count| most.max(*count));
        let base = row as f64;
        let at = |bin: usize| low + (bin as f64 + 0.5) * width;
        let top = counts
            .iter()
            .enumerate()
            .map(|(bin, count)| (at(bin), base + 1.4 * count / most));
        let top: Vec<_> = top.collect();
        let outline = [(at(0), base)]
            .into_iter()
            .chain(top.iter().copied())
            .chain([(at(bins - 1), base)]);
        chart = chart
            .with(Mark::Surface(Ink::Series(0), 0.35, outline.collect()))
            .with(Mark::Line(Ink::Series(0), top));
    }
    chart.height = 150 + 26 * ridges.len().min(12) as u32;
    chart.figure()
}
