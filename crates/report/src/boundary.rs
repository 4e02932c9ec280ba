//! What a model of two inputs says everywhere in their plane, over the epochs.

use gradflow::data::{Dataset, Targets};
use gradflow::{Batch, Model, Real};
use maud::html;

use crate::ReportError;
use crate::axis::Axis;
use crate::chart::{Chart, Mark};
use crate::ink::{Ink, RGB};
use crate::picture::Picture;
use crate::recorder::Frame;
use crate::section::Section;
use crate::subject::{Subject, scalings};
use crate::text::short;

/// Pixels at a side.
const SIDE: usize = 96;
/// Plots over the epochs, the last one beside.
const PLOTS: usize = 8;
/// Samples that are drawn.
const SAMPLES: usize = 250;
/// Classes that the legend names.
const CLASSES: usize = 12;

/// The plane of two inputs.
struct Plane {
    names: [String; 2],
    /// As the network reads them.
    low: [f64; 2],
    high: [f64; 2],
    /// In their own units.
    raw_low: [f64; 2],
    raw_high: [f64; 2],
}

/// The decision boundary, or the surface of values, after some epochs.
pub(crate) fn boundary<T: Real>(
    subject: &Subject<'_, T>,
    frames: &[Frame<T>],
) -> Result<Option<Section>, ReportError> {
    if subject.data.shape().len() != 2 {
        return Ok(None);
    }
    let plane = plane(subject);
    let every = frames.len().div_ceil(PLOTS).max(1);
    let mut figures = Vec::new();
    let now = subject.model.theta();
    for frame in frames
        .iter()
        .step_by(every)
        .filter(|frame| frame.theta != now)
    {
        let then = frame.of(subject.model)?;
        let title = format!("After {} epochs", frame.epochs);
        figures.push(figure(subject, &then, &plane, &title)?);
    }
    figures.push(figure(
        subject,
        subject.model,
        &plane,
        "The model as it is",
    )?);
    let classes = subject.labels().is_some();
    let body = html! {
        @if classes { p { "The colour is that of the class that the model would choose, the fuller the surer it is; points are samples of the evaluated data in the colour of their true class." } }
        @else { p { "The fuller the colour, the larger the value that the model predicts; points are samples of the evaluated data." } }
        div.figures.small { @for figure in figures { (figure) } }
    };
    let title = if classes {
        "Decision boundary"
    } else {
        "Predicted values"
    };
    Ok(Some(Section::new("boundary", title, body)))
}

fn plane<T: Real>(subject: &Subject<'_, T>) -> Plane {
    let column = |i: usize| {
        subject
            .data
            .inputs()
            .data()
            .iter()
            .skip(i)
            .step_by(2)
            .map(|x| x.to_f64())
    };
    let ends = [0, 1].map(|i| {
        let (low, high) = column(i).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
            (low.min(x), high.max(x))
        });
        let margin = if high > low { 0.08 * (high - low) } else { 1.0 };
        (low - margin, high + margin)
    });
    let (low, high) = (ends.map(|end| end.0), ends.map(|end| end.1));
    let (mut raw_low, mut raw_high) = (low, high);
    for scaling in scalings(subject.data.schema())
        .unwrap_or_default()
        .iter()
        .rev()
    {
        // A schema's steps are those that were done.
        let _ = scaling
            .invert(&mut raw_low)
            .and_then(|()| scaling.invert(&mut raw_high));
    }
    let names = subject.columns();
    let name = |i: usize| short(names.get(i).map_or("", String::as_str), 40);
    Plane {
        names: [name(0), name(1)],
        low,
        high,
        raw_low,
        raw_high,
    }
}

