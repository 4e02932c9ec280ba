//! Pictures of pixels, as PNG within the page.

use core::error::Error;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, html};

use crate::ReportError;
use crate::ink::RGB;

/// A picture of pixels: red, green, blue and opacity of each, row by row.
#[derive(Debug, Clone)]
pub(crate) struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Picture {
    /// A pixel from each place, row by row.
    pub(crate) fn of([height, width]: [usize; 2], pixel: impl FnMut(usize) -> [u8; 4]) -> Self {
        let pixels = (0..height * width).flat_map(pixel).collect();
        Self {
            width,
            height,
            pixels,
        }
    }

    /// A sample `[depth, vertical, horizontal]`, from its darkest to its lightest value: in colours if it has three channels, else the first
    /// channel in grey.
    pub(crate) fn sample([depth, vertical, horizontal]: [usize; 3], x: &[f64]) -> Self {
        let plane = vertical * horizontal;
        let finite = || x.iter().filter(|v| v.is_finite());
        let low = finite().fold(f64::INFINITY, |low, v| low.min(*v));
        let high = finite().fold(f64::NEG_INFINITY, |high, v| high.max(*v));
        let span = if high > low { high - low } else { 1.0 };
        let level = |v: f64| (255.0 * (v - low) / span).round() as u8;
        Self::of([vertical, horizontal], |i| match depth {
            3 => [
                level(x[i]),
                level(x[plane + i]),
                level(x[2 * plane + i]),
                255,
            ],
            _ => [level(x[i]), level(x[i]), level(x[i]), 255],
        })
    }

    /// Numbers by sign and size: the more opaque the nearer to `most`, in one colour above 0 and in another below.
    pub(crate) fn signed(size: [usize; 2], values: &[f64], most: f64) -> Self {
        Self::of(size, |i| {
            let v = values.get(i).copied().unwrap_or(0.0);
            let [r, g, b] = RGB[usize::from(v < 0.0)];
            let share = if most > 0.0 {
                (v.abs() / most).min(1.0)
            } else {
                0.0
            };
            [r, g, b, (255.0 * share).round() as u8]
        })
    }

    /// The picture as an address that holds it.
    pub(crate) fn address(&self) -> Result<String, ReportError> {
        let mut file = Vec::new();
        self.write(&mut file)
            .map_err(|error| ReportError::Picture {
                width: self.width,
                height: self.height,
                error,
            })?;
        Ok(format!("data:image/png;base64,{}", STANDARD.encode(file)))
    }

    fn write(&self, file: &mut Vec<u8>) -> Result<(), Box<dyn Error + Send + Sync>> {
        let side = |pixels: usize| u32::try_from(pixels).map_err(|_| "it is too large");
        let mut encoder = png::Encoder::new(file, side(self.width)?, side(self.height)?);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        let written = encoder
            .write_header()
            .and_then(|mut writer| writer.write_image_data(&self.pixels));
        Ok(written?)
    }

    /// The picture so many times as large, for those who see it and, in words, for those who do not.
    pub(crate) fn image(&self, alt: &str, times: usize) -> Result<Markup, ReportError> {
        let address = self.address()?;
        Ok(html! {
            img.pixels src=(address) alt=(alt) width=(self.width * times) height=(self.height * times);
        })
    }

    /// How many times as large it should be to be about so many units high and wide.
    pub(crate) fn times(&self, units: usize) -> usize {
        (units / self.width.max(self.height).max(1)).max(1)
    }
}
