//! Equation (47).

use super::channels::{Block, Job, Tiles, run_jobs, tiles, with_jobs};
use super::plan::{Lanes, Plan};
use super::{ConvShape, layout, positions};
use crate::scratch::with_scratch;
use crate::sizes::count;
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
    let len = match plan.lanes {
        Lanes::Channels => shape.blocked_len(plan.width),
        Lanes::Positions => positions::partial_len(shape, plan.width),
    };
    with_scratch(
        count("partial sums", [shards, len]),
        |partials: &mut [T]| {
            with_offsets(plan, shape, |offsets| {
                with_jobs(jobs(plan, shape), |jobs| {
                    let tiles = Tiles {
                        jobs,
                        terms: offsets,
                        step: 1,
                    };
                    workers.for_each_chunk(partials, len, work, |i, partial| {
                        partial.fill(T::ZERO);
                        let x = x.chunks_exact(n_in).skip(i * shard).take(shard);
                        for (x, delta) in x.zip(delta[i * shard * n_out..].chunks_exact(n_out)) {
                            shape.with_padding(plan.level, x, |x| match plan.lanes {
                                Lanes::Channels => {
                                    add_sample(plan, shape, tiles, x, delta, partial)
                                }
                                Lanes::Positions => {
                                    positions::backward_filter(
                                        plan.level, plan.width, shape, offsets, x, delta, partial,
                                    );
                                }
                            });
                        }
                    });
                });
            });
            let (sum, others) = partials.split_at_mut(len);
            for other in others.chunks_exact(len) {
                slices::axpy(T::ONE, other, sum);
            }
            match plan.lanes {
                Lanes::Channels => unpack(plan, shape, sum, filter_bar, bias_bar),
                Lanes::Positions => {
                    positions::unpack_partial(plan.level, plan.width, sum, filter_bar, bias_bar);
                }
            }
        },
    );
}

/// Calls `f` with the offsets in a padded sample of what is summed over, or of what there are sums for.
fn with_offsets(plan: Plan, shape: &ConvShape, f: impl FnOnce(&[u32])) {
    match plan.lanes {
        Lanes::Channels => with_scratch(
            shape.output[1] * shape.output[2],
            |offsets: &mut [u32]| {
                shape.positions_at(offsets);
                f(offsets);
            },
        ),
        Lanes::Positions => with_scratch(shape.taps(), |offsets: &mut [u32]| {
            shape.taps_at(offsets);
            f(offsets);
        }),
    }
}

/// The tiles of a block of output channels: sums for all places of the filter, over all positions. Tiles of one vector
/// take rows of the filter, where one address serves several places; tiles of two, which have half as many sums, take any.
fn jobs(plan: Plan, shape: &ConvShape) -> impl Iterator<Item = Job> + Clone {
    let ([id, _, _], [fv, fh], [height, pitch]) = (shape.input, shape.filter, shape.padded());
    let positions = (shape.output[1] * shape.output[2]) as u32;
    let vectors = plan.vectors(shape.output[0]);
    let [rows, row_len] = match (plan.lanes, vectors) {
        (Lanes::Channels, 1) => [id * fv, fh],
        (Lanes::Channels, _) => [id * fv * fh, 1],
        (Lanes::Positions, _) => [0, 1],
    };
    tiles(rows, row_len, vectors).map(move |(rows, cols)| Job {
        size: [rows.len() as u32, cols.len() as u32],
        terms: [0, positions],
        x: core::array::from_fn(|r| {
            let place = (rows.start + r.min(rows.len() - 1)) * row_len + cols.start;
            let (row, c) = (place / fh, place % fh);
            ((row / fv * height + row % fv) * pitch + c) as u32
        }),
        to: (rows.start * row_len + cols.start) as u32,
        apart: [row_len as u32, 1],
    })
}

/// Adds one padded sample to partial sums with channels in the lanes: for every block of output channels a vector for
/// each `a, b, c`; then for every block one of biases.
fn add_sample<T: Real>(
    plan: Plan,
    shape: &ConvShape,
    tiles: Tiles<'_>,
    x: &[T],
    delta: &[T],
    partial: &mut [T],
) {
    let (width, plane) = (plan.width, shape.output[1] * shape.output[2]);
    let vectors = plan.vectors(shape.output[0]);
    assert_eq!(x.len(), shape.padded_len());
    let (filters, biases) = partial.split_at_mut(shape.blocked_taps(width));
    let filters = filters.chunks_exact_mut(shape.taps() * width * vectors);
    let blocks = filters.zip(biases.chunks_exact_mut(width * vectors));
    with_scratch(plane * width * vectors, |columns: &mut [T]| {
        let deltas = delta.chunks(plane * width * vectors);
        for (delta, (filters, biases)) in deltas.zip(blocks) {
            let each = columns.chunks_exact_mut(plane * width);
            let each = each.zip(delta.chunks(plane * width));
            for ((columns, delta), bias) in each.zip(biases.chunks_exact_mut(width)) {
                layout::interleave(plan.level, width, plane, delta, columns);
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
