//! Equation (45) with channels in the lanes.
//!
//! An input position `Y = y + pad_v` meets the outputs `j` and the filter rows `b` with `Y = b + j s_v`: writing
//! `Y = q s_v + phase`, these are `b = phase + m s_v`, `j = q - m` for `m < ceil((f_v - phase) / s_v)`; likewise across.
//! All positions of one phase therefore correlate `delta` with the same small filter, at stride 1.

use core::ops::Range;

use super::tile::{Block, Spot, Tiles, tiles, with_spots};
use crate::Real;
use crate::conv::choice::Choice;
use crate::conv::layout;
use crate::conv::shape::ConvShape;
use crate::scratch::{with_plain, with_scratch};

/// Products that the inputs of one place modulo the stride are sums of, over all such places.
fn terms(shape: &ConvShape) -> usize {
    shape.output[0] * shape.filter[0] * shape.filter[1]
}

/// The same for the largest phase, which is the first.
fn longest(shape: &ConvShape) -> usize {
    let reach = [0, 1].map(|d| shape.filter[d].div_ceil(shape.stride[d]));
    shape.output[0] * reach[0] * reach[1]
}

/// Zeros around `delta`, so that `j = q - m` and `k` may leave the output.
#[derive(Debug, Clone, Copy)]
struct Frame {
    /// Rows and columns of zeros on each side.
    border: [usize; 2],
    /// Height and width with the border.
    size: [usize; 2],
}

impl Frame {
    fn new(shape: &ConvShape) -> Self {
        let border = [0, 1].map(|d| (shape.filter[d] - 1) / shape.stride[d]);
        let size = [0, 1].map(|d| shape.output[d + 1] + 2 * border[d]);
        Self { border, size }
    }

    fn len(&self, shape: &ConvShape) -> usize {
        shape.output[0] * self.size[0] * self.size[1]
    }

    /// The offset of each term of each phase, from the place of `q`.
    fn terms_at(&self, shape: &ConvShape, terms: &mut [u32]) {
        let (border, [height, pitch]) = (self.border, self.size);
        let mut terms = terms.iter_mut();
        for phase in phases(shape) {
            for m in 0..phase.reach[0] {
                for i in 0..shape.output[0] {
                    for (n, term) in (0..phase.reach[1]).zip(&mut terms) {
                        let row = i * height + border[0] - m;
                        *term = (row * pitch + border[1] - n) as u32;
                    }
                }
            }
        }
    }
}

/// The places of one phase of the stride. Its terms follow one another, `m` outermost (so that rows of the filter that
/// a position cannot meet are cut off at either end), then output channels, then `n` across.
#[derive(Debug, Clone, Copy)]
struct Phase {
    /// First row and column of the filter.
    start: [usize; 2],
    /// How many `m` and `n` there are.
    reach: [usize; 2],
    /// The first of its terms.
    first: usize,
}

/// All phases that have terms.
fn phases(shape: &ConvShape) -> impl Iterator<Item = Phase> + Clone {
    let (filter, stride, od) = (shape.filter, shape.stride, shape.output[0]);
    let starts = |d: usize| 0..stride[d].min(filter[d]);
    let across = starts(1);
    starts(0)
        .flat_map(move |v| across.clone().map(move |h| [v, h]))
        .scan(0, move |next, start| {
            let reach = [0, 1].map(|d| (filter[d] - start[d]).div_ceil(stride[d]));
            let first = *next;
            *next += reach[0] * reach[1] * od;
            Some(Phase {
                start,
                reach,
                first,
            })
        })
}

/// The `q` of the input positions of a phase, for one direction.
fn places(shape: &ConvShape, direction: usize, phase: usize) -> Range<usize> {
    let (stride, pad) = (shape.stride[direction], shape.padding[direction]);
    let q = |y: usize| (y + pad).saturating_sub(phase).div_ceil(stride);
    q(0)..q(shape.input[direction + 1])
}

/// The tiles of a block of input channels: sums at all input positions of each phase.
fn spots<'a>(choice: Choice<'a>, frame: &'a Frame) -> impl Iterator<Item = Spot> + Clone + 'a {
    let shape = choice.shape;
    let ([_, ov, _], [sv, sh], [pv, ph]) = (shape.output, shape.stride, shape.padding);
    let (ih, pitch) = (shape.input[2], frame.size[1]);
    let vectors = choice.vectors(shape.input[0]);
    phases(shape).flat_map(
        move |Phase {
                  start,
                  reach,
                  first,
              }| {
            let (down, across) = (places(shape, 0, start[0]), places(shape, 1, start[1]));
            let row_terms = shape.output[0] * reach[1];
            tiles(down.len(), across.len(), vectors).map(move |(rows, cols)| {
                let (q, k) = (down.start + rows.start, across.start + cols.start);
                // Only the `j = q - m` inside the output count: `m` from `q_first - (ov - 1)` to `q_last`.
                let from = (q + 1).saturating_sub(ov).min(reach[0]);
                let to = (q + rows.len()).min(reach[0]).max(from);
                Spot {
                    size: [rows.len() as u32, cols.len() as u32],
                    terms: [from, to].map(|m| (first + m * row_terms) as u32),
                    x: core::array::from_fn(|r| ((q + r.min(rows.len() - 1)) * pitch + k) as u32),
                    to: ((q * sv + start[0] - pv) * ih + k * sh + start[1] - ph) as u32,
                    apart: [(sv * ih) as u32, sh as u32],
                }
            })
        },
    )
}

/// For every block of input channels a vector for each term of each phase.
fn pack<T: Real>(choice: Choice<'_>, filter: &[T], packed: &mut [T]) {
    let shape = choice.shape;
    let ([id, _, _], [fv, fh], [sv, sh], width) =
        (shape.input, shape.filter, shape.stride, choice.width);
    with_plain(fv * fh, |terms_of_places: &mut [[u32; 2]]| {
        for Phase {
            start,
            reach,
            first,
        } in phases(shape)
        {
            for m in 0..reach[0] {
                for n in 0..reach[1] {
                    let place = (start[0] + m * sv) * fh + start[1] + n * sh;
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
            with_spots(spots(choice, &frame), |spots| {
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
            layout::pad(choice.level, [ov, oh], frame.border, delta, framed);
            with_scratch((plane + 1) * width * vectors, |z: &mut [T]| {
                let (z, zeros) = z.split_at_mut(plane * width * vectors);
                zeros.fill(T::ZERO);
                if shape.stride[0] > shape.filter[0] || shape.stride[1] > shape.filter[1] {
                    // Positions between the filters meet no output.
                    z.fill(T::ZERO);
                }
                let blocks = filters.chunks_exact(count * width * vectors);
                for (filters, x_bar) in blocks.zip(x_bar.chunks_mut(plane * width * vectors)) {
                    // SAFETY: the border is as wide as `q - m` and `k - n` may leave the output; there is a vector for
                    // each term, and one in `z` for each `y` and `x`, which positions of a phase are by `places`.
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
