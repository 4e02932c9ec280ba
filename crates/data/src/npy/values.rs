//! What the bytes of an element mean.

use gradflow_real::Real;

use crate::numpy::{Element, Kind};

impl Element {
    pub(super) fn is_text(self) -> bool {
        matches!(self.kind(), Kind::Bytes | Kind::Characters)
    }

    pub(super) fn is_whole(self) -> bool {
        matches!(self.kind(), Kind::Bool | Kind::Signed | Kind::Unsigned)
    }

    /// The number that these bytes are, rounded once; 0 for a text.
    pub(super) fn number<T: Real>(self, bytes: &[u8]) -> T {
        match self.kind() {
            Kind::Bool => T::from_f64(f64::from(u8::from(bytes != [0]))),
            Kind::Float if self.size() == 4 => {
                T::from_f64(f64::from(f32::from_bits(self.bits(bytes) as u32)))
            }
            Kind::Float => T::from_f64(f64::from_bits(self.bits(bytes))),
            _ => {
                let whole = self.whole(bytes).unwrap_or(0);
                // By way of `f64`, an `f32` would be rounded twice.
                T::from_f64(match T::NAME {
                    "f32" => f64::from(whole as f32),
                    _ => whole as f64,
                })
            }
        }
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
                let number: f64 = self.number(bytes);
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
        // Halfway between two numbers of `f64`, and just above half of two of `f32`.
        let number = (1_u64 << 60) + (1 << 36) + 1;
        let element = Element::of("<u8").unwrap();
        assert_eq!(element.number::<f32>(&number.to_le_bytes()), number as f32);
    }
}
