//! Pictures from files.

use std::io::Cursor;

use anyhow::{Context as _, Result, bail};

/// A picture: depth, vertical, horizontal, and its values channel by channel, each in `[0, 1]`.
#[derive(Debug, PartialEq)]
pub(crate) struct Picture {
    pub(crate) dims: [usize; 3],
    pub(crate) values: Vec<f32>,
}

/// Most values of a picture, so that no file takes all of the memory.
const MOST: usize = 1 << 28;

/// Whether a file begins like a picture that is known.
pub(crate) fn is_picture(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x89PNG") || bytes.starts_with(b"P5") || bytes.starts_with(b"P2")
}

/// Reads a PNG or PGM picture, of one channel or of three.
pub(crate) fn read(bytes: &[u8], channels: usize) -> Result<Picture> {
    let picture = match bytes.starts_with(b"\x89PNG") {
        true => png(bytes),
        false => pgm(bytes),
    };
    Ok(picture?.with_channels(channels))
}

impl Picture {
    /// Of three channels their luminance (Rec. 601), of one three alike.
    fn with_channels(self, channels: usize) -> Self {
        let [depth, v, h] = self.dims;
        let size = v * h;
        let values = match (depth, channels) {
            (1, 3) => self.values.repeat(3),
            (3, 1) => (0..size)
                .map(|i| {
                    let [r, g, b] = [0, 1, 2].map(|c| self.values[c * size + i]);
                    0.299 * r + 0.587 * g + 0.114 * b
                })
                .collect(),
            _ => return self,
        };
        let dims = [channels, v, h];
        Self { dims, values }
    }
}

/// A PNG of 8 bits a channel; transparency is left out.
fn png(bytes: &[u8]) -> Result<Picture> {
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    decoder.set_limits(png::Limits { bytes: MOST });
    let mut reader = decoder.read_info()?;
    let size = reader.output_buffer_size().filter(|size| *size <= MOST);
    let mut buffer = vec![0; size.context("the picture is too large")?];
    let info = reader.next_frame(&mut buffer)?;
    let samples = info.color_type.samples();
    let depth = if samples >= 3 { 3 } else { 1 };
    let (v, h) = (info.height as usize, info.width as usize);
    let mut values = Vec::with_capacity(depth * v * h);
    for channel in 0..depth {
        for row in buffer.chunks_exact(info.line_size).take(v) {
            let pixels = row[..h * samples].iter().skip(channel).step_by(samples);
            values.extend(pixels.map(|x| f32::from(*x) / 255.0));
        }
    }
    let dims = [depth, v, h];
    Ok(Picture { dims, values })
}

/// A PGM, plain (P2) or of bytes (P5).
fn pgm(bytes: &[u8]) -> Result<Picture> {
    let mut at = 2;
    let mut number = || -> Result<usize> {
        // Blanks and comments up to the end of their line.
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'#' => {
                    let end = bytes[at..].iter().position(|byte| *byte == b'\n');
                    at += end.unwrap_or(bytes.len() - at);
                }
                byte if byte.is_ascii_whitespace() => at += 1,
                _ => break,
            }
        }
        let digits = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit());
        let end = at + digits.count();
        let text = std::str::from_utf8(&bytes[at..end]).unwrap_or_default();
        let place = at;
        at = end;
        text.parse()
            .with_context(|| format!("a number was expected at byte {place} of the PGM picture"))
    };
    let (h, v, most) = (number()?, number()?, number()?);
    let size = v.checked_mul(h).filter(|size| (1..=MOST).contains(size));
    let size = size.context("a PGM picture has a width and a height")?;
    if !(1..=255).contains(&most) {
        bail!("a PGM picture with values up to {most}: at most 255 are read");
    }
    let scale = |x: usize| x.min(most) as f32 / most as f32;
    let values = if bytes.starts_with(b"P2") {
        // A plain one has two bytes a number, at the least.
        if size > bytes.len() {
            bail!("the picture of {h} x {v} is cut off");
        }
        (0..size)
            .map(|_| number().map(scale))
            .collect::<Result<_>>()?
    } else {
        let pixels = bytes.get(at + 1..).and_then(|rest| rest.get(..size));
        let pixels = pixels.with_context(|| format!("the picture of {h} x {v} is cut off"))?;
        pixels.iter().map(|x| scale(usize::from(*x))).collect()
    };
    let dims = [1, v, h];
    Ok(Picture { dims, values })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_a_pgm_are_the_same() {
        let plain = pgm(b"P2 # words\n# more\n3 2\n4\n0 1 2\n3 4 9\n").expect("a picture");
        assert_eq!(plain.dims, [1, 2, 3]);
        assert_eq!(plain.values, [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]);
        assert_eq!(
            pgm(b"P5 3 2 4\n\0\x01\x02\x03\x04\x09").expect("a picture"),
            plain
        );
    }

    #[test]
    fn what_is_no_picture_is_an_error() {
        let whole = b"P5 3 2 4\n\0\x01\x02\x03\x04\x09";
        for end in 2..whole.len() {
            assert!(pgm(&whole[..end]).is_err(), "{end}");
        }
        for text in [
            "P2 0 2 4 1",
            "P5 99999999999999999999 1 1 ",
            "P2 4 4 255 1",
            "P5 1 1 65535 ab",
        ] {
            assert!(pgm(text.as_bytes()).is_err(), "{text}");
        }
        assert!(png(b"\x89PNG\r\n").is_err());
    }

    #[test]
    fn channels_are_made_of_others() {
        let values = vec![1.0, 0.0, 0.0, 1.0, 0.0, 0.0];
        let colour = Picture {
            dims: [3, 1, 2],
            values,
        };
        let grey = colour.with_channels(1);
        assert_eq!(grey.values, [0.299, 0.587]);
        assert_eq!(grey.with_channels(3).values.len(), 6);
    }
}
