//! Pooling against its definition.

use proptest::prelude::*;

use super::*;

/// Shapes with up to 40 columns, so that vectorised loops have full vectors and tails; the 2 x 2 window is frequent.
fn shapes() -> impl Strategy<Value = PoolShape> {
    let side = |most: usize| {
        (
            1..=most,
            1..=4usize,
            1..=4usize,
            1..=3usize,
            [0..4usize, 0..4],
        )
    };
    // Rows and columns behind the last window, or of it outside the input.
    let rest = (any::<bool>(), 0..2usize, 0..3usize);
    (1..4usize, side(5), side(20), rest).prop_filter_map(
        "windows that meet the input",
        |(depth, v, h, (usual, extra, ceil))| {
            let usual_side =
                |(o, ..): (usize, usize, usize, usize, [usize; 2])| (o, 2, 2, 1, [0, 0]);
            let [v, h] = if usual {
                [v, h].map(usual_side)
            } else {
                [v, h]
            };
            let (extra, ceil) = if usual { (extra, 0) } else { (extra, ceil) };
            let input =
                |(o, w, s, r, [front, behind]): (usize, usize, usize, usize, [usize; 2])| {
                    ((o - 1) * s + (w - 1) * r + 1 + extra).checked_sub(front + behind + ceil)
                };
            let shape = PoolShape {
                input: [depth, input(v)?, input(h)?],
                output: [depth, v.0, h.0],
                window: [v.1, h.1],
                stride: [v.2, h.2],
                dilation: [v.3, h.3],
                padding: [v.4, h.4],
            };
            shape.is_valid().then_some(shape)
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

/// `(output index, the input indices of its window in row-major order, how many of its elements the padded input has)` for every
/// output of a batch.
fn windows(shape: &PoolShape, samples: usize) -> Vec<(usize, Vec<usize>, usize)> {
    let ([depth, iv, ih], [_, ov, oh]) = (shape.input, shape.output);
    let mut all = Vec::new();
    for i in 0..samples * depth {
        for j in 0..ov {
            for k in 0..oh {
                let (mut window, mut padded) = (Vec::new(), 0);
                for n in 0..shape.window[0] * shape.window[1] {
                    let place = [n / shape.window[1], n % shape.window[1]];
                    let [y, x] =
                        [0, 1].map(|d| place[d] * shape.dilation[d] + [j, k][d] * shape.stride[d]);
                    let ([top, below], [left, right]) = (shape.padding[0], shape.padding[1]);
                    if y < top + iv + below && x < left + ih + right {
                        padded += 1;
                    }
                    if (top..top + iv).contains(&y) && (left..left + ih).contains(&x) {
                        window.push((i * iv + y - top) * ih + x - left);
                    }
                }
                all.push(((i * ov + j) * oh + k, window, padded));
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
        let expected: Vec<f32> = windows.iter().map(|(_, w, _)| x[winner(&x, w)]).collect();
        let mut expected_bar = vec![0.0; x.len()];
        for (o, w, _) in &windows {
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
    fn the_average_shares_value_and_gradient((shape, samples, x, p_bar) in cases(), with_padding: bool) {
        let over = if with_padding { Over::Padded } else { Over::Inside };
        let (mut p, mut x_bar) = (vec![9.0; p_bar.len()], vec![9.0; x.len()]);
        avg_pool_forward(&shape, over, &x, &mut p, &Workers::inline());
        avg_pool_backward(&shape, over, &p_bar, &mut x_bar, &Workers::inline());
        let mut expected_bar = vec![0.0; x.len()];
        // The sums are exact; the share and its product round once each. An element lies in 16 windows at most.
        let tolerance = 2.0 * f32::EPSILON * 3.0 * 16.0;
        for (o, w, padded) in windows(&shape, samples) {
            let n = if with_padding { padded } else { w.len() };
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
        dilation: [1, 1],
        padding: [[0, 0]; 2],
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
