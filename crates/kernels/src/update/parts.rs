//! How a pass over several arrays is shared among threads.

use crate::{Real, Workers};
use core::mem::take;
use std::sync::{Mutex, PoisonError};

/// Elements of one part: 64 kB of `f32`, far above what it costs to hand a part to another thread.
const PART: usize = 16_384;
/// Most parts of one pass; they stand on the stack, so that a pass never allocates.
const PARTS: usize = 32;

/// Calls `pass` on matching parts of all arrays, on as many threads as pay.
#[inline(always)]
pub(crate) fn in_parts<T: Real, const W: usize, const R: usize>(
    workers: &Workers,
    write: [&mut [T]; W],
    read: [&[T]; R],
    pass: impl Fn([&mut [T]; W], [&[T]; R]) + Sync,
) {
    let n = write[0].len();
    assert!(
        write.iter().all(|x| x.len() == n) && read.iter().all(|x| x.len() == n),
        "arrays of one update pass differ in length"
    );
    if workers.threads() == 1 || n < 2 * PART {
        pass(write, read);
    } else {
        share(workers, write, read, pass);
    }
}

#[inline(never)]
fn share<T: Real, const W: usize, const R: usize>(
    workers: &Workers,
    mut write: [&mut [T]; W],
    mut read: [&[T]; R],
    pass: impl Fn([&mut [T]; W], [&[T]; R]) + Sync,
) {
    let n = write[0].len();
    let len = PART.max(n.div_ceil(PARTS)).next_multiple_of(64);
    // Each part is taken by the one task that has its number; the lock is never waited for.
    let parts: [Mutex<Option<_>>; PARTS] = core::array::from_fn(|_| {
        let len = len.min(write[0].len());
        let write: [&mut [T]; W] = core::array::from_fn(|k| {
            let (head, tail) = take(&mut write[k]).split_at_mut(len);
            write[k] = tail;
            head
        });
        let read: [&[T]; R] = core::array::from_fn(|k| {
            let (head, tail) = read[k].split_at(len);
            read[k] = tail;
            head
        });
        Mutex::new(Some((write, read)))
    });
    // A pass waits for memory: moving a number costs about as much as some ten operations.
    workers.run(n.div_ceil(len), n.saturating_mul(10 * (W + R)), |i| {
        let part = parts[i]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some((write, read)) = part {
            pass(write, read);
        }
    });
}
