//! Numbers as they stand in files.

use gradflow_real::Real;

/// The type of the numbers in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) kind: Kind,
    pub(crate) big_endian: bool,
}

/// What a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Of a byte: 1 unless it is zero.
    Bool,
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
}

impl Kind {
    /// Bytes of a number.
    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::Bool | Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }
}

impl Element {
    /// A byte.
    pub(crate) const BYTE: Self = Self::little(Kind::U8);

    pub(crate) const fn little(kind: Kind) -> Self {
        Self {
            kind,
            big_endian: false,
        }
    }

    /// Reads as many numbers as there is room for, divided by `maximum`; the bytes are as many as they need. Without a division each is rounded
    /// once.
    pub(crate) fn decode<T: Real>(self, bytes: &[u8], maximum: f64, out: &mut [T]) {
        match maximum == 1.0 {
            true => self.read(bytes, out, Once),
            false => self.read(bytes, out, Divided(maximum)),
        }
    }

    fn read<T: Real, R: Round>(self, bytes: &[u8], out: &mut [T], round: R) {
        macro_rules! read {
            ($($kind:ident: $type:ty, $to:expr;)*) => {
                match (self.kind, self.big_endian) {
                    $((Kind::$kind, big) => {
                        let (chunks, _) = bytes.as_chunks::<{ size_of::<$type>() }>();
                        let to: fn($type) -> (f64, f32) = $to;
                        let numbers = out.iter_mut().zip(chunks);
                        match big {
                            false => {
                                for (x, bytes) in numbers {
                                    *x = round.number(to(<$type>::from_le_bytes(*bytes)));
                                }
                            }
                            true => {
                                for (x, bytes) in numbers {
                                    *x = round.number(to(<$type>::from_be_bytes(*bytes)));
                                }
                            }
                        }
                    })*
                }
            };
        }
        read! {
            Bool: u8, |x| (f64::from(u8::from(x != 0)), f32::from(u8::from(x != 0)));
            U8: u8, |x| (x.into(), x.into());
            I8: i8, |x| (x.into(), x.into());
            U16: u16, |x| (x.into(), x.into());
            I16: i16, |x| (x.into(), x.into());
            U32: u32, |x| (x.into(), x as f32);
            I32: i32, |x| (x.into(), x as f32);
            U64: u64, |x| (x as f64, x as f32);
            I64: i64, |x| (x as f64, x as f32);
            F32: f32, |x| (x.into(), x);
            F64: f64, |x| (x, x as f32);
        }
    }
}

/// How a number, given in both precisions, becomes one of a file's.
trait Round: Copy {
    fn number<T: Real>(self, of: (f64, f32)) -> T;
}

/// As it is: by way of `f64`, a whole number of 64 bits would be rounded twice to `f32`.
#[derive(Clone, Copy)]
struct Once;

/// Divided by this.
#[derive(Clone, Copy)]
struct Divided(f64);

impl Round for Once {
    #[inline(always)]
    fn number<T: Real>(self, (double, single): (f64, f32)) -> T {
        T::from_f64(match T::NAME {
            "f32" => single.into(),
            _ => double,
        })
    }
}

impl Round for Divided {
    #[inline(always)]
    fn number<T: Real>(self, (double, _): (f64, f32)) -> T {
        T::from_f64(double / self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_rounded_once() {
        // Halfway between two numbers of `f64`, and just above half of two of `f32`.
        let number = (1_u64 << 60) + (1 << 36) + 1;
        for (kind, bytes) in [
            (Kind::U64, number.to_le_bytes()),
            (Kind::I64, (number as i64).to_le_bytes()),
        ] {
            let mut x = [0.0_f32];
            Element::little(kind).decode(&bytes, 1.0, &mut x);
            assert_eq!(x, [number as f32]);
            assert_ne!(x, [number as f64 as f32]);
        }
    }
}
