//! Equation (47) with channels in the lanes.

use super::tile::{Block, Slots, Spot, Tiles, tiles, with_spots};
use crate::Real;
use crate::conv::choice::Choice;
use crate::conv::layout;
use crate::scratch::{with_plain, with_scratch};

/// Calls `f` with the tiles of a block of output channels.
pub(in crate::conv) fn with_tiles(choice: Choice<'_>, f: impl FnOnce(Tiles<'_>)) {
    let shape = choice.shape;
    with_plain(
        shape.output[1] * shape.output[2],
        |offsets: &mut [u32]| {
            shape.positions_at(offsets);
            let tiles = tiles(choice, places(choice), shape.output[0]);
            let count = tiles.each_ref().map(ExactSizeIterator::len);
            let fill = |slots: &mut Slots<'_>| fill(choice, slots);
            with_spots(count[0] * count[1], fill, |spots| {
                f(Tiles {
                    spots,
                    terms: offsets,
                    longest: offsets.len(),
                    step: shape.dilation[1],
                });
            });
        },
    );
}

/// Places of the filter in rows: tiles of one vector take rows of the filter, where one address serves several places; tiles of two, which
/// have half as many sums, take any.
fn places(choice: Choice<'_>) -> [usize; 2] {
    let ([id, _, _], [fv, fh]) = (choice.shape.input, choice.shape.filter);
    match choice.vectors(choice.shape.output[0]) {
        1 => [id * fv, fh],
        _ => [id * fv * fh, 1],
    }
}

/// The tiles of a block of output channels: sums for all places of the filter, over all positions.
fn fill(choice: Choice<'_>, slots: &mut Slots<'_>) {
    let shape = choice.shape;
    let ([fv, fh], [height, pitch]) = (shape.filter, shape.padded());
    let positions = (shape.output[1] * shape.output[2]) as u32;
    let ([rows, row_len], [dv, dh]) = (places(choice), shape.dilation);
    let [down, across] = tiles(choice, [rows, row_len], shape.output[0]);
    for rows in down {
        for cols in across.clone() {
            let x = |r: usize| {
                let place = (rows.start + r.min(rows.len() - 1)) * row_len + cols.start;
                let (row, c) = (place / fh, place % fh);
                ((row / fv * height + row % fv * dv) * pitch + c * dh) as u32
            };
            slots.push(Spot {
                size: [rows.len() as u32, cols.len() as u32],
                terms: [0, positions],
                x: core::array::from_fn(x),
                to: (rows.start * row_len + cols.start) as u32,
                apart: [row_len as u32, 1],
            });
        }
    }
}

/// (47) for one padded sample: for every block of output channels a vector for each `a, b, c`; then for every block one of
/// biases.
pub(in crate::conv) fn sum<T: Real>(
    choice: Choice<'_>,
    tiles: Tiles<'_>,
    x: &[T],
    delta: &[T],
    sums: &mut [T],
) {
    let (shape, width) = (choice.shape, choice.width);
    let plane = shape.output[1] * shape.output[2];
    let vectors = choice.vectors(shape.output[0]);
    assert_eq!(x.len(), shape.padded_len());
    let (filters, biases) = sums.split_at_mut(shape.blocked_taps(width));
    let filters = filters.chunks_exact_mut(shape.taps() * width * vectors);
    let blocks = filters.zip(biases.chunks_exact_mut(width * vectors));
    with_scratch((plane + 1) * width * vectors, |columns: &mut [T]| {
        let (columns, zeros) = columns.split_at_mut(plane * width * vectors);
        zeros.fill(T::ZERO);
        let deltas = delta.chunks(plane * width * vectors);
        for (delta, (filters, biases)) in deltas.zip(blocks) {
            let each = columns.chunks_exact_mut(plane * width);
            let each = each.zip(delta.chunks(plane * width));
            for ((columns, delta), bias) in each.zip(biases.chunks_exact_mut(width)) {
                layout::interleave(choice.level, width, plane, delta, columns);
                layout::sum_vectors(choice.level, width, columns, bias);
            }
            // SAFETY: the last place of the filter at the last position lies in the padded sample, by the
            // shape's own check; there is a vector for each position, and a sum for each place of the filter.
            let block = unsafe { Block::new(tiles, columns, x, zeros, filters) };
            block.run(choice.level, width, vectors);
        }
    });
}

/// The gradients from sums with channels in the lanes.
pub(in crate::conv) fn unpack<T: Real>(
    choice: Choice<'_>,
    sums: &[T],
    filter_bar: &mut [T],
    bias_bar: &mut [T],
) {
    let (shape, width) = (choice.shape, choice.width);
    let taps = shape.taps();
    let (filters, biases) = sums.split_at(shape.blocked_taps(width));
    let bars = filter_bar.chunks_mut(taps * width);
    for (filters, filter_bar) in filters.chunks_exact(taps * width).zip(bars) {
        layout::separate(choice.level, width, taps, filters, filter_bar);
    }
    let bars = bias_bar.chunks_mut(width);
    for (biases, bias_bar) in biases.chunks_exact(width).zip(bars) {
        layout::separate(choice.level, width, 1, biases, bias_bar);
    }
}
