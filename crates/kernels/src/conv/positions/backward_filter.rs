//! Equation (47) with positions in the lanes.

use crate::number::Number;
use core::ops::Range;

use super::{Grid, partial_len};
use crate::Real;
use crate::conv::partial::Partial;
use crate::conv::shape::ConvShape;
use crate::conv::widths::{parts, with_width};
use crate::cpu::Level;
use crate::dispatch::kernel;
use crate::simd::Simd;
use crate::sums::RUN;

/// Channels and places of the filter that a tile of [`sum_band`] may have, longest first, so that sums and
/// operands fit into the registers, if not 5 by 5 with biases.
#[inline(always)]
const fn square(registers: usize) -> (&'static [usize], &'static [usize]) {
    if registers >= 32 {
        (&[5, 4, 2, 1], &[5, 4, 3, 1])
    } else {
        (&[2, 1], &[5, 4, 3, 1])
    }
}

/// Splits `0..n` into as few pieces as possible of the lengths given, longest first, the last of them 1; of equally
/// few, those that differ least.
#[inline(always)]
fn pieces(n: usize, lengths: &'static [usize]) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    core::iter::from_fn(move || {
        let rest = n - start;
        // The longest first, unless a shorter one comes out even.
        let count = rest.div_ceil(lengths[0]).max(1);
        let even = lengths.iter().find(|len| **len * count == rest);
        let len = even.or_else(|| lengths.iter().find(|len| **len <= rest))?;
        start += len;
        Some(start - len..start)
    })
}

/// Rows and columns of output positions that [`sum_band`] sums over at once: at most [`RUN`] vectors of them.
#[derive(Debug, Clone)]
pub(in crate::conv) struct Band {
    rows: Range<usize>,
    cols: Range<usize>,
}

/// All positions, in bands.
pub(in crate::conv) fn bands(shape: &ConvShape, lanes: usize) -> impl Iterator<Item = Band> {
    let [_, ov, oh] = shape.output;
    let longest = RUN / oh.div_ceil(lanes).min(RUN);
    parts(ov, longest).flat_map(move |rows| {
        (0..oh).step_by(RUN * lanes).map(move |start| Band {
            rows: rows.clone(),
            cols: start..oh.min(start + RUN * lanes),
        })
    })
}

/// The rows that a tile of [`sum_band`] sums over: of some channels of `delta`, and of `x` from some places on.
struct Rows<T, const N: usize, const C: usize> {
    count: usize,
    len: usize,
    delta: [*const T; N],
    delta_pitch: usize,
    x: [*const T; C],
    x_pitch: usize,
}

/// `sums[i][t] = sum over rows of delta[i] * x[t]`, `N` channels of `C` places of the filter; with `BIAS` also
/// `biases[i] = sum over rows of delta[i]`.
///
/// # Safety
/// All rows lie behind their pointers; `sums` has room for the vectors, `apart` numbers from one channel to the next, and
/// `biases` for one for each channel.
#[inline(always)]
unsafe fn sum_tile<T: Number, S: Simd<T>, const N: usize, const C: usize, const BIAS: bool>(
    s: S,
    rows: Rows<T, N, C>,
    (sums, apart): (*mut T, usize),
    biases: *mut T,
) {
    let full = rows.len - rows.len % S::LANES;
    let rest = s.first(rows.len - full);
    // SAFETY: the caller's promise; the rest of a row is read under its mask.
    unsafe {
        let mut acc = [[s.zero(); C]; N];
        let mut total = [s.zero(); N];
        macro_rules! add {
            ($at_delta:expr, $at_x:expr, $load:ident $(, $mask:ident)?) => {
                let mut deltas = [s.zero(); N];
                for i in 0..N {
                    deltas[i] = s.$load(rows.delta[i].add($at_delta) $(, $mask)?);
                    if BIAS {
                        total[i] = s.add(total[i], deltas[i]);
                    }
                }
                for t in 0..C {
                    let x = s.$load(rows.x[t].add($at_x) $(, $mask)?);
                    for i in 0..N {
                        acc[i][t] = s.mul_add(deltas[i], x, acc[i][t]);
                    }
                }
            };
        }
        for row in 0..rows.count {
            let (delta, x) = (row * rows.delta_pitch, row * rows.x_pitch);
            let mut k = 0;
            while k < full {
                add!(delta + k, x + k, load);
                k += S::LANES;
            }
            if full < rows.len {
                add!(delta + full, x + full, load_masked, rest);
            }
        }
        for i in 0..N {
            for t in 0..C {
                s.store(sums.add(i * apart + t * S::LANES), acc[i][t]);
            }
            if BIAS {
                s.store(biases.add(i * S::LANES), total[i]);
            }
        }
    }
}

