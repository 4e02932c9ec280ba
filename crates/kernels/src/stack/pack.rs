//! How weights are laid out.
//!
//! Outputs stand side by side in panels; a panel holds, for each input, the weights of its outputs. The widths of panels are multiples of
//! every level's vectors, so that one layout serves all. What is missing to whole panels is zeros.

use crate::Real;
use crate::sizes::checked;

/// Widths by type of number.
pub(super) trait Panels {
    /// Numbers in 32 bytes.
    const UNIT: usize;
}

impl<T: Real> Panels for T {
    const UNIT: usize = 32 / size_of::<T>();
}

/// Outputs of the narrowest panel: a vector of 32 bytes in `f32`, and in `f64` one of 64, which has no half.
const LEAST: usize = 8;

/// So many outputs with what is missing: the narrowest panel, or whole vectors of 64 bytes.
#[inline(always)]
pub(super) fn padded<T: Real>(outputs: usize) -> usize {
    if outputs <= LEAST {
        LEAST
    } else {
        outputs.next_multiple_of(2 * T::UNIT)
    }
}

/// The width of the panel that begins where so many padded outputs are left: 8, 4, 2 or 1 units.
#[inline(always)]
pub(super) fn width<T: Real>(left: usize) -> usize {
    match left / T::UNIT {
        8.. => 8 * T::UNIT,
        4.. => 4 * T::UNIT,
        2.. => 2 * T::UNIT,
        _ => T::UNIT,
    }
}

/// Numbers of a layer's weights as they are packed, if a slice can be so long.
pub(super) fn packed_len<T: Real>(inputs: usize, outputs: usize) -> Option<usize> {
    let outputs = outputs.checked_add(2 * T::UNIT)?;
    checked([inputs, outputs, size_of::<T>()])?;
    Some(inputs * padded::<T>(outputs - 2 * T::UNIT))
}

/// Packs the weights `[outputs, inputs]` into zeros.
pub(super) fn pack<T: Real>(weight: &[T], inputs: usize, packed: &mut [T]) {
    let all = packed.len() / inputs;
    let mut first = 0;
    while first < all {
        let width = width::<T>(all - first);
        let panel = &mut packed[first * inputs..][..width * inputs];
        let rows = weight.chunks_exact(inputs).skip(first).take(width);
        for (j, row) in rows.enumerate() {
            for (l, w) in row.iter().enumerate() {
                panel[l * width + j] = *w;
            }
        }
        first += width;
    }
}
