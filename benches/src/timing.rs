//! How things are timed.

use std::time::Instant;

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
