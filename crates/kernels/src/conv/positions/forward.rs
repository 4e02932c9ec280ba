//! Equation (38) with positions in the lanes.

use super::Grid;
use crate::Real;
use crate::conv::choice::Choice;
use crate::conv::shape::ConvShape;
use crate::conv::widths::{parts, with_width};
use crate::dispatch::kernel;
use crate::scratch::with_scratch;
use crate::simd::Simd;

/// Output channels in a tile of [`forward`] at most, with three vectors of positions where there are many registers and
/// two elsewhere, so that sums, inputs and one weight fit into them.
#[inline(always)]
const fn channels(registers: usize) -> usize {
    if registers >= 32 { 8 } else { 6 }
}

/// Calls `f` with the filter and the biases as they are read: for every group of output channels its biases, then its
/// filters with channels innermost.
pub(in crate::conv) fn with_packed<T: Real>(
    choice: Choice<'_>,
    filter: &[T],
    bias: &[T],
    f: impl FnOnce(&[T]),
) {
    let Choice { shape, level, .. } = choice;
    with_scratch(
        shape.output[0] * (shape.taps() + 1),
        |packed: &mut [T]| {
            pack(level, shape, filter, bias, packed);
            f(packed);
        },
    );
}

kernel! {
    fn pack<T, S>(s: S; shape: &ConvShape, filter: &[T], bias: &[T], packed: &mut [T]) {
        pack_groups(channels(S::REGISTERS), shape, filter, bias, packed)
    }
}

#[inline(always)]
fn pack_groups<T: Real>(
    most: usize,
    shape: &ConvShape,
    filter: &[T],
    bias: &[T],
    packed: &mut [T],
) {
    let taps = shape.taps();
    for group in parts(shape.output[0], most) {
        let n = group.len();
        let packed = &mut packed[group.start * (taps + 1)..];
        let (biases, filters) = packed.split_at_mut(n);
        biases.copy_from_slice(&bias[group.clone()]);
        for (i, filter) in filter[group.start * taps..group.end * taps]
            .chunks_exact(taps)
            .enumerate()
        {
            for (t, w) in filter.iter().enumerate() {
                filters[t * n + i] = *w;
            }
        }
    }
}

/// `z[i][v] = max(floor, biases[i] + sum_t filters[t][i] * x[v][terms[t] ..])`, `N` channels of `V` vectors.
///
/// # Safety
/// Every vector read or written lies in the memory behind its pointer; `packed` holds biases and filters.
#[inline(always)]
unsafe fn tile<T: Real, S: Simd<T>, const N: usize, const V: usize>(
    s: S,
    packed: *const T,
    terms: &[u32],
    x: [*const T; V],
    z: [*mut T; V],
    plane: usize,
    floor: T,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut acc = [[s.zero(); V]; N];
        for i in 0..N {
            acc[i] = [s.splat(*packed.add(i)); V];
        }
        let mut filters = packed;
        for &term in terms {
            filters = filters.add(N);
            let mut inputs = [s.zero(); V];
            for v in 0..V {
                inputs[v] = s.load(x[v].add(term as usize));
            }
            for i in 0..N {
                let w = s.splat(*filters.add(i));
                for v in 0..V {
                    acc[i][v] = s.mul_add(w, inputs[v], acc[i][v]);
                }
            }
        }
        let floor = s.splat(floor);
        for i in 0..N {
            for v in 0..V {
                // A NaN stays one: `max` gives the second operand then.
                s.store(z[v].add(i * plane), s.max(floor, acc[i][v]));
            }
        }
    }
}

kernel! {
    /// (38) for one padded sample with rows of at least one vector, with `max(floor, z)` as the function.
    pub(in crate::conv) fn forward<T, S>(
        s: S; width: usize, grid: Grid<'_>, packed: &[T], x: &[T], p: &mut [T], floor: T,
    ) {
        with_width!(s, S, T, width, |s| if S::REGISTERS >= 32 {
            forward_with::<T, _, 3>(s, S::REGISTERS, grid, packed, x, p, floor);
        } else {
            forward_with::<T, _, 2>(s, S::REGISTERS, grid, packed, x, p, floor);
        })
    }
}

#[inline(always)]
fn forward_with<T: Real, S: Simd<T>, const V: usize>(
    s: S,
    registers: usize,
    Grid { shape, terms }: Grid<'_>,
    packed: &[T],
    x: &[T],
    p: &mut [T],
    floor: T,
) {
    let ([od, ov, oh], taps) = (shape.output, shape.taps());
    let (pitch, plane) = (shape.padded()[1] * shape.stride[0], ov * oh);
    assert!(oh >= S::LANES && x.len() == shape.padded_len() && terms.len() == taps);
    assert!(p.len() == od * plane && packed.len() == shape.output[0] * (shape.taps() + 1));
    // The last vector of a row ends where the row does: it computes some positions again, to the same bits.
    let per_row = oh.div_ceil(S::LANES);
    let vectors = ov * per_row;
    for group in parts(od, channels(registers)) {
        let packed = packed[group.start * (taps + 1)..].as_ptr();
        let p = &mut p[group.start * plane..group.end * plane];
        let (mut row, mut in_row) = (0, 0);
        for _ in 0..vectors.div_ceil(V) {
            let (mut inputs, mut outputs) = ([x.as_ptr(); V], [p.as_mut_ptr(); V]);
            for v in 0..V {
                let start = (in_row * S::LANES).min(oh - S::LANES);
                inputs[v] = inputs[v].wrapping_add(row * pitch + start);
                outputs[v] = outputs[v].wrapping_add(row * oh + start);
                // A tile beyond the last vector repeats it.
                if in_row + 1 < per_row {
                    in_row += 1;
                } else if row + 1 < ov {
                    (row, in_row) = (row + 1, 0);
                }
            }
            macro_rules! sizes {
                ($($n:literal)*) => {
                    match group.len() {
                        $(
                            // SAFETY: each vector lies in a row of its plane; the last term of the last position is
                            // the last of the padded sample, by the shape's own check.
                            $n if $n <= channels(registers) => unsafe { tile::<T, S, $n, V>(s, packed, terms, inputs, outputs, plane, floor) },
                        )*
                        n => unreachable!("a group of {n} channels"),
                    }
                };
            }
            sizes! { 1 2 3 4 5 6 7 8 }
        }
    }
}
