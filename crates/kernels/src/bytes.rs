//! Numbers as bytes.

use crate::Real;

/// The bytes of these numbers, in the order of the machine, for a reader to fill: every pattern of bits is a number, a NaN perhaps.
///
/// ```
/// let mut numbers = [0.0_f32; 2];
/// gradflow_kernels::bytes_mut(&mut numbers)[4..].copy_from_slice(&1.5_f32.to_ne_bytes());
/// assert_eq!(numbers, [0.0, 1.5]);
/// ```
pub fn bytes_mut<T: Real>(numbers: &mut [T]) -> &mut [u8] {
    let (start, len) = (numbers.as_mut_ptr().cast::<u8>(), size_of_val(numbers));
    // SAFETY: `Real` is `f32` or `f64` and nothing else: no padding, and all patterns of bits are values. The bytes are those of the slice,
    // whose lifetime they keep, and bytes need no alignment.
    unsafe { core::slice::from_raw_parts_mut(start, len) }
}
