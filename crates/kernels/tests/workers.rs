//! Workers do every part once, whatever happens around them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use gradflow_kernels::Workers;

/// Work that is always worth a thread.
const MUCH: usize = usize::MAX;

/// How often each of `parts` parts is called.
fn calls(workers: &Workers, parts: usize, work: usize) -> Vec<usize> {
    let counts: Vec<_> = (0..parts).map(|_| AtomicUsize::new(0)).collect();
    workers.run(parts, work, |i| {
        counts[i].fetch_add(1, Relaxed);
    });
    counts.into_iter().map(AtomicUsize::into_inner).collect()
}

#[test]
fn every_part_is_called_once() {
    for threads in [1, 2, 3, 8] {
        let workers = Workers::new(threads);
        assert_eq!(workers.threads(), threads);
        for parts in (0..70).chain([1000, 4099]) {
            for work in [0, 1 << 17, MUCH] {
                assert_eq!(calls(&workers, parts, work), vec![1; parts]);
            }
        }
    }
}

#[test]
fn many_calls_follow_one_another() {
    for threads in [2, 8] {
        let workers = Workers::new(threads);
        let total = AtomicUsize::new(0);
        for call in 0..3000 {
            workers.run(call % 7, MUCH, |i| {
                total.fetch_add(i + 1, Relaxed);
            });
        }
        let expected: usize = (0..3000)
            .map(|call| call % 7)
            .map(|n| n * (n + 1) / 2)
            .sum();
        assert_eq!(total.into_inner(), expected);
    }
}

#[test]
fn calls_after_a_rest_wake_the_threads() {
    let workers = Workers::new(2);
    for _ in 0..20 {
        std::thread::sleep(std::time::Duration::from_millis(1));
        assert_eq!(calls(&workers, 9, MUCH), vec![1; 9]);
    }
}

#[test]
fn chunks_cover_the_slice() {
    for threads in [1, 2, 5] {
        let workers = Workers::new(threads);
        for n in [0, 1, 9, 10, 11, 1000] {
            for len in [0, 1, 3, 10, 999, usize::MAX] {
                let mut out = vec![0; n];
                workers.for_each_chunk(&mut out, len, MUCH, |i, chunk| {
                    for (j, x) in chunk.iter_mut().enumerate() {
                        *x += i * len.max(1) + j + 1;
                    }
                });
                assert_eq!(out, (1..=n).collect::<Vec<_>>());
            }
        }
    }
}

#[test]
fn threads_do_take_part() {
    // Two parts that wait for each other can only end on two threads.
    let workers = Workers::new(2);
    let arrived = AtomicUsize::new(0);
    workers.run(2, MUCH, |_| {
        arrived.fetch_add(1, Relaxed);
        while arrived.load(Relaxed) < 2 {
            std::thread::yield_now();
        }
    });
    assert_eq!(arrived.into_inner(), 2);
}

#[test]
fn nested_calls_run_inline() {
    for threads in [2, 8] {
        let workers = Workers::new(threads);
        let total = AtomicUsize::new(0);
        for _ in 0..100 {
            workers.run(10, MUCH, |_| {
                let thread = std::thread::current().id();
                workers.clone().run(10, MUCH, |_| {
                    assert_eq!(thread, std::thread::current().id());
                    total.fetch_add(1, Relaxed);
                });
            });
        }
        assert_eq!(total.into_inner(), 10_000);
    }
}

#[test]
fn many_callers_share_the_threads() {
    let workers = Workers::new(3);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            let workers = workers.clone();
            scope.spawn(move || {
                for parts in 0..300 {
                    assert_eq!(calls(&workers, parts % 50, MUCH), vec![1; parts % 50]);
                }
            });
        }
    });
}

#[test]
fn a_panic_reaches_the_caller_and_leaves_the_threads_usable() {
    for threads in [1, 2, 8] {
        let workers = Workers::new(threads);
        for bad in 0..40 {
            let inside = AtomicUsize::new(0);
            let panic = catch_unwind(AssertUnwindSafe(|| {
                workers.run(40, MUCH, |i| {
                    inside.fetch_add(1, Relaxed);
                    std::thread::yield_now();
                    inside.fetch_sub(1, Relaxed);
                    if i == bad {
                        // Like `panic!`, without the message on standard error.
                        std::panic::resume_unwind(Box::new(i));
                    }
                });
            }))
            .expect_err("a part panics");
            assert_eq!(panic.downcast_ref(), Some(&bad));
            assert_eq!(inside.into_inner(), 0, "a task outlives the call");
            assert_eq!(calls(&workers, 17, MUCH), vec![1; 17]);
        }
    }
}

/// A payload that panics when it is dropped, with one that does so too, to some depth.
struct Bomb(usize);

impl Drop for Bomb {
    fn drop(&mut self) {
        if self.0 > 0 {
            std::panic::resume_unwind(Box::new(Bomb(self.0 - 1)));
        }
    }
}

/// Every thread panics, so that payloads meet, and every payload but the one that the caller gets panics when dropped.
#[test]
fn payloads_that_panic_when_dropped_keep_nobody_waiting() {
    for threads in [2, 3, 8] {
        let (done, wait) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let workers = Workers::new(threads);
            for _ in 0..20 {
                let arrived = AtomicUsize::new(0);
                let call = || {
                    workers.run(threads, MUCH, |_| {
                        arrived.fetch_add(1, Relaxed);
                        while arrived.load(Relaxed) < threads {
                            std::thread::yield_now();
                        }
                        std::panic::resume_unwind(Box::new(Bomb(2)));
                    });
                };
                let panic = catch_unwind(AssertUnwindSafe(call)).expect_err("every part panics");
                let bomb = panic.downcast::<Bomb>().expect("the payload of a part");
                std::mem::forget(bomb);
                assert_eq!(calls(&workers, 17, MUCH), vec![1; 17]);
            }
            // All threads still take part: each part waits for all others.
            let arrived = AtomicUsize::new(0);
            workers.run(threads, MUCH, |_| {
                arrived.fetch_add(1, Relaxed);
                while arrived.load(Relaxed) < threads {
                    std::thread::yield_now();
                }
            });
            done.send(()).expect("the test waits");
        });
        let minute = std::time::Duration::from_secs(60);
        assert_eq!(wait.recv_timeout(minute), Ok(()), "{threads} threads");
    }
}

#[test]
fn dropping_workers_in_any_state_ends_them() {
    for work in [0, MUCH] {
        for threads in [0, 1, 2, 8, usize::MAX] {
            let workers = Workers::new(threads);
            let clone = workers.clone();
            if threads < 100 {
                assert_eq!(calls(&workers, 3, work), vec![1; 3]);
            }
            drop(workers);
            assert_eq!(calls(&clone, 3, 0), vec![1; 3]);
        }
    }
}
