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
            Self::U8 | Self::I8 => 1,
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

    /// Reads as many numbers as there is room for; the bytes are as many as they need.
    pub(crate) fn decode<T: Real>(self, bytes: &[u8], out: &mut [T]) {
        macro_rules! read {
            ($($kind:ident: $type:ty, $to:expr;)*) => {
                match (self.kind, self.big_endian) {
                    $((Kind::$kind, big) => {
                        let (chunks, _) = bytes.as_chunks::<{ size_of::<$type>() }>();
                        let to: fn($type) -> f64 = $to;
                        match big {
                            false => {
                                for (x, bytes) in out.iter_mut().zip(chunks) {
                                    *x = T::from_f64(to(<$type>::from_le_bytes(*bytes)));
                                }
                            }
                            true => {
                                for (x, bytes) in out.iter_mut().zip(chunks) {
                                    *x = T::from_f64(to(<$type>::from_be_bytes(*bytes)));
                                }
                            }
                        }
                    })*
                }
            };
        }
        read! {
            U8: u8, f64::from;
            I8: i8, f64::from;
            U16: u16, f64::from;
            I16: i16, f64::from;
            U32: u32, f64::from;
            I32: i32, f64::from;
            U64: u64, |x| x as f64;
            I64: i64, |x| x as f64;
            F32: f32, f64::from;
            F64: f64, |x| x;
        }
    }
}
