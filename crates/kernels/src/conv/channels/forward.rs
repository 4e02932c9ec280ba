//! Equation (38) with channels in the lanes.

use super::tile::{Block, ROWS, Slots, Spot, Tiles, tiles, with_spots};
use crate::Real;
use crate::conv::choice::Choice;
use crate::conv::layout;
use crate::scratch::with_scratch;

/// Calls `f` with the filter and the biases as they are read: for every block of output channels a vector for each
/// `a, b, c`; then for every block one of biases.
pub(in crate::conv) fn with_packed<T: Real>(
    choice: Choice<'_>,
    filter: &[T],
    bias: &[T],
    f: impl FnOnce(&[T]),
) {
    let (shape, width) = (choice.shape, choice.width);
    let taps = shape.taps();
    with_scratch(shape.blocked_len(width), |packed: &mut [T]| {
        let (filters, biases) = packed.split_at_mut(shape.blocked_taps(width));
        let blocks = filters.chunks_exact_mut(taps * width);
        for (filters, filter) in blocks.zip(filter.chunks(taps * width)) {
            layout::interleave(choice.level, width, taps, filter, filters);
        }
        for (biases, bias) in biases.chunks_exact_mut(width).zip(bias.chunks(width)) {
            layout::interleave(choice.level, width, 1, bias, biases);
        }
        f(packed);
    });
}

/// Calls `f` with the tiles of a block of output channels, given the offsets of `a, b, c`: sums at all positions over all
/// terms.
pub(in crate::conv) fn with_tiles(choice: Choice<'_>, terms: &[u32], f: impl FnOnce(Tiles<'_>)) {
    let shape = choice.shape;
    let ([_, ov, oh], [sv, sh], pitch) = (shape.output, shape.stride, shape.padded()[1]);
    let [down, across] = tiles(choice, [ov, oh], shape.output[0]);
    let count = down.len() * across.len();
    let fill = |slots: &mut Slots<'_>| {
        for rows in down {
            let row = |r: usize| (rows.start + r).min(ov - 1) * sv * pitch;
            let x_rows: [usize; ROWS] = core::array::from_fn(row);
            for cols in across.clone() {
                slots.push(Spot {
                    size: [rows.len() as u32, cols.len() as u32],
                    terms: [0, terms.len() as u32],
                    x: x_rows.map(|row| (row + cols.start * sh) as u32),
                    to: (rows.start * oh + cols.start) as u32,
                    apart: [oh as u32, 1],
                });
            }
        }
    };
    with_spots(count, fill, |spots| {
        f(Tiles {
            spots,
            terms,
            longest: terms.len(),
            step: sh,
        });
    });
}

/// (38) for one padded sample.
pub(in crate::conv) fn add_up<T: Real>(
    choice: Choice<'_>,
    tiles: Tiles<'_>,
    packed: &[T],
    x: &[T],
    p: &mut [T],
) {
    let (shape, width) = (choice.shape, choice.width);
    let plane = shape.output[1] * shape.output[2];
    let vectors = choice.vectors(shape.output[0]);
    assert_eq!(x.len(), shape.padded_len());
    with_scratch(plane * width * vectors, |z: &mut [T]| {
        let (filters, biases) = packed.split_at(shape.blocked_taps(width));
        let filters = filters.chunks_exact(shape.taps() * width * vectors);
        let blocks = filters.zip(biases.chunks_exact(width * vectors));
        for ((filters, biases), p) in blocks.zip(p.chunks_mut(plane * width * vectors)) {
            // SAFETY: the last term of the last position lies in the padded sample, by the shape's own
            // check; there is a vector for each term, and one in `z` for each position.
            let block = unsafe { Block::new(tiles, filters, x, biases, z) };
            block.run(choice.level, width, vectors);
            let planes = p.chunks_mut(plane * width);
            for (z, p) in z.chunks_exact(plane * width).zip(planes) {
                layout::separate(choice.level, width, plane, z, p);
            }
        }
    });
}
