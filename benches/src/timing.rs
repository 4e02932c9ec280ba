//! How things are timed.

use std::time::Instant;

use cpu_time::ProcessTime;

/// Median seconds of a call, over windows of many calls each.
pub fn median_seconds(window: f64, rounds: usize, mut call: impl FnMut()) -> f64 {
    let mut calls = |n: usize| {
        let start = Instant::now();
        for _ in 0..n {
            call();
        }
        start.elapsed().as_secs_f64() / n as f64
    };
    calls(3);
    let n = ((window / calls(4)) as usize).max(1);
    let mut seconds: Vec<f64> = (0..rounds.max(1)).map(|_| calls(n)).collect();
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

/// Seconds of one call, the best of so many rounds of so many calls.
pub fn best_seconds(rounds: usize, calls: usize, mut call: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..rounds {
        let begin = Instant::now();
        (0..calls).for_each(|_| call());
        best = best.min(begin.elapsed().as_secs_f64() / calls as f64);
    }
    best
}

/// Median and best tenth of the seconds of CPU time of a call, over windows of about a millisecond.
///
/// A process that shares its core with others is charged for itself alone; what they do to its caches remains, and the best tenth is
/// freest of it.
pub fn cpu_times(mut call: impl FnMut()) -> [f64; 2] {
    let mut calls = |n: usize| {
        let start = ProcessTime::now();
        for _ in 0..n {
            call();
        }
        start.elapsed().as_secs_f64() / n as f64
    };
    calls(20);
    let each = calls(10);
    let n = ((0.001 / each) as usize).max(1);
    let rounds = ((0.4 / (each * n as f64)) as usize).clamp(51, 401);
    let mut seconds: Vec<f64> = (0..rounds).map(|_| calls(n)).collect();
    seconds.sort_by(f64::total_cmp);
    [seconds[rounds / 2], seconds[rounds / 10]]
}
