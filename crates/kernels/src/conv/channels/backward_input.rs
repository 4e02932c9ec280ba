//! Equation (45) with channels in the lanes.
//!
//! Positions of one phase of the stride correlate `delta` with the same small filter.

use crate::both::both;
use core::ops::Range;

use super::tile::{Block, ROWS, Slots, Spot, Tiles, tiles, with_spots};
use crate::Real;
use crate::conv::choice::Choice;
use crate::conv::layout;
use crate::conv::phases::{Frame, Phase, apart, longest, phases, phases_across, places, terms};
use crate::scratch::{with_plain, with_scratch};

/// The parts of the input rows and columns of a phase whose pairs are tiles.
fn tiles_of(
    choice: Choice<'_>,
    rest: [usize; 2],
) -> [impl ExactSizeIterator<Item = Range<usize>> + Clone; 2] {
    let sizes = both(|d| places(choice.shape, d, rest[d]).len());
    tiles(choice, sizes, choice.shape.input[0])
}

/// The tiles of a block of input channels: sums at all input positions of a phase.
fn fill(choice: Choice<'_>, frame: &Frame, phase: Phase, slots: &mut Slots<'_>) {
    let (shape, pitch) = (choice.shape, frame.size[1]);
    let ([_, ov, _], ih, [sv, sh]) = (shape.output, shape.input[2], shape.stride);
    let Phase { rest, reach, .. } = phase;
    let [[shift, jump], _] = phase.shift;
    let start = both(|d| places(shape, d, rest[d]).start);
    let front = both(|d| shape.padding[d][0]);
    let row_terms = shape.output[0] * reach[1];
    let [down, across] = tiles_of(choice, rest);
    for rows in down {
        let q = start[0] + rows.start;
        // Only the `j = q - shift - m jump` inside the output count.
        let from = (q + 1).saturating_sub(ov + shift).div_ceil(jump);
        let from = from.min(reach[0]);
        let to = (q + rows.len()).saturating_sub(shift).div_ceil(jump);
        let to = to.min(reach[0]).max(from);
        let x_rows: [usize; ROWS] =
            core::array::from_fn(|r| (q + r.min(rows.len() - 1)) * pitch + start[1]);
        let to_row = (q * sv + rest[0] - front[0]) * ih;
        for cols in across.clone() {
            let k = start[1] + cols.start;
            slots.push(Spot {
                size: [rows.len() as u32, cols.len() as u32],
                terms: [from, to].map(|m| (phase.first + m * row_terms) as u32),
                x: x_rows.map(|row| (row + cols.start) as u32),
                to: (to_row + k * sh + rest[1] - front[1]) as u32,
                apart: [(sv * ih) as u32, sh as u32],
            });
        }
    }
}

/// For every block of input channels a vector for each term of each phase.
fn pack<T: Real>(choice: Choice<'_>, filter: &[T], packed: &mut [T]) {
    let shape = choice.shape;
    let ([id, _, _], [fv, fh], width) = (shape.input, shape.filter, choice.width);
    let [apart_v, apart_h] = both(|d| apart(shape, d));
    with_plain(fv * fh, |terms_of_places: &mut [[u32; 2]]| {
        for Phase {
            start,
            reach,
            first,
            ..
        } in phases(shape)
        {
            for m in 0..reach[0] {
                for n in 0..reach[1] {
                    let place = (start[0] + m * apart_v) * fh + start[1] + n * apart_h;
                    let term = first + m * shape.output[0] * reach[1] + n;
                    terms_of_places[place] = [term as u32, reach[1] as u32];
                }
            }
        }
        with_scratch(fv * fh * width, |vectors: &mut [T]| {
            for (i, filter) in filter.chunks_exact(id * fv * fh).enumerate() {
                let blocks = packed.chunks_exact_mut(terms(shape) * width);
                for (filter, packed) in filter.chunks(width * fv * fh).zip(blocks) {
                    layout::interleave(choice.level, width, fv * fh, filter, vectors);
                    layout::arrange(choice.level, width, terms_of_places, i, vectors, packed);
                }
            }
        });
    });
}

/// What every sample is computed from.
pub(in crate::conv) struct Packed<'a, T> {
    choice: Choice<'a>,
    frame: Frame,
    tiles: Tiles<'a>,
    filters: &'a [T],
}

/// Calls `f` with the filter as it is read, and the tiles of a block of input channels.
pub(in crate::conv) fn with_packed<T: Real>(
    choice: Choice<'_>,
    filter: &[T],
    f: impl FnOnce(Packed<'_, T>),
) {
    let (shape, frame) = (choice.shape, Frame::new(choice.shape));
    let len = shape.input[0].next_multiple_of(choice.width) * terms(shape);
    with_plain(terms(shape), |offsets: &mut [u32]| {
        frame.terms_at(shape, offsets);
        with_scratch(len, |filters: &mut [T]| {
            pack(choice, filter, filters);
            let count = phases(shape).map(|phase| {
                let [down, across] = tiles_of(choice, phase.rest);
                down.len() * across.len()
            });
            let fill = |slots: &mut Slots<'_>| {
                for phase in phases(shape) {
                    fill(choice, &frame, phase, slots);
                }
            };
            with_spots(count.sum(), fill, |spots| {
                let tiles = Tiles {
                    spots,
                    terms: offsets,
                    longest: longest(shape),
                    step: 1,
                };
                f(Packed {
                    choice,
                    frame,
                    tiles,
                    filters,
                });
            });
        });
    });
}

impl<T: Real> Packed<'_, T> {
    /// (45) for one sample.
    pub(in crate::conv) fn add_up(&self, delta: &[T], x_bar: &mut [T]) {
        let Self {
            choice,
            frame,
            tiles,
            filters,
        } = *self;
        let (shape, width) = (choice.shape, choice.width);
        let plane = shape.input[1] * shape.input[2];
        let ([_, ov, oh], count) = (shape.output, terms(shape));
        let vectors = choice.vectors(shape.input[0]);
        with_scratch(frame.len(shape), |framed: &mut [T]| {
            layout::pad(
                choice.level,
                [ov, oh],
                frame.border,
                frame.size,
                delta,
                framed,
            );
            with_scratch((plane + 1) * width * vectors, |z: &mut [T]| {
                let (z, zeros) = z.split_at_mut(plane * width * vectors);
                zeros.fill(T::ZERO);
                if [0, 1]
                    .iter()
                    .any(|d| phases_across(shape, *d) < shape.stride[*d])
                {
                    // Some positions meet no output.
                    z.fill(T::ZERO);
                }
                let blocks = filters.chunks_exact(count * width * vectors);
                for (filters, x_bar) in blocks.zip(x_bar.chunks_mut(plane * width * vectors)) {
                    // SAFETY: the frame is as large as `j` and `k` may leave the output; there is a vector for each
                    // term, and one in `z` for each `y` and `x`, which positions of a phase are by `places`.
                    let block = unsafe { Block::new(tiles, filters, framed, zeros, z) };
                    block.run(choice.level, width, vectors);
                    let planes = x_bar.chunks_mut(plane * width);
                    for (z, x_bar) in z.chunks_exact(plane * width).zip(planes) {
                        layout::separate(choice.level, width, plane, z, x_bar);
                    }
                }
            });
        });
    }
}
