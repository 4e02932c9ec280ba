//! Equation (38) with positions in the lanes.

use crate::Real;
use crate::conv::choice::Choice;
use crate::conv::shape::ConvShape;
use crate::conv::widths::{parts, with_width};
use crate::dispatch::layer_kernel;
use crate::number::Number;
use crate::scratch::with_scratch;
use crate::simd::Simd;
use crate::sums::{RUN, fold};

/// Output channels in a tile at most, with three vectors of positions where there are many registers and
/// two elsewhere, so that sums, inputs and one weight fit into them.
#[inline(always)]
const fn channels(wide: bool) -> usize {
    if wide { 8 } else { 6 }
}

/// What every sample is computed from.
pub(in crate::conv) struct Packed<'a, T> {
    choice: Choice<'a>,
    /// Offsets of `a, b, c` in a padded sample.
    terms: &'a [u32],
    /// For every group of output channels its biases, then its filters with channels innermost.
    filters: &'a [T],
    /// The function is `max(floor, z)`; that of sums of more than [`RUN`] terms is none.
    floor: T,
}

/// Calls `f` with the filter and the biases as they are read.
pub(in crate::conv) fn with_packed<T: Real>(
    choice: Choice<'_>,
    terms: &[u32],
    filter: &[T],
    bias: &[T],
    floor: T,
    f: impl FnOnce(Packed<'_, T>),
) {
    let Choice { shape, level, .. } = choice;
    with_scratch(
        shape.output[0] * (shape.taps() + 1),
        |filters: &mut [T]| {
            pack(level, shape, filter, bias, filters);
            f(Packed {
                choice,
                terms,
                filters,
                floor,
            });
        },
    );
}

impl<'a, T: Real> Packed<'a, T> {
    /// Filters that were packed before, by [`with_packed`] for the same choice and terms.
    pub(in crate::conv) fn new(
        choice: Choice<'a>,
        terms: &'a [u32],
        filters: &'a [T],
        floor: T,
    ) -> Self {
        Self {
            choice,
            terms,
            filters,
            floor,
        }
    }

    /// The packed filters.
    pub(in crate::conv) fn filters(&self) -> &'a [T] {
        self.filters
    }

    /// (38) for one padded sample. Sums of more than [`RUN`] terms are sums of shorter ones.
    pub(in crate::conv) fn add_up(&self, x: &[T], p: &mut [T]) {
        let level = self.choice.level;
        add_piece(level, self, 0, x, p);
        if self.terms.len() <= RUN {
            return;
        }
        with_scratch(2 * p.len(), |scratch: &mut [T]| {
            let (more, lost) = scratch.split_at_mut(p.len());
            lost.fill(T::ZERO);
            for skip in (RUN..self.terms.len()).step_by(RUN) {
                add_piece(level, self, skip, x, more);
                fold(level, more, p, lost);
            }
        });
    }
}

layer_kernel! {
    fn pack<T, S>(s: S; shape: &ConvShape, filter: &[T], bias: &[T], packed: &mut [T]) {
        pack_groups(channels(S::WIDE), shape, filter, bias, packed)
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
/// Every vector read or written lies in the memory behind its pointer; there are a filter for each term, and `N` biases.
#[inline(always)]
pub(in crate::conv) unsafe fn tile<T: Number, S: Simd<T>, const N: usize, const V: usize>(
    s: S,
    [biases, mut filters]: [*const T; 2],
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
            acc[i] = [s.splat(*biases.add(i)); V];
        }
        for &term in terms {
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
            filters = filters.add(N);
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

layer_kernel! {
    /// The next [`RUN`] terms of (38), at most, from the first that is not skipped on, for one padded sample with rows of at
    /// least one vector; biases are added where none is skipped.
    fn add_piece<T, S>(s: S; packed: &Packed<'_, T>, skip: usize, x: &[T], p: &mut [T]) {
        let width = packed.choice.width;
        with_width!(s, S, T, width, |w| if S::WIDE {
            add_piece_with::<T, _, _, 3>(s, w, packed, skip, x, p);
        } else {
            add_piece_with::<T, _, _, 2>(s, w, packed, skip, x, p);
        })
    }
}

#[inline(always)]
fn add_piece_with<T: Number, L: Simd<T>, S: Simd<T>, const V: usize>(
    level: L,
    s: S,
    packed: &Packed<'_, T>,
    skip: usize,
    x: &[T],
    p: &mut [T],
) {
    let (shape, terms, floor) = (packed.choice.shape, packed.terms, packed.floor);
    let ([od, ov, oh], taps) = (shape.output, shape.taps());
    let (pitch, plane) = (shape.padded()[1] * shape.stride[0], ov * oh);
    assert!(oh >= S::LANES && x.len() == shape.padded_len() && terms.len() == taps);
    assert!(p.len() == od * plane && packed.filters.len() == od * (taps + 1));
    let (terms, zeros) = (&terms[skip..taps.min(skip + RUN)], [T::ZERO; 8]);
    // The last vector of a row ends where the row does: it computes some positions again, to the same bits.
    let per_row = oh.div_ceil(S::LANES);
    let vectors = ov * per_row;
    for group in parts(od, channels(L::WIDE)) {
        let packed = packed.filters[group.start * (taps + 1)..].as_ptr();
        let biases = if skip == 0 { packed } else { zeros.as_ptr() };
        let packed = [biases, packed.wrapping_add(group.len() * (skip + 1))];
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
                            $n if $n <= channels(L::WIDE) => level.call(
                                #[inline(always)]
                                // SAFETY: each vector lies in a row of its plane; the last term of the last position is
                                // the last of the padded sample, by the shape's own check.
                                move || unsafe { tile::<T, S, $n, V>(s, packed, terms, inputs, outputs, plane, floor) },
                            ),
                        )*
                        n => unreachable!("a group of {n} channels"),
                    }
                };
            }
            sizes! { 1 2 3 4 5 6 7 8 }
        }
    }
}
