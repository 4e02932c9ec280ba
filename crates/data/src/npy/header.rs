//! The header of an array: a Python dict of three entries.

use super::element::Element;
use super::error::NpyError;
use crate::excerpt::excerpt;
use crate::source::Source;

/// Every file begins with these bytes.
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// NumPy itself refuses longer ones.
const LONGEST: usize = 10_000;

/// Most dimensions of an array: samples, depth, vertical, horizontal.
const MOST_DIMENSIONS: usize = 4;

/// What a header says.
pub(super) struct Header {
    pub(super) element: Element,
    pub(super) fortran: bool,
    pub(super) dims: Vec<usize>,
}

impl Header {
    /// Reads a header from a stream that begins with [`MAGIC`].
    pub(super) fn read(source: &mut Source<'_>) -> Result<Self, NpyError> {
        let start = exactly(source, MAGIC.len() as u64 + 2)?;
        let version = [start[MAGIC.len()], start[MAGIC.len() + 1]];
        let len = match version {
            [1, 0] => {
                let len = exactly(source, 2)?;
                usize::from(u16::from_le_bytes([len[0], len[1]]))
            }
            [2 | 3, 0] => {
                let len = exactly(source, 4)?;
                u32::from_le_bytes([len[0], len[1], len[2], len[3]]) as usize
            }
            [major, minor] => return Err(NpyError::Version { major, minor }),
        };
        if len > LONGEST {
            return Err(NpyError::HeaderLength {
                len,
                limit: LONGEST,
            });
        }
        let text = exactly(source, len as u64)?;
        Parser {
            text: &text,
            at: 0,
            // Places are those in the file.
            start: usize::try_from(source.offset()).map_or(0, |end| end - len),
        }
        .header()
    }
}

/// Reads the few forms of Python that a header has.
struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    start: usize,
}

impl<'a> Parser<'a> {
    fn header(mut self) -> Result<Header, NpyError> {
        let (mut element, mut fortran, mut dims) = (None, None, None);
        self.expect(b'{', "a dict in braces")?;
        while !self.accept(b'}') {
            let place = self.at;
            let again = match self.quoted("the name of an entry, in quotes")? {
                b"descr" => self.entry(&mut element, Self::element)?,
                b"fortran_order" => self.entry(&mut fortran, Self::boolean)?,
                b"shape" => self.entry(&mut dims, Self::dims)?,
                _ => true,
            };
            if again {
                self.at = place;
                return Err(self.error("`descr`, `fortran_order` and `shape`, each once"));
            }
            if !self.accept(b',') {
                self.expect(b'}', "a comma, or the closing brace")?;
                break;
            }
        }
        self.blanks();
        if self.at < self.text.len() {
            return Err(self.error("nothing behind the closing brace"));
        }
        match (element, fortran, dims) {
            (Some(element), Some(fortran), Some(dims)) => Ok(Header {
                element,
                fortran,
                dims,
            }),
            _ => Err(self.error("`descr`, `fortran_order` and `shape`, each once")),
        }
    }

    /// The value of an entry; true if there is one already.
    fn entry<V>(
        &mut self,
        to: &mut Option<V>,
        value: impl FnOnce(&mut Self) -> Result<V, NpyError>,
    ) -> Result<bool, NpyError> {
        self.expect(b':', "a colon")?;
        Ok(to.replace(value(self)?).is_some())
    }

    fn element(&mut self) -> Result<Element, NpyError> {
        self.blanks();
        if self.text.get(self.at) == Some(&b'[') {
            return Err(NpyError::Structured);
        }
        let text = self.quoted("the type of the elements, in quotes")?;
        let text = String::from_utf8_lossy(text);
        Element::of(&text).ok_or_else(|| NpyError::Element {
            found: excerpt(&text),
        })
    }

    fn boolean(&mut self) -> Result<bool, NpyError> {
        self.blanks();
        let rest = &self.text[self.at..];
        for (word, value) in [("True", true), ("False", false)] {
            if rest.starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.error("`True` or `False`"))
    }

    fn dims(&mut self) -> Result<Vec<usize>, NpyError> {
        self.expect(b'(', "dimensions in parentheses")?;
        let mut dims = Vec::new();
        let mut count = 0_usize;
        while !self.accept(b')') {
            let number = self.number()?;
            count += 1;
            if dims.len() < MOST_DIMENSIONS {
                dims.push(number);
            }
            if !self.accept(b',') {
                self.expect(b')', "a comma, or the closing parenthesis")?;
                break;
            }
        }
        match (1..=MOST_DIMENSIONS).contains(&count) {
            true => Ok(dims),
            false => Err(NpyError::Rank { found: count, dims }),
        }
    }

    fn number(&mut self) -> Result<usize, NpyError> {
        self.blanks();
        let rest = &self.text[self.at..];
        let len = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let digits = core::str::from_utf8(&rest[..len]).unwrap_or_default();
        let number = digits.parse();
        let number = number.map_err(|_| self.error("a whole number that memory can have"))?;
        self.at += len;
        // Python 2 wrote long integers so.
        self.at += usize::from(self.text.get(self.at) == Some(&b'L'));
        Ok(number)
    }

    fn quoted(&mut self, expected: &'static str) -> Result<&'a [u8], NpyError> {
        self.blanks();
        let text = self.text;
        let rest = &text[self.at..];
        let quote = rest.first().filter(|byte| matches!(byte, b'\'' | b'"'));
        let inside = quote.and_then(|quote| {
            let len = rest[1..].iter().position(|byte| byte == quote)?;
            Some(&rest[1..1 + len])
        });
        let inside = inside.ok_or_else(|| self.error(expected))?;
        self.at += inside.len() + 2;
        Ok(inside)
    }

    fn blanks(&mut self) {
        let rest = &self.text[self.at..];
        let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace());
        self.at += blanks.count();
    }

    fn accept(&mut self, byte: u8) -> bool {
        self.blanks();
        let here = self.text.get(self.at) == Some(&byte);
        self.at += usize::from(here);
        here
    }

    fn expect(&mut self, byte: u8, expected: &'static str) -> Result<(), NpyError> {
        match self.accept(byte) {
            true => Ok(()),
            false => Err(self.error(expected)),
        }
    }

    fn error(&self, expected: &'static str) -> NpyError {
        NpyError::Header {
            offset: self.start + self.at,
            expected,
        }
    }
}

/// Reads exactly so many bytes.
pub(super) fn exactly(source: &mut Source<'_>, len: u64) -> Result<Vec<u8>, NpyError> {
    let expected = source.offset().saturating_add(len);
    let bytes = source.up_to(len)?;
    if bytes.len() as u64 == len {
        return Ok(bytes);
    }
    Err(NpyError::Truncated {
        expected,
        found: source.offset(),
    })
}
