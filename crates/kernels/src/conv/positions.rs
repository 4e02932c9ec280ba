//! Kernels whose vector lanes are neighbouring positions of a row: horizontal stride 1.
//!
//! Rows of `x` are read where they lie, at any offset, and outputs are written where they belong: nothing is
//! transposed, and few channels cost nothing. That suits the first layers of a network, which have long rows and
//! channels too few to fill a vector. The price is the idle lanes at the end of a row.

use core::ops::Range;

use super::ConvShape;
use super::layout::parts;
use super::plan::with_width;
use crate::Real;
use crate::dispatch::kernel;
use crate::simd::Simd;
use crate::sums::CHAIN;

/// A shape, with the offset of each `a, b, c` in a padded sample.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid<'a> {
    pub(super) shape: &'a ConvShape,
    pub(super) terms: &'a [u32],
}

/// Output channels in a tile of [`forward`] at most, with three vectors of positions where there are many registers and
/// two elsewhere, so that sums, inputs and one weight fit into them.
#[inline(always)]
const fn channels(registers: usize) -> usize {
    if registers >= 32 { 8 } else { 6 }
}

kernel! {
    /// For every group of output channels its biases, then its filters with channels innermost.
    pub(super) fn pack_forward<T, S>(s: S; shape: &ConvShape, filter: &[T], bias: &[T], packed: &mut [T]) {
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
    pub(super) fn forward<T, S>(
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

/// Channels and places of the filter that a tile of [`backward_filter`] may have, longest first, so that sums and
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

/// Length of the partial sums of [`backward_filter`]: vectors for all filters, then for all biases.
pub(super) fn partial_len(shape: &ConvShape, lanes: usize) -> usize {
    shape.output[0] * (shape.taps() + 1) * lanes
}

/// Rows and columns of output positions that [`backward_filter`] sums over at once: at most [`CHAIN`] vectors of them.
#[derive(Debug, Clone)]
pub(super) struct Band {
    rows: Range<usize>,
    cols: Range<usize>,
}

/// All positions, in bands.
pub(super) fn bands(shape: &ConvShape, lanes: usize) -> impl Iterator<Item = Band> {
    let [_, ov, oh] = shape.output;
    let longest = CHAIN / oh.div_ceil(lanes).min(CHAIN);
    parts(ov, longest).flat_map(move |rows| {
        (0..oh).step_by(CHAIN * lanes).map(move |start| Band {
            rows: rows.clone(),
            cols: start..oh.min(start + CHAIN * lanes),
        })
    })
}

/// The rows that a tile of [`backward_filter`] sums over: of some channels of `delta`, and of `x` from some places on.
struct Rows<T, const N: usize, const C: usize> {
    count: usize,
    len: usize,
    delta: [*const T; N],
    delta_pitch: usize,
    x: [*const T; C],
    x_pitch: usize,
}

/// `sums[i][t] += sum over rows of delta[i] * x[t]`, `N` channels of `C` places of the filter; with `BIAS` also
/// `biases[i] += sum over rows of delta[i]`.
///
/// # Safety
/// All rows lie behind their pointers; `sums` holds the vectors, `apart` numbers from one channel to the next, and
/// `biases` one for each channel.
#[inline(always)]
unsafe fn sum_tile<T: Real, S: Simd<T>, const N: usize, const C: usize, const BIAS: bool>(
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
                let sum = sums.add(i * apart + t * S::LANES);
                s.store(sum, s.add(s.load(sum), acc[i][t]));
            }
            if BIAS {
                let bias = biases.add(i * S::LANES);
                s.store(bias, s.add(s.load(bias), total[i]));
            }
        }
    }
}

kernel! {
    /// Adds (47) for a band of one padded sample to partial sums, a vector each.
    pub(super) fn backward_filter<T, S>(
        s: S; width: usize, grid: Grid<'_>, band: &Band, x: &[T], delta: &[T], partial: &mut [T],
    ) {
        with_width!(s, S, T, width, |s| backward_filter_with(s, S::REGISTERS, grid, band, x, delta, partial))
    }
}

#[inline(always)]
fn backward_filter_with<T: Real, S: Simd<T>>(
    s: S,
    registers: usize,
    Grid { shape, terms }: Grid<'_>,
    Band { rows, cols }: &Band,
    x: &[T],
    delta: &[T],
    partial: &mut [T],
) {
    let ([od, ov, oh], taps) = (shape.output, shape.taps());
    let (pitch, plane) = (shape.padded()[1] * shape.stride[0], ov * oh);
    let (channels, places_of_filter) = square(registers);
    assert!(x.len() == shape.padded_len() && terms.len() == taps);
    assert!(delta.len() == od * plane && partial.len() == partial_len(shape, S::LANES));
    assert!(rows.end <= ov && cols.end <= oh);
    let (x, delta) = (
        &x[rows.start * pitch + cols.start..],
        &delta[rows.start * oh + cols.start..],
    );
    let (sums, biases) = partial.split_at_mut(od * taps * S::LANES);
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
    pub(super) fn unpack_partial<T, S>(s: S; width: usize, partial: &[T], filter_bar: &mut [T], bias_bar: &mut [T]) {
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
fn sum_of<T: Real, S: Simd<T>>(s: S, x: &[T]) -> T {
    assert!(x.len() >= S::LANES);
    // SAFETY: the slice holds a vector.
    s.reduce_add(unsafe { s.load(x.as_ptr()) })
}
