//! What each layer makes of a sample.

use gradflow::Real;
use maud::{Markup, html};

use crate::ReportError;
use crate::network::signs;
use crate::picture::Picture;
use crate::samples::picture;
use crate::section::{Section, head, table};
use crate::subject::Subject;
use crate::text::{count, number, percent, short, whole};

/// Channels of a layer that are shown.
const CHANNELS: usize = 16;
/// Numbers in a row, of layers without rows of their own.
const ROW: usize = 32;
/// Numbers of a vector that are shown.
const NUMBERS: usize = 1024;
/// Layers that are shown.
const LAYERS: usize = 24;
/// Classes that are listed.
const CLASSES: usize = 10;

/// A sample and what each layer makes of it.
pub(crate) fn activations<T: Real>(
    subject: &Subject<'_, T>,
    sample: usize,
) -> Result<Section, ReportError> {
    let activations = subject.model.activations(subject.x(sample));
    let activations = activations.map_err(|error| ReportError::Model {
        part: "evaluated",
        error,
    })?;
    let summary = subject.model.network().summary();
    let mut layers = Vec::new();
    for (l, p) in activations.iter().enumerate().take(LAYERS) {
        let values: Vec<f64> = p.as_slice().iter().map(|v| v.to_f64()).collect();
        let name = summary
            .rows()
            .get(l)
            .map_or_else(String::new, |row| short(&row.layer, 60));
        layers.push(layer(l, &name, p.shape().dims(), &values)?);
    }
    let body = html! {
        p { "Sample " (sample) " of the evaluated data, counted from 0. A layer's own largest number has its full colour." }
        @if subject.is_image() {
            div { (picture(subject, sample).image(&format!("Sample {sample}"), picture(subject, sample).times(112))?) }
        }
        @for layer in layers { (layer) }
        (answer(subject, sample))
    };
    Ok(Section::new("activations", "Layer by layer", body))
}

fn layer(
    l: usize,
    name: &str,
    [depth, v, h]: [usize; 3],
    values: &[f64],
) -> Result<Markup, ReportError> {
    let most = values.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
    let (note, pictures) = match v > 1 || h > 1 {
        true => channels(l, [depth, v, h], values, most)?,
        false => numbers(l, values, most)?,
    };
    Ok(html! {
        h3 { "Layer " (l) ": " (name) }
        p { (note) " " (signs(most)) }
        ul.tiles { @for picture in pictures { li { figure.tile { (picture) } } } }
    })
}

/// A picture of each channel, and what they are.
fn channels(
    l: usize,
    [depth, v, h]: [usize; 3],
    values: &[f64],
    most: f64,
) -> Result<(String, Vec<Markup>), ReportError> {
    let pictures = (0..depth.min(CHANNELS)).map(|channel| {
        let picture = Picture::signed([v, h], &values[channel * v * h..][..v * h], most);
        let image = picture.image(&format!("Layer {l}, channel {channel}"), picture.times(72))?;
        Ok(html! { (image) figcaption { (channel) } })
    });
    let note = match depth > CHANNELS {
        true => format!(
            "The first {CHANNELS} of {} channels of {v} x {h}.",
            whole(depth)
        ),
        false => format!("{} of {v} x {h}.", count(depth, "channel", "channels")),
    };
    Ok((note, pictures.collect::<Result<_, ReportError>>()?))
}

/// Numbers as a picture of a few rows.
fn numbers(l: usize, values: &[f64], most: f64) -> Result<(String, Vec<Markup>), ReportError> {
    let shown = &values[..values.len().min(NUMBERS)];
    let columns = shown.len().clamp(1, ROW);
    let picture = Picture::signed([shown.len().div_ceil(columns), columns], shown, most);
    let alt = format!("Layer {l}, {} numbers", shown.len());
    let image = picture.image(&alt, (480 / columns).clamp(10, 30))?;
    let note = match values.len() {
        n if n > ROW => format!("{} numbers, {ROW} in a row.", whole(n)),
        n => count(n, "number.", "numbers."),
    };
    let last = shown.len().saturating_sub(1);
    Ok((note, vec![html! { (image) figcaption { "0 to " (last) } }]))
}

/// What comes out.
fn answer<T: Real>(subject: &Subject<'_, T>, sample: usize) -> Markup {
    let Some((labels, classes)) = subject.labels() else {
        let zeta = subject.zeta(sample).iter().take(CLASSES);
        let rows = zeta
            .enumerate()
            .map(|(a, v)| vec![subject.target(a).0, number(v.to_f64())]);
        return table(
            "What comes out, as the network was trained",
            &head(&["target", "value"]),
            &rows.collect::<Vec<_>>(),
        );
    };
    let mut order: Vec<usize> = (0..classes).collect();
    order.sort_by(|a, b| {
        subject
            .score(sample, *b)
            .total_cmp(&subject.score(sample, *a))
    });
    let rows = order.iter().take(CLASSES).map(|class| {
        let score = subject.score(sample, *class);
        let score = if subject.is_distribution() {
            percent(score)
        } else {
            number(score)
        };
        let truth = if labels[sample] == *class { "yes" } else { "" };
        vec![subject.class(*class), score, truth.to_owned()]
    });
    let rows: Vec<_> = rows.collect();
    table(
        "What comes out",
        &head(&["class", "probability or score", "true"]),
        &rows,
    )
}
