//! Numbers as bytes, little-endian.

use std::io::Read;

use gradflow_kernels::Real;

use super::FileError;

/// Bytes that are converted at a time: they stay in the cache.
const BLOCK: usize = 1 << 15;

/// The name of the numbers in a header.
pub(super) fn kind<T: Real>() -> &'static str {
    match T::NAME {
        "f32" => "F32",
        _ => "F64",
    }
}

/// Appends the numbers' bytes.
pub(super) fn write<T: Real>(numbers: &[T], to: &mut Vec<u8>) {
    match T::NAME {
        "f32" => {
            for x in numbers {
                to.extend_from_slice(&(x.to_f64() as f32).to_le_bytes());
            }
        }
        _ => {
            for x in numbers {
                to.extend_from_slice(&x.to_f64().to_le_bytes());
            }
        }
    }
}

/// Whether numbers of this kind can be read.
pub(super) fn is_float(kind: &str) -> bool {
    matches!(kind, "F16" | "BF16" | "F32" | "F64")
}

/// Fills `to` with the numbers that come next, of a kind that [`is_float`]. Narrower ones are widened exactly, wider ones rounded to the
/// nearest.
pub(super) fn read<T: Real>(
    input: &mut dyn Read,
    kind: &str,
    name: &str,
    to: &mut [T],
) -> Result<(), FileError> {
    match kind {
        "F16" => blocks(input, name, to, |b: [u8; 2]| half(u16::from_le_bytes(b))),
        "BF16" => blocks(input, name, to, |b: [u8; 2]| {
            f64::from(f32::from_bits(u32::from(u16::from_le_bytes(b)) << 16))
        }),
        "F32" => blocks(input, name, to, |b: [u8; 4]| {
            f64::from(f32::from_le_bytes(b))
        }),
        _ => blocks(input, name, to, f64::from_le_bytes),
    }
}

fn blocks<T: Real, const N: usize>(
    input: &mut dyn Read,
    name: &str,
    to: &mut [T],
    number: impl Fn([u8; N]) -> f64,
) -> Result<(), FileError> {
    let mut bytes = [0; BLOCK];
    let mut start = 0;
    for block in to.chunks_mut(BLOCK / N) {
        let bytes = &mut bytes[..block.len() * N];
        let read = input.read_exact(bytes);
        read.map_err(FileError::io("reading the numbers"))?;
        let mut finite = true;
        for (x, bytes) in block.iter_mut().zip(bytes.as_chunks::<N>().0) {
            *x = T::from_f64(number(*bytes));
            finite &= x.is_finite();
        }
        if let (false, Some(index)) = (finite, block.iter().position(|x| !x.is_finite())) {
            let (index, bytes) = (start + index, bytes.as_chunks::<N>().0[index]);
            let value = number(bytes);
            let fault = match value.is_finite() {
                true => format!("element {index} is {value}, too large for {}", T::NAME),
                false => format!("element {index} is {value}, but all must be finite"),
            };
            return Err(FileError::tensor(name, fault));
        }
        start += block.len();
    }
    Ok(())
}

/// A number of half precision (IEEE 754 binary16): `(-1)^s 2^(e-15) (1 + m/2^10)`, or `(-1)^s 2^-14 m/2^10` where `e = 0`.
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    let size = match exponent {
        0 => fraction * 2.0_f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2.0_f64.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::half;

    #[test]
    fn half_precision() {
        let cases = [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0400, 2.0_f64.powi(-14)),
            (0x0001, 2.0_f64.powi(-24)),
            (0x3555, 0.333251953125),
            (0xfc00, f64::NEG_INFINITY),
        ];
        for (bits, value) in cases {
            assert_eq!(half(bits), value, "{bits:x}");
        }
        assert!(half(0x8000).is_sign_negative() && half(0x7e00).is_nan());
    }
}
