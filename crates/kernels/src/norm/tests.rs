//! Against plain sums in double precision, for any sizes, at every level.

use gradflow_testing::config;
use proptest::prelude::*;

use super::*;
use crate::cpu::{Level, available};

fn numbers(len: usize, seed: u64, shift: f64) -> Vec<f64> {
    let mut state = seed | 1;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 40) as f64 / f64::from(1 << 24) - 0.5
    };
    (0..len).map(|_| shift + next()).collect()
}

/// All elements of a channel.
fn channel(size: Channels, x: &[f64], c: usize) -> Vec<f64> {
    let p = size.positions;
    x.chunks(size.channels * p)
        .flat_map(|x| x[c * p..(c + 1) * p].to_vec())
        .collect()
}

fn moments_level<T: Real>(level: Level, size: Channels, x: &[T]) -> Vec<Total> {
    let mut totals = vec![[0.0; TOTAL]; size.channels];
    moments_at(level, size, x, 0, &mut totals);
    totals
}

fn sizes() -> impl Strategy<Value = (Channels, usize)> {
    let positions = prop_oneof![
        1..20_usize,
        40..70_usize,
        Just(196),
        Just(2048),
        Just(2051),
        Just(4100)
    ];
    (1..20_usize, positions, 1..140_usize).prop_map(|(channels, positions, samples)| {
        let most = (60_000 / (channels * positions)).max(1);
        (
            Channels {
                channels,
                positions,
            },
            samples.min(most),
        )
    })
}

proptest! {
    #![proptest_config(config(60))]

    /// Mean and variance to a few roundings, also where the mean is a thousand times the spread.
    #[test]
    fn moments_are_mean_and_variance((size, samples) in sizes(), seed: u64, far in any::<bool>()) {
        let shift = if far { 300.0 } else { 0.1 };
        let x = numbers(samples * size.channels * size.positions, seed, shift);
        let x: Vec<f64> = x.iter().map(|x| f64::from(*x as f32)).collect();
        let single: Vec<f32> = x.iter().map(|x| *x as f32).collect();
        for level in available() {
            let (double, single) = (moments_level(level, size, &x), moments_level(level, size, &single));
            for c in 0..size.channels {
                let x = channel(size, &x, c);
                let n = x.len() as f64;
                let mean = x.iter().sum::<f64>() / n;
                let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
                for ([start, sum, squares, _], e) in [(double[c], 1e-13), (single[c], 2e-6)] {
                    let m = start + sum / n;
                    let v = (squares - sum * (sum / n)) / n;
                    prop_assert!((m - mean).abs() <= e * (1.0 + mean.abs()), "{m} and {mean}");
                    // The differences are exact; the sums of 2000 of them are not. A chunk's neighbour may lie far.
                    prop_assert!((v - variance).abs() <= 10.0 * e * (variance + 1e-3), "{v} and {variance}");
                }
            }
        }
    }

    /// The sums and the passes are their formulas, and the number of threads changes no bit.
    #[test]
    fn passes_are_their_formulas((size, samples) in sizes(), seed: u64) {
        let n = samples * size.channels * size.positions;
        let (x, bar) = (numbers(n, seed, 0.2), numbers(n, !seed, 0.0));
        let constants: Vec<Vec<f64>> = (0..4).map(|k| numbers(size.channels, seed ^ k, 0.3)).collect();
        let [a, b, c, d] = [0, 1, 2, 3].map(|k| &constants[k][..]);
        let mut outputs = Vec::new();
        for threads in [1, 2, 3, 8] {
            let workers = Workers::new(threads);
            let (mut p, mut x_bar) = (vec![f64::NAN; n], vec![f64::NAN; n]);
            scale_shift(size, &x, [a, b, c], &mut p, &workers);
            backward(size, [&x, &bar], [a, b, c, d], &mut x_bar, &workers);
            let mut sum = [vec![0.0; size.channels], vec![0.0; size.channels]];
            let [s, t] = &mut sum;
            sums(size, [&x, &bar], a, [s, t], &workers);
            let mut both = [vec![0.0; size.channels], vec![0.0; size.channels]];
            let [mean, variance] = &mut both;
            moments(size, &x, [mean, variance], &workers);
            outputs.push((p, x_bar, sum, both));
        }
        for output in &outputs {
            prop_assert_eq!(output, &outputs[0]);
        }
        let (p, x_bar, sum, _) = &outputs[0];
        for i in 0..n {
            let k = i / size.positions % size.channels;
            let expected = (x[i] - a[k]) * b[k] + c[k];
            prop_assert!((p[i] - expected).abs() <= 1e-15, "{} and {expected}", p[i]);
            let expected = b[k] * ((bar[i] - c[k]) - (x[i] - a[k]) * d[k]);
            prop_assert!((x_bar[i] - expected).abs() <= 1e-15, "{} and {expected}", x_bar[i]);
        }
        for k in 0..size.channels {
            let (x, bar) = (channel(size, &x, k), channel(size, &bar, k));
            let plain: f64 = bar.iter().sum();
            let product: f64 = bar.iter().zip(&x).map(|(bar, x)| bar * (x - a[k])).sum();
            prop_assert!((sum[0][k] - plain).abs() <= 1e-11, "{} and {plain}", sum[0][k]);
            prop_assert!((sum[1][k] - product).abs() <= 1e-11, "{} and {product}", sum[1][k]);
        }
    }

    /// The same for samples.
    #[test]
    fn samples_are_normalised(n in 1..600_usize, samples in 1..300_usize, seed: u64) {
        let samples = samples.min(40_000 / n);
        let (x, bar) = (numbers(n * samples, seed, 0.2), numbers(n * samples, !seed, 0.0));
        let [mean, scale] = [1, 2].map(|k| numbers(samples, seed ^ k, 0.9));
        let [gain, shift] = [3, 4].map(|k| numbers(n, seed ^ k, 0.3));
        let by = PerSample { mean: &mean, scale: &scale, gain: &gain };
        let mut outputs = Vec::new();
        for threads in [1, 2, 3, 8] {
            let workers = Workers::new(threads);
            let (mut p, mut x_bar) = (vec![f64::NAN; n * samples], vec![f64::NAN; n * samples]);
            let (mut gain_bar, mut shift_bar) = (vec![f64::NAN; n], vec![f64::NAN; n]);
            layer_forward(by, &x, &shift, &mut p, &workers);
            layer_backward(by, [&x, &bar], &mut x_bar, &workers);
            layer_backward_parameters(by, [&x, &bar], [&mut gain_bar, &mut shift_bar], &workers);
            outputs.push((p, x_bar, gain_bar, shift_bar));
        }
        for output in &outputs {
            prop_assert_eq!(output, &outputs[0]);
        }
        let (p, x_bar, gain_bar, shift_bar) = &outputs[0];
        let (mut g, mut c) = (vec![0.0; n], vec![0.0; n]);
        for s in 0..samples {
            let u: Vec<f64> = x[s * n..][..n].iter().map(|x| (x - mean[s]) * scale[s]).collect();
            let y: Vec<f64> = bar[s * n..][..n].iter().zip(&gain).map(|(bar, gain)| bar * gain).collect();
            let first = y.iter().sum::<f64>() / n as f64;
            let second = y.iter().zip(&u).map(|(y, u)| y * u).sum::<f64>() / n as f64;
            for i in 0..n {
                let at = s * n + i;
                prop_assert!((p[at] - (gain[i] * u[i] + shift[i])).abs() <= 1e-14);
                let expected = scale[s] * (y[i] - first - u[i] * second);
                prop_assert!((x_bar[at] - expected).abs() <= 1e-13);
                g[i] += bar[at] * u[i];
                c[i] += bar[at];
            }
        }
        for i in 0..n {
            prop_assert!((gain_bar[i] - g[i]).abs() <= 1e-11 && (shift_bar[i] - c[i]).abs() <= 1e-11);
        }
    }
}

