//! Equation (47) with channels in the lanes.

use super::tile::{Block, Spot, Tiles, run_tiles, tiles, with_spots};
use crate::Real;
use crate::conv::choice::Choice;
use crate::conv::layout;
use crate::conv::partial::Partial;
use crate::conv::shape::ConvShape;
use crate::scratch::with_scratch;
use crate::sums::RUN;

/// Positions that are summed over before the sums are added to others, at most.
const BAND: usize = RUN;

/// Bands of the positions of a sample.
pub(in crate::conv) fn bands(shape: &ConvShape) -> usize {
    (shape.output[1] * shape.output[2]).div_ceil(BAND)
}

/// The tiles of all bands.
pub(in crate::conv) struct Banded<'a> {
    choice: Choice<'a>,
    /// Offsets of all positions in a padded sample.
    offsets: &'a [u32],
    /// Positions of a band; the last may have fewer.
    len: usize,
    /// The tiles of a band, and of the last one.
    spots: [&'a [Spot]; 2],
}

/// Calls `f` with the tiles of a block of output channels for all bands.
pub(in crate::conv) fn with_tiles(choice: Choice<'_>, f: impl FnOnce(Banded<'_>)) {
    let shape = choice.shape;
    let plane = shape.output[1] * shape.output[2];
    let len = plane.div_ceil(bands(shape));
    with_scratch(plane, |offsets: &mut [u32]| {
        shape.positions_at(offsets);
        with_spots(spots(choice, len), |whole| {
            with_spots(spots(choice, (plane - 1) % len + 1), |last| {
                let spots = [whole, last];
                f(Banded {
                    choice,
                    offsets,
                    len,
                    spots,
                });
            });
        });
    });
}

impl Banded<'_> {
    /// Adds (47) for one padded sample to partial sums: for every block of output channels a vector for each `a, b, c`;
    /// then for every block one of biases.
    pub(in crate::conv) fn add_up<T: Real>(
        &self,
        x: &[T],
        delta: &[T],
        partial: &mut Partial<'_, T>,
    ) {
        let [whole, last] = self.spots;
        for (i, terms) in self.offsets.chunks(self.len).enumerate() {
            let spots = if terms.len() == self.len { whole } else { last };
            let (tiles, delta) = (Tiles::new(spots, terms, 1), &delta[i * self.len..]);
            add_band(self.choice, tiles, x, delta, partial.running());
        }
    }
}

/// The tiles of a block of output channels: sums for all places of the filter, over a band of positions. Tiles of one
/// vector take rows of the filter, where one address serves several places; tiles of two, which have half as many sums,
/// take any.
fn spots(choice: Choice<'_>, band: usize) -> impl Iterator<Item = Spot> + Clone {
    let shape = choice.shape;
    let ([id, _, _], [fv, fh], [height, pitch]) = (shape.input, shape.filter, shape.padded());
    let vectors = choice.vectors(shape.output[0]);
    let [rows, row_len] = match vectors {
        1 => [id * fv, fh],
        _ => [id * fv * fh, 1],
    };
    tiles(rows, row_len, vectors).map(move |(rows, cols)| Spot {
        size: [rows.len() as u32, cols.len() as u32],
        terms: [0, band as u32],
        x: core::array::from_fn(|r| {
            let place = (rows.start + r.min(rows.len() - 1)) * row_len + cols.start;
            let (row, c) = (place / fh, place % fh);
            ((row / fv * height + row % fv) * pitch + c) as u32
        }),
        to: (rows.start * row_len + cols.start) as u32,
        apart: [row_len as u32, 1],
        adds: 0,
    })
}

/// Adds a band of one padded sample, with channels in the lanes; `delta` begins with the band's first position.
fn add_band<T: Real>(choice: Choice<'_>, tiles: Tiles<'_>, x: &[T], delta: &[T], sums: &mut [T]) {
    let (shape, width) = (choice.shape, choice.width);
    let plane = shape.output[1] * shape.output[2];
    let (vectors, len) = (choice.vectors(shape.output[0]), tiles.terms().len());
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
                layout::interleave(choice.level, width, plane, len, delta, columns);
                layout::add_vectors(choice.level, width, columns, bias);
            }
            // SAFETY: the last place of the filter at the last position is the last of the padded sample, by the
            // shape's own check; there is a vector for each position, and a sum for each place of the filter.
            let mut block = unsafe { Block::new(tiles, columns, x, None, filters) };
            run_tiles(choice.level, width, vectors, &mut block);
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
