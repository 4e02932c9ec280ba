//! Types of elements.

use core::fmt;

use crate::element;

/// The type of an array's elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Element {
    big_endian: bool,
    kind: Kind,
    /// Bytes of an element, at least 1.
    size: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Signed,
    Unsigned,
    Float,
    /// Bytes, filled up with zeros.
    Bytes,
    /// Characters of four bytes, filled up with zeros.
    Characters,
}

/// Longest text, in bytes.
const LONGEST: usize = 1 << 16;

impl Element {
    /// What NumPy's description says, such as `<f4`; `None` for what is not read.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let mut letters = text.chars();
        let (order, kind) = (letters.next()?, letters.next()?);
        let digits = letters.as_str();
        let count: usize = digits
            .parse()
            .ok()
            .filter(|_| digits.bytes().all(|digit| digit.is_ascii_digit()))?;
        let big_endian = match order {
            '<' | '|' => false,
            '>' => true,
            '=' => cfg!(target_endian = "big"),
            _ => return None,
        };
        let (kind, size) = match (kind, count) {
            ('b', 1) => (Kind::Bool, 1),
            ('i', 1 | 2 | 4 | 8) => (Kind::Signed, count),
            ('u', 1 | 2 | 4 | 8) => (Kind::Unsigned, count),
            ('f', 4 | 8) => (Kind::Float, count),
            ('S' | 'a', 1..=LONGEST) => (Kind::Bytes, count),
            ('U', 1..=LONGEST) => (Kind::Characters, 4 * count),
            _ => return None,
        };
        Some(Self {
            big_endian,
            kind,
            size,
        })
    }

    /// What numbers of this type are; nothing for texts.
    pub(crate) fn numbers(self) -> Option<element::Element> {
        use element::Kind as Number;
        let kind = match (self.kind, self.size) {
            (Kind::Bool, _) => Number::Bool,
            (Kind::Unsigned, 1) => Number::U8,
            (Kind::Unsigned, 2) => Number::U16,
            (Kind::Unsigned, 4) => Number::U32,
            (Kind::Unsigned, _) => Number::U64,
            (Kind::Signed, 1) => Number::I8,
            (Kind::Signed, 2) => Number::I16,
            (Kind::Signed, 4) => Number::I32,
            (Kind::Signed, _) => Number::I64,
            (Kind::Float, 4) => Number::F32,
            (Kind::Float, _) => Number::F64,
            (Kind::Bytes | Kind::Characters, _) => return None,
        };
        let big_endian = self.big_endian;
        Some(element::Element { kind, big_endian })
    }

    #[cfg(feature = "npy")]
    pub(crate) fn kind(self) -> Kind {
        self.kind
    }

    #[cfg(feature = "npy")]
    pub(crate) fn is_big_endian(self) -> bool {
        self.big_endian
    }

    /// Bytes of an element, at least 1.
    #[cfg(feature = "npy")]
    pub(crate) fn size(self) -> usize {
        self.size
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, count) = match self.kind {
            Kind::Bool => ('b', self.size),
            Kind::Signed => ('i', self.size),
            Kind::Unsigned => ('u', self.size),
            Kind::Float => ('f', self.size),
            Kind::Bytes => ('S', self.size),
            Kind::Characters => ('U', self.size / 4),
        };
        let order = match (self.size == 1 || self.kind == Kind::Bytes, self.big_endian) {
            (true, _) => '|',
            (false, true) => '>',
            (false, false) => '<',
        };
        write!(f, "{order}{kind}{count}")
    }
}

#[cfg(test)]
mod tests {
    use super::Element;

    #[test]
    fn types_read_and_write_their_names() {
        for name in [
            "|b1", "|i1", "<i2", ">i8", "|u1", "<u4", "<f4", ">f8", "|S3", "<U10", ">U1",
        ] {
            assert_eq!(Element::of(name).unwrap().to_string(), name);
        }
        for name in [
            "", "<", "<f", "<f2", "<f16", "<c8", "|O", "<M8[ns]", "|V4", "?f4", "<U0", "<i+4",
            "<u3",
        ] {
            assert_eq!(Element::of(name), None, "{name}");
        }
    }
}
