//! The network: its layers, their shapes, and its first layer's weights.

use gradflow::{Model, Parameter, Real};
use maud::{Markup, html};

use crate::ReportError;
use crate::picture::Picture;
use crate::section::{Section, head, table, table_of};
use crate::text::{count, minus, number, short, whole};

/// Layers that are drawn; of more, the first and the last.
const DRAWN: usize = 24;
/// Width of the drawing, height of a box and of the arrow below it.
const WIDTH: usize = 320;
const BOX: usize = 44;
const ARROW: usize = 38;
/// Filters that are shown, and weights of a table.
const FILTERS: usize = 64;
const OUTPUTS: usize = 16;
const INPUTS: usize = 16;
/// Height of a filter's picture.
const UNITS: usize = 60;

/// The layers as a drawing and as a table.
pub(crate) fn network<T: Real>(model: &Model<T>) -> Section {
    let summary = model.network().summary();
    let input = model.network().input().to_string();
    let rows = summary.rows().iter().enumerate().map(|(l, row)| {
        vec![
            l.to_string(),
            row.layer.clone(),
            row.output.clone(),
            whole(row.parameters),
        ]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let mut boxes: Vec<[String; 3]> = summary
        .rows()
        .iter()
        .map(|row| {
            [
                short(&row.layer, 38),
                count(row.parameters, "parameter", "parameters"),
                row.output.clone(),
            ]
        })
        .collect();
    if boxes.len() > DRAWN {
        let cut = DRAWN / 2..boxes.len() - DRAWN / 2;
        let left_out = format!("{} more layers", cut.len());
        let shape = boxes[cut.end - 1][2].clone();
        boxes.splice(cut, [[left_out, String::new(), shape]]);
    }
    let all = format!(
        "{} and {}; shapes are channels x height x width. The cost: {}",
        count(rows.len(), "layer", "layers"),
        count(summary.parameters(), "parameter", "parameters"),
        model.cost()
    );
    let columns = head(&["layer", "what it is", "shape of its output", "parameters"]);
    let body = html! {
        p { (all) }
        div.beside {
            (drawing(&input, &boxes))
            (table("Layers, counted from 0", &columns, &rows))
        }
    };
    Section::new("network", "Network", body)
}

/// Boxes one below the other, with the shapes of what goes from one to the next.
fn drawing(input: &str, boxes: &[[String; 3]]) -> Markup {
    let middle = WIDTH / 2;
    let height = 24 + ARROW + boxes.len() * (BOX + ARROW) + 16;
    let shapes: Vec<&str> = boxes.iter().map(|layer| layer[2].as_str()).collect();
    let about = format!(
        "The network from its input {input} through {} layers: {}",
        boxes.len(),
        shapes.join(", ")
    );
    let top = |l: usize| 24 + ARROW + l * (BOX + ARROW);
    let arrow = |y: usize, shape: &str| {
        html! {
            line.s-text x1=(middle) x2=(middle) y1=(y) y2=(y + ARROW - 6) stroke-width="1.5" {}
            polygon.f-text points=(format!("{},{} {},{} {middle},{}", middle - 4, y + ARROW - 8, middle + 4, y + ARROW - 8, y + ARROW)) {}
            text.f-text x=(middle + 10) y=(y + ARROW / 2 + 4) font-size="12" { (shape) }
        }
    };
    html! {
        figure.network {
            svg viewBox=(format!("0 0 {WIDTH} {height}")) role="img" aria-label=(short(&about, 400)) {
                title { (short(&about, 400)) }
                text.f-text x=(middle) y="16" text-anchor="middle" font-size="13" { "input" }
                (arrow(24, input))
                @for (l, [name, parameters, shape]) in boxes.iter().enumerate() {
                    rect.box x="8" y=(top(l)) width=(WIDTH - 16) height=(BOX) rx="6" {}
                    text.f-text x=(middle) y=(top(l) + 19) text-anchor="middle" font-size="13" { (name) }
                    text.f-text x=(middle) y=(top(l) + 36) text-anchor="middle" font-size="11" { (parameters) }
                    (arrow(top(l) + BOX, shape))
                }
                text.f-text x=(middle) y=(height - 4) text-anchor="middle" font-size="13" { "output" }
            }
        }
    }
}

/// What the first layer looks for.
pub(crate) fn filters<T: Real>(
    model: &Model<T>,
    columns: Option<&[String]>,
) -> Result<Option<Section>, ReportError> {
    let Some(weights) = model.parameters().find(|block| block.dims().len() >= 2) else {
        return Ok(None);
    };
    let [depth, vertical, horizontal] = model.network().input().dims();
    let body = match *weights.dims() {
        // Filters, or a dense layer that sees a picture.
        [filters, depth, vertical, horizontal] => {
            tiles(&weights, filters, [depth, vertical, horizontal])?
        }
        [outputs, inputs]
            if vertical > 1 && horizontal > 1 && inputs == depth * vertical * horizontal =>
        {
            tiles(&weights, outputs, [depth, vertical, horizontal])?
        }
        [outputs, inputs] => weight_table(&weights, [outputs, inputs], columns),
        _ => return Ok(None),
    };
    Ok(Some(Section::new(
        "filters",
        "Weights of the first layer",
        body,
    )))
}

/// A block's largest number, without its sign.
fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |most, v| most.max(v.abs()))
}

