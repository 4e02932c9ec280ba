//! Threads that share one task at a time.
//!
//! A job is open to a number of *seats*. A thread that is awake takes a seat, does parts of the job until
//! none is left, and leaves; the caller does the same, then takes the empty seats away and waits for those
//! who came. So nobody waits for a thread that sleeps or that the system does not run: on a crowded
//! machine the caller does all the work itself.
//!
//! The caller takes parts from the front, the others from the back: from job to job each of two threads meets the
//! same ends of the same arrays, which are in its own cache then.

use core::any::Any;
use core::cell::UnsafeCell;
use core::num::NonZeroUsize;
use core::ops::Range;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering::*};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::patience::Patience;

/// How long a thread without work stays awake; a sleeping one takes tens of microseconds to come back.
const AWAKE: Duration = Duration::from_micros(40);

/// The threads besides the one that calls.
#[derive(Debug)]
pub(super) struct Threads {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// Bits of [`Shared::state`]: whether the caller sleeps, seats free, threads inside, and above them the
/// number of the job, by which a thread that left tells a new job from the old one. (That number may wrap:
/// a thread that takes a new job for an old one merely stays away.)
mod state {
    pub(super) const CALLER_SLEEPS: usize = 1;
    pub(super) const SEAT: usize = 1 << 1;
    pub(super) const SEATS: usize = 0x3ff << 1;
    pub(super) const INSIDE_ONE: usize = 1 << 11;
    pub(super) const INSIDE: usize = 0x3ff << 11;
    pub(super) const JOB: usize = 1 << 21;
    pub(super) const JOBS: usize = !(JOB - 1);
}

/// A closure without its type and lifetime.
#[derive(Debug, Clone, Copy)]
struct Job {
    task: *const (),
    /// Calls `task` for a range of parts.
    call: unsafe fn(*const (), Range<usize>),
    parts: usize,
    /// So many parts are taken at once: enough to make taking cheap, few enough to share evenly.
    block: usize,
}

impl Job {
    /// Blocks of parts: some for each thread, far fewer than [`Shared::taken`] can count.
    fn blocks(self) -> usize {
        self.parts.div_ceil(self.block)
    }
}

/// The end from which a thread takes blocks.
#[derive(Debug, Clone, Copy)]
enum End {
    Front,
    Back,
}

/// What a block from the back adds to [`Shared::taken`]; one from the front adds 1.
const BACK: usize = 1 << (usize::BITS / 2);

#[derive(Debug)]
struct Shared {
    state: AtomicUsize,
    /// Written while nobody is inside and no seat is free, read by those inside.
    job: UnsafeCell<Job>,
    /// How many blocks were taken, or asked for in vain, from either [`End`].
    taken: AtomicUsize,
    /// Held by the caller whose job it is.
    busy: AtomicBool,
    stop: AtomicBool,
    /// Number of threads that wait for `new_job`.
    sleepers: AtomicUsize,
    /// How long to stay awake: not at all where threads outnumber cores.
    awake: Duration,
    /// What a task panicked with.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    lock: Mutex<()>,
    new_job: Condvar,
    all_left: Condvar,
}

// SAFETY: all fields but `job` are `Sync`. `job` is written by the holder of `busy` while `state` has neither
// seats nor threads inside, and read by threads inside; taking a seat (acquire) comes after the store that
// made it (release), and the next write comes after the last thread has left (release, acquire). The task
// it points to is `Sync` and outlives every stay inside (see `Threads::run`).
unsafe impl Sync for Shared {}
// SAFETY: as above; nothing in it belongs to the thread that made it.
unsafe impl Send for Shared {}

/// Cores that the process may use. The system is asked once: it reads files to answer, which takes as long as to load a small model.
pub(super) fn cores() -> NonZeroUsize {
    static CORES: OnceLock<NonZeroUsize> = OnceLock::new();
    *CORES.get_or_init(|| std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
}

impl Threads {
    /// Starts `threads - 1` threads, or as many as the system grants.
    pub(super) fn new(threads: usize) -> Self {
        let cores = cores().get();
        let shared = Arc::new(Shared {
            state: AtomicUsize::new(0),
            job: UnsafeCell::new(Job {
                task: core::ptr::null(),
                call: |_, _| (),
                parts: 0,
                block: 1,
            }),
            taken: AtomicUsize::new(0),
            busy: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            sleepers: AtomicUsize::new(0),
            awake: if threads > cores {
                Duration::ZERO
            } else {
                AWAKE
            },
            panic: Mutex::new(None),
            lock: Mutex::new(()),
            new_job: Condvar::new(),
            all_left: Condvar::new(),
        });
        let threads = (1..threads)
            .map_while(|i| {
                let shared = Arc::clone(&shared);
                std::thread::Builder::new()
                    .name(format!("gradflow-{i}"))
                    .spawn(move || shared.serve())
                    .ok()
            })
            .collect();
        Self { shared, threads }
    }

    /// Calls `task(i)` for each `i` of `0..parts` on up to `threads` threads, the calling one included.
    /// Returns false, with nothing called, if the threads are busy or there are none.
    pub(super) fn run<F: Fn(usize) + Sync>(&self, threads: usize, parts: usize, task: &F) -> bool {
        /// # Safety
        /// `task` points to a live `F`.
        unsafe fn call<F: Fn(usize)>(task: *const (), parts: Range<usize>) {
            // SAFETY: the caller's promise.
            let task = unsafe { &*task.cast::<F>() };
            parts.for_each(task);
        }
        let seats = (threads - 1).min(self.threads.len());
        let shared = &*self.shared;
        if seats == 0 || shared.busy.swap(true, Acquire) {
            return false;
        }
        let job = Job {
            task: core::ptr::from_ref(task).cast(),
            call: call::<F>,
            parts,
            block: (parts / (8 * threads)).max(1),
        };
        let open = Open::new(shared, job, seats);
        // SAFETY: `job` is the one just opened. `task` is borrowed until this function returns; no thread
        // uses it after `open` has been dropped, which happens here however this function is left.
        let mine = unsafe { shared.take_blocks(job, End::Front) };
        drop(open);
        let theirs = shared.panic.lock().unwrap_or_else(recover).take();
        shared.busy.store(false, Release);
        match (mine.err(), theirs) {
            (Some(mine), theirs) => {
                theirs.into_iter().for_each(discard);
                resume_unwind(mine)
            }
            (None, Some(theirs)) => resume_unwind(theirs),
            (None, None) => true,
        }
    }
}

/// A job that threads may take seats of; when dropped, all have left it.
struct Open<'a>(&'a Shared);

impl<'a> Open<'a> {
    /// The caller holds `busy`.
    fn new(shared: &'a Shared, job: Job, seats: usize) -> Self {
        shared.open(job, seats);
        Self(shared)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// A thread's stay inside a job; when dropped, the thread has left, whatever happened to it.
struct Seat<'a>(&'a Shared);

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let before = self.0.state.fetch_sub(state::INSIDE_ONE, AcqRel);
        if before & state::INSIDE == state::INSIDE_ONE && before & state::CALLER_SLEEPS != 0 {
            drop(self.0.lock());
            self.0.all_left.notify_one();
        }
    }
}

