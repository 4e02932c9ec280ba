//! Pixels as a file has them.

use super::PictureError;

/// A picture of one channel or of three, row by row, the channels of a pixel side by side.
pub(super) struct Decoded {
    pub(super) v: usize,
    pub(super) h: usize,
    pub(super) depth: usize,
    /// Channels of a pixel with those that are left out, such as transparency.
    pub(super) stride: usize,
    /// What becomes 1. Above 255 each channel of a pixel has two bytes, the higher one first.
    pub(super) maximum: u16,
    pub(super) bytes: Vec<u8>,
}

/// Most pixels of a side, as JPEG has it.
pub(super) const LONGEST_SIDE: usize = u16::MAX as usize;

impl Decoded {
    /// Vertical, horizontal.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.v, self.h)
    }

    /// 1 or 3.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// The pixels row by row, each from 0 to 1; of a grey one all three are alike.
    pub(super) fn pixels(&self) -> impl Iterator<Item = [f64; 3]> {
        let (wide, maximum) = (self.maximum > 255, f64::from(self.maximum));
        let number = move |bytes: &[u8], channel: usize| {
            let number = match wide {
                true => u16::from_be_bytes([bytes[2 * channel], bytes[2 * channel + 1]]),
                false => u16::from(bytes[channel]),
            };
            f64::from(number.min(self.maximum)) / maximum
        };
        let width = if wide { 2 } else { 1 };
        let pixels = self.bytes.chunks_exact(self.stride * width);
        pixels.map(move |pixel| match self.depth {
            1 => [number(pixel, 0); 3],
            _ => [0, 1, 2].map(|channel| number(pixel, channel)),
        })
    }
}

/// How many pixels there are, if there may be so many.
pub(super) fn check_size(v: usize, h: usize, most: usize) -> Result<usize, PictureError> {
    let size = v.checked_mul(h).filter(|size| *size <= most);
    match size.filter(|_| v.max(h) <= LONGEST_SIDE) {
        Some(size) if size > 0 => Ok(size),
        Some(_) => Err(PictureError::Size { v, h }),
        None => Err(PictureError::TooLarge { v, h, most }),
    }
}
