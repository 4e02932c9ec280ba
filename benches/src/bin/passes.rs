//! Passes of normalisation, dropout and activations beside passes of the same reads and writes without their arithmetic.
//!
//! `cargo run --release -p gradflow-benches --bin passes`
//!
//! A bare pass is the cheapest kernel with the same traffic: a sum for each read, `y = y + a x` or a scale for each write. Both go over the same
//! arrays, in turns; each time is the best of many.

use std::hint::black_box;

use gradflow::kernels::norm::{self, Channels};
use gradflow::kernels::{Gated, Unary, Workers, dropout, slices};
use gradflow_benches::{best_seconds, ramp};

/// Arrays of one size.
struct Arrays {
    size: Channels,
    x: Vec<f32>,
    bar: Vec<f32>,
    out: Vec<f32>,
    constants: [Vec<f32>; 4],
    workers: Workers,
}

impl Arrays {
    fn new(samples: usize, channels: usize, positions: usize) -> Self {
        let size = Channels {
            channels,
            positions,
        };
        let n = samples * channels * positions;
        Self {
            size,
            x: ramp(n),
            bar: ramp(n),
            out: ramp(n),
            constants: [0, 1, 2, 3].map(|_| ramp(channels)),
            workers: Workers::inline(),
        }
    }

    /// Two reads and a write.
    fn forward(&mut self) {
        let [mean, variance, factor, shift] = &mut self.constants;
        norm::moments(self.size, &self.x, [mean, variance], &self.workers);
        let constants = [&mean[..], factor, shift];
        norm::scale_shift(self.size, &self.x, constants, &mut self.out, &self.workers);
    }

    fn like_forward(&mut self) {
        black_box(slices::sum(black_box(&self.x)));
        copy(&self.x, &mut self.out);
    }

    /// Four reads and a write.
    fn backward(&mut self) {
        let [mean, factor, back, slope] = &mut self.constants;
        let from = [&self.x[..], &self.bar];
        norm::sums(self.size, from, mean, [back, slope], &self.workers);
        let constants = [&mean[..], factor, back, slope];
        norm::backward(self.size, from, constants, &mut self.out, &self.workers);
    }

    fn like_backward(&mut self) {
        black_box(slices::dot(black_box(&self.x), &self.bar));
        for ((out, x), bar) in self.out.iter_mut().zip(&self.x).zip(&self.bar) {
            *out = x + bar;
        }
    }

    /// One read and one write.
    fn dropout(&mut self) {
        let key = |row| row as u64 * 0x9e37_79b9_7f4a_7c15;
        let n = self.size.channels * self.size.positions;
        dropout(0.3, key, n, &self.x, &mut self.out, &self.workers);
    }

    fn like_dropout(&mut self) {
        copy(&self.x, &mut self.out);
    }
}

fn copy(from: &[f32], to: &mut [f32]) {
    black_box(to).copy_from_slice(black_box(from));
}

/// Times a pass and its bare twin in turns.
fn row(name: &str, arrays: &mut Arrays, pass: fn(&mut Arrays), bare: fn(&mut Arrays)) {
    let n = arrays.x.len();
    let calls = (1_000_000 / n).max(1);
    let (mut time, mut twin) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..8 {
        time = time.min(best_seconds(6, calls, || pass(black_box(arrays))));
        twin = twin.min(best_seconds(6, calls, || bare(black_box(arrays))));
    }
    println!(
        "| {name} | {n} | {:.2} | {:.2} | {:.2} | {:.3} |",
        1e6 * time,
        1e6 * twin,
        time / twin,
        1e9 * time / n as f64
    );
}

/// Nanoseconds an element of an activation: its value, and value and slope.
fn activations() {
    const N: usize = 4096;
    println!("\n| activation | value, ns an element | value and slope, ns |\n|---|---|---|");
    let z = ramp(N);
    let (mut p, mut slopes) = (z.clone(), z.clone());
    let per_element = |seconds: f64| 1e9 * seconds / N as f64;
    for gated in [Gated::Silu, Gated::Gelu, Gated::GeluTanh, Gated::HardSwish] {
        let value = best_seconds(50, 50, || {
            p.copy_from_slice(&z);
            gated.apply(black_box(&mut p));
        });
        let both = best_seconds(50, 50, || {
            p.copy_from_slice(&z);
            gated.apply_and_keep(black_box(&mut p), &mut slopes);
        });
        let [value, both] = [value, both].map(per_element);
        println!("| {gated:?} | {value:.3} | {both:.3} |");
    }
    for unary in [
        Unary::Logistic,
        Unary::Tanh,
        Unary::Relu,
        Unary::Softplus,
        Unary::Elu(1.0),
        Unary::HardLogistic,
        Unary::HardTanh,
        Unary::FastTanh,
        Unary::FastLogistic,
    ] {
        let value = best_seconds(50, 50, || {
            p.copy_from_slice(&z);
            unary.apply(black_box(&mut p));
        });
        let both = best_seconds(50, 50, || {
            p.copy_from_slice(&z);
            unary.apply(black_box(&mut p));
            slopes.fill(1.0);
            unary.scale_by_slope(&p, &mut slopes);
        });
        let [value, both] = [value, both].map(per_element);
        println!("| {unary:?} | {value:.3} | {both:.3} |");
    }
}

fn main() {
    println!(
        "| pass | elements | us | same reads and writes, us | ratio | ns an element |\n|---|---|---|---|---|---|"
    );
    for [samples, channels, positions] in [
        [64, 64, 1024],
        [64, 128, 64],
        [64, 32, 49],
        [64, 256, 16],
        [64, 256, 4],
        [64, 512, 1],
        [256, 10, 1],
    ] {
        let name = |what: &str| format!("{what}, {samples} x {channels} x {positions}");
        let mut arrays = Arrays::new(samples, channels, positions);
        let (forward, backward) = (name("batch norm forward"), name("batch norm backward"));
        row(&forward, &mut arrays, Arrays::forward, Arrays::like_forward);
        row(
            &backward,
            &mut arrays,
            Arrays::backward,
            Arrays::like_backward,
        );
        row(
            &name("dropout"),
            &mut arrays,
            Arrays::dropout,
            Arrays::like_dropout,
        );
    }
    activations();
}
