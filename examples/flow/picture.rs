//! The parts that the pictures share.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use plotters::prelude::*;

use crate::contour::Point;

/// Colours that can be told apart, also by most colour-blind readers (Okabe, Ito).
pub(crate) const COLOURS: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
    RGBColor(90, 90, 90),
    RGBColor(0, 0, 0),
];

/// One line of a chart.
pub(crate) struct Curve {
    /// What the legend says.
    pub(crate) label: String,
    /// The points, from left to right.
    pub(crate) points: Vec<Point>,
    /// Whether each point is marked.
    pub(crate) marked: bool,
}

/// What stands around the curves.
pub(crate) struct Frame<'a> {
    /// Title of the chart.
    pub(crate) title: &'a str,
    /// What the axes show.
    pub(crate) axes: [&'a str; 2],
    /// From where to where the axes go.
    pub(crate) x: [f64; 2],
    /// From where to where the axes go.
    pub(crate) y: [f64; 2],
}

/// Draws curves over two linear axes (`logarithmic` false) or two logarithmic ones, with a legend.
pub(crate) fn chart(path: &Path, frame: &Frame, logarithmic: bool, curves: &[Curve]) -> Result<()> {
    let draw = || -> Result<(), Box<dyn std::error::Error>> {
        let root = SVGBackend::new(path, (760, 480)).into_drawing_area();
        root.fill(&WHITE)?;
        let Frame { title, axes, x, y } = frame;
        let mut builder = ChartBuilder::on(&root);
        builder
            .caption(title, ("sans-serif", 18))
            .margin(12)
            .x_label_area_size(42)
            .y_label_area_size(62);
        /// The two kinds of axes are types of their own; the rest is the same.
        macro_rules! draw {
            ($x:expr, $y:expr) => {{
                let mut chart = builder.build_cartesian_2d($x, $y)?;
                chart
                    .configure_mesh()
                    .light_line_style(WHITE.mix(0.0))
                    .x_desc(axes[0])
                    .y_desc(axes[1])
                    .draw()?;
                for (i, curve) in curves.iter().enumerate() {
                    let colour = COLOURS[i % COLOURS.len()];
                    chart
                        .draw_series(LineSeries::new(
                            curve.points.iter().copied(),
                            colour.stroke_width(2),
                        ))?
                        .label(&curve.label)
                        .legend(move |(x, y)| {
                            PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2))
                        });
                    if curve.marked {
                        let dots = curve
                            .points
                            .iter()
                            .map(|p| Circle::new(*p, 3, colour.filled()));
                        chart.draw_series(dots)?;
                    }
                }
                chart
                    .configure_series_labels()
                    .position(SeriesLabelPosition::UpperLeft)
                    .background_style(WHITE.mix(0.85))
                    .border_style(BLACK.mix(0.3))
                    .draw()?;
            }};
        }
        if logarithmic {
            draw!((x[0]..x[1]).log_scale(), (y[0]..y[1]).log_scale());
        } else {
            draw!(x[0]..x[1], y[0]..y[1]);
        }
        root.present()?;
        Ok(())
    };
    saved(path, draw())
}

/// Draws contour lines, and paths with a dot at each end, over the plane.
pub(crate) fn map(
    path: &Path,
    frame: &Frame,
    contours: &[Vec<Point>],
    paths: &[Curve],
) -> Result<()> {
    let draw = || -> Result<(), Box<dyn std::error::Error>> {
        let root = SVGBackend::new(path, (640, 560)).into_drawing_area();
        root.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&root)
            .caption(frame.title, ("sans-serif", 18))
            .margin(12)
            .x_label_area_size(32)
            .y_label_area_size(42)
            .build_cartesian_2d(frame.x[0]..frame.x[1], frame.y[0]..frame.y[1])?;
        chart.configure_mesh().disable_mesh().draw()?;
        for line in contours {
            let grey = RGBColor(190, 190, 190).stroke_width(1);
            chart.draw_series([PathElement::new(line.clone(), grey)])?;
        }
        for (i, curve) in paths.iter().enumerate() {
            let colour = COLOURS[i % COLOURS.len()];
            chart
                .draw_series([PathElement::new(
                    curve.points.clone(),
                    colour.stroke_width(2),
                )])?
                .label(&curve.label)
                .legend(move |(x, y)| {
                    PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2))
                });
            let ends = curve
                .points
                .last()
                .map(|end| Circle::new(*end, 4, colour.filled()));
            chart.draw_series(ends)?;
        }
        let start = paths.first().and_then(|curve| curve.points.first());
        chart.draw_series(start.map(|start| Circle::new(*start, 5, BLACK.filled())))?;
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::LowerRight)
            .background_style(WHITE.mix(0.85))
            .border_style(BLACK.mix(0.3))
            .draw()?;
        root.present()?;
        Ok(())
    };
    saved(path, draw())
}

fn saved(path: &Path, result: Result<(), Box<dyn std::error::Error>>) -> Result<()> {
    result
        .map_err(|error| anyhow!("{error}"))
        .with_context(|| format!("cannot draw {}", path.display()))
}
