//! What the bytes of an element mean.

use crate::numpy::{Element, Kind};

impl Element {
    pub(super) fn is_text(self) -> bool {
        matches!(self.kind(), Kind::Bytes | Kind::Characters)
    }

    pub(super) fn is_whole(self) -> bool {
        matches!(self.kind(), Kind::Bool | Kind::Signed | Kind::Unsigned)
    }

    /// The number that these bytes are; 0 for a text.
    pub(super) fn number(self, bytes: &[u8]) -> f64 {
        let mut number = [0.0];
        if let Some(element) = self.numbers() {
            element.decode(bytes, 1.0, &mut number);
        }
        number[0]
    }

    /// The whole number that these bytes are; nothing for another one, or a text.
    pub(super) fn whole(self, bytes: &[u8]) -> Option<i128> {
        let bits = self.bits(bytes);
        // Bits above the number are zeros, and become copies of its sign.
        let shift = 64 - 8 * self.size().min(8);
        match self.kind() {
            Kind::Bool => Some(i128::from(bits != 0)),
            Kind::Unsigned => Some(i128::from(bits)),
            Kind::Signed => Some(i128::from(((bits << shift) as i64) >> shift)),
            Kind::Float => {
                let number = self.number(bytes);
                // Every whole number of this size is one.
                let whole = number.fract() == 0.0 && number.abs() < 1e30;
                whole.then_some(number as i128)
            }
            Kind::Bytes | Kind::Characters => None,
        }
    }

    /// The text that these bytes are, without the zeros at its end, written behind what `to` holds; false if it is none.
    pub(super) fn text(self, bytes: &[u8], to: &mut String) -> bool {
        match self.kind() {
            Kind::Bytes => {
                let zeros = bytes.iter().rev().take_while(|byte| **byte == 0).count();
                match core::str::from_utf8(&bytes[..bytes.len() - zeros]) {
                    Ok(text) => to.push_str(text),
                    Err(_) => return false,
                }
                true
            }
            Kind::Characters => {
                let code = |bytes: &[u8]| {
                    let bytes = [bytes[0], bytes[1], bytes[2], bytes[3]];
                    match self.is_big_endian() {
                        true => u32::from_be_bytes(bytes),
                        false => u32::from_le_bytes(bytes),
                    }
                };
                for character in bytes.chunks_exact(4) {
                    match char::from_u32(code(character)) {
                        Some(character) => to.push(character),
                        None => return false,
                    }
                }
                to.truncate(to.trim_end_matches('\0').len());
                true
            }
            _ => false,
        }
    }

    /// Up to eight bytes as a number.
    fn bits(self, bytes: &[u8]) -> u64 {
        let byte = |bits: u64, byte: &u8| bits << 8 | u64::from(*byte);
        let bytes = &bytes[..bytes.len().min(8)];
        match self.is_big_endian() {
            true => bytes.iter().fold(0, byte),
            false => bytes.iter().rev().fold(0, byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::numpy::Element;

    #[test]
    fn numbers_are_exact() {
        let of = |name: &str, bytes: &[u8]| Element::of(name).unwrap().whole(bytes);
        assert_eq!(of("|i1", &[0xff]), Some(-1));
        assert_eq!(of("<i2", &[0xfe, 0xff]), Some(-2));
        assert_eq!(of(">i2", &[0x80, 0]), Some(-32768));
        assert_eq!(of("<u8", &[0xff; 8]), Some(i128::from(u64::MAX)));
        assert_eq!(
            of("<i8", &i64::MIN.to_le_bytes()),
            Some(i128::from(i64::MIN))
        );
        assert_eq!(of(">f8", &(-3.0_f64).to_be_bytes()), Some(-3));
        assert_eq!(of("<f4", &0.5_f32.to_le_bytes()), None);
        assert_eq!(of("<f4", &f32::NAN.to_le_bytes()), None);
    }
}
