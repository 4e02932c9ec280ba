//! Infinite logits, and terms whose factor is zero.

use gradflow_kernels::Real;
use gradflow_loss::{Cost, Loss, Output, strategies};
use gradflow_tensor::{Batch, BatchMut};

use crate::one;

const INFINITE: f64 = f64::INFINITY;

fn new(output: Output, loss: Loss) -> Cost {
    Cost::new(output, loss).unwrap()
}

/// Cost, logits, target, value, gradient.
type Case<'a> = (&'a Cost, &'a [f64], &'a [f64], f64, &'a [f64]);

#[test]
fn terms_whose_factor_is_zero_are_dropped() {
    let (binary, categorical) = (Cost::binary(), Cost::classification());
    let entrywise = new(Output::Softmax, Loss::CrossEntropy);
    let squared = new(Output::Softmax, Loss::SquaredError);
    let squares = new(Output::Logistic, Loss::SquaredError);
    let e = 1.0_f64.exp();
    let far = 0.313_261_687_518_222_84; // log(1 + e^-1)
    let cases: &[Case] = &[
        (
            &categorical,
            &[0.0, -INFINITE, 1.0],
            &[1.0, 0.0, 0.0],
            1.0 + far,
            &[1.0 / (1.0 + e) - 1.0, 0.0, e / (1.0 + e)],
        ),
        (
            &categorical,
            &[INFINITE, 0.0],
            &[1.0, 0.0],
            0.0,
            &[0.0, 0.0],
        ),
        (
            &categorical,
            &[INFINITE, 0.0],
            &[0.0, 1.0],
            INFINITE,
            &[1.0, -1.0],
        ),
        (
            &categorical,
            &[-INFINITE, -INFINITE],
            &[0.0, 1.0],
            2.0_f64.ln(),
            &[0.5, -0.5],
        ),
        (&entrywise, &[0.0, -INFINITE], &[1.0, 0.0], 0.0, &[0.0, 0.0]),
        (
            &entrywise,
            &[0.0, -INFINITE, 1.0],
            &[1.0, 0.0, 0.0],
            2.0 * (1.0 + far) / 3.0,
            &[-2.0 * e / (1.0 + e) / 3.0, 0.0, 2.0 * e / (1.0 + e) / 3.0],
        ),
        (
            &entrywise,
            &[INFINITE, 0.0, 0.0],
            &[1.0, 0.0, 0.0],
            0.0,
            &[0.0, 0.0, 0.0],
        ),
        (&squared, &[INFINITE, 0.0], &[0.0, 1.0], 0.5, &[0.0, 0.0]),
        (&binary, &[-INFINITE], &[0.0], 0.0, &[0.0]),
        (&binary, &[INFINITE], &[1.0], 0.0, &[0.0]),
        (&binary, &[INFINITE], &[0.0], INFINITE, &[1.0]),
        (&binary, &[-INFINITE], &[0.25], INFINITE, &[-0.25]),
        (&squares, &[-INFINITE], &[0.0], 0.0, &[0.0]),
        (&squares, &[INFINITE], &[0.0], 0.5, &[0.0]),
    ];
    for (cost, p, y, value, gradient) in cases {
        let (found, p_bar) = one(cost, p, y);
        let close = |a: f64, b: f64| a == b || (a - b).abs() < 1e-15;
        assert!(
            close(found, *value),
            "{cost} {p:?} {y:?}: {found}, not {value}"
        );
        let all = p_bar.iter().zip(*gradient).all(|(a, b)| close(*a, *b));
        assert!(all, "{cost} {p:?} {y:?}: {p_bar:?}, not {gradient:?}");
    }
}

#[test]
fn single_precision_reaches_as_far() {
    let categorical = Cost::classification();
    let far = [3e38_f32, -3e38];
    assert_eq!(one(&categorical, &far, &[1.0, 0.0]), (0.0, vec![0.0, 0.0]));
    // The difference does not fit f32, the value is f64.
    let (value, p_bar) = one(&categorical, &far, &[0.0, 1.0]);
    assert_eq!(
        (value, &p_bar[..]),
        (2.0 * f64::from(3e38_f32), &[1.0, -1.0][..])
    );
    let (value, _) = one(
        &categorical,
        &[0.0_f32, f32::NEG_INFINITY, 1.0],
        &[1.0, 0.0, 0.0],
    );
    assert!((value - 1.313_261_7).abs() < 1e-7);
    assert_eq!(
        one(&Cost::binary(), &[f32::NEG_INFINITY], &[0.0]),
        (0.0, vec![0.0])
    );
}

#[test]
fn predictions_at_infinite_logits_are_limits() {
    for (p, zeta) in [
        ([0.0, -INFINITE, 0.0], [0.5, 0.0, 0.5]),
        ([0.0, INFINITE, 1.0], [0.0, 1.0, 0.0]),
        ([INFINITE, INFINITE, 1.0], [0.5, 0.5, 0.0]),
    ] {
        assert_eq!(Output::Softmax.of(&p), zeta);
        assert_eq!(
            Output::Softmax.of(&p.map(|p| p as f32)),
            zeta.map(|z| z as f32)
        );
    }
}

