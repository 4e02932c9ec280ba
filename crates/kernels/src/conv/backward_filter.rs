//! Equation (47).

use super::channels::{Block, Job, Tiles, run_jobs, tiles, with_jobs};
use super::plan::{Lanes, Plan};
use super::positions::Grid;
use super::{ConvShape, layout, positions};
use crate::cpu::Level;
use crate::scratch::with_scratch;
use crate::sizes::count;
use crate::sums::{CHAIN, fold};
use crate::{Real, Workers, slices};

/// `filter_bar` and `bias_bar`, summed over the samples, from `delta = dL/dz`: equation (47). Both are overwritten.
///
/// ```text
/// bias_bar_i = sum_jk delta_ijk,    filter_bar_iabc = sum_jk delta_ijk x_{a, b + j s_v, c + k s_h}
/// ```
///
/// # Panics
/// If the shape is incompatible in itself, or a slice is not as long as it says.
pub fn conv_backward_filter<T: Real>(
    shape: &ConvShape,
    x: &[T],
    delta: &[T],
    filter_bar: &mut [T],
    bias_bar: &mut [T],
    workers: &Workers,
) {
    shape.check();
    let plan = Plan::backward_filter::<T>(shape);
    backward_filter_by(plan, shape, x, delta, filter_bar, bias_bar, workers);
}

/// Samples of a shard: at least 8, at most 16 shards.
fn shard(samples: usize) -> usize {
    samples.div_ceil(16).max(8)
}

/// Bands of positions whose sums are added to a number that runs, at most; beyond, it is folded into another one.
const ADDITIONS: usize = 16;

/// Positions of a band with channels in the lanes, at most.
const BAND: usize = 8 * CHAIN;

/// [`conv_backward_filter`] by a given plan, for a shape that has been checked.
pub(super) fn backward_filter_by<T: Real>(
    plan: Plan,
    shape: &ConvShape,
    x: &[T],
    delta: &[T],
    filter_bar: &mut [T],
    bias_bar: &mut [T],
    workers: &Workers,
) {
    let (n_in, n_out) = (shape.input_len(), shape.output_len());
    let samples = shape.samples(x.len(), delta.len());
    assert_eq!(filter_bar.len(), shape.filter_len(), "filter of {shape:?}");
    assert_eq!(bias_bar.len(), shape.output[0], "bias of {shape:?}");
    let (shard, work) = (shard(samples), samples.saturating_mul(shape.work()));
    // At least one, so that no samples have a gradient of 0.
    let shards = samples.div_ceil(shard).max(1);
    let sums = Sums::new(plan, shape, shard);
    let memory = count("partial sums", [shards, sums.memory()]);
    with_scratch(memory, |partials: &mut [T]| {
        with_bands(plan, shape, |bands| {
            workers.for_each_chunk(partials, sums.memory(), work, |i, memory| {
                let mut partial = sums.partial(memory);
                let x = x.chunks_exact(n_in).skip(i * shard).take(shard);
                for (x, delta) in x.zip(delta[i * shard * n_out..].chunks_exact(n_out)) {
                    shape.with_padding(plan.level, x, |x| bands.add_sample(x, delta, &mut partial));
                }
                partial.finish();
            });
        });
        let sum = sums.merge(partials);
        match plan.lanes {
            Lanes::Channels => unpack(plan, shape, sum, filter_bar, bias_bar),
            Lanes::Positions => {
                positions::unpack_partial(plan.level, plan.width, sum, filter_bar, bias_bar);
            }
        }
    });
}

/// How the sums of a shard are kept.
#[derive(Debug, Clone, Copy)]
struct Sums {
    level: Level,
    /// Numbers of the sums themselves.
    len: usize,
    /// Whether a shard has so many bands that sums are folded.
    folds: bool,
}

impl Sums {
    fn new(plan: Plan, shape: &ConvShape, shard: usize) -> Self {
        let (len, bands) = match plan.lanes {
            Lanes::Channels => (
                shape.blocked_len(plan.width),
                (shape.output[1] * shape.output[2]).div_ceil(BAND),
            ),
            Lanes::Positions => (
                positions::partial_len(shape, plan.width),
                positions::bands(shape, plan.width).count(),
            ),
        };
        Self {
            level: plan.level,
            len,
            folds: shard.saturating_mul(bands) > ADDITIONS,
        }
    }

