//! The register tile of the kernels with channels in the lanes.

use crate::number::Number;
use core::ops::Range;

use crate::Real;
use crate::conv::choice::Choice;
use crate::conv::widths::{parts, with_width};
use crate::cpu::Level;
use crate::dispatch::layer_kernel;
use crate::scratch::{Plain, with_plain, with_scratch};
use crate::simd::Simd;
use crate::sums::{RUN, fold};

/// Vectors of sums of a tile, and its rows, at most: with the other vectors and the number they fit into 16 registers, and they
/// are enough to hide the latency of two additions per cycle.
///
/// Where there are two numbers, the first is for `f32`. `f64`, in which gradients are checked, makes do with fewer
/// sizes, since each is a function to compile.
const SUMS: [usize; 2] = [12, 8];
const TALL: [usize; 2] = [ROWS, 4];
/// Rows of any tile at most.
pub(in crate::conv) const ROWS: usize = 6;

/// A tile, its places counted in numbers or (`terms`, `vectors`, `to`, `apart`) in vectors.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(in crate::conv) struct Spot {
    /// Rows and columns of sums.
    pub(in crate::conv) size: [u32; 2],
    /// The first term and the one after the last: of the list of terms, and of the list of vectors.
    pub(in crate::conv) terms: [u32; 2],
    /// Where the terms of each row start in `x`.
    pub(in crate::conv) x: [u32; ROWS],
    /// Where the first sum goes.
    pub(in crate::conv) to: u32,
    /// From one row of sums to the next, and from one sum to its neighbour.
    pub(in crate::conv) apart: [u32; 2],
}

// SAFETY: integers without padding.
unsafe impl Plain for Spot {}

/// The parts of the rows and of the columns of an arrangement of sums over so many channels: each pair is a tile.
pub(in crate::conv) fn tiles(
    choice: Choice<'_>,
    [rows, cols]: [usize; 2],
    channels: usize,
) -> [impl ExactSizeIterator<Item = Range<usize>> + Clone; 2] {
    let precision = usize::from(!choice.single);
    let most = SUMS[precision] / choice.vectors(channels);
    let longest = cols.div_ceil(cols.div_ceil(most).max(1)).max(1);
    [
        parts(rows, (most / longest).min(TALL[precision])),
        parts(cols, most),
    ]
}

/// Calls `f` with a list of so many spots in this thread's scratch, which `fill` hands over one by one.
pub(in crate::conv) fn with_spots<R>(
    count: usize,
    fill: impl FnOnce(&mut Slots<'_>),
    f: impl FnOnce(&[Spot]) -> R,
) -> R {
    with_plain(count, |list: &mut [Spot]| {
        let mut slots = Slots(list.iter_mut());
        fill(&mut slots);
        assert_eq!(slots.0.len(), 0, "as many spots as were counted");
        f(list)
    })
}

/// Room for spots.
pub(in crate::conv) struct Slots<'a>(core::slice::IterMut<'a, Spot>);

impl Slots<'_> {
    #[inline(always)]
    pub(in crate::conv) fn push(&mut self, spot: Spot) {
        if let Some(slot) = self.0.next() {
            *slot = spot;
        }
    }
}

/// The tiles of one pass.
#[derive(Debug, Clone, Copy)]
pub(in crate::conv) struct Tiles<'a> {
    pub(in crate::conv) spots: &'a [Spot],
    /// Offsets of the terms in `x`.
    pub(in crate::conv) terms: &'a [u32],
    /// Terms of the longest sum, at least.
    pub(in crate::conv) longest: usize,
    /// From a number to that of the next sum.
    pub(in crate::conv) step: usize,
}

/// What the tiles of one block of channels, or of two side by side, work on; one that exists is safe to run.
#[derive(Debug)]
pub(in crate::conv) struct Block<'a, T> {
    tiles: Tiles<'a>,
    /// One for each term; those of a second block follow.
    vectors: &'a [T],
    x: &'a [T],
    /// The vectors that every sum starts from.
    from: &'a [T],
    /// Those of a second block follow.
    sums: &'a mut [T],
}

impl<'a, T: Real> Block<'a, T> {
    /// # Safety
    /// `vectors`, `from` and `sums` consist of as many equal parts as there are blocks. All places of the spots lie inside
    /// them, with vectors of the width, and as many of them side by side, as the block is run with.
    pub(in crate::conv) unsafe fn new(
        tiles: Tiles<'a>,
        vectors: &'a [T],
        x: &'a [T],
        from: &'a [T],
        sums: &'a mut [T],
    ) -> Self {
        Self {
            tiles,
            vectors,
            x,
            from,
            sums,
        }
    }

    /// Computes the sums, with `vectors` side by side. Those of more than [`RUN`] terms are sums of shorter ones.
    pub(in crate::conv) fn run(mut self, level: Level, width: usize, vectors: usize) {
        if self.tiles.longest <= RUN {
            return run_tiles(level, width, vectors, &mut self);
        }
        self.run_piece(level, width, vectors, 0);
        let len = self.sums.len();
        with_scratch(2 * len + width * vectors, |scratch: &mut [T]| {
            // Sums that no spot has stay zeros.
            scratch.fill(T::ZERO);
            let (sums, rest) = scratch.split_at_mut(len);
            let (lost, from) = rest.split_at_mut(len);
            let mut further = Block { from, sums, ..self };
            for skip in (RUN..self.tiles.longest).step_by(RUN) {
                further.run_piece(level, width, vectors, skip);
                fold(level, further.sums, self.sums, lost);
            }
        });
    }

