//! Which kernel a pass takes for its shape.

use super::positions::partial_len;
use super::shape::ConvShape;
use super::widths::widths;
use crate::cpu::Level;
use crate::number::is_single;
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
    /// Whether these are `f32`.
    pub(super) single: bool,
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
fn cheapest(
    shape: &ConvShape,
    widths: [usize; 2],
    by_rows: impl Fn(usize) -> bool,
) -> (Lanes, usize) {
    let ([od, ov, oh], taps) = (shape.output, shape.taps());
    let channels = widths.into_iter().map(|width| {
        let lanes = ov * oh * od.next_multiple_of(width);
        (lanes * (taps + TRANSPOSITION), (Lanes::Channels, width))
    });
    let positions = widths
        .into_iter()
        .filter(|width| shape.stride[1] == 1 && by_rows(*width))
        .map(|width| {
            let lanes = ov * oh.next_multiple_of(width) * od;
            (lanes * (taps + ROW_ENDS), (Lanes::Positions, width))
        });
    let best = channels.chain(positions).min_by_key(|(cost, _)| *cost);
    best.map_or((Lanes::Channels, 1), |(_, choice)| choice)
}

impl<'a> Choice<'a> {
    pub(super) fn forward<T: Real>(shape: &'a ConvShape) -> Self {
        Self::by::<T>(shape, |widths| {
            cheapest(shape, widths, |width| shape.output[2] >= width)
        })
    }

    pub(super) fn backward_filter<T: Real>(shape: &'a ConvShape) -> Self {
        Self::by::<T>(shape, |widths| {
            cheapest(shape, widths, |width| partial_len(shape, width) <= PARTIAL)
        })
    }

    /// The width that leaves fewer lanes idle, the larger on a tie.
    pub(super) fn backward_input<T: Real>(shape: &'a ConvShape) -> Self {
        Self::by::<T>(shape, |[whole, half]| {
            let lanes = |width| shape.input[0].next_multiple_of(width);
            let width = if lanes(half) < lanes(whole) {
                half
            } else {
                whole
            };
            (Lanes::Channels, width)
        })
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

    fn by<T: Real>(
        shape: &'a ConvShape,
        choose: impl FnOnce([usize; 2]) -> (Lanes, usize),
    ) -> Self {
        let level = cpu::level();
        let (lanes, width) = choose(widths(level, T::ZERO));
        Self {
            shape,
            level,
            lanes,
            width,
            single: is_single::<T>(),
        }
    }
}
