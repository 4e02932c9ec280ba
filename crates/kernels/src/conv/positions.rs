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

/// `z[i][v] = biases[i] + sum_t filters[t][i] * x[v][terms[t] ..]`, `N` channels of `V` vectors.
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
        for i in 0..N {
            for v in 0..V {
                s.store(z[v].add(i * plane), acc[i][v]);
            }
        }
    }
}

kernel! {
    /// (38) without the function, for one padded sample with rows of at least one vector. `terms` are the offsets of
    /// `a, b, c`.
    pub(super) fn forward<T, S>(
        s: S; width: usize, shape: &ConvShape, packed: &[T], terms: &[u32], x: &[T], p: &mut [T],
    ) {
        with_width!(s, S, T, width, |s| if S::REGISTERS >= 32 {
            forward_with::<T, _, 3>(s, S::REGISTERS, shape, packed, terms, x, p);
        } else {
            forward_with::<T, _, 2>(s, S::REGISTERS, shape, packed, terms, x, p);
        })
    }
}

#[inline(always)]
fn forward_with<T: Real, S: Simd<T>, const V: usize>(
    s: S,
    registers: usize,
    shape: &ConvShape,
    packed: &[T],
    terms: &[u32],
    x: &[T],
    p: &mut [T],
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
                            $n if $n <= channels(registers) => unsafe { tile::<T, S, $n, V>(s, packed, terms, inputs, outputs, plane) },
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
/// operands fit into the registers.
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

/// `acc[i][t] += sum over rows of delta[i] * x[t]`, `N` channels of `C` places of the filter.
///
/// # Safety
/// `rows` rows of `cols` numbers, `delta_pitch` and `x_pitch` apart, lie behind every pointer; `sums` holds the
/// vectors, `apart` numbers from one channel to the next.
#[inline(always)]
unsafe fn sum_tile<T: Real, S: Simd<T>, const N: usize, const C: usize>(
    s: S,
    [rows, cols]: [usize; 2],
    (delta, plane, delta_pitch): (*const T, usize, usize),
    (x, x_pitch): ([*const T; 5], usize),
    (sums, apart): (*mut T, usize),
) {
    let full = cols - cols % S::LANES;
    let rest = s.first(cols - full);
    // SAFETY: the caller's promise; the rest of a row is read under its mask.
    unsafe {
        let mut acc = [[s.zero(); C]; N];
        for i in 0..N {
            for t in 0..C {
                acc[i][t] = s.load(sums.add(i * apart + t * S::LANES));
            }
        }
        for row in 0..rows {
            let (d, at) = (delta.add(row * delta_pitch), row * x_pitch);
            let mut k = 0;
            while k < full {
                let mut deltas = [s.zero(); N];
                for i in 0..N {
                    deltas[i] = s.load(d.add(i * plane + k));
                }
                for t in 0..C {
                    let x = s.load(x[t].add(at + k));
                    for i in 0..N {
                        acc[i][t] = s.mul_add(deltas[i], x, acc[i][t]);
                    }
                }
                k += S::LANES;
            }
            if full < cols {
                let mut deltas = [s.zero(); N];
                for i in 0..N {
                    deltas[i] = s.load_masked(d.add(i * plane + full), rest);
                }
                for t in 0..C {
                    let x = s.load_masked(x[t].add(at + full), rest);
                    for i in 0..N {
                        acc[i][t] = s.mul_add(deltas[i], x, acc[i][t]);
                    }
                }
            }
        }
        for i in 0..N {
            for t in 0..C {
                s.store(sums.add(i * apart + t * S::LANES), acc[i][t]);
            }
        }
    }
}

kernel! {
    /// Adds (47) for one padded sample to partial sums, a vector each. `terms` are the offsets of `a, b, c`.
    pub(super) fn backward_filter<T, S>(
        s: S; width: usize, shape: &ConvShape, terms: &[u32], x: &[T], delta: &[T], partial: &mut [T],
    ) {
        with_width!(s, S, T, width, |s| backward_filter_with(s, S::REGISTERS, shape, terms, x, delta, partial))
    }
}

#[inline(always)]
fn backward_filter_with<T: Real, S: Simd<T>>(
    s: S,
    registers: usize,
    shape: &ConvShape,
    terms: &[u32],
    x: &[T],
    delta: &[T],
    partial: &mut [T],
) {
    let ([od, ov, oh], taps) = (shape.output, shape.taps());
    let (pitch, plane) = (shape.padded()[1] * shape.stride[0], ov * oh);
    let (channels, places_of_filter) = square(registers);
    assert!(x.len() == shape.padded_len() && terms.len() == taps);
    assert!(delta.len() == od * plane && partial.len() == partial_len(shape, S::LANES));
    for group in pieces(od, channels) {
        for places in pieces(taps, places_of_filter) {
            let mut inputs = [x.as_ptr(); 5];
            for (input, term) in inputs.iter_mut().zip(&terms[places.clone()]) {
                *input = input.wrapping_add(*term as usize);
            }
            let delta = (delta[group.start * plane..].as_ptr(), plane, oh);
            let sums = partial[(group.start * taps + places.start) * S::LANES..].as_mut_ptr();
            let sums = (sums, taps * S::LANES);
            macro_rules! sizes {
                ($(($n:literal: $($c:literal)*))*) => {
                    match (group.len(), places.len()) {
                        $($(
                            // SAFETY: all rows lie in the planes; the last term of the last position is the last of
                            // the padded sample, by the shape's own check.
                            ($n, $c) if $n <= channels[0] => unsafe {
                                sum_tile::<T, S, $n, $c>(s, [ov, oh], delta, (inputs, pitch), sums);
                            },
                        )*)*
                        size => unreachable!("a tile of {size:?}"),
                    }
                };
            }
            sizes! { (1: 1 3 4 5) (2: 1 3 4 5) (4: 1 3 4 5) (5: 1 3 4 5) }
        }
    }
    let biases = partial[od * taps * S::LANES..].chunks_exact_mut(S::LANES);
    for (sum, delta) in biases.zip(delta.chunks_exact(plane)) {
        add_all(s, delta, sum);
    }
}

/// Adds the numbers of `x` to the lanes of `sum`, in four chains.
#[inline(always)]
fn add_all<T: Real, S: Simd<T>>(s: S, x: &[T], sum: &mut [T]) {
    let mut chains = [s.zero(); 4];
    for group in x.chunks(4 * S::LANES) {
        for (chain, x) in chains.iter_mut().zip(group.chunks(S::LANES)) {
            // SAFETY: a chunk has the length that is read.
            *chain = s.add(*chain, unsafe { s.load_partial(x.as_ptr(), x.len()) });
        }
    }
    let all = s.add(s.add(chains[0], chains[1]), s.add(chains[2], chains[3]));
    assert!(sum.len() >= S::LANES);
    // SAFETY: the slice holds a vector.
    unsafe { s.store(sum.as_mut_ptr(), s.add(s.load(sum.as_ptr()), all)) };
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