    /// The next [`RUN`] terms of each sum, at most, after those that are skipped.
    fn run_piece(&mut self, level: Level, width: usize, vectors: usize, skip: usize) {
        let spots = self.tiles.spots;
        let fill = |slots: &mut Slots<'_>| {
            for spot in spots {
                let [start, end] = spot.terms;
                let start = end.min(start.saturating_add(skip as u32));
                slots.push(Spot {
                    terms: [start, end.min(start.saturating_add(RUN as u32))],
                    ..*spot
                });
            }
        };
        with_spots(spots.len(), fill, |spots| {
            let mut block = Block {
                tiles: Tiles {
                    spots,
                    ..self.tiles
                },
                sums: &mut *self.sums,
                ..*self
            };
            run_tiles(level, width, vectors, &mut block);
        });
    }
}

/// `acc[r][n][v] += sum_t vectors[v][t] * x[r][terms[t] + n step]`.
///
/// # Safety
/// Each of `vectors` holds as many vectors as there are terms, and every number lies in the memory behind its `x`.
#[inline(always)]
unsafe fn tile<T: Number, S: Simd<T>, const R: usize, const N: usize, const V: usize>(
    s: S,
    vectors: [*const T; V],
    terms: &[u32],
    x: [*const T; R],
    step: usize,
    mut acc: [[[S::V; V]; N]; R],
) -> [[[S::V; V]; N]; R] {
    for (t, &term) in terms.iter().enumerate() {
        // SAFETY: the caller's promise.
        unsafe {
            let mut w = [s.zero(); V];
            for v in 0..V {
                w[v] = s.load(vectors[v].add(t * S::LANES));
            }
            for r in 0..R {
                let x = x[r].add(term as usize);
                for n in 0..N {
                    let x = s.splat(*x.add(n * step));
                    for v in 0..V {
                        acc[r][n][v] = s.mul_add(x, w[v], acc[r][n][v]);
                    }
                }
            }
        }
    }
    acc
}

/// A [`tile`] with its sums read and written.
///
/// # Safety
/// All places of the spot lie inside the slices of the block.
#[inline(always)]
unsafe fn run_tile<T: Number, S: Simd<T>, const R: usize, const N: usize, const V: usize>(
    s: S,
    block: &mut Block<'_, T>,
    spot: &Spot,
) {
    let terms = spot.terms[0] as usize..spot.terms[1] as usize;
    // From a vector or sum to that of the next block.
    let (next_vector, next_sum) = (block.vectors.len() / V, block.sums.len() / V);
    // SAFETY: the caller's promise.
    unsafe {
        let to = block.sums.as_mut_ptr().add(spot.to as usize * S::LANES);
        let at = |r: usize, n: usize, v: usize| {
            let place = r * spot.apart[0] as usize + n * spot.apart[1] as usize;
            to.add(place * S::LANES + v * next_sum)
        };
        let mut acc = [[[s.zero(); V]; N]; R];
        for v in 0..V {
            let from = s.load(block.from.as_ptr().add(v * S::LANES));
            for r in 0..R {
                for n in 0..N {
                    acc[r][n][v] = from;
                }
            }
        }
        let vectors = block.vectors.as_ptr().add(terms.start * S::LANES);
        let (mut w, mut x) = ([vectors; V], [block.x.as_ptr(); R]);
        for v in 0..V {
            w[v] = vectors.add(v * next_vector);
        }
        for r in 0..R {
            x[r] = x[r].add(spot.x[r] as usize);
        }
        let terms = block.tiles.terms.get_unchecked(terms);
        let acc = tile::<T, S, R, N, V>(s, w, terms, x, block.tiles.step, acc);
        for r in 0..R {
            for n in 0..N {
                for v in 0..V {
                    s.store(at(r, n, v), acc[r][n][v]);
                }
            }
        }
    }
}

layer_kernel! {
    /// Runs all spots of a block of channels, or of two blocks side by side.
    fn run_tiles<T, S>(s: S; width: usize, vectors: usize, block: &mut Block<'_, T>) {
        // Spots of one size are run by one call.
        with_width!(s, S, T, width, |w| for spots in block.tiles.spots.chunk_by(|a, b| a.size == b.size) {
            macro_rules! run {
                ($vectors:literal: $(($r:literal: $($n:literal)*))*) => {
                    match spots[0].size {
                        $($(
                            [$r, $n] if T::SINGLE || ($r <= TALL[1] && $r * $n * $vectors <= SUMS[1]) => s.call(
                                #[inline(always)]
                                // SAFETY: the promise of `Block::new`.
                                || for spot in spots { unsafe { run_tile::<T, _, $r, $n, $vectors>(w, block, spot) } },
                            ),
                        )*)*
                        size => unreachable!("a tile of {size:?}"),
                    }
                };
            }
            if vectors == 2 {
                run! { 2: (1: 1 2 3 4 5 6) (2: 1 2 3) (3: 1 2) (4: 1) (5: 1) (6: 1) }
            } else {
                run! { 1: (1: 1 2 3 4 5 6 7 8 9 10 11 12) (2: 1 2 3 4 5 6) (3: 1 2 3 4) (4: 1 2 3) (5: 1 2) (6: 1 2) }
            }
        })
    }
}
