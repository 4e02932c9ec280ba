//! Pictures of the examples: curves, paths over a landscape, points with a boundary.
//!
//! The legend stands beside the plot, so that nothing lies under it.

use std::error::Error;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;

use crate::contour::Point;

/// Colours that can be told apart, also by most colour-blind readers (Okabe, Ito).
const COLOURS: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
    RGBColor(90, 90, 90),
    RGBColor(0, 0, 0),
];

/// Pictures are drawn on whole numbers, so many to a pixel: curves are smooth.
const FINE: u32 = 8;
/// Pixels for the legend.
const LEGEND: u32 = 200;

/// One line.
#[derive(Debug, Clone)]
pub struct Curve {
    /// What the legend says.
    pub label: String,
    /// The points, in order.
    pub points: Vec<Point>,
    /// Whether each point of a chart is marked.
    pub marked: bool,
    /// Pixels: what lies under another curve is seen if it is wider.
    pub width: f64,
}

/// What stands around the curves.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// Title.
    pub title: &'a str,
    /// What the axes show.
    pub axes: [&'a str; 2],
    /// From where to where the horizontal axis goes.
    pub x: [f64; 2],
    /// From where to where the vertical axis goes.
    pub y: [f64; 2],
}

/// How the numbers stand along the axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axes {
    /// Both evenly.
    Linear,
    /// Powers evenly along the horizontal axis.
    LogX,
    /// Powers evenly along both.
    Log,
}

/// A row of the legend.
enum Mark {
    Line(RGBColor, f64),
    Dot(RGBColor),
    Cross,
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), Box<dyn Error>>;

fn fine(pixels: f64) -> u32 {
    (pixels * f64::from(FINE)).round() as u32
}

fn stroke(colour: RGBColor, width: f64) -> ShapeStyle {
    colour.stroke_width(fine(width))
}

/// A number without zeros at its end.
fn tick(value: &f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0" } else { text }.to_owned()
}

/// Draws into a file; `draw` is handed the area of the plot and that of the legend.
fn picture(path: &Path, size: [u32; 2], draw: impl FnOnce(&Area, &Area) -> Drawn) -> Result<()> {
    let mut text = String::new();
    let drawn = || -> Drawn {
        let [width, height] = [size[0] + LEGEND, size[1]].map(|pixels| pixels * FINE);
        let root = SVGBackend::with_string(&mut text, (width, height)).into_drawing_area();
        root.fill(&WHITE)?;
        let (plot, legend) = root.split_horizontally(size[0] * FINE);
        draw(&plot, &legend)?;
        root.present()?;
        Ok(())
    };
    drawn()
        .map_err(|error| anyhow!("{error}"))
        .with_context(|| format!("cannot draw {}", path.display()))?;
    // Drawn large and shown small.
    let [width, height] = [size[0] + LEGEND, size[1]];
    let large = format!("width=\"{}\" height=\"{}\"", width * FINE, height * FINE);
    let small = format!("width=\"{width}\" height=\"{height}\"");
    std::fs::write(path, text.replacen(&large, &small, 1))
        .with_context(|| format!("cannot write {}", path.display()))
}

fn legend(area: &Area, rows: &[(Mark, &str)]) -> Drawn {
    let at = |pixels: f64| fine(pixels) as i32;
    let font = ("sans-serif", fine(13.0)).into_font();
    for (row, (mark, label)) in rows.iter().enumerate() {
        let y = 60.0 + 22.0 * row as f64;
        match mark {
            Mark::Line(colour, width) => {
                let ends = [(at(4.0), at(y)), (at(26.0), at(y))];
                area.draw(&PathElement::new(ends, stroke(*colour, *width)))?;
            }
            Mark::Dot(colour) => {
                area.draw(&Circle::new((at(15.0), at(y)), fine(4.0), colour.filled()))?;
            }
            Mark::Cross => {
                area.draw(&Cross::new(
                    (at(15.0), at(y)),
                    fine(5.0),
                    stroke(BLACK, 2.0),
                ))?;
            }
        }
        let text = Text::new((*label).to_owned(), (at(32.0), at(y - 6.0)), font.clone());
        area.draw(&text)?;
    }
    Ok(())
}

/// A chart in the area, for axes of any type.
macro_rules! plane {
    ($area:expr, $frame:expr, $x:expr, $y:expr, $mesh:expr) => {{
        let mut chart = ChartBuilder::on($area)
            .caption($frame.title, ("sans-serif", fine(18.0)))
            .margin(fine(12.0))
            .x_label_area_size(fine(46.0))
            .y_label_area_size(fine(64.0))
            .build_cartesian_2d($x, $y)?;
        let mut mesh = chart.configure_mesh();
        let lines = if $mesh { 0.2 } else { 0.0 };
        mesh.light_line_style(WHITE.mix(0.0))
            .bold_line_style(BLACK.mix(lines).stroke_width(fine(1.0)))
            .axis_style(BLACK.stroke_width(fine(1.0)))
            .label_style(("sans-serif", fine(12.0)))
            .axis_desc_style(("sans-serif", fine(13.0)))
            .set_all_tick_mark_size(fine(5.0))
            .x_label_formatter(&tick)
            .y_label_formatter(&tick)
            .x_desc($frame.axes[0])
            .y_desc($frame.axes[1])
            .draw()?;
        chart
    }};
}

