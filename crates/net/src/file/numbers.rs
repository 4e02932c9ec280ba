//! Numbers as bytes, little-endian.

use core::ops::Range;
use std::io::Read;

use gradflow_kernels::slices::all_finite;
use gradflow_kernels::{Real, bytes_mut};

use super::FileError;
use super::header::Tensor;
use crate::memory::Filling;

/// Bytes that are read at a time: they stay in the second-level cache, and the system is not called often.
const BLOCK: usize = 1 << 18;

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

/// Fills the range with the numbers of a tensor of as many, of a kind that [`is_float`], which come next. Narrower ones are widened exactly,
/// wider ones rounded to the nearest.
pub(super) fn read<T: Real>(
    input: &mut dyn Read,
    tensor: &Tensor,
    to: &mut Filling<T>,
    range: Range<usize>,
) -> Result<(), FileError> {
    // What is written as this machine has it goes straight to its place.
    if cfg!(target_endian = "little") && tensor.kind == kind::<T>() {
        return straight(input, tensor, to, range);
    }
    let wide = |x: f32| T::from_f64(f64::from(x));
    match tensor.kind.as_str() {
        "F16" => blocks(input, tensor, to, range, |b| {
            T::from_f64(half(u16::from_le_bytes(b)))
        }),
        "BF16" => blocks(input, tensor, to, range, |b| {
            wide(f32::from_bits(u32::from(u16::from_le_bytes(b)) << 16))
        }),
        "F32" => blocks(input, tensor, to, range, |b| wide(f32::from_le_bytes(b))),
        _ => blocks(input, tensor, to, range, |b| {
            T::from_f64(f64::from_le_bytes(b))
        }),
    }
}

fn straight<T: Real>(
    input: &mut dyn Read,
    tensor: &Tensor,
    to: &mut Filling<T>,
    range: Range<usize>,
) -> Result<(), FileError> {
    let most = BLOCK / size_of::<T>();
    for at in range.clone().step_by(most) {
        let numbers = to.piece(at, (range.end - at).min(most));
        let read = input.read_exact(bytes_mut(numbers));
        read.map_err(FileError::io("reading the numbers"))?;
        if !all_finite(numbers) {
            return Err(not_finite::<T, 1>(tensor, at - range.start, numbers, &[]));
        }
    }
    Ok(())
}

fn blocks<T: Real, const N: usize>(
    input: &mut dyn Read,
    tensor: &Tensor,
    to: &mut Filling<T>,
    range: Range<usize>,
    number: impl Fn([u8; N]) -> T,
) -> Result<(), FileError> {
    let mut bytes = vec![0; (range.len() * N).min(BLOCK)];
    for at in range.clone().step_by(BLOCK / N) {
        let bytes = &mut bytes[..(range.end - at).min(BLOCK / N) * N];
        let read = input.read_exact(bytes);
        read.map_err(FileError::io("reading the numbers"))?;
        let bytes = bytes.as_chunks::<N>().0;
        let numbers = to.piece(at, bytes.len());
        for (x, bytes) in numbers.iter_mut().zip(bytes) {
            *x = number(*bytes);
        }
        if !all_finite(numbers) {
            return Err(not_finite(tensor, at - range.start, numbers, bytes));
        }
    }
    Ok(())
}

/// The error for some numbers of which one is not finite, and the bytes of which they were made, if they were converted.
fn not_finite<T: Real, const N: usize>(
    tensor: &Tensor,
    before: usize,
    numbers: &[T],
    bytes: &[[u8; N]],
) -> FileError {
    let place = numbers.iter().position(|x| !x.is_finite()).unwrap_or(0);
    let (index, x) = (before + place, numbers[place]);
    let bytes = bytes.get(place).map(<[u8; N]>::as_slice);
    let wide = bytes.and_then(|bytes| Some(f64::from_le_bytes(bytes.try_into().ok()?)));
    let fault = match wide {
        Some(wide) if wide.is_finite() => {
            format!("element {index} is {wide:e}, too large for {}", T::NAME)
        }
        _ => format!("element {index} is {x}, but all must be finite"),
    };
    FileError::tensor(&tensor.name, fault)
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
