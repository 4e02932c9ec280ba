//! Where the plotting library draws: SVG whose colours are classes of the page's style sheet, so that a plot follows light and dark.

use core::convert::Infallible;

use maud::{PreEscaped, Render, html};
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontTransform,
};

use crate::ink::classes;

/// The library's pixels in a unit of the picture: it counts in whole pixels, and lines should be finer.
pub(crate) const FINE: i32 = 10;

/// A picture of so many fine pixels, written into a string of SVG elements.
#[derive(Debug)]
pub(crate) struct Canvas<'a> {
    pub(crate) size: (u32, u32),
    pub(crate) out: &'a mut String,
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

/// A length in units of the picture.
fn units(fine: i32) -> f64 {
    f64::from(fine) / f64::from(FINE)
}

/// A width in units of the picture.
fn width(style: &impl BackendStyle) -> f64 {
    f64::from(style.stroke_width()) / f64::from(FINE)
}

/// Nothing for what is not to be seen at all.
fn seen(color: BackendColor) -> Option<Option<f64>> {
    match color.alpha {
        alpha if alpha <= 0.0 => None,
        alpha if alpha >= 1.0 => Some(None),
        alpha => Some(Some((alpha * 100.0).round() / 100.0)),
    }
}

fn points(path: impl IntoIterator<Item = BackendCoord>) -> String {
    let points = path
        .into_iter()
        .map(|(x, y)| format!("{},{}", units(x), units(y)));
    points.collect::<Vec<_>>().join(" ")
}

impl Canvas<'_> {
    fn push(&mut self, element: &PreEscaped<String>) -> Drawn {
        element.render_to(self.out);
        Ok(())
    }
}

impl DrawingBackend for Canvas<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, at: BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect(at, (at.0 + 1, at.1 + 1), &color, true)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        let Some(opacity) = seen(style.color()) else {
            return Ok(());
        };
        self.push(&html! {
            line class=(classes(style.color().rgb, false)) x1=(units(from.0)) y1=(units(from.1)) x2=(units(to.0)) y2=(units(to.1))
                stroke-width=(width(style)) opacity=[opacity] {}
        })
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let Some(opacity) = seen(style.color()) else {
            return Ok(());
        };
        let size = (units(right - left), units(bottom - top));
        self.push(&html! {
            rect class=(classes(style.color().rgb, fill)) x=(units(left)) y=(units(top)) width=(size.0) height=(size.1) opacity=[opacity] {}
        })
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        let Some(opacity) = seen(style.color()) else {
            return Ok(());
        };
        self.push(&html! {
            polyline class=(classes(style.color().rgb, false)) points=(points(path)) stroke-width=(width(style)) opacity=[opacity] {}
        })
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        centre: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let Some(opacity) = seen(style.color()) else {
            return Ok(());
        };
        let radius = f64::from(radius) / f64::from(FINE);
        self.push(&html! {
            circle class=(classes(style.color().rgb, fill)) cx=(units(centre.0)) cy=(units(centre.1)) r=(radius) opacity=[opacity] {}
        })
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Drawn {
        let Some(opacity) = seen(style.color()) else {
            return Ok(());
        };
        self.push(&html! {
            polygon class=(classes(style.color().rgb, true)) points=(points(corners)) opacity=[opacity] {}
        })
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        (x, y): BackendCoord,
    ) -> Drawn {
        let anchor = match style.anchor().h_pos {
            HPos::Left => "start",
            HPos::Center => "middle",
            HPos::Right => "end",
        };
        // From the place to the line on which letters stand, in heights of the letters.
        let down = match style.anchor().v_pos {
            VPos::Top => "0.8em",
            VPos::Center => "0.35em",
            VPos::Bottom => "-0.35em",
        };
        let (x, y) = (units(x), units(y));
        let turned = match style.transform() {
            FontTransform::None => None,
            FontTransform::Rotate90 => Some(90),
            FontTransform::Rotate180 => Some(180),
            FontTransform::Rotate270 => Some(270),
        };
        let turned = turned.map(|angle| format!("rotate({angle} {x} {y})"));
        self.push(&html! {
            text class="f-text" x=(x) y=(y) dy=(down) text-anchor=(anchor) font-size=(style.size() / f64::from(FINE)) transform=[turned] { (text) }
        })
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        // A letter of a sans-serif font is about half as wide as the font is high.
        let width = 0.55 * style.size() * text.chars().count() as f64;
        Ok((width as u32, style.size() as u32))
    }
}
