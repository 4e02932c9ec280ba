//! The header of an array: a Python dict of three entries.

use super::element::Element;
use super::error::NpyError;
use crate::Format;
use crate::excerpt::excerpt;
use crate::source::Source;

/// Every file begins with these bytes.
const MAGIC: &[u8] = b"\x93NUMPY";

/// Most bytes of the dict: NumPy itself refuses longer ones.
pub(crate) const LONGEST: usize = 10_000;

/// Most dimensions of an array: samples, depth, vertical, horizontal.
const MOST_DIMENSIONS: usize = 4;

/// What a header says.
#[derive(Debug, PartialEq)]
pub(crate) struct Header {
    pub(crate) element: Element,
    pub(crate) fortran: bool,
    pub(crate) dims: Vec<usize>,
}

impl Header {
    /// Reads a header from the beginning of a stream.
    pub(crate) fn read(source: &mut Source<'_>) -> Result<Self, NpyError> {
        if !source.head().starts_with(MAGIC) {
            source.refuse_foreign(Format::NumPy)?;
            return Err(NpyError::Magic);
        }
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
pub(crate) fn exactly(source: &mut Source<'_>, len: u64) -> Result<Vec<u8>, NpyError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The header with this dict, and where it ends.
    fn read(dict: &[u8]) -> Result<(Header, u64), NpyError> {
        let len = (dict.len() as u16).to_le_bytes();
        let file = [MAGIC, b"\x01\0", &len, dict].concat();
        let mut source = Source::new(file.as_slice(), None)?;
        let header = Header::read(&mut source)?;
        Ok((header, source.offset()))
    }

    #[test]
    fn what_numpy_writes_is_read() {
        let dict = b"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }          \n";
        let (header, end) = read(dict).expect("a header");
        let expected = Header {
            element: Element::of("<f4").expect("a type"),
            fortran: false,
            dims: vec![3, 4],
        };
        assert_eq!((header, end), (expected, 10 + dict.len() as u64));
        let dict = b"{\"shape\": (5,), \"fortran_order\": True, \"descr\": \">i8\"}";
        let (header, _) = read(dict).expect("a header");
        assert!(header.fortran && header.element.is_big_endian());
        assert_eq!(header.element, Element::of(">i8").expect("a type"));
        assert_eq!(header.dims, [5]);
    }

    #[test]
    fn any_other_text_is_an_error() {
        let whole = "{'descr': '|u1', 'fortran_order': False, 'shape': (3, 4)}";
        assert!(read(whole.as_bytes()).is_ok());
        for end in 0..whole.len() {
            assert!(read(&whole.as_bytes()[..end]).is_err(), "{end}");
        }
        for (from, to) in [
            ("(3, 4)", "()"),
            ("(3, 4)", "(-3, 4)"),
            ("(3, 4)", "(99999999999999999999999,)"),
            ("(3, 4)", "3"),
            ("|u1", "<c8"),
            ("|u1", "|O"),
            ("'|u1'", "[('a', '<f4')]"),
            ("False", "Maybe"),
            ("descr", "descry"),
            (", 'shape'", " 'shape'"),
        ] {
            let text = whole.replacen(from, to, 1);
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
