//! Sums of planes times numbers, with positions in the lanes.

use crate::conv::positions::forward::tile;
use crate::conv::widths::with_width;
use crate::dispatch::layer_kernel;
use crate::number::Number;
use crate::scratch::with_plain;
use crate::simd::Simd;

/// Vectors of sums of a tile: enough to hide the latency of two additions per cycle.
const VECTORS: usize = 8;

/// The positions of a plane of sums, whose rows are at least one vector long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Positions<'a> {
    rows: usize,
    cols: usize,
    pitch: usize,
    width: usize,
    /// Of each vector its place in `x` and in the plane; a multiple of [`VECTORS`], the last one repeated.
    places: &'a [[u32; 2]],
}

impl Positions<'_> {
    /// Calls `f` with `rows` by `cols` positions; rows are made as long as a vector. From one row to the next `x` goes on by `pitch`.
    pub(super) fn with<R>(
        [rows, cols]: [usize; 2],
        pitch: usize,
        width: usize,
        f: impl FnOnce(Positions<'_>) -> R,
    ) -> R {
        let cols = cols.max(width);
        let per_row = cols.div_ceil(width);
        let count = rows * per_row;
        with_plain(
            count.next_multiple_of(VECTORS),
            |places: &mut [[u32; 2]]| {
                for (n, place) in places.iter_mut().enumerate() {
                    let n = n.min(count - 1);
                    let (row, start) = (n / per_row, n % per_row * width);
                    // The last vector of a row ends where the row does: it computes some positions again, to the same bits.
                    let start = start.min(cols - width);
                    *place = [(row * pitch + start) as u32, (row * cols + start) as u32];
                }
                f(Positions {
                    rows,
                    cols,
                    pitch,
                    width,
                    places,
                })
            },
        )
    }

    /// Sums of a plane.
    pub(super) fn len(&self) -> usize {
        self.rows * self.cols
    }

    /// Numbers beyond a row of `cols` that its last vector reads and writes.
    pub(super) fn excess(&self, cols: usize) -> usize {
        self.cols - cols
    }
}

/// What sums read: for every plane of sums one of filters, each of which reads `x` from the place of its plane on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms<'a, T> {
    pub(super) offsets: &'a [u32],
    /// One for each offset, for each plane of sums.
    pub(super) filters: &'a [T],
    /// One for each plane of sums.
    pub(super) biases: &'a [T],
    /// Planes of sums that read the same part of `x`, and the length of such a part.
    pub(super) sharing: usize,
    pub(super) part: usize,
}

layer_kernel! {
    /// `z[i][j][k] = max(floor, biases[i] + sum_t filters[i][t] x[i / sharing part + offsets[t] + j pitch + k])`
    pub(super) fn correlate<T, S>(
        s: S; positions: Positions<'_>, terms: Terms<'_, T>, floor: T, x: &[T], z: &mut [T],
    ) {
        with_width!(s, S, T, positions.width, |w| correlate_with(s, w, positions, terms, floor, x, z))
    }
}

#[inline(always)]
fn correlate_with<T: Number, L: Simd<T>, S: Simd<T>>(
    level: L,
    s: S,
    positions: Positions<'_>,
    terms: Terms<'_, T>,
    floor: T,
    x: &[T],
    z: &mut [T],
) {
    let (planes, taps) = (z.len() / positions.len(), terms.offsets.len());
    assert!(planes > 0 && taps > 0 && positions.cols >= S::LANES && positions.width == S::LANES);
    assert!(terms.filters.len() == planes * taps && terms.biases.len() == planes);
    let last = terms.offsets.iter().max().map_or(0, |term| *term as usize);
    let end = last + (positions.rows - 1) * positions.pitch + positions.cols;
    assert!((planes - 1) / terms.sharing * terms.part + end <= x.len());
    for (i, z) in z.chunks_exact_mut(positions.len()).enumerate() {
        let x = x[i / terms.sharing * terms.part..].as_ptr();
        let filter = terms.filters[i * taps..].as_ptr();
        let (numbers, z) = ([terms.biases[i..].as_ptr(), filter], z.as_mut_ptr());
        for places in positions.places.as_chunks::<VECTORS>().0 {
            let offsets = terms.offsets;
            level.call(
                #[inline(always)]
                // SAFETY: the last term of the last position lies in `x`, by the check above, and each vector in a row of
                // the plane.
                move || unsafe {
                    let (mut inputs, mut outputs) = ([x; VECTORS], [z; VECTORS]);
                    for v in 0..VECTORS {
                        inputs[v] = x.add(places[v][0] as usize);
                        outputs[v] = z.add(places[v][1] as usize);
                    }
                    tile::<T, S, 1, VECTORS>(s, numbers, offsets, inputs, outputs, 0, floor);
                },
            );
        }
    }
}
