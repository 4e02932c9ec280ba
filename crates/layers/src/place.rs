//! How a container cuts its scratch.

use core::ops::Range;

use crate::Room;

/// Elements of a cache line of 64 bytes in `f32`; in `f64` it is two.
const LINE: usize = 16;

/// A part of a scratch, for any number of samples: where it begins, and how long it is.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Place {
    start: Room,
    len: Room,
}

impl Place {
    /// How long it is for so many samples. The container's whole room is known to fit, so that nothing overflows here.
    #[inline(always)]
    pub(crate) fn len(&self, samples: usize) -> usize {
        at(self.len, samples)
    }

    /// The part, for so many samples.
    #[inline(always)]
    pub(crate) fn range(&self, samples: usize) -> Range<usize> {
        let start = at(self.start, samples);
        start..start.wrapping_add(self.len(samples))
    }
}

#[inline(always)]
fn at(room: Room, samples: usize) -> usize {
    room.fixed.wrapping_add(room.each.wrapping_mul(samples))
}

/// Places one after another. All begin at a multiple of a cache line, if the scratch does.
#[derive(Debug, Default)]
pub(crate) struct ScratchLayout {
    end: Room,
}

impl ScratchLayout {
    /// The next place, and what is left of its last cache line. One that is always empty begins at 0, where it can be disjoint from all others.
    pub(crate) fn place(&mut self, len: Room) -> Place {
        if len == Room::NONE {
            return Place::default();
        }
        let up = |len: usize| len.checked_next_multiple_of(LINE).unwrap_or(usize::MAX);
        let len = Room {
            fixed: up(len.fixed),
            each: up(len.each),
        };
        let start = self.end;
        self.end = start.and(len);
        Place { start, len }
    }

    /// What all places take together.
    pub(crate) fn room(self) -> Room {
        self.end
    }
}

/// Room for so many elements a sample.
pub(crate) fn samples_of(each: usize) -> Room {
    Room { fixed: 0, each }
}

/// Disjoint parts of a scratch.
///
/// # Panics
/// If the scratch is shorter than the container's spec says.
#[inline(always)]
pub(crate) fn cut<'a, T, const N: usize>(
    scratch: &'a mut [T],
    places: [&Place; N],
    samples: usize,
) -> [&'a mut [T]; N] {
    let ranges = places.map(|place| place.range(samples));
    match scratch.get_disjoint_mut(ranges) {
        Ok(parts) => parts,
        Err(_) => panic!("a container's scratch is as long as its spec says"),
    }
}

/// Cuts off the first elements.
#[inline(always)]
pub(crate) fn take<'a, T>(rest: &mut &'a mut [T], len: usize) -> &'a mut [T] {
    let (first, others) = core::mem::take(rest).split_at_mut(len);
    *rest = others;
    first
}

/// Cuts off the last elements.
#[inline(always)]
pub(crate) fn take_last<'a, T>(rest: &mut &'a mut [T], len: usize) -> &'a mut [T] {
    let all = core::mem::take(rest);
    let (others, last) = all.split_at_mut(all.len().wrapping_sub(len));
    *rest = others;
    last
}
