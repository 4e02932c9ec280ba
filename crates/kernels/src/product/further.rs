//! Sums of long products that are added to those of shorter ones.

use super::pack::transpose;
use crate::dispatch::kernel;
use crate::elementwise;
use crate::number::Number;
use crate::simd::Simd;

/// A matrix of further sums in a buffer, and the sums that it belongs to; each with the distance of its rows.
#[derive(Clone, Copy)]
pub(super) struct Further<T> {
    size: [usize; 2],
    more: (*mut T, usize),
    c: (*mut T, usize),
}

impl<T> Further<T> {
    /// # Safety
    /// Until it has been added, all rows may be read and written, and nothing else touches them; so may be those of the room,
    /// of the same size as the buffer, that it is added with. Where there is room, `c` stands for the transpose of its sums.
    #[inline(always)]
    pub(super) unsafe fn new(size: [usize; 2], more: (*mut T, usize), c: (*mut T, usize)) -> Self {
        Self { size, more, c }
    }
}

kernel! {
    /// `c = c + more`, or the same for the transpose of `c`, by way of the room that there is then.
    ///
    /// A kernel of its own, so that shorter products need not prepare for it.
    pub(super) fn add<T, S>(s: S; further: Further<T>, room: Option<*mut T>) {
        let Further { size: [rows, cols], more, c } = further;
        // SAFETY: the promise of `Further::new`.
        unsafe {
            if let Some(before) = room {
                transpose(s, (cols, rows), c.0, c.1, before, more.1);
                add_rows(s, [rows, cols], (before, more.1), more);
                transpose(s, (rows, cols), more.0, more.1, c.0, c.1);
            } else {
                add_rows(s, [rows, cols], more, c);
            }
        }
    }
}

/// `to = to + from`.
///
/// # Safety
/// All rows may be read and written, and do not overlap.
#[inline(always)]
unsafe fn add_rows<T: Number, S: Simd<T>>(
    s: S,
    [rows, cols]: [usize; 2],
    from: (*mut T, usize),
    to: (*mut T, usize),
) {
    for i in 0..rows {
        // SAFETY: the caller's promise.
        let (from, to) = unsafe {
            let from = core::slice::from_raw_parts(from.0.add(i * from.1), cols);
            (
                from,
                core::slice::from_raw_parts_mut(to.0.add(i * to.1), cols),
            )
        };
        elementwise::zip(
            s,
            from,
            to,
            #[inline(always)]
            |from, to| s.add(to, from),
        );
    }
}