fn wide<T: Real>(block: &Parameter<'_, T>) -> Vec<f64> {
    block.values().iter().map(|v| v.to_f64()).collect()
}

/// A picture for each output and input channel.
fn tiles<T: Real>(
    block: &Parameter<'_, T>,
    outputs: usize,
    [depth, v, h]: [usize; 3],
) -> Result<Markup, ReportError> {
    let values = wide(block);
    let most = largest(&values);
    let (plane, channels) = (v * h, depth.min(4));
    let shown = (FILTERS / channels).min(outputs).max(1);
    let mut pictures = Vec::new();
    for output in 0..shown {
        for channel in 0..channels {
            let start = (output * depth + channel) * plane;
            let picture = Picture::signed([v, h], &values[start..start + plane], most);
            let name = match depth {
                1 => format!("{output}"),
                _ => format!("{output}, channel {channel}"),
            };
            let image =
                picture.image(&format!("Weights of output {name}"), picture.times(UNITS))?;
            pictures.push(html! { li { figure.tile { (image) figcaption { (name) } } } });
        }
    }
    Ok(html! {
        p {
            "The block " code { (block.name()) } ", " (format!("{v} x {h}")) " weights each. " (signs(most))
            @if shown < outputs { " These are the first " (shown) " of " (whole(outputs)) " outputs." }
        }
        ul.tiles { @for picture in pictures { (picture) } }
    })
}

/// What the colours of [`Picture::signed`] mean.
pub(crate) fn signs(most: f64) -> Markup {
    html! {
        span.swatch.f-c0 {} " above 0, " span.swatch.f-c1 {} " below 0, nothing at 0; full colour is " (number(most)) "."
    }
}

/// The weights of a small layer, each cell the darker the larger it is.
fn weight_table<T: Real>(
    block: &Parameter<'_, T>,
    [outputs, inputs]: [usize; 2],
    columns: Option<&[String]>,
) -> Markup {
    let values = wide(block);
    let most = largest(&values);
    let shown = [outputs.min(OUTPUTS), inputs.min(INPUTS)];
    // Names are those of the inputs of the network, which the layer need not be the first to see.
    let columns = columns.filter(|names| names.len() == inputs);
    let name = |i: usize| match columns.and_then(|names| names.get(i)) {
        Some(name) => short(name, 24),
        None => format!("input {i}"),
    };
    let mut columns = vec!["input".to_owned()];
    columns.extend((0..shown[0]).map(|output| output.to_string()));
    let rows = (0..shown[1]).map(|input| {
        let cells = (0..shown[0]).map(|output| {
            let weight = values[output * inputs + input];
            let share = if most > 0.0 { 45.0 * weight.abs() / most } else { 0.0 };
            let class = if weight < 0.0 { "miss" } else { "hit" };
            html! { span.cell.(class) style=(format!("--share:{share:.0}%")) { (minus(&format!("{weight:.2}"))) } }
        });
        core::iter::once(html! { (name(input)) }).chain(cells).collect()
    });
    let rows: Vec<Vec<Markup>> = rows.collect();
    html! {
        p {
            "The block " code { (block.name()) } ": what an input, as the network reads it, adds to each output of the layer. " (signs(most))
            @if shown != [outputs, inputs] { " The first " (shown[1]) " of " (whole(inputs)) " inputs and " (shown[0]) " of " (whole(outputs)) " outputs." }
        }
        (table_of("Weights by input (rows) and output (columns)", &columns, &rows))
    }
}