/// Drops what a task panicked with. That is somebody else's code, which may panic too; nobody would hear of it.
fn discard(panic: Box<dyn Any + Send>) {
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        core::mem::forget(again);
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.shared.stop.store(true, SeqCst);
        drop(self.shared.lock());
        self.shared.new_job.notify_all();
        for thread in self.threads.drain(..) {
            // A thread catches the panics of its tasks; there is nothing to hear of here.
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// Makes `job` available to `seats` threads. The caller holds `busy`.
    fn open(&self, job: Job, seats: usize) {
        // SAFETY: no seat is free and nobody is inside, since the job before was closed: no other thread reads.
        unsafe { *self.job.get() = job };
        self.taken.store(0, Relaxed);
        let number = self.state.load(Relaxed) & state::JOBS;
        // Together with the same order in `sleep`: either the thread sees the job or we see the sleeper.
        let opened = number.wrapping_add(state::JOB) | (seats * state::SEAT);
        self.state.store(opened, SeqCst);
        let asleep = self.sleepers.load(SeqCst);
        if asleep > 0 {
            drop(self.lock());
            (0..seats.min(asleep)).for_each(|_| self.new_job.notify_one());
        }
    }

    /// Takes blocks of `job` until none is left; the error is what a part panicked with.
    ///
    /// # Safety
    /// `job` is open, or the calling thread is inside; its task is live.
    unsafe fn take_blocks(&self, job: Job, end: End) -> std::thread::Result<()> {
        let blocks = job.blocks();
        let one = match end {
            End::Front => 1,
            End::Back => BACK,
        };
        let done = catch_unwind(AssertUnwindSafe(|| {
            loop {
                let taken = self.taken.fetch_add(one, Relaxed);
                let (front, back) = (taken % BACK, taken / BACK);
                if front + back >= blocks {
                    return;
                }
                let block = match end {
                    End::Front => front,
                    End::Back => blocks - 1 - back,
                };
                let begin = block * job.block;
                let parts = begin..job.parts.min(begin.saturating_add(job.block));
                // SAFETY: the task is live, and `call` was made for its type.
                unsafe { (job.call)(job.task, parts) };
            }
        }));
        if done.is_err() {
            // The others need not go on.
            self.taken.store(blocks, Relaxed);
        }
        done
    }

    /// Takes the free seats away and waits until nobody is inside.
    fn close(&self) {
        let mut now = self.state.fetch_and(!state::SEATS, AcqRel);
        let mut patience = Patience::new(AWAKE.min(self.awake + AWAKE / 8));
        while now & state::INSIDE != 0 {
            if patience.wait() {
                now = self.state.load(Acquire);
                continue;
            }
            let mut guard = self.lock();
            now = self.state.fetch_or(state::CALLER_SLEEPS, AcqRel);
            while now & state::INSIDE != 0 {
                guard = self.all_left.wait(guard).unwrap_or_else(recover);
                now = self.state.load(Acquire);
            }
            self.state.fetch_and(!state::CALLER_SLEEPS, Relaxed);
        }
    }

    /// The life of a thread.
    fn serve(&self) {
        let mut last = 0;
        while let Some(seat) = self.enter(&mut last) {
            // SAFETY: this thread is inside, so `job` is not written, and its caller waits in `close`.
            let job = unsafe { *self.job.get() };
            // SAFETY: as above.
            if let Err(panic) = unsafe { self.take_blocks(job, End::Back) } {
                self.report(panic);
            }
            drop(seat);
        }
    }

    /// Keeps what a task panicked with for the caller, who hears of the first.
    fn report(&self, panic: Box<dyn Any + Send>) {
        let mut slot = self.panic.lock().unwrap_or_else(recover);
        if slot.is_none() {
            *slot = Some(panic);
        } else {
            drop(slot);
            discard(panic);
        }
    }

    /// Waits for a job other than `last` and takes a seat; none when the pool is dropped.
    fn enter(&self, last: &mut usize) -> Option<Seat<'_>> {
        let mut patience = Patience::new(self.awake);
        while !self.stop.load(Relaxed) {
            let now = self.state.load(Acquire);
            if now & state::JOBS != *last {
                if now & state::SEATS == 0 {
                    // Too late for that one; the next may follow soon.
                    *last = now & state::JOBS;
                    patience = Patience::new(self.awake);
                } else if self
                    .state
                    .compare_exchange(now, now - state::SEAT + state::INSIDE_ONE, Acquire, Relaxed)
                    .is_ok()
                {
                    *last = now & state::JOBS;
                    return Some(Seat(self));
                }
            } else if !patience.wait() {
                self.sleep(*last);
                patience = Patience::new(self.awake);
            }
        }
        None
    }

    /// Sleeps until there is a job other than `last`, or the end.
    fn sleep(&self, last: usize) {
        let mut guard = self.lock();
        self.sleepers.fetch_add(1, SeqCst);
        while self.state.load(SeqCst) & state::JOBS == last && !self.stop.load(SeqCst) {
            guard = self.new_job.wait(guard).unwrap_or_else(recover);
        }
        self.sleepers.fetch_sub(1, SeqCst);
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        self.lock.lock().unwrap_or_else(recover)
    }
}

/// No lock here guards anything that a panic could leave half done.
fn recover<G>(poisoned: PoisonError<G>) -> G {
    poisoned.into_inner()
}
