//! Which kernel a pass takes for its shape.
//!
//! Choices depend on the level and on the type of the numbers, of which `like` is one.

use super::positions::partial_len;
use super::shape::ConvShape;
use super::widths::widths;
use crate::cpu::Level;
use crate::dispatch::kernel;
use crate::{Real, cpu};

/// What stands in the lanes of vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lanes {
    Channels,
    Positions,
}

/// The kernel of a pass over samples of a shape.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choice<'a> {
    pub(super) shape: &'a ConvShape,
    pub(super) level: Level,
    pub(super) lanes: Lanes,
    /// Numbers in a vector.
    pub(super) width: usize,
}

/// Multiplications in each lane that the start and end of a row's tile cost as much as.
const ROW_ENDS: usize = 4;

/// The same for the transposition, of the output or of `delta`, that channels in the lanes need.
const TRANSPOSITION: usize = 8;

/// Numbers in the partial sums of a filter gradient with positions in the lanes at most: more would not stay in the
/// first cache.
const PARTIAL: usize = 8 * 1024;

/// The cheapest choice of those whose rows or partial sums are allowed; the first on a tie. Costs are lanes that do a
/// multiplication, idle ones included, for a sample.
#[inline(always)]
fn cheapest(
    shape: &ConvShape,
    widths: impl Iterator<Item = usize> + Clone,
    by_rows: impl Fn(usize) -> bool,
) -> (Lanes, usize) {
    let ([od, ov, oh], taps) = (shape.output, shape.taps());
    let channels = widths.clone().map(|width| {
        let lanes = ov * oh * od.next_multiple_of(width);
        (lanes * (taps + TRANSPOSITION), (Lanes::Channels, width))
    });
    let positions = widths
        .filter(|width| shape.stride[1] == 1 && by_rows(*width))
        .map(|width| {
            let lanes = ov * oh.next_multiple_of(width) * od;
            (lanes * (taps + ROW_ENDS), (Lanes::Positions, width))
        });
    let best = channels.chain(positions).min_by_key(|(cost, _)| *cost);
    best.map_or((Lanes::Channels, 1), |(_, choice)| choice)
}

kernel! {
    fn forward<T, S>(s: S; shape: &ConvShape, like: T) -> (Lanes, usize) {
        cheapest(shape, widths::<T, S>(), |width| shape.output[2] >= width)
    }
}

kernel! {
    fn backward_filter<T, S>(s: S; shape: &ConvShape, like: T) -> (Lanes, usize) {
        cheapest(shape, widths::<T, S>(), |width| partial_len(shape, width) <= PARTIAL)
    }
}

kernel! {
    /// The width that leaves fewer lanes idle, the larger on a tie.
    fn backward_input<T, S>(s: S; shape: &ConvShape, like: T) -> (Lanes, usize) {
        let lanes = |width: &usize| shape.input[0].next_multiple_of(*width);
        (Lanes::Channels, widths::<T, S>().min_by_key(lanes).unwrap_or(S::LANES))
    }
}

impl<'a> Choice<'a> {
    pub(super) fn forward<T: Real>(shape: &'a ConvShape) -> Self {
        Self::by(shape, |level| forward(level, shape, T::ZERO))
    }

    pub(super) fn backward_filter<T: Real>(shape: &'a ConvShape) -> Self {
        Self::by(shape, |level| backward_filter(level, shape, T::ZERO))
    }

    pub(super) fn backward_input<T: Real>(shape: &'a ConvShape) -> Self {
        Self::by(shape, |level| backward_input(level, shape, T::ZERO))
    }

    /// Blocks of channels that a tile takes side by side: two, so that a repeated number serves twice, if the number of
    /// blocks is even; else one.
    pub(super) fn vectors(&self, channels: usize) -> usize {
        if channels.div_ceil(self.width).is_multiple_of(2) {
            2
        } else {
            1
        }
    }

    fn by(shape: &'a ConvShape, choose: impl FnOnce(Level) -> (Lanes, usize)) -> Self {
        let level = cpu::level();
        let (lanes, width) = choose(level);
        Self {
            shape,
            level,
            lanes,
            width,
        }
    }
}
