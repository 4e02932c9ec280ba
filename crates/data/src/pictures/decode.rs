//! Pictures from files.

use std::io::Cursor;

use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::PictureError;
use super::decoded::{Decoded, LONGEST_SIDE, check_size};
use super::pgm::pgm;
use crate::memory::filled;
use crate::{Format, MemoryError, ReadError};

/// Scans of a progressive JPEG: each is a pass over the whole picture.
const MOST_SCANS: usize = 64;

impl Decoded {
    /// Decodes a file with so many pixels at most.
    pub(super) fn of(file: &[u8], most: usize) -> Result<Self, PictureError> {
        match Format::of(file) {
            Some(Format::Picture) if file.starts_with(b"\x89PNG") => png(file, most),
            Some(Format::Picture) if file.starts_with(b"\xff\xd8") => jpeg(file, most),
            None if file.starts_with(b"P5") || file.starts_with(b"P2") => pgm(file, most),
            Some(Format::Picture) | None => Err(PictureError::Kind),
            Some(found) => Err(ReadError::Format {
                expected: Format::Picture,
                found,
            }
            .into()),
        }
    }
}

fn png(file: &[u8], most: usize) -> Result<Decoded, PictureError> {
    let damaged = |error: png::DecodingError| PictureError::damaged("PNG", error);
    let mut decoder = png::Decoder::new(Cursor::new(file));
    // Palettes become colours, fewer bits than 8 become 8.
    decoder.set_transformations(png::Transformations::EXPAND);
    // For what is kept beside the pixels, such as texts.
    decoder.set_limits(png::Limits {
        bytes: file.len().saturating_mul(4).saturating_add(1 << 24),
    });
    let header = decoder.read_header_info().map_err(damaged)?;
    let (v, h) = (header.height as usize, header.width as usize);
    let size = check_size(v, h, most)?;
    let mut reader = decoder.read_info().map_err(damaged)?;
    let (colour, depth) = reader.output_color_type();
    let (stride, wide) = (colour.samples(), depth == png::BitDepth::Sixteen);
    let bytes = stride
        .checked_mul(if wide { 2 } else { 1 })
        .and_then(|pixel| size.checked_mul(pixel));
    let bytes = bytes.filter(|bytes| reader.output_buffer_size() == Some(*bytes));
    let bytes = bytes.ok_or(PictureError::TooLarge { v, h, most })?;
    let mut pixels = filled(bytes, 0)?;
    reader.next_frame(&mut pixels).map_err(damaged)?;
    Ok(Decoded {
        v,
        h,
        depth: if stride >= 3 { 3 } else { 1 },
        stride,
        maximum: if wide { u16::MAX } else { 255 },
        bytes: pixels,
    })
}

fn jpeg(file: &[u8], most: usize) -> Result<Decoded, PictureError> {
    let damaged = |error: zune_jpeg::errors::DecodeErrors| PictureError::damaged("JPEG", error);
    let options = DecoderOptions::default()
        // Half a picture is none.
        .set_strict_mode(true)
        .set_max_width(LONGEST_SIDE)
        .set_max_height(LONGEST_SIDE)
        .jpeg_set_max_scans(MOST_SCANS);
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(file), options);
    decoder.decode_headers().map_err(damaged)?;
    let (h, v) = decoder.dimensions().unwrap_or_default();
    let size = check_size(v, h, most)?;
    let grey = decoder.input_colorspace() == Some(ColorSpace::Luma);
    let (colours, depth) = match grey {
        true => (ColorSpace::Luma, 1),
        false => (ColorSpace::RGB, 3),
    };
    decoder.set_options(options.jpeg_set_out_colorspace(colours));
    let bytes = size
        .checked_mul(depth)
        .ok_or(MemoryError { bytes: usize::MAX })?;
    let mut pixels = filled(bytes, 0)?;
    decoder.decode_into(&mut pixels).map_err(damaged)?;
    Ok(Decoded {
        v,
        h,
        depth,
        stride: depth,
        maximum: 255,
        bytes: pixels,
    })
}
