//! Kernels whose vector lanes are channels: any stride, any length of a row.
//!
//! A block of `width` channels is one vector; the other operand is a number, repeated in every lane. No lane is lost
//! at the end of a row, and numbers may be read from anywhere, so strides cost nothing. The price is one transposition
//! of the output (forward, input gradient) or of `delta` (filter gradient), and idle lanes where channels do not fill
//! the vectors.
//!
//! All three passes are lists of one [`tile`]: `R` by `N` sums, each over the same terms, of a vector times a number, or
//! of the vectors of two blocks side by side, so that a repeated number serves twice.
//!
//! | pass | sums | terms | vector | number |
//! |---|---|---|---|---|
//! | (38) forward | positions of the output | `a, b, c` | filter, lanes over output channels | `x` |
//! | (47) filter gradient | `R` rows of `N` places of the filter; with two blocks `R` places | positions of the output | `delta`, lanes over output channels | `x` |
//! | (45) input gradient | positions of the input that agree modulo the stride | `b', i, c'` | filter, lanes over input channels | `delta` |

use core::ops::Range;

use super::layout::parts;
use super::plan::with_width;
use crate::Real;
use crate::dispatch::kernel;
use crate::scratch::{Plain, with_scratch};
use crate::simd::Simd;
use crate::sums::CHAIN;

/// Vectors of sums of a tile at most: with the other vectors and the number they fit into 16 registers, and they are
/// enough to hide the latency of two additions per cycle.
const SUMS: usize = 12;
/// Rows of a tile at most.
pub(super) const ROWS: usize = 6;

/// A tile, its places counted in numbers or (`terms`, `vectors`, `to`, `apart`) in vectors.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct Job {
    /// Rows and columns of sums.
    pub(super) size: [u32; 2],
    /// The first term and the one after the last: of the list of terms, and of the list of vectors.
    pub(super) terms: [u32; 2],
    /// Where the terms of each row start in `x`.
    pub(super) x: [u32; ROWS],
    /// Where the first sum goes.
    pub(super) to: u32,
    /// From one row of sums to the next, and from one sum to its neighbour.
    pub(super) apart: [u32; 2],
}

// SAFETY: integers without padding.
unsafe impl Plain for Job {}

/// Parts of a `rows x cols` arrangement of sums of one or two vectors that are tiles.
pub(super) fn tiles(
    rows: usize,
    cols: usize,
    vectors: usize,
) -> impl Iterator<Item = (Range<usize>, Range<usize>)> + Clone {
    let most = SUMS / vectors;
    let longest = cols.div_ceil(cols.div_ceil(most).max(1)).max(1);
    parts(rows, (most / longest).min(ROWS))
        .flat_map(move |rows| parts(cols, most).map(move |cols| (rows.clone(), cols)))
}

/// Calls `f` with a list of jobs in this thread's scratch.
pub(super) fn with_jobs<R>(
    jobs: impl Iterator<Item = Job> + Clone,
    f: impl FnOnce(&[Job]) -> R,
) -> R {
    with_scratch(jobs.clone().count(), |list: &mut [Job]| {
        list.iter_mut()
            .zip(jobs)
            .for_each(|(slot, job)| *slot = job);
        f(list)
    })
}

/// The tiles of one pass: jobs, offsets of the terms in `x`, and the step from a number to that of the next sum.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tiles<'a> {
    jobs: &'a [Job],
    terms: &'a [u32],
    step: usize,
    /// Terms of a running sum.
    chain: usize,
}

impl<'a> Tiles<'a> {
    pub(super) fn new(jobs: &'a [Job], terms: &'a [u32], step: usize) -> Self {
        let chains = terms.len().div_ceil(CHAIN).max(1);
        Self {
            jobs,
            terms,
            step,
            chain: terms.len().div_ceil(chains).max(1),
        }
    }

    pub(super) fn terms(&self) -> &'a [u32] {
        self.terms
    }
}

/// What the tiles of one block of channels, or of two side by side, work on; one that exists is safe to run.
#[derive(Debug)]
pub(super) struct Block<'a, T> {
    tiles: Tiles<'a>,
    /// One for each term; those of a second block follow.
    vectors: &'a [T],
    x: &'a [T],
    /// The vectors that every sum starts from; where there are none, sums are added to what is in their place.
    from: Option<&'a [T]>,
    /// Those of a second block follow.
    sums: &'a mut [T],
}

