//! The text of a file as UTF-8, whether it is written in UTF-8 or UTF-16.

use crate::source::Source;
use crate::{Format, ReadError};

/// A byte that occurs in no UTF-8: it stands for what is no UTF-16, so that the reader of the field says where.
const BROKEN: u8 = 0xff;

/// Reads the text of a file.
pub(super) struct Text<'a> {
    source: Source<'a>,
    utf16: Option<Utf16>,
}

/// What is left over from the last bytes.
struct Utf16 {
    big_endian: bool,
    bytes: Box<[u8]>,
    odd: Option<u8>,
    high: Option<u16>,
}

impl<'a> Text<'a> {
    /// The encoding is told by the first bytes.
    pub(super) fn new(source: Source<'a>) -> Result<Self, ReadError> {
        let utf16 = match Format::of(source.head()) {
            None | Some(Format::Csv) => None,
            Some(Format::Utf16) => Some(Utf16 {
                big_endian: matches!(source.head(), [0xfe, 0xff, ..] | [0, ..]),
                bytes: vec![0; 1 << 13].into(),
                odd: None,
                high: None,
            }),
            Some(found) => {
                let expected = Format::Csv;
                return Err(ReadError::Format { expected, found });
            }
        };
        Ok(Self { source, utf16 })
    }

    /// Bytes read so far.
    pub(super) fn offset(&self) -> u64 {
        self.source.offset()
    }

    /// Fills the front of the buffer, which has room for 16 KiB; 0 means that the file has ended.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ReadError> {
        let Some(utf16) = &mut self.utf16 else {
            return self.source.read(buffer);
        };
        loop {
            let read = self.source.read(&mut utf16.bytes)?;
            let mut len = 0;
            for at in 0..read {
                utf16.byte(utf16.bytes[at], buffer, &mut len);
            }
            if read == 0 && (utf16.odd.take().is_some() | utf16.high.take().is_some()) {
                put(&[BROKEN], buffer, &mut len);
            }
            if len > 0 || read == 0 {
                return Ok(len);
            }
        }
    }
}

impl Utf16 {
    fn byte(&mut self, byte: u8, to: &mut [u8], len: &mut usize) {
        let Some(first) = self.odd.take() else {
            self.odd = Some(byte);
            return;
        };
        let unit = match self.big_endian {
            true => u16::from_be_bytes([first, byte]),
            false => u16::from_le_bytes([first, byte]),
        };
        let pair = self.high.take().map(|high| [high, unit]);
        let mut character = |units: &[u16]| {
            let decoded = char::decode_utf16(units.iter().copied()).next();
            match decoded {
                Some(Ok(c)) => put(c.encode_utf8(&mut [0; 4]).as_bytes(), to, len),
                _ => put(&[BROKEN], to, len),
            }
        };
        match (pair, unit) {
            (Some(pair), 0xdc00..=0xdfff) => character(&pair),
            (lonely, unit) => {
                if lonely.is_some() {
                    character(&[0xd800]);
                }
                match unit {
                    0xd800..=0xdbff => self.high = Some(unit),
                    unit => character(&[unit]),
                }
            }
        }
    }
}

/// Appends bytes to the first `len` of a buffer that has room for them: two bytes of UTF-16 are three of UTF-8 at most.
fn put(bytes: &[u8], to: &mut [u8], len: &mut usize) {
    if let Some(room) = to.get_mut(*len..*len + bytes.len()) {
        room.copy_from_slice(bytes);
        *len += bytes.len();
    }
}