    /// Numbers that a shard keeps: running sums, and those into which they are folded, with what was lost.
    fn memory(&self) -> usize {
        if self.folds { 3 * self.len } else { self.len }
    }

    /// Sums of 0 in the memory of a shard.
    fn partial<T: Real>(self, memory: &mut [T]) -> Partial<'_, T> {
        memory.fill(T::ZERO);
        let (running, folded) = memory.split_at_mut(self.len);
        Partial {
            sums: self,
            running,
            folded,
            additions: 0,
        }
    }

    /// The sums of all shards, added in order.
    fn merge<T: Real>(self, partials: &mut [T]) -> &[T] {
        let (first, others) = partials.split_at_mut(self.memory());
        let others = others.chunks_exact(self.memory());
        if !self.folds {
            others.for_each(|other| slices::axpy(T::ONE, other, first));
            return first;
        }
        let (sum, lost) = first[self.len..].split_at_mut(self.len);
        for other in others {
            let (other_sum, other_lost) = other[self.len..].split_at(self.len);
            fold(self.level, other_sum, sum, lost);
            slices::axpy(T::ONE, other_lost, lost);
        }
        sum
    }
}

/// The sums of a shard.
struct Partial<'a, T> {
    sums: Sums,
    running: &'a mut [T],
    folded: &'a mut [T],
    additions: usize,
}

impl<T: Real> Partial<'_, T> {
    /// The running sums, for one addition to each.
    fn running(&mut self) -> &mut [T] {
        if self.sums.folds && self.additions == ADDITIONS {
            self.fold();
            self.running.fill(T::ZERO);
            self.additions = 0;
        }
        self.additions += 1;
        self.running
    }

    fn fold(&mut self) {
        let (sum, lost) = self.folded.split_at_mut(self.sums.len);
        fold(self.sums.level, self.running, sum, lost);
    }

    /// Leaves the sums where [`Sums::merge`] looks for them.
    fn finish(mut self) {
        if self.sums.folds {
            self.fold();
        }
    }
}