/// Ten million equal elements: neither mean nor variance drifts.
#[test]
fn long_sums_keep_their_digits() {
    for size in [
        Channels {
            channels: 1,
            positions: 1,
        },
        Channels {
            channels: 1,
            positions: 4096,
        },
    ] {
        let x: Vec<f32> = (0..1 << 22)
            .map(|i| if i % 2 == 0 { 100.0 } else { 100.5 })
            .collect();
        let (mut mean, mut variance) = ([0.0], [0.0]);
        moments(size, &x, [&mut mean, &mut variance], &Workers::inline());
        assert!((mean[0] - 100.25).abs() < 1e-5, "{mean:?}");
        assert!((variance[0] - 0.0625).abs() < 1e-6, "{variance:?}");
        let (ones, mut sum, mut product) = (vec![0.1; x.len()], [0.0], [0.0]);
        sums(
            size,
            [&x, &ones],
            &[100.0],
            [&mut sum, &mut product],
            &Workers::inline(),
        );
        assert!(
            (sum[0] / (0.1 * x.len() as f32) - 1.0).abs() < 1e-5,
            "{sum:?}"
        );
        assert!(
            (product[0] / (0.025 * x.len() as f32) - 1.0).abs() < 1e-5,
            "{product:?}"
        );
    }
}

/// Zeros count as well, wherever they stand: units that never wake leave many.
#[test]
fn zeros_are_elements() {
    for positions in [1, 2, 15, 16, 40, 5000] {
        for samples in [1, 2, 300] {
            let n = samples * positions;
            for ones in [0, 1, n / 2, n] {
                let size = Channels {
                    channels: 1,
                    positions,
                };
                let front: Vec<f64> = (0..n).map(|i| f64::from(i < ones)).collect();
                let back: Vec<f64> = front.iter().rev().copied().collect();
                let column: Vec<f64> = (0..n)
                    .map(|i| f64::from(i % positions * n < ones * positions))
                    .collect();
                for x in [front, back, column] {
                    let (mut mean, mut variance) = ([0.0], [0.0]);
                    moments(size, &x, [&mut mean, &mut variance], &Workers::inline());
                    let expected = x.iter().sum::<f64>() / n as f64;
                    assert!(
                        (mean[0] - expected).abs() < 1e-14,
                        "{mean:?}, not {expected}"
                    );
                    assert!((variance[0] - expected * (1.0 - expected)).abs() < 1e-14);
                }
            }
        }
    }
}

/// A NaN is not hidden, nor is what has no mean.
#[test]
fn nothing_has_no_mean() {
    let size = Channels {
        channels: 1,
        positions: 1,
    };
    for x in [&[][..], &[1.0, f64::NAN], &[f64::INFINITY, 1.0]] {
        let (mut mean, mut variance) = ([0.0], [0.0]);
        moments(size, x, [&mut mean, &mut variance], &Workers::inline());
        assert!(variance[0].is_nan(), "{x:?}: {mean:?} {variance:?}");
    }
}

#[test]
#[should_panic(expected = "whole samples")]
fn half_a_sample_is_refused() {
    let size = Channels {
        channels: 2,
        positions: 1,
    };
    scale_shift(
        size,
        &[0.0; 3],
        [&[0.0; 2]; 3],
        &mut [0.0; 3],
        &Workers::inline(),
    );
}
