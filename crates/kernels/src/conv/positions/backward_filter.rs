//! Equation (47) with positions in the lanes.

use crate::number::Number;
use core::ops::Range;

use super::{Grid, partial_len};
use crate::Real;
use crate::conv::partial::Partial;
use crate::conv::shape::ConvShape;
use crate::conv::widths::{parts, with_width};
use crate::cpu::Level;
use crate::dispatch::layer_kernel;
use crate::simd::Simd;
use crate::sums::RUN;

/// Channels and places of the filter that a tile of [`sum_band`] may have, longest first, so that sums and
/// operands fit into the registers.
#[inline(always)]
const fn square(wide: bool) -> (&'static [usize], &'static [usize]) {
    if wide {
        (&[5, 4, 2, 1], &[5, 4, 3, 1])
    } else {
        (&[2, 1], &[5, 4, 3, 1])
    }
}

/// Splits `0..n` into as few pieces as possible of the lengths given, longest first, the last of them 1; of equally
/// few, those that differ least.
#[inline(always)]
pub(in crate::conv) fn pieces(
    n: usize,
    lengths: &'static [usize],
) -> impl Iterator<Item = Range<usize>> {
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
    pub(in crate::conv) rows: Range<usize>,
    pub(in crate::conv) cols: Range<usize>,
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

/// The rows that a tile of [`sum_band`] sums over: of channels of `delta` that begin a plane apart, and of `x` from the
/// places of the terms on.
#[derive(Clone, Copy)]
pub(in crate::conv) struct Rows<'a, T> {
    pub(in crate::conv) count: usize,
    pub(in crate::conv) len: usize,
    pub(in crate::conv) delta: *const T,
    pub(in crate::conv) plane: usize,
    pub(in crate::conv) delta_pitch: usize,
    pub(in crate::conv) x: *const T,
    pub(in crate::conv) terms: &'a [u32],
    pub(in crate::conv) x_pitch: usize,
}

/// Calls [`sum_tile`], compiled for `level`: once for all who do.
///
/// # Safety
/// As for [`sum_tile`].
#[inline(always)]
pub(in crate::conv) unsafe fn call_sum_tile<
    T: Number,
    L: Simd<T>,
    S: Simd<T>,
    const N: usize,
    const C: usize,
>(
    level: L,
    s: S,
    rows: Rows<'_, T>,
    sums: (*mut T, usize),
) {
    level.call(
        #[inline(always)]
        // SAFETY: the caller's promise.
        move || unsafe { sum_tile::<T, S, N, C>(s, rows, sums) },
    );
}

/// `sums[i][t] = sum over rows of delta[i] * x[t]`, `N` channels of `C` places of the filter.
///
/// # Safety
/// There are a term for each of the `C` places, and all rows lie behind their pointers; `sums` has room for the vectors,
/// `apart` numbers from one channel to the next.
#[inline(always)]
unsafe fn sum_tile<T: Number, S: Simd<T>, const N: usize, const C: usize>(
    s: S,
    rows: Rows<'_, T>,
    (sums, apart): (*mut T, usize),
) {
    let full = rows.len - rows.len % S::LANES;
    let rest = s.first(rows.len - full);
    // SAFETY: the caller's promise; the rest of a row is read under its mask.
    unsafe {
        let (mut delta, mut x) = ([rows.delta; N], [rows.x; C]);
        for i in 0..N {
            delta[i] = rows.delta.wrapping_add(i * rows.plane);
        }
        for t in 0..C {
            x[t] = rows.x.wrapping_add(*rows.terms.get_unchecked(t) as usize);
        }
        let mut acc = [[s.zero(); C]; N];
        macro_rules! add {
            ($at_delta:expr, $at_x:expr, $load:ident $(, $mask:ident)?) => {
                let mut deltas = [s.zero(); N];
                for i in 0..N {
                    deltas[i] = s.$load(delta[i].add($at_delta) $(, $mask)?);
                }
                for t in 0..C {
                    let x = s.$load(x[t].add($at_x) $(, $mask)?);
                    for i in 0..N {
                        acc[i][t] = s.mul_add(deltas[i], x, acc[i][t]);
                    }
                }
            };
        }
        for row in 0..rows.count {
            let (at_delta, at_x) = (row * rows.delta_pitch, row * rows.x_pitch);
            let mut k = 0;
            while k < full {
                add!(at_delta + k, at_x + k, load);
                k += S::LANES;
            }
            if full < rows.len {
                add!(at_delta + full, at_x + full, load_masked, rest);
            }
        }
        for i in 0..N {
            for t in 0..C {
                s.store(sums.add(i * apart + t * S::LANES), acc[i][t]);
            }
        }
    }
}

