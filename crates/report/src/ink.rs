//! Colours, as classes of the page's style sheet.

use plotters::style::RGBColor;

/// A colour that the page knows in light and in dark, and a kind of line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Text and axes.
    Text,
    /// The grid.
    Grid,
    /// What others are compared with.
    Reference,
    /// One of several things, counted from 0.
    Series(usize),
}

/// Colours of series: those of Okabe and Ito, told apart by colour-blind readers too.
const COLOURS: usize = 7;
/// Kinds of lines, for series that have a colour in common.
const DASHES: usize = 3;

/// The series' colours for pictures of pixels, in the order of the style sheet; black comes last and is grey there.
pub(crate) const RGB: [[u8; 3]; COLOURS] = [
    [0x00, 0x72, 0xb2],
    [0xd5, 0x5e, 0x00],
    [0x00, 0x9e, 0x73],
    [0xcc, 0x79, 0xa7],
    [0xe6, 0x9f, 0x00],
    [0x56, 0xb4, 0xe9],
    [0x80, 0x80, 0x80],
];

impl Ink {
    /// The number of a colour and of a dash.
    fn numbers(self) -> (u8, u8) {
        match self {
            Self::Text => (0, 0),
            Self::Grid => (1, 0),
            Self::Reference => (2, 1),
            Self::Series(series) => {
                let dash = series / COLOURS % DASHES;
                (3 + (series % COLOURS) as u8, dash as u8)
            }
        }
    }

    /// The ink as a colour that travels through the plotting library; [`classes`] finds it again.
    pub(crate) fn colour(self) -> RGBColor {
        let (colour, dash) = self.numbers();
        RGBColor(colour, dash, 0)
    }
}

/// The names of the style sheet's classes for a colour and a dash: `s-…` strokes, `f-…` fills.
pub(crate) fn classes((colour, dash, _): (u8, u8, u8), fill: bool) -> String {
    let kind = if fill { 'f' } else { 's' };
    let colour = match colour {
        0 => "text".to_owned(),
        1 => "grid".to_owned(),
        2 => "reference".to_owned(),
        series => format!("c{}", series - 3),
    };
    match dash {
        1.. if !fill => format!("{kind}-{colour} d{dash}"),
        _ => format!("{kind}-{colour}"),
    }
}

/// The classes of a line of this ink.
pub(crate) fn line(ink: Ink) -> String {
    let (colour, dash) = ink.numbers();
    classes((colour, dash, 0), false)
}