/// Adds (47) for one padded sample to partial sums, a vector each.
pub(in crate::conv) fn add_up<T: Real>(
    level: Level,
    width: usize,
    grid: Grid<'_>,
    x: &[T],
    delta: &[T],
    partial: &mut Partial<'_, T>,
) {
    for band in bands(grid.shape, width) {
        partial.add(|sums| sum_band(level, width, grid, &band, x, delta, sums));
    }
}

kernel! {
    /// (47) for a band of one padded sample, a vector each.
    fn sum_band<T, S>(
        s: S; width: usize, grid: Grid<'_>, band: &Band, x: &[T], delta: &[T], sums: &mut [T],
    ) {
        with_width!(s, S, T, width, |s| sum_band_with(s, S::REGISTERS, grid, band, x, delta, sums))
    }
}

#[inline(always)]
fn sum_band_with<T: Number, S: Simd<T>>(
    s: S,
    registers: usize,
    Grid { shape, terms }: Grid<'_>,
    Band { rows, cols }: &Band,
    x: &[T],
    delta: &[T],
    sums: &mut [T],
) {
    let ([od, ov, oh], taps) = (shape.output, shape.taps());
    let (pitch, plane) = (shape.padded()[1] * shape.stride[0], ov * oh);
    let (channels, places_of_filter) = square(registers);
    assert!(x.len() == shape.padded_len() && terms.len() == taps);
    assert!(delta.len() == od * plane && sums.len() == partial_len(shape, S::LANES));
    assert!(rows.end <= ov && cols.end <= oh);
    let (x, delta) = (
        &x[rows.start * pitch + cols.start..],
        &delta[rows.start * oh + cols.start..],
    );
    let (sums, biases) = sums.split_at_mut(od * taps * S::LANES);
    for group in pieces(od, channels) {
        let delta = delta[group.start * plane..].as_ptr();
        let biases = biases[group.start * S::LANES..].as_mut_ptr();
        for places in pieces(taps, places_of_filter) {
            let sums = sums[(group.start * taps + places.start) * S::LANES..].as_mut_ptr();
            let sums = (sums, taps * S::LANES);
            let terms = &terms[places.clone()];
            macro_rules! sizes {
                ($(($n:literal: $($c:literal)*))*) => {
                    match (group.len(), terms.len()) {
                        $($(($n, $c) if $n <= channels[0] => {
                            let tile = Rows::<T, $n, $c> {
                                count: rows.len(),
                                len: cols.len(),
                                delta: core::array::from_fn(|i| delta.wrapping_add(i * plane)),
                                delta_pitch: oh,
                                x: core::array::from_fn(|t| x.as_ptr().wrapping_add(terms[t] as usize)),
                                x_pitch: pitch,
                            };
                            // SAFETY: all rows lie in the planes; the last term of the last position is the last of
                            // the padded sample, by the shape's own check.
                            unsafe {
                                if places.end == taps {
                                    sum_tile::<T, S, $n, $c, true>(s, tile, sums, biases);
                                } else {
                                    sum_tile::<T, S, $n, $c, false>(s, tile, sums, biases);
                                }
                            }
                        })*)*
                        size => unreachable!("a tile of {size:?}"),
                    }
                };
            }
            sizes! { (1: 1 3 4 5) (2: 1 3 4 5) (4: 1 3 4 5) (5: 1 3 4 5) }
        }
    }
}

kernel! {
    /// The filter and bias gradients from partial sums.
    pub(in crate::conv) fn unpack<T, S>(s: S; width: usize, partial: &[T], filter_bar: &mut [T], bias_bar: &mut [T]) {
        with_width!(s, S, T, width, |s| {
            let out = filter_bar.iter_mut().chain(bias_bar);
            for (out, sum) in out.zip(partial.chunks_exact(width)) {
                *out = sum_of(s, sum);
            }
        })
    }
}

/// The sum of the lanes of a vector.
#[inline(always)]
fn sum_of<T: Number, S: Simd<T>>(s: S, x: &[T]) -> T {
    assert!(x.len() >= S::LANES);
    // SAFETY: the slice holds a vector.
    s.reduce_add(unsafe { s.load(x.as_ptr()) })
}