/// `biases[i] = sum over rows of delta[i]` for a group of 1, 2, 4 or 8 channels, compiled for `level`.
///
/// # Safety
/// All rows of `delta` lie behind its pointer; `biases` has room for a vector for each channel.
#[inline(always)]
pub(in crate::conv) unsafe fn sum_group<T: Number, L: Simd<T>, S: Simd<T>>(
    level: L,
    s: S,
    channels: usize,
    rows: Rows<'_, T>,
    biases: *mut T,
) {
    macro_rules! sizes {
        ($($n:literal)*) => {
            match channels {
                $($n => level.call(
                    #[inline(always)]
                    // SAFETY: the caller's promise.
                    move || unsafe { sum_rows::<T, S, $n>(s, rows, biases) },
                ),)*
                n => unreachable!("a group of {n} channels"),
            }
        };
    }
    sizes! { 1 2 4 8 }
}

/// [`sum_group`] of `N` channels.
///
/// # Safety
/// As for [`sum_group`].
#[inline(always)]
unsafe fn sum_rows<T: Number, S: Simd<T>, const N: usize>(s: S, rows: Rows<'_, T>, biases: *mut T) {
    let full = rows.len - rows.len % S::LANES;
    let rest = s.first(rows.len - full);
    let mut total = [s.zero(); N];
    // SAFETY: the caller's promise; the rest of a row is read under its mask.
    unsafe {
        for row in 0..rows.count {
            let delta = rows.delta.add(row * rows.delta_pitch);
            let mut k = 0;
            while k < full {
                for i in 0..N {
                    total[i] = s.add(total[i], s.load(delta.add(i * rows.plane + k)));
                }
                k += S::LANES;
            }
            if full < rows.len {
                for i in 0..N {
                    let delta = s.load_masked(delta.add(i * rows.plane + full), rest);
                    total[i] = s.add(total[i], delta);
                }
            }
        }
        for i in 0..N {
            s.store(biases.add(i * S::LANES), total[i]);
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

layer_kernel! {
    /// (47) for a band of one padded sample, a vector each.
    fn sum_band<T, S>(
        s: S; width: usize, grid: Grid<'_>, band: &Band, x: &[T], delta: &[T], sums: &mut [T],
    ) {
        with_width!(s, S, T, width, |w| sum_band_with(s, w, grid, band, x, delta, sums))
    }
}

#[inline(always)]
fn sum_band_with<T: Number, L: Simd<T>, S: Simd<T>>(
    level: L,
    s: S,
    Grid { shape, terms }: Grid<'_>,
    Band { rows, cols }: &Band,
    x: &[T],
    delta: &[T],
    sums: &mut [T],
) {
    let ([od, ov, oh], taps) = (shape.output, shape.taps());
    let (pitch, plane) = (shape.padded()[1] * shape.stride[0], ov * oh);
    let (channels, places_of_filter) = square(L::WIDE);
    assert!(x.len() == shape.padded_len() && terms.len() == taps);
    assert!(delta.len() == od * plane && sums.len() == partial_len(shape, S::LANES));
    assert!(rows.end <= ov && cols.end <= oh);
    let (x, delta) = (
        &x[rows.start * pitch + cols.start..],
        &delta[rows.start * oh + cols.start..],
    );
    let (sums, biases) = sums.split_at_mut(od * taps * S::LANES);
    let rows = |channel: usize, terms| Rows {
        count: rows.len(),
        len: cols.len(),
        delta: delta[channel * plane..].as_ptr(),
        plane,
        delta_pitch: oh,
        x: x.as_ptr(),
        terms,
        x_pitch: pitch,
    };
    for group in pieces(od, &[8, 4, 2, 1]) {
        let biases = biases[group.start * S::LANES..].as_mut_ptr();
        // SAFETY: all rows lie in the planes.
        unsafe { sum_group(level, s, group.len(), rows(group.start, &[]), biases) };
    }
    for group in pieces(od, channels) {
        for places in pieces(taps, places_of_filter) {
            let sums = sums[(group.start * taps + places.start) * S::LANES..].as_mut_ptr();
            let (sums, rows) = ((sums, taps * S::LANES), rows(group.start, &terms[places]));
            macro_rules! sizes {
                ($(($n:literal: $($c:literal)*))*) => {
                    match (group.len(), rows.terms.len()) {
                        // SAFETY: all rows lie in the planes; the last term of the last position lies in the padded
                        // sample, by the shape's own check.
                        $($(($n, $c) if $n <= 2 || L::WIDE => unsafe {
                            call_sum_tile::<T, L, S, $n, $c>(level, s, rows, sums);
                        },)*)*
                        size => unreachable!("a tile of {size:?}"),
                    }
                };
            }
            sizes! { (1: 1 3 4 5) (2: 1 3 4 5) (4: 1 3 4 5) (5: 1 3 4 5) }
        }
    }
}

layer_kernel! {
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
