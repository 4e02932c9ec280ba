//! Pooling against its definition.

use proptest::prelude::*;

use super::*;

/// Shapes with up to 40 columns, so that vectorised loops have full vectors and tails; the 2 x 2 window is frequent.
fn shapes() -> impl Strategy<Value = PoolShape> {
    let side = |most: usize| (1..=most, 1..=4usize, 1..=4usize);
    (1..4usize, side(5), side(20), any::<bool>(), 0..2usize).prop_map(
        |(depth, (ov, wv, sv), (oh, wh, sh), usual, extra)| {
            let (window, stride) = if usual {
                ([2, 2], [2, 2])
            } else {
                ([wv, wh], [sv, sh])
            };
            // One more row and column than the windows reach: they belong to no window.
            let reach = |o: usize, i: usize| (o - 1) * stride[i] + window[i] + extra;
            PoolShape {
                input: [depth, reach(ov, 0), reach(oh, 1)],
                output: [depth, ov, oh],
                window,
                stride,
            }
        },
    )
}

/// Small integers, so that ties are frequent and sums exact.
fn values(len: usize) -> impl Strategy<Value = Vec<f32>> {
    prop::collection::vec((-3..4i32).prop_map(|v| v as f32), len)
}

fn cases() -> impl Strategy<Value = (PoolShape, usize, Vec<f32>, Vec<f32>)> {
    (shapes(), 1..4usize).prop_flat_map(|(shape, samples)| {
        let (x, p) = (samples * shape.input_len(), samples * shape.output_len());
        (Just(shape), Just(samples), values(x), values(p))
    })
}

/// `(output index, the input indices of its window in row-major order)` for every output of a batch.
fn windows(shape: &PoolShape, samples: usize) -> Vec<(usize, Vec<usize>)> {
    let ([depth, iv, ih], [_, ov, oh]) = (shape.input, shape.output);
    let mut all = Vec::new();
    for i in 0..samples * depth {
        for j in 0..ov {
            for k in 0..oh {
                let window = (0..shape.window[0] * shape.window[1]).map(|n| {
                    let (b, c) = (n / shape.window[1], n % shape.window[1]);
                    (i * iv + j * shape.stride[0] + b) * ih + k * shape.stride[1] + c
                });
                all.push(((i * ov + j) * oh + k, window.collect()));
            }
        }
    }
    all
}

/// The first of the largest elements; a NaN is larger than any number.
fn winner(x: &[f32], window: &[usize]) -> usize {
    if let Some(&nan) = window.iter().find(|&&i| x[i].is_nan()) {
        return nan;
    }
    let max = window
        .iter()
        .map(|&i| x[i])
        .fold(f32::NEG_INFINITY, f32::max);
    *window.iter().find(|&&i| x[i] == max).unwrap()
}

/// Equal numbers, or both NaN.
fn same(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len()
        && a.iter()
            .zip(b)
            .all(|(a, b)| a == b || (a.is_nan() && b.is_nan()))
}

proptest! {
    #[test]
    fn the_maximum_takes_value_and_gradient((shape, samples, mut x, p_bar) in cases(), nan in any::<prop::sample::Index>(), with_nan: bool) {
        if with_nan {
            let i = nan.index(x.len());
            x[i] = f32::NAN;
        }
        let windows = windows(&shape, samples);
        let expected: Vec<f32> = windows.iter().map(|(_, w)| x[winner(&x, w)]).collect();
        let mut expected_bar = vec![0.0; x.len()];
        for (o, w) in &windows {
            expected_bar[winner(&x, w)] += p_bar[*o];
        }
        for threads in [1, 3] {
            let workers = Workers::new(threads);
            let (mut p, mut x_bar) = (vec![9.0; p_bar.len()], vec![9.0; x.len()]);
            max_pool_forward(&shape, &x, &mut p, &workers);
            max_pool_backward(&shape, &x, &p_bar, &mut x_bar, &workers);
            prop_assert!(same(&p, &expected));
            prop_assert_eq!(&x_bar, &expected_bar);
        }
    }

    #[test]
    fn the_average_shares_value_and_gradient((shape, samples, x, p_bar) in cases()) {
        let n = shape.window[0] * shape.window[1];
        let (mut p, mut x_bar) = (vec![9.0; p_bar.len()], vec![9.0; x.len()]);
        avg_pool_forward(&shape, &x, &mut p, &Workers::inline());
        avg_pool_backward(&shape, &p_bar, &mut x_bar, &Workers::inline());
        let mut expected_bar = vec![0.0; x.len()];
        // The sums are exact; the share and its product round once each. An element lies in 16 windows at most.
        let tolerance = 2.0 * f32::EPSILON * 3.0 * 16.0;
        for (o, w) in windows(&shape, samples) {
            let sum: f32 = w.iter().map(|&i| x[i]).sum();
            prop_assert!((p[o] - sum / n as f32).abs() <= tolerance);
            w.iter().for_each(|&i| expected_bar[i] += p_bar[o] / n as f32);
        }
        prop_assert!(x_bar.iter().zip(&expected_bar).all(|(a, b)| (a - b).abs() <= 16.0 * tolerance));
    }
}

#[test]
fn every_level_finds_the_same_maxima() {
    let shape = PoolShape {
        input: [2, 9, 41],
        output: [2, 4, 20],
        window: [2, 2],
        stride: [2, 2],
    };
    let x: Vec<f64> = (0..shape.input_len()).map(|i| (i * i % 7) as f64).collect();
    let bar: Vec<f64> = (0..shape.output_len()).map(|i| i as f64).collect();
    let run = |level| {
        let (mut p, mut x_bar) = (vec![0.0; bar.len()], vec![1.0; x.len()]);
        let mut scratch = vec![0.0; shape.scratch_len()];
        max_forward(level, &shape, &x, &mut p, &mut scratch);
        let mut winners = vec![0; shape.scratch_len() / 4];
        max_backward(
            level,
            &shape,
            &x,
            &bar,
            &mut x_bar,
            &mut scratch,
            &mut winners,
        );
        (p, x_bar)
    };
    let portable = run(cpu::Level::Portable);
    assert!(cpu::available().all(|level| run(level) == portable));
}
