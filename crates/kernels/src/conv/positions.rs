//! Kernels whose vector lanes are neighbouring positions of a row: horizontal stride 1.
//!
//! Rows of `x` are read where they lie, at any offset, and outputs are written where they belong: nothing is
//! transposed, and few channels cost nothing. That suits the first layers of a network, which have long rows and
//! channels too few to fill a vector. The price is the idle lanes at the end of a row.

pub(super) mod backward_filter;
pub(super) mod forward;

use super::shape::ConvShape;

/// A shape, with the offset of each `a, b, c` in a padded sample.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid<'a> {
    pub(super) shape: &'a ConvShape,
    pub(super) terms: &'a [u32],
}

/// Length of the partial sums of a filter gradient: vectors for all filters, then for all biases.
pub(super) fn partial_len(shape: &ConvShape, lanes: usize) -> usize {
    shape.output[0] * (shape.taps() + 1) * lanes
}