fn figure<T: Real>(
    subject: &Subject<'_, T>,
    model: &Model<T>,
    plane: &Plane,
    title: &str,
) -> Result<maud::Markup, ReportError> {
    let (picture, about) = picture(subject, model, plane)?;
    // A scale that turns an axis round leaves no plot.
    let axis = |i: usize| Axis::linear(&plane.names[i], [plane.raw_low[i], plane.raw_high[i]]);
    let mut chart = Chart::new(title, about, axis(0), axis(1));
    chart.under = Some(picture.address()?);
    match subject.data.targets() {
        Targets::Classes { labels, classes } => {
            for class in 0..classes.min(CLASSES) {
                let points = points(subject.data, plane, |s| labels[s] == class);
                chart = chart.with(Mark::Dots(Ink::Series(class), 1.0, points));
                chart
                    .legend
                    .push((Ink::Series(class), subject.class(class)));
            }
        }
        Targets::Values(_) => {
            let points = points(subject.data, plane, |_| true);
            chart = chart.with(Mark::Dots(Ink::Text, 0.6, points));
        }
    }
    chart.figure()
}

/// Samples in the units of the axes.
fn points<T: Real>(
    data: &Dataset<T>,
    plane: &Plane,
    wanted: impl Fn(usize) -> bool,
) -> Vec<(f64, f64)> {
    let samples = (0..data.len()).step_by(data.len().div_ceil(SAMPLES).max(1));
    let at = |i: usize, x: f64| {
        let share = (x - plane.low[i]) / (plane.high[i] - plane.low[i]);
        plane.raw_low[i] + share * (plane.raw_high[i] - plane.raw_low[i])
    };
    let x = data.inputs().data();
    let points = samples
        .filter(|s| wanted(*s))
        .map(|s| (at(0, x[2 * s].to_f64()), at(1, x[2 * s + 1].to_f64())));
    points.collect()
}

/// What the model says of each place, the highest row first, and of how much of the plane.
fn picture<T: Real>(
    subject: &Subject<'_, T>,
    model: &Model<T>,
    plane: &Plane,
) -> Result<(Picture, String), ReportError> {
    let at = |i: usize, share: f64| plane.low[i] + share * (plane.high[i] - plane.low[i]);
    let share = |k: usize| (k as f64 + 0.5) / SIDE as f64;
    let places =
        (0..SIDE * SIDE).flat_map(|i| [at(0, share(i % SIDE)), at(1, 1.0 - share(i / SIDE))]);
    let x: Vec<T> = places.map(T::from_f64).collect();
    let of = |error| ReportError::Model {
        part: "evaluated",
        error,
    };
    let batch = Batch::new(&x, 2).map_err(|error| ReportError::Plot {
        plot: "decision boundary".to_owned(),
        error: error.into(),
    })?;
    let outputs = model.predict_batch(batch).map_err(of)?;
    let zeta = |i: usize| &outputs[i * subject.size()..][..subject.size()];
    let Some((_, classes)) = subject.labels() else {
        let values: Vec<f64> = (0..SIDE * SIDE).map(|i| zeta(i)[0].to_f64()).collect();
        let low = values.iter().fold(f64::INFINITY, |low, v| low.min(*v));
        let high = values
            .iter()
            .fold(f64::NEG_INFINITY, |high, v| high.max(*v));
        let span = if high > low { high - low } else { 1.0 };
        let [r, g, b] = RGB[0];
        let picture = Picture::of([SIDE, SIDE], |i| {
            [r, g, b, (220.0 * (values[i] - low) / span) as u8]
        });
        return Ok((
            picture,
            "The predicted value over the plane of the two inputs.".to_owned(),
        ));
    };
    let mut parts = vec![0usize; classes];
    let picture = Picture::of([SIDE, SIDE], |i| {
        let class = model.cost().class_of(zeta(i));
        if let Some(part) = parts.get_mut(class) {
            *part += 1;
        }
        let sure = match zeta(i) {
            [p] => (p.to_f64() - 0.5).abs() * 2.0,
            zeta => zeta.get(class).map_or(0.0, |p| p.to_f64()),
        };
        let [r, g, b] = RGB[class % RGB.len()];
        [r, g, b, (40.0 + 110.0 * sure.clamp(0.0, 1.0)) as u8]
    });
    let parts = parts.iter().enumerate().take(CLASSES).map(|(class, part)| {
        format!(
            "{} {:.0} %",
            short(&subject.class(class), 24),
            100.0 * *part as f64 / (SIDE * SIDE) as f64
        )
    });
    Ok((
        picture,
        format!(
            "Parts of the plane: {}.",
            parts.collect::<Vec<_>>().join(", ")
        ),
    ))
}
