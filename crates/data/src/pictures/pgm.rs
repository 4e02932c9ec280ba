//! PGM: grey pictures, plain (P2) or of bytes (P5).

use super::PictureError;
use super::decoded::{Decoded, check_size};
use crate::excerpt::excerpt;
use crate::memory::{filled, push};

/// Numbers of a file, between blanks and comments.
struct Numbers<'a> {
    file: &'a [u8],
    at: usize,
}

impl Numbers<'_> {
    fn next(&mut self) -> Result<usize, PictureError> {
        // Comments go to the end of their line.
        while let Some(byte) = self.file.get(self.at) {
            match byte {
                b'#' => {
                    let rest = &self.file[self.at..];
                    let end = rest.iter().position(|byte| *byte == b'\n');
                    self.at += end.unwrap_or(rest.len());
                }
                byte if byte.is_ascii_whitespace() => self.at += 1,
                _ => break,
            }
        }
        let rest = &self.file[self.at..];
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let text = core::str::from_utf8(&rest[..digits]).unwrap_or_default();
        let number = text.parse();
        let message = || format!("a number was expected at byte {}", self.at);
        let number = number.map_err(|_| PictureError::damaged("PGM", message()))?;
        self.at += digits;
        Ok(number)
    }
}

/// Decodes a file that begins with `P2` or `P5`.
pub(super) fn pgm(file: &[u8], most: usize) -> Result<Decoded, PictureError> {
    let mut numbers = Numbers { file, at: 2 };
    let (h, v, maximum) = (numbers.next()?, numbers.next()?, numbers.next()?);
    let size = check_size(v, h, most)?;
    let Some(maximum) = u16::try_from(maximum).ok().filter(|most| *most > 0) else {
        let message = excerpt(&format!("its largest value is {maximum}, not 1 to 65535"));
        return Err(PictureError::damaged("PGM", message));
    };
    let wide = maximum > 255;
    let cut_off = || PictureError::damaged("PGM", "it ends before its last pixel");
    let bytes = match (
        file.starts_with(b"P2"),
        size.checked_mul(if wide { 2 } else { 1 }),
    ) {
        // Plain numbers have a blank and a digit each, at the least.
        (true, _) if size > file.len() / 2 => return Err(cut_off()),
        (true, Some(len)) => {
            let mut bytes = filled(len, 0)?;
            bytes.clear();
            for _ in 0..size {
                let number = numbers.next()?.min(usize::from(maximum)) as u16;
                let [high, low] = number.to_be_bytes();
                if wide {
                    push(&mut bytes, high)?;
                }
                push(&mut bytes, low)?;
            }
            bytes
        }
        (_, Some(len)) => {
            let pixels = file.get(numbers.at + 1..).and_then(|rest| rest.get(..len));
            let mut bytes = filled(len, 0)?;
            bytes.copy_from_slice(pixels.ok_or_else(cut_off)?);
            bytes
        }
        (_, None) => return Err(cut_off()),
    };
    Ok(Decoded {
        v,
        h,
        depth: 1,
        stride: 1,
        maximum,
        bytes,
    })
}
