//! How many threads, and how work is split among them.

mod patience;
mod threads;

use core::num::NonZeroUsize;
use std::sync::{Arc, OnceLock};

use threads::{Threads, cores};

/// More threads than this are not started, whatever is asked for.
const MOST_THREADS: usize = 512;

/// Floating-point operations that are worth a thread. Handing work to a thread that is awake and
/// getting it back takes about a microsecond, in which a core does some 50,000 operations.
const WORK_PER_THREAD: usize = 64 * 1024;

/// The threads that a computation may use.
///
/// Work is split by *output*: each element of an output is computed by one thread, in an order that
/// does not depend on the number of threads, so results have the same bits for any number of them.
/// Small work runs inline, on the calling thread. Cloning shares the threads.
///
/// Threads start with the first call that is large enough to share, and end when the last clone is
/// dropped. Between calls they stay awake for some microseconds, so that the calls of one training step
/// follow one another without the kernel's help, and then sleep. A call that comes while the threads are
/// busy (from within a task, or from another thread that shares them) runs inline.
///
/// ```
/// use gradflow_kernels::Workers;
///
/// let mut squares = vec![0; 1000];
/// Workers::new(2).for_each_chunk(&mut squares, 100, 1_000_000, |i, chunk| {
///     for (j, square) in chunk.iter_mut().enumerate() {
///         *square = (100 * i + j).pow(2);
///     }
/// });
/// assert_eq!(squares[999], 999 * 999);
/// ```
#[derive(Debug, Clone)]
pub struct Workers {
    threads: NonZeroUsize,
    /// Empty until a call is large enough.
    others: Arc<OnceLock<Threads>>,
}

impl Workers {
    /// The calling thread alone.
    pub fn inline() -> Self {
        Self::new(1)
    }

    /// `threads` threads, the calling one included; 0 stands for all cores.
    ///
    /// Never fails: where the system refuses a thread, the others do its work.
    pub fn new(threads: usize) -> Self {
        let threads = NonZeroUsize::new(threads.min(MOST_THREADS));
        Self {
            threads: threads.unwrap_or_else(cores),
            others: Arc::default(),
        }
    }

    /// Number of threads, the calling one included.
    pub fn threads(&self) -> usize {
        self.threads.get()
    }

    /// Calls `task(i)` once for each `i` of `0..parts`, in any order, possibly at the same time.
    /// `work` is the number of floating-point operations of all parts together (an estimate):
    /// work too small to share runs inline.
    ///
    /// # Panics
    /// If a task does, after every thread has left the tasks; parts not yet begun are then left out.
    #[inline]
    pub fn run(&self, parts: usize, work: usize, task: impl Fn(usize) + Sync) {
        if parts < 2 || work < 2 * WORK_PER_THREAD || !self.share(parts, work, &task) {
            (0..parts).for_each(task);
        }
    }

    /// Has several threads do the tasks; `false` if there are none for them, and nothing has been done.
    fn share(&self, parts: usize, work: usize, task: &(impl Fn(usize) + Sync)) -> bool {
        let threads = self.threads().min(parts).min(work / WORK_PER_THREAD);
        threads > 1 && {
            let others = self.others.get_or_init(|| Threads::new(self.threads()));
            others.run(threads, parts, task)
        }
    }

    /// Splits `out` into chunks of `len` elements (the last may be shorter) and calls
    /// `task(i, chunk)` for each, like [`Workers::run`].
    ///
    /// # Panics
    /// Like [`Workers::run`].
    #[inline]
    pub fn for_each_chunk<T: Send>(
        &self,
        out: &mut [T],
        len: usize,
        work: usize,
        task: impl Fn(usize, &mut [T]) + Sync,
    ) {
        let (n, len) = (out.len(), len.max(1));
        if n <= len {
            if n > 0 {
                task(0, out);
            }
            return;
        }
        let start = Start(out.as_mut_ptr());
        self.run(n.div_ceil(len), work, |i| {
            let begin = i * len;
            // SAFETY: `begin < n` since `i < ceil(n / len)`, and the chunk ends at `n` at the latest.
            // `run` calls its task once for each `i`, so no other chunk overlaps this one; `out` is
            // borrowed mutably until `run` returns, and `run` returns when no task is left running.
            let chunk = unsafe {
                core::slice::from_raw_parts_mut(start.get().add(begin), len.min(n - begin))
            };
            task(i, chunk);
        });
    }
}

impl Default for Workers {
    /// All cores.
    fn default() -> Self {
        Self::new(0)
    }
}

/// Where a slice starts, for tasks that take disjoint parts of it.
struct Start<T>(*mut T);

// SAFETY: the pointer alone does nothing; whoever makes slices of it sends parts of a `&mut [T]` to
// other threads, which `T: Send` allows.
unsafe impl<T: Send> Sync for Start<T> {}

impl<T> Start<T> {
    /// A method, so that closures capture the whole struct and with it `Sync`.
    fn get(&self) -> *mut T {
        self.0
    }
}
