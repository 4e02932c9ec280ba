//! Plots.

use maud::{Markup, PreEscaped, html};
use plotters::chart::ChartBuilder;
use plotters::drawing::IntoDrawingArea;
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::style::{Color, IntoFont, ShapeStyle};

use crate::ReportError;
use crate::axis::Axis;
use crate::canvas::{Canvas, FINE};
use crate::ink::{Ink, line};

/// What is drawn between axes.
#[derive(Debug, Clone)]
pub(crate) enum Mark {
    /// A line from point to point.
    Line(Ink, Vec<(f64, f64)>),
    /// A surface with this outline, and how much of it is seen.
    Surface(Ink, f64, Vec<(f64, f64)>),
    /// Points, and how much of them is seen.
    Dots(Ink, f64, Vec<(f64, f64)>),
    /// Rectangles from one corner to the other, and how much of them is seen.
    Bars(Ink, f64, Vec<[(f64, f64); 2]>),
}

/// A plot.
#[derive(Debug, Clone)]
pub(crate) struct Chart {
    /// What it shows, in a few words.
    pub(crate) title: String,
    /// What is to be seen in it, for those who cannot.
    pub(crate) about: String,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    pub(crate) marks: Vec<Mark>,
    pub(crate) legend: Vec<(Ink, String)>,
    /// A picture that fills the place between the axes.
    pub(crate) under: Option<String>,
    /// Height in units; the width is [`WIDTH`].
    pub(crate) height: u32,
}

/// Units that a plot is wide: few, so that letters can be read where it is as wide as a phone.
pub(crate) const WIDTH: u32 = 400;
/// The usual height.
pub(crate) const HEIGHT: u32 = 270;
/// Height of the letters.
const LETTERS: u32 = 12;
/// Room below the plot, for ticks and label.
const BELOW: u32 = 44;

fn fine(units: u32) -> i32 {
    units.min(10_000) as i32 * FINE
}

impl Chart {
    /// A plot with nothing in it yet.
    pub(crate) fn new(
        title: impl Into<String>,
        about: impl Into<String>,
        x: Axis,
        y: Axis,
    ) -> Self {
        Self {
            title: title.into(),
            about: about.into(),
            x,
            y,
            marks: Vec::new(),
            legend: Vec::new(),
            under: None,
            height: HEIGHT,
        }
    }

    /// With one more mark.
    pub(crate) fn with(mut self, mark: Mark) -> Self {
        self.marks.push(mark);
        self
    }

    /// With a line that the legend names.
    pub(crate) fn line(mut self, ink: Ink, name: &str, points: Vec<(f64, f64)>) -> Self {
        self.marks.push(Mark::Line(ink, points));
        self.legend.push((ink, name.to_owned()));
        self
    }

    /// The plot with its caption and legend.
    pub(crate) fn figure(&self) -> Result<Markup, ReportError> {
        let (drawn, place) = self.draw()?;
        let size = format!("0 0 {WIDTH} {}", self.height);
        Ok(html! {
            figure.plot {
                figcaption { (self.title) }
                svg viewBox=(size) role="img" aria-label=(format!("{}. {}", self.title, self.about)) {
                    title { (self.about) }
                    @if let Some(picture) = &self.under {
                        image.pixels href=(picture) x=(place[0]) y=(place[1]) width=(place[2]) height=(place[3]) preserveAspectRatio="none" {}
                    }
                    (PreEscaped(drawn))
                }
                @if !self.legend.is_empty() {
                    ul.legend {
                        @for (ink, name) in &self.legend {
                            li {
                                svg viewBox="0 0 24 8" aria-hidden="true" { line class=(line(*ink)) x1="0" y1="4" x2="24" y2="4" stroke-width="3" {} }
                                (name)
                            }
                        }
                    }
                }
            }
        })
    }

    /// SVG elements, and where the place between the axes is: left, top, width, height.
    fn draw(&self) -> Result<(String, [f64; 4]), ReportError> {
        let mut out = String::new();
        let place = self
            .draw_into(&mut out)
            .map_err(|error| ReportError::Plot {
                plot: self.title.clone(),
                error,
            })?;
        Ok((out, place))
    }

    fn draw_into(
        &self,
        out: &mut String,
    ) -> Result<[f64; 4], Box<dyn core::error::Error + Send + Sync>> {
        let size = (fine(WIDTH) as u32, fine(self.height) as u32);
        let area = Canvas { size, out }.into_drawing_area();
        // Ticks, a gap, and the label, which stands upright.
        let left = 30 + self.y.widest() as u32 * 7;
        let mut chart = ChartBuilder::on(&area)
            .margin_top(fine(8))
            .margin_right(fine(14))
            .x_label_area_size(fine(BELOW))
            .y_label_area_size(fine(left))
            .build_cartesian_2d(self.x.clone(), self.y.clone())?;
        let font = ("sans-serif", fine(LETTERS))
            .into_font()
            .color(&Ink::Text.colour());
        let (x, y) = (|v: &f64| self.x.text(*v), |v: &f64| self.y.text(*v));
        chart
            .configure_mesh()
            .x_labels(self.x.ticks().max(1))
            .y_labels(self.y.ticks().max(1))
            .max_light_lines(0)
            .bold_line_style(stroke(Ink::Grid, 1.0, 7))
            .axis_style(stroke(Ink::Text, 1.0, 10))
            .set_all_tick_mark_size(fine(4))
            .label_style(font.clone())
            .axis_desc_style(font)
            .x_label_formatter(&x)
            .y_label_formatter(&y)
            .x_desc(self.x.label.as_str())
            .y_desc(self.y.label.as_str())
            .draw()?;
        for mark in &self.marks {
            match mark {
                Mark::Line(ink, points) => {
                    chart.draw_series([PathElement::new(finite(points), stroke(*ink, 1.0, 20))])?;
                }
                Mark::Surface(ink, alpha, points) => {
                    chart.draw_series([Polygon::new(finite(points), ink.colour().mix(*alpha))])?;
                }
                Mark::Dots(ink, alpha, points) => {
                    let style = ink.colour().mix(*alpha).filled();
                    let radius = FINE * 5 / 2;
                    chart.draw_series(
                        finite(points)
                            .into_iter()
                            .map(|at| Circle::new(at, radius, style)),
                    )?;
                }
                Mark::Bars(ink, alpha, bars) => {
                    let style = ink.colour().mix(*alpha).filled();
                    chart
                        .draw_series(bars.iter().map(|corners| Rectangle::new(*corners, style)))?;
                }
            }
        }
        let (x, y) = chart.plotting_area().get_pixel_range();
        let place = [x.start, y.start, x.end - x.start, y.end - y.start];
        Ok(place.map(|fine| f64::from(fine) / f64::from(FINE)))
    }
}

/// A line of a width in tenths of a unit.
fn stroke(ink: Ink, alpha: f64, width: u32) -> ShapeStyle {
    ink.colour().mix(alpha).stroke_width(width)
}

fn finite(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let finite = points
        .iter()
        .filter(|(x, y)| x.is_finite() && y.is_finite());
    finite.copied().collect()
}

/// At most about so many of the points, evenly, and the last.
pub(crate) fn thinned<P: Copy>(points: &[P], most: usize) -> Vec<P> {
    let every = points.len().div_ceil(most.max(1)).max(1);
    let mut kept: Vec<P> = points.iter().step_by(every).copied().collect();
    if every > 1 && !(points.len() - 1).is_multiple_of(every) {
        kept.extend(points.last());
    }
    kept
}
