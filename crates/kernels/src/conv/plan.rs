//! Which kernel a pass takes for its shape.

use super::{ConvShape, positions};
use crate::cpu::Level;
use crate::dispatch::kernel;
use crate::simd::Simd;
use crate::{Real, cpu};

/// What stands in the lanes of vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lanes {
    Channels,
    Positions,
}

/// The kernel of a pass.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) level: Level,
    pub(super) lanes: Lanes,
    /// Numbers in a vector.
    pub(super) width: usize,
}

/// The widths to choose from, the largest first.
#[inline(always)]
pub(super) fn widths<T, S: Simd<T>>() -> impl Iterator<Item = usize> + Clone {
    let half = <S::Half as Simd<T>>::LANES;
    core::iter::once(S::LANES).chain((half < S::LANES).then_some(half))
}

/// Runs a body with the vectors of a width: those of the level, or their halves.
macro_rules! with_width {
    ($s:ident, $S:ident, $T:ident, $width:expr, |$w:ident| $body:expr) => {
        if $width < $S::LANES && <$S::Half as $crate::simd::Simd<$T>>::LANES < $S::LANES {
            let $w = $s.half();
            $body
        } else {
            let $w = $s;
            $body
        }
    };
}
pub(super) use with_width;

/// Multiplications in each lane that the start and end of a row's tile cost as much as.
const ROW_ENDS: usize = 4;

/// The same for the transposition, of the output or of `delta`, that channels in the lanes need.
const TRANSPOSITION: usize = 8;

/// Numbers in the partial sums of a filter gradient with positions in the lanes at most: more would not stay in the
/// first cache.
const PARTIAL: usize = 8 * 1024;

/// The cheapest plan of those whose rows or partial sums are allowed; the first on a tie. Costs are lanes that do a
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
    best.map_or((Lanes::Channels, 1), |(_, plan)| plan)
}

kernel! {
    fn forward<T, S>(s: S; shape: &ConvShape, like: T) -> (Lanes, usize) {
        cheapest(shape, widths::<T, S>(), |width| shape.output[2] >= width)
    }
}

kernel! {
    fn backward_filter<T, S>(s: S; shape: &ConvShape, like: T) -> (Lanes, usize) {
        cheapest(shape, widths::<T, S>(), |width| positions::partial_len(shape, width) <= PARTIAL)
    }
}

kernel! {
    /// The width that leaves fewer lanes idle, the larger on a tie.
    fn backward_input<T, S>(s: S; shape: &ConvShape, like: T) -> (Lanes, usize) {
        let lanes = |width: &usize| shape.input[0].next_multiple_of(*width);
        (Lanes::Channels, widths::<T, S>().min_by_key(lanes).unwrap_or(S::LANES))
    }
}

impl Plan {
    pub(super) fn forward<T: Real>(shape: &ConvShape) -> Self {
        Self::from(cpu::level(), |level| forward(level, shape, T::ZERO))
    }

    pub(super) fn backward_filter<T: Real>(shape: &ConvShape) -> Self {
        Self::from(cpu::level(), |level| backward_filter(level, shape, T::ZERO))
    }

    pub(super) fn backward_input<T: Real>(shape: &ConvShape) -> Self {
        Self::from(cpu::level(), |level| backward_input(level, shape, T::ZERO))
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

    fn from(level: Level, choose: impl FnOnce(Level) -> (Lanes, usize)) -> Self {
        let (lanes, width) = choose(level);
        Self {
            level,
            lanes,
            width,
        }
    }
}
