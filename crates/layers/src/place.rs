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
    /// The part, for so many samples: one multiply-add for either end. The container's whole room is known to fit, so
    /// that nothing overflows here.
    #[inline(always)]
    pub(crate) fn range(&self, samples: usize) -> Range<usize> {
        let at = |room: Room| room.fixed.wrapping_add(room.each.wrapping_mul(samples));
        let start = at(self.start);
        start..start.wrapping_add(at(self.len))
    }
}

impl Place {
    /// The front of the place, so long; nothing of it is nothing anywhere.
    pub(crate) fn resized(self, len: Room) -> Self {
        if len == Room::NONE {
            return Self::default();
        }
        Self { len, ..self }
    }
}

/// Places one after another. All begin at a multiple of a cache line, if the scratch does.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    end: Room,
}

impl Plan {
    /// The next place. One that is always empty begins at 0, where it can be disjoint from all others.
    pub(crate) fn place(&mut self, len: Room) -> Place {
        if len == Room::NONE {
            return Place::default();
        }
        let start = self.end;
        let up = |end: usize, len: usize| {
            end.saturating_add(len.checked_next_multiple_of(LINE).unwrap_or(usize::MAX))
        };
        self.end = Room {
            fixed: up(start.fixed, len.fixed),
            each: up(start.each, len.each),
        };
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
