//! The header of a NumPy array, format 1.0 to 3.0.
//!
//! ```text
//! "\x93NUMPY", major, minor, length (2 bytes; from 2.0 on 4), "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }", blanks, "\n"
//! ```

use crate::disk::element::{Element, Kind};
use crate::excerpt::excerpt;

/// What the header says.
#[derive(Debug, PartialEq)]
pub(super) struct Header {
    pub(super) element: Element,
    pub(super) fortran_order: bool,
    /// At least one dimension.
    pub(super) shape: Vec<usize>,
    /// Where the numbers begin.
    pub(super) end: u64,
}

/// The types of numbers, by NumPy's names.
const KINDS: [(&str, Kind); 11] = [
    ("b1", Kind::U8),
    ("u1", Kind::U8),
    ("i1", Kind::I8),
    ("u2", Kind::U16),
    ("i2", Kind::I16),
    ("u4", Kind::U32),
    ("i4", Kind::I32),
    ("u8", Kind::U64),
    ("i8", Kind::I64),
    ("f4", Kind::F32),
    ("f8", Kind::F64),
];

/// Most bytes of the text; NumPy itself reads 10,000.
const MOST: u32 = 1 << 16;

/// Where the text begins, and how long it is.
pub(super) fn start(bytes: &[u8; 12]) -> Result<(u64, u32), String> {
    let [magic @ .., major, _, a, b, c, d] = bytes;
    if magic != b"\x93NUMPY" {
        return Err("is no NumPy array: a file `.npy` begins with the bytes \\x93NUMPY".into());
    }
    let (offset, len) = match major {
        1 => (10, u32::from(u16::from_le_bytes([*a, *b]))),
        2 | 3 => (12, u32::from_le_bytes([*a, *b, *c, *d])),
        major => {
            return Err(format!(
                "is a NumPy array of format {major}; 1 to 3 are read"
            ));
        }
    };
    match len <= MOST {
        true => Ok((offset, len)),
        false => Err(format!(
            "the header takes {len} bytes; at most {MOST} are read"
        )),
    }
}

impl Header {
    /// Reads the text.
    pub(super) fn parse(text: &[u8], end: u64) -> Result<Self, String> {
        let text = core::str::from_utf8(text).map_err(|_| "the header is no text".to_owned())?;
        let mut rest = Rest(text);
        let (mut element, mut fortran_order, mut shape) = (None, None, None);
        rest.expect('{')?;
        while !rest.skip('}') {
            let key = rest.quoted()?;
            rest.expect(':')?;
            match key {
                "descr" => element = Some(self::element(rest.quoted()?)?),
                "fortran_order" => fortran_order = Some(rest.truth()?),
                "shape" => shape = Some(rest.dims()?),
                key => {
                    return Err(format!(
                        "the header says `{}`, which is not known",
                        excerpt(key)
                    ));
                }
            }
            if !rest.skip(',') {
                rest.expect('}')?;
                break;
            }
        }
        let missing = |what| format!("the header does not say `{what}`");
        Ok(Self {
            element: element.ok_or_else(|| missing("descr"))?,
            fortran_order: fortran_order.ok_or_else(|| missing("fortran_order"))?,
            shape: shape.ok_or_else(|| missing("shape"))?,
            end,
        })
    }
}

fn element(descr: &str) -> Result<Element, String> {
    let big_endian = descr.starts_with('>');
    let name = descr.trim_start_matches(['<', '>', '|', '=']);
    let known = KINDS.iter().find(|(known, _)| *known == name);
    match known {
        Some((_, kind)) => Ok(Element {
            kind: *kind,
            big_endian,
        }),
        None => Err(format!(
            "the numbers are of the type `{}`; read are u1 to u8, i1 to i8, f4, f8 and b1: convert the array, such as by `a.astype('f4')`",
            excerpt(descr)
        )),
    }
}

/// What is left of the text.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn skip(&mut self, c: char) -> bool {
        let rest = self.0.trim_start().strip_prefix(c);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn expect(&mut self, c: char) -> Result<(), String> {
        match self.skip(c) {
            true => Ok(()),
            false => Err(format!(
                "the header is none of NumPy's: `{c}` was expected before `{}`",
                excerpt(self.0.trim())
            )),
        }
    }

    fn quoted(&mut self) -> Result<&'a str, String> {
        let quote = if self.skip('"') { '"' } else { '\'' };
        if quote == '\'' {
            self.expect('\'')?;
        }
        let (inside, rest) = self
            .0
            .split_once(quote)
            .ok_or("a text in the header does not end")?;
        self.0 = rest;
        Ok(inside)
    }

    fn truth(&mut self) -> Result<bool, String> {
        for (word, truth) in [("True", true), ("False", false)] {
            if let Some(rest) = self.0.trim_start().strip_prefix(word) {
                self.0 = rest;
                return Ok(truth);
            }
        }
        Err("`fortran_order` is True or False".into())
    }

    fn dims(&mut self) -> Result<Vec<usize>, String> {
        /// Most dimensions of an array of NumPy's.
        const MOST: usize = 64;
        let mut dims = Vec::new();
        self.expect('(')?;
        while !self.skip(')') {
            let text = self.0.trim_start();
            let digits = text.bytes().take_while(u8::is_ascii_digit).count();
            let (number, rest) = text.split_at(digits);
            let number = number.parse();
            dims.push(number.map_err(|_| "a dimension in the header is no number, or too large")?);
            // Of Python 2.
            self.0 = rest.strip_prefix('L').unwrap_or(rest);
            if dims.len() > MOST {
                return Err(format!("the array has more than {MOST} dimensions"));
            }
            if !self.skip(',') {
                self.expect(')')?;
                break;
            }
        }
        match dims.is_empty() {
            true => Err("the array is a single number: it has no rows".into()),
            false => Ok(dims),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_numpy_writes_is_read() {
        let text = b"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }          \n";
        let header = Header::parse(text, 128).expect("a header");
        let element = Element::little(Kind::F32);
        let shape = vec![3, 4];
        let fortran_order = false;
        let end = 128;
        assert_eq!(
            header,
            Header {
                element,
                fortran_order,
                shape,
                end
            }
        );
        let text = b"{\"shape\": (5,), \"fortran_order\": True, \"descr\": \">i8\"}";
        let header = Header::parse(text, 0).expect("a header");
        assert!(header.fortran_order && header.element.big_endian);
        assert_eq!((header.shape, header.element.kind), (vec![5], Kind::I64));
    }

    #[test]
    fn any_other_text_is_an_error() {
        let whole = "{'descr': '|u1', 'fortran_order': False, 'shape': (3, 4)}";
        assert!(Header::parse(whole.as_bytes(), 0).is_ok());
        for end in 0..whole.len() {
            assert!(Header::parse(&whole.as_bytes()[..end], 0).is_err(), "{end}");
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
            assert!(Header::parse(text.as_bytes(), 0).is_err(), "{text}");
        }
    }
}