/// Two samples of two components, the second of which must not count.
fn of_weights<T: Real>(cost: &Cost, p: &[T], y: &[T], weights: Option<&[T]>) -> (f64, Vec<T>) {
    let mut p_bar = vec![T::from_f64(f64::NAN); p.len()];
    let batch = |x| Batch::new(x, 2).unwrap();
    let target = BatchMut::new(&mut p_bar, 2).unwrap();
    let value = cost.value_and_gradient(batch(p), batch(y), weights, 0.5, target);
    let alone = cost.value(batch(p), batch(y), weights, 0.5);
    assert!((value - alone).abs() <= 1e-6 * value.abs());
    (value, p_bar)
}

#[test]
fn a_sample_without_weight_counts_for_nothing_whatever_it_is() {
    for cost in strategies::pairs() {
        for bad in [f64::NAN, INFINITE, -INFINITE, 1e300] {
            for order in [[1.0, 0.0], [0.0, 1.0]] {
                let sample = |s: usize| {
                    if order[s] == 0.0 {
                        [bad, 0.5]
                    } else {
                        [0.25, 0.5]
                    }
                };
                let p = [sample(0), sample(1)].concat();
                let y = [1.0, 0.0, 1.0, 0.0];
                let (value, p_bar) = of_weights(&cost, &p, &y, Some(&order));
                assert!(value.is_finite(), "{cost} {bad}");
                let out = if order[0] == 0.0 {
                    &p_bar[..2]
                } else {
                    &p_bar[2..]
                };
                assert_eq!(out, [0.0, 0.0], "{cost} {bad}");
                assert!(p_bar.iter().all(|g| g.is_finite()));
            }
        }
    }
}

#[test]
fn a_component_without_weight_counts_for_nothing_whatever_it_is() {
    for cost in strategies::pairs() {
        // Through soft-max all components meet in each.
        let Ok(cost) = cost.with_weights(vec![1.0, 0.0]) else {
            continue;
        };
        if cost.output() == Output::Softmax {
            continue;
        }
        for bad in [f64::NAN, INFINITE, -INFINITE, 1e300] {
            let (value, p_bar) =
                of_weights(&cost, &[0.25, bad, 0.5, 0.5], &[1.0, 0.0, 1.0, 0.0], None);
            assert!(value.is_finite(), "{cost} {bad}");
            assert_eq!(p_bar[1], 0.0, "{cost} {bad}");
        }
    }
}

/// Samples are taken several at a time: infinite ones alone, and beside others.
#[test]
fn many_samples_with_infinite_logits_are_limits() {
    for cost in [
        Cost::classification(),
        new(Output::Softmax, Loss::CrossEntropy),
    ] {
        for finite in [0, 1, 50] {
            let samples = 100;
            let logit = |s: usize| if s < finite { 1.0 } else { INFINITE };
            let p: Vec<f64> = (0..samples).flat_map(|s| [logit(s), 0.0]).collect();
            let y = [1.0, 0.0].repeat(samples);
            let mut p_bar = vec![f64::NAN; p.len()];
            let value = cost.value_and_gradient(
                Batch::new(&p, 2).unwrap(),
                Batch::new(&y, 2).unwrap(),
                None,
                1.0,
                BatchMut::new(&mut p_bar, 2).unwrap(),
            );
            let (one, slope) = one(&cost, &[1.0, 0.0], &[1.0, 0.0]);
            // So many roundings of a sum, and one of a slope.
            assert!(
                (value - finite as f64 * one).abs() <= 1e-14 * value,
                "{value}"
            );
            for (s, g) in p_bar.chunks(2).enumerate() {
                for (g, slope) in g.iter().zip(&slope) {
                    let expected = if s < finite { *slope } else { 0.0 };
                    assert!((g - expected).abs() <= 1e-15, "{cost} {s}: {g} {expected}");
                }
            }
        }
    }
}

/// Where one output has all of the probability, the others still share what is left by their logits.
#[test]
fn what_a_far_logit_leaves_is_shared() {
    let cost = new(Output::Softmax, Loss::CrossEntropy);
    let (p, y) = ([1000.0, 1.0, 0.0], [0.5, 0.25, 0.25]);
    // log zeta = p - 1000; log(1 - zeta_0) = log(e + 1) - 1000, log(1 - zeta) = 0 of the others.
    let e = 1.0_f64.exp();
    let value = (0.5 * (1000.0 - (1.0 + e).ln()) + 0.25 * (999.0 + 1000.0)) / 3.0;
    let share = e / (1.0 + e);
    let slopes = [1.0, -0.5 * share - 0.25, -0.5 * (1.0 - share) - 0.25];
    let (found, p_bar) = one(&cost, &p, &y);
    assert!((found / value - 1.0).abs() < 1e-14, "{found} {value}");
    for (g, slope) in p_bar.iter().zip(slopes) {
        assert!((g - slope / 3.0).abs() < 1e-14, "{p_bar:?}");
    }
}