/// Draws curves over two axes.
///
/// # Errors
/// If the file cannot be written.
pub fn chart(path: &Path, frame: &Frame, axes: Axes, curves: &[Curve]) -> Result<()> {
    picture(path, [680, 480], |plot, beside| {
        let Frame { x, y, .. } = frame;
        macro_rules! draw {
            ($x:expr, $y:expr) => {{
                let mut chart = plane!(plot, frame, $x, $y, true);
                for (i, curve) in curves.iter().enumerate() {
                    let colour = COLOURS[i % COLOURS.len()];
                    let points = curve.points.iter().copied();
                    chart.draw_series(LineSeries::new(points, stroke(colour, curve.width)))?;
                    if curve.marked {
                        let dot = |p: &Point| Circle::new(*p, fine(3.0), colour.filled());
                        chart.draw_series(curve.points.iter().map(dot))?;
                    }
                }
            }};
        }
        match axes {
            Axes::Linear => draw!(x[0]..x[1], y[0]..y[1]),
            Axes::LogX => draw!((x[0]..x[1]).log_scale(), y[0]..y[1]),
            Axes::Log => draw!((x[0]..x[1]).log_scale(), (y[0]..y[1]).log_scale()),
        }
        let row =
            |(i, curve): (usize, &'_ Curve)| Mark::Line(COLOURS[i % COLOURS.len()], curve.width);
        let marks = curves.iter().enumerate().map(row);
        let labels = curves.iter().map(|curve| curve.label.as_str());
        legend(beside, &marks.zip(labels).collect::<Vec<_>>())
    })
}

/// Draws contour lines, paths with a dot at each end, and the minima, over the plane.
///
/// # Errors
/// If the file cannot be written.
pub fn map(
    path: &Path,
    frame: &Frame,
    contours: &[Vec<Point>],
    paths: &[Curve],
    minima: &[Point],
) -> Result<()> {
    picture(path, [640, 560], |plot, beside| {
        let (x, y) = (frame.x[0]..frame.x[1], frame.y[0]..frame.y[1]);
        let mut chart = plane!(plot, frame, x, y, false);
        let grey = RGBColor(190, 190, 190);
        for line in contours {
            chart.draw_series([PathElement::new(line.clone(), stroke(grey, 1.0))])?;
        }
        let mut rows = Vec::new();
        for (i, curve) in paths.iter().enumerate() {
            let colour = COLOURS[i % COLOURS.len()];
            let style = stroke(colour, curve.width);
            chart.draw_series([PathElement::new(curve.points.clone(), style)])?;
            rows.push((Mark::Line(colour, curve.width), curve.label.as_str()));
        }
        for (i, curve) in paths.iter().enumerate() {
            let colour = COLOURS[i % COLOURS.len()];
            let end = curve.points.last();
            let radius = fine(3.0 + 0.5 * curve.width);
            chart.draw_series(end.map(|end| Circle::new(*end, radius, colour.filled())))?;
        }
        let start = paths.first().and_then(|curve| curve.points.first());
        let dot = |start: &Point| Circle::new(*start, fine(5.0), BLACK.filled());
        chart.draw_series(start.map(dot))?;
        let cross = |at: &Point| Cross::new(*at, fine(6.0), stroke(BLACK, 2.0));
        chart.draw_series(minima.iter().map(cross))?;
        rows.push((Mark::Dot(BLACK), "start"));
        rows.push((Mark::Cross, "minimum"));
        legend(beside, &rows)
    })
}

/// Draws points of two classes, and the line between them.
///
/// # Errors
/// If the file cannot be written.
pub fn scatter(
    path: &Path,
    frame: &Frame,
    points: &[(Point, usize)],
    classes: [&str; 2],
    boundary: &[Vec<Point>],
) -> Result<()> {
    picture(path, [480, 480], |plot, beside| {
        let (x, y) = (frame.x[0]..frame.x[1], frame.y[0]..frame.y[1]);
        let mut chart = plane!(plot, frame, x, y, false);
        let dot = |(at, class): &(Point, usize)| {
            Circle::new(*at, fine(3.0), COLOURS[class % 2].mix(0.7).filled())
        };
        chart.draw_series(points.iter().map(dot))?;
        for line in boundary {
            chart.draw_series([PathElement::new(line.clone(), stroke(BLACK, 2.0))])?;
        }
        let rows = [
            (Mark::Dot(COLOURS[0]), classes[0]),
            (Mark::Dot(COLOURS[1]), classes[1]),
            (Mark::Line(BLACK, 2.0), "p = 1/2"),
        ];
        legend(beside, &rows)
    })
}
