//! gzip: members one after another, and zeros behind them (feature `gzip`).

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

/// Unpacks all members of a file.
///
/// Zeros behind a member are padding up to the end of the file, as tapes and some tools write it; other bytes there are
/// an error.
pub(crate) struct Members<R> {
    /// `None` at the end of the file.
    decoder: Option<GzDecoder<R>>,
}

impl<R: BufRead> Members<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self {
            decoder: Some(GzDecoder::new(reader)),
        }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(decoder) = &mut self.decoder {
            match decoder.read(buffer)? {
                0 if !buffer.is_empty() => {}
                n => return Ok(n),
            }
            let Some(decoder) = self.decoder.take() else {
                break;
            };
            let mut reader = decoder.into_inner();
            match reader.fill_buf()? {
                [] => {}
                [0, ..] => padding(&mut reader)?,
                _ => self.decoder = Some(GzDecoder::new(reader)),
            }
        }
        Ok(0)
    }
}

/// Zeros up to the end of the file.
fn padding(reader: &mut impl BufRead) -> io::Result<()> {
    loop {
        let bytes = reader.fill_buf()?;
        if bytes.is_empty() {
            return Ok(());
        }
        if bytes.iter().any(|byte| *byte != 0) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "behind the packed data there is something else than zeros",
            ));
        }
        let len = bytes.len();
        reader.consume(len);
    }
}
