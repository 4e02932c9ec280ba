//! The phases of the stride in (45).
//!
//! An input position `Y = y + pad_v` meets the outputs `j` and the filter rows `b` with `Y = b r_v + j s_v`. With
//! `g = gcd(r_v, s_v)`, the rows that can meet the same positions as the row `b_0 < s_v / g` are `b = b_0 + m s_v / g`. Writing
//! `b_0 r_v = shift s_v + rest` and `Y = q s_v + rest`, they meet `j = q - shift - m r_v / g` for
//! `m < ceil((f_v - b_0) / (s_v / g))`; likewise across. All positions of such a phase therefore correlate `delta` with the
//! same small filter, at stride 1.

use crate::both::both;
use core::ops::Range;

use super::shape::ConvShape;

/// Products that the inputs of one place modulo the stride are sums of, over all such places.
pub(super) fn terms(shape: &ConvShape) -> usize {
    shape.output[0] * shape.filter[0] * shape.filter[1]
}

/// The same for the largest phase, which is the first.
pub(super) fn longest(shape: &ConvShape) -> usize {
    let reach = both(|d| shape.filter[d].div_ceil(apart(shape, d)));
    shape.output[0] * reach[0] * reach[1]
}

/// From one row or column of the filter to the next that meets the same positions.
pub(super) fn apart(shape: &ConvShape, d: usize) -> usize {
    let [mut a, mut b] = [shape.stride[d], shape.dilation[d]];
    while b > 0 {
        [a, b] = [b, a % b];
    }
    shape.stride[d] / a
}

/// Zeros around `delta`, so that `j` and `k` may leave the output.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// Rows and columns of zeros in front.
    pub(super) border: [usize; 2],
    /// Height and width with the border.
    pub(super) size: [usize; 2],
}

impl Frame {
    pub(super) fn new(shape: &ConvShape) -> Self {
        let border = both(|d| (shape.filter[d] - 1) * shape.dilation[d] / shape.stride[d]);
        let size = both(|d| {
            // One more than the largest `q`.
            let most = (shape.input[d + 1] + shape.padding[d][0] - 1) / shape.stride[d] + 1;
            border[d] + most.max(shape.output[d + 1])
        });
        Self { border, size }
    }

    pub(super) fn len(&self, shape: &ConvShape) -> usize {
        shape.output[0] * self.size[0] * self.size[1]
    }

    /// The offset of each term of each phase, from the place of `q`.
    pub(super) fn terms_at(&self, shape: &ConvShape, terms: &mut [u32]) {
        let (border, [height, pitch]) = (self.border, self.size);
        let mut rest = terms;
        for phase in phases(shape) {
            let [[shift, jump], [first, step]] = phase.shift;
            for m in 0..phase.reach[0] {
                let row = border[0] - shift - m * jump;
                for i in 0..shape.output[0] {
                    let (row_terms, others) = rest.split_at_mut(phase.reach[1]);
                    let mut place = ((i * height + row) * pitch + border[1] - first) as u32;
                    for term in row_terms {
                        *term = place;
                        place = place.wrapping_sub(step as u32);
                    }
                    rest = others;
                }
            }
        }
    }
}

/// The places of one phase of the stride. Its terms follow one another, `m` outermost (so that rows of the filter that
/// a position cannot meet are cut off at either end), then output channels, then `n` across.
#[derive(Debug, Clone, Copy)]
pub(super) struct Phase {
    /// First row and column of the filter.
    pub(super) start: [usize; 2],
    /// The remainder of its places modulo the stride.
    pub(super) rest: [usize; 2],
    /// `shift`, and what each `m` and `n` adds to it.
    pub(super) shift: [[usize; 2]; 2],
    /// How many `m` and `n` there are.
    pub(super) reach: [usize; 2],
    /// The first of its terms.
    pub(super) first: usize,
}

/// Phases of one direction that have terms.
pub(super) fn phases_across(shape: &ConvShape, d: usize) -> usize {
    apart(shape, d).min(shape.filter[d])
}

/// All phases that have terms.
pub(super) fn phases(shape: &ConvShape) -> impl Iterator<Item = Phase> + Clone {
    let (filter, stride, od) = (shape.filter, shape.stride, shape.output[0]);
    let dilation = shape.dilation;
    let apart = both(|d| apart(shape, d));
    let starts = |d: usize| 0..phases_across(shape, d);
    let across = starts(1);
    starts(0)
        .flat_map(move |v| across.clone().map(move |h| [v, h]))
        .scan(0, move |next, start| {
            let reach = both(|d| (filter[d] - start[d]).div_ceil(apart[d]));
            let first_place = both(|d| start[d] * dilation[d]);
            let first = *next;
            *next += reach[0] * reach[1] * od;
            Some(Phase {
                start,
                rest: both(|d| first_place[d] % stride[d]),
                shift: both(|d| {
                    [
                        first_place[d] / stride[d],
                        dilation[d] * apart[d] / stride[d],
                    ]
                }),
                reach,
                first,
            })
        })
}

/// The `q` of the input positions of this remainder modulo the stride, for one direction.
pub(super) fn places(shape: &ConvShape, direction: usize, rest: usize) -> Range<usize> {
    let (stride, pad) = (shape.stride[direction], shape.padding[direction][0]);
    let q = |y: usize| (y + pad).saturating_sub(rest).div_ceil(stride);
    q(0)..q(shape.input[direction + 1])
}