impl<'a, T> Block<'a, T> {
    /// # Safety
    /// `vectors` and `sums` consist of as many equal parts as there are blocks. All places of the jobs lie inside them, with vectors of the width, and as many of them side by side, as the
    /// block is run with.
    pub(super) unsafe fn new(
        tiles: Tiles<'a>,
        vectors: &'a [T],
        x: &'a [T],
        from: Option<&'a [T]>,
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
}

/// `acc[r][n][v] += sum_t vectors[v][t] * x[r][terms[t] + n step]`.
///
/// # Safety
/// Each of `vectors` holds as many vectors as there are terms, and every number lies in the memory behind its `x`.
#[inline(always)]
unsafe fn tile<T: Real, S: Simd<T>, const R: usize, const N: usize, const V: usize>(
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
/// All places of the job lie inside the slices of the block.
#[inline(always)]
unsafe fn run_job<T: Real, S: Simd<T>, const R: usize, const N: usize, const V: usize>(
    s: S,
    block: &mut Block<'_, T>,
    job: &Job,
) {
    let terms = job.terms[0] as usize..job.terms[1] as usize;
    // From a vector or sum to that of the next block.
    let (next_vector, next_sum) = (block.vectors.len() / V, block.sums.len() / V);
    // SAFETY: the caller's promise.
    unsafe {
        let to = block.sums.as_mut_ptr().add(job.to as usize * S::LANES);
        let at = |r: usize, n: usize, v: usize| {
            let place = r * job.apart[0] as usize + n * job.apart[1] as usize;
            to.add(place * S::LANES + v * next_sum)
        };
        let mut acc = [[[s.zero(); V]; N]; R];
        if let Some(from) = block.from {
            for v in 0..V {
                let from = s.load(from.as_ptr().add(v * S::LANES));
                acc.as_flattened_mut()
                    .iter_mut()
                    .for_each(|sum| sum[v] = from);
            }
        }
        let vectors = block.vectors.as_ptr().add(terms.start * S::LANES);
        let mut vectors = core::array::from_fn(|v| vectors.add(v * next_vector));
        let x = core::array::from_fn(|r| block.x.as_ptr().add(job.x[r] as usize));
        let mut terms = block.tiles.terms.get_unchecked(terms);
        let mut total = [[[s.zero(); V]; N]; R];
        let several = terms.len() > block.tiles.chain;
        loop {
            let (now, later) = terms.split_at(terms.len().min(block.tiles.chain));
            acc = tile::<T, S, R, N, V>(s, vectors, now, x, block.tiles.step, acc);
            if later.is_empty() {
                break;
            }
            for r in 0..R {
                for n in 0..N {
                    for v in 0..V {
                        total[r][n][v] = s.add(total[r][n][v], acc[r][n][v]);
                        acc[r][n][v] = s.zero();
                    }
                }
            }
            vectors
                .iter_mut()
                .for_each(|at| *at = at.add(now.len() * S::LANES));
            terms = later;
        }
        for r in 0..R {
            for n in 0..N {
                for v in 0..V {
                    let mut sum = acc[r][n][v];
                    if several {
                        sum = s.add(total[r][n][v], sum);
                    }
                    if block.from.is_none() {
                        sum = s.add(s.load(at(r, n, v)), sum);
                    }
                    s.store(at(r, n, v), sum);
                }
            }
        }
    }
}

kernel! {
    /// Runs all jobs of a block of channels, or of two blocks side by side.
    pub(super) fn run_jobs<T, S>(s: S; width: usize, vectors: usize, block: &mut Block<'_, T>) {
        with_width!(s, S, T, width, |s| for job in block.tiles.jobs {
            macro_rules! run {
                ($vectors:literal: $(($r:literal: $($n:literal)*))*) => {
                    match job.size {
                        $($(
                            // SAFETY: the promise of `Block::new`.
                            [$r, $n] => unsafe { run_job::<T, _, $r, $n, $vectors>(s, block, job) },
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
