//! How many threads, and how work is split among them.

use core::num::NonZeroUsize;
use core::ops::Range;

/// The threads that a computation may use.
///
/// Work is split by *output*: each element of an output is computed by one thread, in an order that
/// does not depend on the number of threads, so results have the same bits for any number of them.
/// Small work runs inline, on the calling thread. Cloning shares the threads.
#[derive(Debug, Clone)]
pub struct Workers {
    threads: NonZeroUsize,
}

impl Workers {
    /// The calling thread alone.
    pub fn inline() -> Self {
        Self::new(1)
    }

    /// `threads` threads, the calling one included; 0 stands for all cores.
    pub fn new(threads: usize) -> Self {
        let threads = NonZeroUsize::new(threads)
            .or_else(|| std::thread::available_parallelism().ok())
            .unwrap_or(NonZeroUsize::MIN);
        Self { threads }
    }

    /// Number of threads, the calling one included.
    pub fn threads(&self) -> usize {
        self.threads.get()
    }

    /// Calls `task(i)` once for each `i` of `0..parts`, in any order, possibly at the same time.
    /// `work` is the number of floating-point operations of all parts together (an estimate):
    /// work too small to share runs inline.
    pub fn run(&self, parts: usize, work: usize, task: impl Fn(usize) + Sync) {
        let _ = work;
        (0..parts).for_each(task);
    }

    /// Splits `out` into chunks of `len` elements (the last may be shorter) and calls
    /// `task(i, chunk)` for each, like [`Workers::run`].
    pub fn for_each_chunk<T: Send>(
        &self,
        out: &mut [T],
        len: usize,
        work: usize,
        task: impl Fn(usize, &mut [T]) + Sync,
    ) {
        let _ = work;
        for (i, chunk) in out.chunks_mut(len.max(1)).enumerate() {
            task(i, chunk);
        }
    }
}

impl Default for Workers {
    /// All cores.
    fn default() -> Self {
        Self::new(0)
    }
}

/// The part of `0..n` that belongs to block `i` of blocks of `len`.
pub fn block(n: usize, len: usize, i: usize) -> Range<usize> {
    let start = (i * len).min(n);
    start..(start + len).min(n)
}
