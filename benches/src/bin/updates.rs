//! Fused update passes beside a pass of the same reads and writes without their arithmetic.
//!
//! `cargo run --release -p gradflow-benches --bin updates`
//!
//! Both passes walk over the same arrays, in turns; each time is the best of many. The last lines compare a step after
//! 10,000 steps without gradient with one at the start: no speed may depend on values.

use std::hint::black_box;

use gradflow::Workers;
use gradflow::kernels::update::{Moments, Momentum, adam, momentum};
use gradflow_benches::best_seconds;

/// Arrays of one size: parameters, first and second moments, gradient.
struct Arrays {
    q: Vec<f32>,
    m: Vec<f32>,
    v: Vec<f32>,
    j: Vec<f32>,
    steps: u64,
}

impl Arrays {
    fn new(n: usize) -> Self {
        let wave = |size: f32| {
            (0..n)
                .map(|i| size * (i as f32 * 0.7).sin())
                .collect::<Vec<_>>()
        };
        let (q, m, j) = (wave(1.0), wave(1e-2), wave(1e-2));
        Self {
            q,
            m,
            v: j.iter().map(|j| j * j).collect(),
            j,
            steps: 0,
        }
    }

    fn adam(&mut self) {
        self.steps += 1;
        let constants = Moments {
            rate: 1e-4,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            shrink: 1.0,
            step: self.steps,
        };
        let Self { q, m, v, j, .. } = self;
        adam(q, m, v, j, constants, &Workers::inline());
    }

    /// Reads and writes what [`Arrays::adam`] does.
    fn like_adam(&mut self) {
        let Self { q, m, v, j, .. } = self;
        for (((q, m), v), j) in q.iter_mut().zip(m).zip(v).zip(j) {
            (*q, *m, *v) = (*m, *v, *q + *j);
        }
    }

    fn momentum(&mut self) {
        let constants = Momentum {
            keep: 0.9,
            gain: 1.0,
            rate: 1e-4,
        };
        let Self { q, m, j, .. } = self;
        momentum(q, m, j, constants, &Workers::inline());
    }

    /// Reads and writes what [`Arrays::momentum`] does.
    fn like_momentum(&mut self) {
        let Self { q, m, j, .. } = self;
        for ((q, m), j) in q.iter_mut().zip(m).zip(j) {
            (*q, *m) = (*m, *q + *j);
        }
    }
}

/// Times a pass and its bare twin in turns.
fn row(name: &str, n: usize, pass: fn(&mut Arrays), bare: fn(&mut Arrays), bytes: usize) {
    let calls = (2_000_000 / n).max(1);
    let (mut time, mut twin) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..6 {
        // Fresh values: the twin mixes the arrays.
        let mut arrays = Arrays::new(n);
        time = time.min(best_seconds(6, calls, || pass(black_box(&mut arrays))));
        twin = twin.min(best_seconds(6, calls, || bare(black_box(&mut arrays))));
    }
    let (us, bare_us, gigabytes) = (1e6 * time, 1e6 * twin, (n * bytes) as f64 / time / 1e9);
    println!(
        "| {name} | {n} | {us:.2} | {bare_us:.2} | {:.2} | {gigabytes:.1} |",
        time / twin
    );
}

/// Time of a pass after 10,000 steps without gradient, over its time at the start.
fn faded(pass: fn(&mut Arrays)) -> f64 {
    let mut arrays = Arrays::new(4096);
    let before = best_seconds(50, 20, || pass(black_box(&mut arrays)));
    arrays.j.fill(0.0);
    (0..10_000).for_each(|_| pass(&mut arrays));
    best_seconds(50, 20, || pass(black_box(&mut arrays))) / before
}

fn main() {
    println!(
        "| pass | parameters | us | same reads and writes, us | ratio | GB/s |\n|---|---|---|---|---|---|"
    );
    for n in [902, 100_000, 20_000_000] {
        row("adam", n, Arrays::adam, Arrays::like_adam, 28);
        row("momentum", n, Arrays::momentum, Arrays::like_momentum, 20);
    }
    let (adam, momentum) = (faded(Arrays::adam), faded(Arrays::momentum));
    println!("adam_faded_ratio={adam:.3} momentum_faded_ratio={momentum:.3}");
}
