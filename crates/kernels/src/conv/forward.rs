//! Equation (38).

use super::channels::{Block, Job, Tiles, run_jobs, tiles, with_jobs};
use super::plan::{Lanes, Plan};
use super::positions::Grid;
use super::{ConvShape, layout, positions};
use crate::scratch::with_scratch;
use crate::{Real, Unary, Workers};

/// `p = f(sum filter * x + bias)` for every sample of `x`, `samples x input` to `samples x output`: equation (38),
/// a cross-correlation.
///
/// ```text
/// p_ijk = f(sum_abc filter_iabc x_{a, b + j s_v, c + k s_h} + bias_i)
/// ```
///
/// # Panics
/// If the shape is incompatible in itself, or a slice is not as long as it says.
pub fn conv_forward<T: Real>(
    shape: &ConvShape,
    filter: &[T],
    bias: &[T],
    x: &[T],
    p: &mut [T],
    f: Unary<T>,
    workers: &Workers,
) {
    shape.check();
    let plan = Plan::forward::<T>(shape);
    forward_by(plan, shape, filter, bias, x, p, f, workers);
}

/// [`conv_forward`] by a given plan, for a shape that has been checked.
pub(super) fn forward_by<T: Real>(
    plan: Plan,
    shape: &ConvShape,
    filter: &[T],
    bias: &[T],
    x: &[T],
    p: &mut [T],
    f: Unary<T>,
    workers: &Workers,
) {
    let (n_in, n_out) = (shape.input_len(), shape.output_len());
    let samples = shape.samples(x.len(), p.len());
    assert_eq!(filter.len(), shape.filter_len(), "filter of {shape:?}");
    assert_eq!(bias.len(), shape.output[0], "bias of {shape:?}");
    let (group, work) = (shape.group(), samples.saturating_mul(shape.work()));
    // With positions in the lanes, ReLU is taken while the sums are in registers.
    let (floor, rest) = match (plan.lanes, f) {
        (Lanes::Positions, Unary::Relu) => (T::ZERO, Unary::Identity),
        _ => (-T::INFINITY, f),
    };
    with_scratch(shape.taps(), |terms: &mut [u32]| {
        shape.taps_at(terms);
        with_packed(plan, shape, filter, bias, |packed| {
            with_jobs(jobs(plan, shape), |jobs| {
                let tiles = Tiles::new(jobs, terms, shape.stride[1]);
                workers.for_each_chunk(p, group * n_out, work, |g, p| {
                    let x = x[g * group * n_in..].chunks_exact(n_in);
                    for (x, p) in x.zip(p.chunks_exact_mut(n_out)) {
                        shape.with_padding(plan.level, x, |x| match plan.lanes {
                            Lanes::Channels => forward_sample(plan, shape, tiles, packed, x, p),
                            Lanes::Positions => {
                                let grid = Grid { shape, terms };
                                positions::forward(
                                    plan.level, plan.width, grid, packed, x, p, floor,
                                );
                            }
                        });
                        rest.apply(p);
                    }
                });
            });
        });
    });
}

/// Calls `g` with the filter and the biases in the order in which the plan reads them. With channels in the lanes:
/// for every block of output channels a vector for each `a, b, c`; then for every block one of biases.
fn with_packed<T: Real>(
    plan: Plan,
    shape: &ConvShape,
    filter: &[T],
    bias: &[T],
    g: impl FnOnce(&[T]),
) {
    let (taps, width) = (shape.taps(), plan.width);
    if plan.lanes == Lanes::Positions {
        return with_scratch(shape.output[0] * (taps + 1), |packed: &mut [T]| {
            positions::pack_forward(plan.level, shape, filter, bias, packed);
            g(packed);
        });
    }
    with_scratch(shape.blocked_len(width), |packed: &mut [T]| {
        let (filters, biases) = packed.split_at_mut(shape.blocked_taps(width));
        let blocks = filters.chunks_exact_mut(taps * width);
        for (filters, filter) in blocks.zip(filter.chunks(taps * width)) {
            layout::interleave(plan.level, width, taps, taps, filter, filters);
        }
        for (biases, bias) in biases.chunks_exact_mut(width).zip(bias.chunks(width)) {
            layout::interleave(plan.level, width, 1, 1, bias, biases);
        }
        g(packed);
    });
}

/// The tiles of a block of output channels: sums at all positions over all terms.
fn jobs(plan: Plan, shape: &ConvShape) -> impl Iterator<Item = Job> + Clone {
    let ([_, ov, oh], [sv, sh], pitch) = (shape.output, shape.stride, shape.padded()[1]);
    let taps = shape.taps() as u32;
    let rows = if plan.lanes == Lanes::Channels { ov } else { 0 };
    tiles(rows, oh, plan.vectors(shape.output[0])).map(move |(rows, cols)| Job {
        size: [rows.len() as u32, cols.len() as u32],
        terms: [0, taps],
        x: core::array::from_fn(|r| {
            let row = (rows.start + r).min(ov - 1);
            (row * sv * pitch + cols.start * sh) as u32
        }),
        to: (rows.start * oh + cols.start) as u32,
        apart: [oh as u32, 1],
    })
}

/// One padded sample, with channels in the lanes.
fn forward_sample<T: Real>(
    plan: Plan,
    shape: &ConvShape,
    tiles: Tiles<'_>,
    packed: &[T],
    x: &[T],
    p: &mut [T],
) {
    let (width, plane) = (plan.width, shape.output[1] * shape.output[2]);
    let vectors = plan.vectors(shape.output[0]);
    assert_eq!(x.len(), shape.padded_len());
    with_scratch(plane * width * vectors, |z: &mut [T]| {
        let (filters, biases) = packed.split_at(shape.blocked_taps(width));
        let filters = filters.chunks_exact(shape.taps() * width * vectors);
        let blocks = filters.zip(biases.chunks_exact(width * vectors));
        for ((filters, biases), p) in blocks.zip(p.chunks_mut(plane * width * vectors)) {
            // SAFETY: the last term of the last position is the last of the padded sample, by the shape's own
            // check; there is a vector for each term, and one in `z` for each position.
            let mut block = unsafe { Block::new(tiles, filters, x, Some(biases), z) };
            run_jobs(plan.level, width, vectors, &mut block);
            let planes = p.chunks_mut(plane * width);
            for (z, p) in z.chunks_exact(plane * width).zip(planes) {
                layout::separate(plan.level, width, plane, z, p);
            }
        }
    });
}