/// What a sample's positions are divided into, and the offsets in it that its sums need.
enum Bands<'a> {
    /// Offsets of all positions, bands of a length but for the last, and the tiles of one of that length and of the last.
    Channels {
        plan: Plan,
        shape: &'a ConvShape,
        offsets: &'a [u32],
        len: usize,
        jobs: [&'a [Job]; 2],
    },
    Positions(Plan, Grid<'a>),
}

/// Calls `f` with the bands of a shape.
fn with_bands(plan: Plan, shape: &ConvShape, f: impl FnOnce(Bands<'_>)) {
    if plan.lanes == Lanes::Positions {
        return with_scratch(shape.taps(), |terms: &mut [u32]| {
            shape.taps_at(terms);
            f(Bands::Positions(plan, Grid { shape, terms }));
        });
    }
    let plane = shape.output[1] * shape.output[2];
    let len = plane.div_ceil(plane.div_ceil(BAND));
    with_scratch(plane, |offsets: &mut [u32]| {
        shape.positions_at(offsets);
        with_jobs(jobs(plan, shape, len), |whole| {
            with_jobs(jobs(plan, shape, (plane - 1) % len + 1), |last| {
                let jobs = [whole, last];
                f(Bands::Channels {
                    plan,
                    shape,
                    offsets,
                    len,
                    jobs,
                });
            });
        });
    });
}

impl Bands<'_> {
    /// Adds one padded sample to partial sums. With channels in the lanes these are, for every block of output channels, a
    /// vector for each `a, b, c`; then for every block one of biases.
    fn add_sample<T: Real>(&self, x: &[T], delta: &[T], partial: &mut Partial<'_, T>) {
        match *self {
            Bands::Positions(Plan { level, width, .. }, grid) => {
                for band in positions::bands(grid.shape, width) {
                    let sums = partial.running();
                    positions::backward_filter(level, width, grid, &band, x, delta, sums);
                }
            }
            Bands::Channels {
                plan,
                shape,
                offsets,
                len,
                jobs: [whole, last],
            } => {
                for (i, terms) in offsets.chunks(len).enumerate() {
                    let jobs = if terms.len() == len { whole } else { last };
                    let (tiles, delta) = (Tiles::new(jobs, terms, 1), &delta[i * len..]);
                    add_band(plan, shape, tiles, x, delta, partial.running());
                }
            }
        }
    }
}

/// The tiles of a block of output channels: sums for all places of the filter, over a band of positions. Tiles of one
/// vector take rows of the filter, where one address serves several places; tiles of two, which have half as many sums,
/// take any.
fn jobs(plan: Plan, shape: &ConvShape, band: usize) -> impl Iterator<Item = Job> + Clone {
    let ([id, _, _], [fv, fh], [height, pitch]) = (shape.input, shape.filter, shape.padded());
    let vectors = plan.vectors(shape.output[0]);
    let [rows, row_len] = match vectors {
        1 => [id * fv, fh],
        _ => [id * fv * fh, 1],
    };
    tiles(rows, row_len, vectors).map(move |(rows, cols)| Job {
        size: [rows.len() as u32, cols.len() as u32],
        terms: [0, band as u32],
        x: core::array::from_fn(|r| {
            let place = (rows.start + r.min(rows.len() - 1)) * row_len + cols.start;
            let (row, c) = (place / fh, place % fh);
            ((row / fv * height + row % fv) * pitch + c) as u32
        }),
        to: (rows.start * row_len + cols.start) as u32,
        apart: [row_len as u32, 1],
    })
}

/// Adds a band of one padded sample, with channels in the lanes; `delta` begins with the band's first position.
fn add_band<T: Real>(
    plan: Plan,
    shape: &ConvShape,
    tiles: Tiles<'_>,
    x: &[T],
    delta: &[T],
    sums: &mut [T],
) {
    let (width, plane) = (plan.width, shape.output[1] * shape.output[2]);
    let (vectors, len) = (plan.vectors(shape.output[0]), tiles.terms().len());
    assert_eq!(x.len(), shape.padded_len());
    let (filters, biases) = sums.split_at_mut(shape.blocked_taps(width));
    let filters = filters.chunks_exact_mut(shape.taps() * width * vectors);
    let blocks = filters.zip(biases.chunks_exact_mut(width * vectors));
    with_scratch(len * width * vectors, |columns: &mut [T]| {
        let deltas = delta.chunks(plane * width * vectors);
        for (delta, (filters, biases)) in deltas.zip(blocks) {
            let each = columns.chunks_exact_mut(len * width);
            let each = each.zip(delta.chunks(plane * width));
            for ((columns, delta), bias) in each.zip(biases.chunks_exact_mut(width)) {
                layout::interleave(plan.level, width, plane, len, delta, columns);
                layout::add_vectors(plan.level, width, columns, bias);
            }
            // SAFETY: the last place of the filter at the last position is the last of the padded sample, by the
            // shape's own check; there is a vector for each position, and a sum for each place of the filter.
            let mut block = unsafe { Block::new(tiles, columns, x, None, filters) };
            run_jobs(plan.level, width, vectors, &mut block);
        }
    });
}

/// The gradients from sums with channels in the lanes.
fn unpack<T: Real>(
    plan: Plan,
    shape: &ConvShape,
    sums: &[T],
    filter_bar: &mut [T],
    bias_bar: &mut [T],
) {
    let (taps, width) = (shape.taps(), plan.width);
    let (filters, biases) = sums.split_at(shape.blocked_taps(width));
    let bars = filter_bar.chunks_mut(taps * width);
    for (filters, filter_bar) in filters.chunks_exact(taps * width).zip(bars) {
        layout::separate(plan.level, width, taps, filters, filter_bar);
    }
    let bars = bias_bar.chunks_mut(width);
    for (biases, bias_bar) in biases.chunks_exact(width).zip(bars) {
        layout::separate(plan.level, width, 1, biases, bias_bar);
    }
}
