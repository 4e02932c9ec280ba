//! Constant tensors.

use std::rc::Rc;

use gradflow_kernels::Real;

use crate::onnx::OnnxError;
use crate::onnx::proto::{TensorProto, data_type};
use crate::text::excerpt;

/// Stands for the number of samples among sizes that are computed from shapes.
pub(super) const SAMPLES: i64 = i64::MIN;

/// The most dimensions of a constant.
pub(super) const MOST_DIMS: usize = 64;

/// A constant: its dimensions, and numbers that lie in the file or were computed. Copies share the numbers.
#[derive(Debug, Clone)]
pub(super) struct Tensor<'a> {
    pub(super) dims: Rc<[usize]>,
    numbers: Numbers<'a>,
}

#[derive(Debug, Clone)]
enum Numbers<'a> {
    /// Little-endian, of a type of [`data_type`].
    Raw(&'a [u8], i32),
    Single(&'a [f32]),
    Double(&'a [f64]),
    /// Also what carries halves, as bits.
    Narrow(&'a [i32], i32),
    Long(&'a [i64]),
    Floats(Rc<[f64]>),
    Integers(Rc<[i64]>),
}

/// Bytes of an element in `raw_data`.
fn width(data_type: i32) -> Option<usize> {
    Some(match data_type {
        data_type::UINT8 | data_type::INT8 | data_type::BOOL => 1,
        data_type::FLOAT16 | data_type::BFLOAT16 => 2,
        data_type::FLOAT | data_type::INT32 => 4,
        data_type::DOUBLE | data_type::INT64 => 8,
        _ => return None,
    })
}

fn refuse(proto: &TensorProto, expected: &str, came: String) -> OnnxError {
    OnnxError::Tensor {
        tensor: excerpt(&proto.name),
        expected: expected.to_owned(),
        came,
    }
}

/// Whether the numbers lie in the file itself. No other is opened.
fn within(proto: &TensorProto) -> Result<(), OnnxError> {
    let outside = &proto.external_data;
    if proto.data_location == 0 && outside.is_empty() {
        return Ok(());
    }
    let place = outside.iter().find(|entry| entry.key == "location");
    let place = place.map_or_else(|| "elsewhere".to_owned(), |entry| excerpt(&entry.value));
    let expected = "numbers in the file itself (save the model again without external data)";
    let came = format!("numbers in {place:?}, which is not opened");
    Err(refuse(proto, expected, came))
}

/// The dimensions, and their product.
fn sizes(proto: &TensorProto) -> Result<(Vec<usize>, usize), OnnxError> {
    let dims = proto.dims.iter().map(|dim| usize::try_from(*dim).ok());
    let dims: Option<Vec<usize>> = dims.collect();
    let product = |dims: &[usize]| dims.iter().try_fold(1_usize, |n, dim| n.checked_mul(*dim));
    let few = dims.filter(|dims| dims.len() <= MOST_DIMS);
    let sized = few.and_then(|dims| product(&dims).map(|len| (dims, len)));
    sized.ok_or_else(|| {
        let first = &proto.dims[..proto.dims.len().min(8)];
        let expected = "at most 64 dimensions whose product is a size";
        refuse(proto, expected, format!("{first:?}"))
    })
}

impl<'a> Tensor<'a> {
    /// A tensor of the file, if its dimensions are those of its numbers, which lie in the file itself.
    pub(super) fn new(proto: &'a TensorProto) -> Result<Self, OnnxError> {
        within(proto)?;
        let Some(width) = width(proto.data_type) else {
            let expected = "float, double, float16, bfloat16, bool, int8, uint8, int32 or int64";
            return Err(refuse(proto, expected, format!("type {}", proto.data_type)));
        };
        let (dims, expected) = sizes(proto)?;
        let (numbers, came) = match (&proto.raw_data, proto.data_type) {
            (Some(raw), data_type) => {
                if !raw.len().is_multiple_of(width) {
                    let expected = format!("{expected} numbers of {width} bytes");
                    return Err(refuse(proto, &expected, format!("{} bytes", raw.len())));
                }
                (Numbers::Raw(raw, data_type), raw.len() / width)
            }
            (None, data_type::FLOAT) => {
                (Numbers::Single(&proto.float_data), proto.float_data.len())
            }
            (None, data_type::DOUBLE) => {
                (Numbers::Double(&proto.double_data), proto.double_data.len())
            }
            (None, data_type::INT64) => (Numbers::Long(&proto.int64_data), proto.int64_data.len()),
            (None, data_type) => {
                let narrow = &proto.int32_data;
                (Numbers::Narrow(narrow, data_type), narrow.len())
            }
        };
        if came != expected {
            let dims = &dims[..dims.len().min(8)];
            let expected = format!("{expected} numbers for dimensions {dims:?}");
            return Err(refuse(proto, &expected, came.to_string()));
        }
        let dims = dims.into();
        Ok(Self { dims, numbers })
    }

    pub(super) fn floats(dims: &[usize], values: Vec<f64>) -> Self {
        let numbers = Numbers::Floats(values.into());
        let dims = dims.into();
        Self { dims, numbers }
    }

    pub(super) fn integers(dims: &[usize], values: Vec<i64>) -> Self {
        let numbers = Numbers::Integers(values.into());
        let dims = dims.into();
        Self { dims, numbers }
    }

    /// The same numbers under other dimensions of the same product.
    pub(super) fn with_dims(&self, dims: &[usize]) -> Self {
        let dims = dims.into();
        let numbers = self.numbers.clone();
        Self { dims, numbers }
    }

    pub(super) fn len(&self) -> usize {
        // Checked when it was made.
        self.dims.iter().product()
    }

    pub(super) fn is_integer(&self) -> bool {
        let integer = |data_type: i32| {
            use data_type::{BOOL, INT8, INT32, INT64, UINT8};
            [BOOL, INT8, INT32, INT64, UINT8].contains(&data_type)
        };
        match &self.numbers {
            Numbers::Raw(_, data_type) | Numbers::Narrow(_, data_type) => integer(*data_type),
            Numbers::Long(_) | Numbers::Integers(_) => true,
            Numbers::Single(_) | Numbers::Double(_) | Numbers::Floats(_) => false,
        }
    }

    /// The element at `i` in row-major order.
    pub(super) fn at(&self, i: usize) -> f64 {
        match &self.numbers {
            Numbers::Raw(raw, data_type) => raw_at(raw, *data_type, i),
            Numbers::Single(values) => f64::from(values[i]),
            Numbers::Double(values) => values[i],
            Numbers::Narrow(values, data_type::FLOAT16) => half(values[i] as u16),
            Numbers::Narrow(values, data_type::BFLOAT16) => brain(values[i] as u16),
            Numbers::Narrow(values, _) => f64::from(values[i]),
            Numbers::Long(values) => values[i] as f64,
            Numbers::Floats(values) => values[i],
            Numbers::Integers(values) => values[i] as f64,
        }
    }

    /// The whole number at `i`; only of a tensor of whole numbers.
    pub(super) fn integer_at(&self, i: usize) -> i64 {
        match &self.numbers {
            Numbers::Raw(raw, data_type::INT64) => i64::from_le_bytes(bytes(raw, i)),
            Numbers::Long(values) => values[i],
            Numbers::Integers(values) => values[i],
            // What is left has at most 32 bits.
            _ => self.at(i) as i64,
        }
    }

    /// All elements, rounded to `T`.
    pub(super) fn values<T: Real>(&self) -> impl Iterator<Item = T> + '_ {
        (0..self.len()).map(|i| T::from_f64(self.at(i)))
    }

    /// The one number, if it is one.
    pub(super) fn scalar(&self) -> Option<f64> {
        (self.len() == 1).then(|| self.at(0))
    }
}

/// The bytes of element `i`.
fn bytes<const N: usize>(raw: &[u8], i: usize) -> [u8; N] {
    core::array::from_fn(|k| raw[i * N + k])
}

fn raw_at(raw: &[u8], data_type: i32, i: usize) -> f64 {
    match data_type {
        data_type::FLOAT => f64::from(f32::from_le_bytes(bytes(raw, i))),
        data_type::DOUBLE => f64::from_le_bytes(bytes(raw, i)),
        data_type::FLOAT16 => half(u16::from_le_bytes(bytes(raw, i))),
        data_type::BFLOAT16 => brain(u16::from_le_bytes(bytes(raw, i))),
        data_type::INT32 => f64::from(i32::from_le_bytes(bytes(raw, i))),
        data_type::INT64 => i64::from_le_bytes(bytes(raw, i)) as f64,
        data_type::INT8 => f64::from(raw[i] as i8),
        _ => f64::from(raw[i]),
    }
}

/// A number of 16 bits: sign, 5 of the exponent, 10 of the fraction.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
    }
}

/// The upper half of an `f32`.
fn brain(bits: u16) -> f64 {
    f64::from(f32::from_bits(u32::from(bits) << 16))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values by IEEE 754: the largest, the smallest normal and subnormal, one, one third, infinity.
    #[test]
    fn halves_are_widened() {
        let of = [0x7bff, 0x0400, 0x0001, 0x3c00, 0xb555, 0x7c00].map(half);
        let third = -(1.0 + 341.0 / 1024.0) / 4.0;
        let expected = [
            65504.0,
            6.103515625e-5,
            5.960464477539063e-8,
            1.0,
            third,
            f64::INFINITY,
        ];
        assert_eq!(of, expected);
        assert!(half(0x7e00).is_nan());
        assert_eq!([0x3f80, 0xc000].map(brain), [1.0, -2.0]);
    }
}
