//! Every gradient against differences, and the theorems on means, weights and soft-max.

use gradflow_loss::{Cost, Loss, Output, SoftmaxJacobian, strategies};
use gradflow_tensor::{Batch, BatchMut};
use gradflow_testing::config;
use proptest::collection::vec;
use proptest::prelude::*;

/// The share under which the cost is the samples' weighted mean.
fn share(samples: usize, weights: Option<&[f64]>) -> f64 {
    1.0 / weights.map_or(samples as f64, |w| w.iter().sum())
}

fn value_and_gradient(
    cost: &Cost,
    n: usize,
    p: &[f64],
    y: &[f64],
    weights: Option<&[f64]>,
) -> (f64, Vec<f64>) {
    let mut p_bar = vec![f64::NAN; p.len()]; // overwritten, not added to
    let value = cost.value_and_gradient(
        Batch::new(p, n).unwrap(),
        Batch::new(y, n).unwrap(),
        weights,
        share(p.len() / n, weights),
        BatchMut::new(&mut p_bar, n).unwrap(),
    );
    (value, p_bar)
}

fn value(cost: &Cost, n: usize, p: &[f64], y: &[f64], weights: Option<&[f64]>) -> f64 {
    cost.value(
        Batch::new(p, n).unwrap(),
        Batch::new(y, n).unwrap(),
        weights,
        share(p.len() / n, weights),
    )
}

/// The naive output map: exponentials as printed.
fn naive_map(output: Output, p: &[f64]) -> Vec<f64> {
    let exp_sum: f64 = p.iter().map(|p| p.exp()).sum();
    let zeta = |p: &f64| match output {
        Output::Identity => *p,
        Output::Logistic => 1.0 / (1.0 + (-p).exp()),
        Output::Softmax => p.exp() / exp_sum,
    };
    p.iter().map(zeta).collect()
}

/// The naive loss of one component, as printed.
fn naive_entry(loss: &Loss, v: f64, y: f64) -> f64 {
    let e = y - v;
    match loss {
        Loss::SquaredError => 0.5 * e * e,
        Loss::CrossEntropy => -y * v.ln() - (1.0 - y) * (1.0 - v).ln(),
        Loss::CategoricalCrossEntropy => -y * v.ln(),
        Loss::Huber { delta } if e.abs() <= *delta => 0.5 * e * e,
        Loss::Huber { delta } => delta * (e.abs() - delta / 2.0),
        Loss::AbsoluteError => e.abs(),
        Loss::Quantile { tau } => f64::max(tau * e, (tau - 1.0) * e),
        Loss::Hinge => f64::max(0.0, 1.0 - (2.0 * y - 1.0) * v),
        Loss::Custom(loss) => loss.value(v, y),
        other => panic!("{other} is not entrywise"),
    }
}

/// The naive transcription of (19)-(22): exponentials and logarithms as printed.
fn naive(cost: &Cost, n: usize, p: &[f64], y: &[f64], weights: Option<&[f64]>) -> f64 {
    let ones = vec![1.0; p.len()];
    let w = cost.weights().unwrap_or(&ones);
    let omega = weights.unwrap_or(&ones);
    let classes = if cost.output() == Output::Softmax {
        n
    } else {
        2
    };
    let s = cost.label_smoothing();
    let smooth = |y: f64| (1.0 - s) * y + s / classes as f64;
    let mut sum = 0.0;
    let mut total = 0.0;
    for (s, (p, y)) in p.chunks(n).zip(y.chunks(n)).enumerate() {
        let l = match cost.loss() {
            Loss::Criterion(criterion) => criterion.sample(p, y, &mut vec![0.0; n]),
            loss => {
                let zeta = naive_map(cost.output(), p);
                let entry = |a: usize| w[a] * naive_entry(loss, zeta[a], smooth(y[a]));
                let sum: f64 = (0..n).map(entry).sum();
                if loss.is_entrywise() {
                    sum / n as f64
                } else {
                    sum
                }
            }
        };
        sum += omega[s] * l;
        total += omega[s];
    }
    sum / total
}

/// Whether no component of a loss with kinks lies close to one, where differences mislead.
fn away_from_kinks(case: &Case) -> bool {
    let Case { cost, n, p, y, .. } = case;
    let kinks: &[f64] = match cost.loss() {
        Loss::Huber { delta } => &[*delta, -*delta],
        Loss::AbsoluteError | Loss::Quantile { .. } => &[0.0],
        Loss::Hinge => return p.iter().all(|p| (p.abs() - 1.0).abs() > 1e-2),
        _ => return true,
    };
    let zeta = p.chunks(*n).flat_map(|p| naive_map(cost.output(), p));
    zeta.zip(y)
        .all(|(v, y)| kinks.iter().all(|kink| (v - y - kink).abs() > 1e-2))
}

/// A few roundings of a component of the gradient: its terms are of the size of 1, the weights go up to 3.
fn rounding(g: f64) -> f64 {
    1e-14 * g.abs().max(1.0)
}

/// A cost, outputs, targets and sample weights.
#[derive(Debug, Clone)]
struct Case {
    cost: Cost,
    n: usize,
    p: Vec<f64>,
    y: Vec<f64>,
    weights: Option<Vec<f64>>,
}

fn case(max_n: usize, max_samples: usize) -> impl Strategy<Value = Case> {
    (1..=max_n, 1..=max_samples)
        .prop_flat_map(|(n, samples)| (strategies::cost(n), Just(n), Just(samples)))
        .prop_flat_map(|(cost, n, samples)| {
            let p = if cost.requires_unit_interval() {
                0.05..0.95
            } else {
                -6.0..6.0
            };
            let y = strategies::targets(&cost, n, samples);
            // Now and then a sample counts for nothing, but the first one does.
            let weight = prop_oneof![1 => Just(0.0), 4 => 0.1..4.0];
            let weights = (vec(weight, samples), 0.1..4.0).prop_map(|(mut weights, first)| {
                weights[0] = first;
                weights
            });
            let weights = proptest::option::of(weights);
            (Just(cost), Just(n), vec(p, n * samples), y, weights)
        })
        .prop_map(|(cost, n, p, y, weights)| Case {
            cost,
            n,
            p,
            y,
            weights,
        })
}

proptest! {
    #![proptest_config(config(1000))]

    #[test]
    fn gradients_agree_with_differences(
        case in case(6, 5).prop_filter("on a kink", away_from_kinks)
    ) {
        let Case { cost, n, p, y, weights } = case;
        let weights = weights.as_deref();
        let (_, p_bar) = value_and_gradient(&cost, n, &p, &y, weights);
        let report = gradflow_gradcheck::check(|p| value(&cost, n, p, &y, weights), &p, &p_bar);
        prop_assert!(report.is_ok(), "{:?} {}", cost, report.unwrap_err());
        prop_assert!(report.unwrap().kinks.is_empty());
    }

    #[test]
    fn values_agree_with_the_naive_transcription(case in case(40, 5)) {
        let Case { cost, n, p, y, weights } = case;
        let expected = naive(&cost, n, &p, &y, weights.as_deref());
        let (found, _) = value_and_gradient(&cost, n, &p, &y, weights.as_deref());
        // The naive forms lose up to e^6 roundings in 1 - zeta at logits of 6 in either direction.
        prop_assert!((found - expected).abs() <= 1e-10 * expected.abs().max(1.0), "{} {}", found, expected);
    }

    #[test]
    fn value_alone_has_the_same_bits_up_to_the_order_of_the_sum(case in case(40, 40)) {
        let Case { cost, n, p, y, weights } = case;
        let (with, _) = value_and_gradient(&cost, n, &p, &y, weights.as_deref());
        let alone = value(&cost, n, &p, &y, weights.as_deref());
        prop_assert!((with - alone).abs() <= 1e-14 * with.abs());
    }

    #[test]
    fn a_batch_is_the_mean_of_its_samples(case in case(5, 40)) {
        let Case { cost, n, p, y, weights } = case;
        let samples = p.len() / n;
        let weights = weights.unwrap_or(vec![1.0; samples]);
        let total: f64 = weights.iter().sum();
        let (value, p_bar) = value_and_gradient(&cost, n, &p, &y, Some(&weights));
        let mut mean = 0.0;
        for s in 0..samples {
            let one = s * n..(s + 1) * n;
            let (l, g) = value_and_gradient(&cost, n, &p[one.clone()], &y[one.clone()], None);
            mean += weights[s] / total * l;
            for (batch, g) in p_bar[one].iter().zip(g) {
                prop_assert!((batch - weights[s] / total * g).abs() <= rounding(g));
            }
        }
        prop_assert!((value - mean).abs() <= 1e-14 * mean.abs());
    }

    #[test]
    fn an_integer_weight_is_so_many_duplicates(
        case in case(5, 4), counts in vec(1..4_usize, 4)
    ) {
        let Case { cost, n, p, y, .. } = case;
        let samples = p.len() / n;
        let weights: Vec<f64> = counts.iter().take(samples).map(|c| *c as f64).collect();
        let repeat = |x: &[f64]| -> Vec<f64> {
            x.chunks(n).zip(&counts).flat_map(|(x, c)| x.repeat(*c)).collect()
        };
        let (weighted, p_bar) = value_and_gradient(&cost, n, &p, &y, Some(&weights));
        let (repeated, copies) = value_and_gradient(&cost, n, &repeat(&p), &repeat(&y), None);
        prop_assert!((weighted - repeated).abs() <= 1e-14 * repeated.abs());
        // The copies share what the weighted sample has alone.
        let mut copies = copies.chunks(n);
        for (g, count) in p_bar.chunks(n).zip(&counts) {
            let sum = copies.by_ref().take(*count).fold(vec![0.0; n], |sum, copy| {
                sum.iter().zip(copy).map(|(s, c)| s + c).collect()
            });
            for (g, sum) in g.iter().zip(sum) {
                prop_assert!((g - sum).abs() <= rounding(*g));
            }
        }
    }

    #[test]
    fn duplicating_every_sample_changes_nothing(case in case(5, 4)) {
        let Case { cost, n, p, y, weights } = case;
        let weights_twice = weights.as_ref().map(|w| w.repeat(2));
        let (once, _) = value_and_gradient(&cost, n, &p, &y, weights.as_deref());
        let (twice, _) =
            value_and_gradient(&cost, n, &p.repeat(2), &y.repeat(2), weights_twice.as_deref());
        prop_assert!((once - twice).abs() <= 1e-14 * once.abs());
    }

    #[test]
    fn unit_weights_are_no_weights(case in case(5, 4)) {
        let Case { cost, n, p, y, .. } = case;
        if let Loss::Criterion(_) = cost.loss() {
            return Ok(()); // no sum over components
        }
        let bare = Cost::new(cost.output(), cost.loss().clone()).unwrap();
        let ones = bare.clone().with_weights(vec![1.0; n]).unwrap();
        let (value, p_bar) = value_and_gradient(&bare, n, &p, &y, None);
        let (same, same_bar) =
            value_and_gradient(&ones, n, &p, &y, Some(&vec![1.0; p.len() / n]));
        prop_assert!((value - same).abs() <= 1e-14 * value);
        for (g, same) in p_bar.iter().zip(same_bar) {
            prop_assert!((g - same).abs() <= rounding(*g));
        }
    }

    #[test]
    fn pieces_add_up(case in case(5, 12), cut in 0.0..1.0_f64) {
        let Case { cost, n, p, y, weights } = case;
        let samples = p.len() / n;
        let cut = (cut * samples as f64) as usize;
        let share = 0.3;
        let piece = |samples: core::ops::Range<usize>| {
            let elements = samples.start * n..samples.end * n;
            let (p, y) = (&p[elements.clone()], &y[elements]);
            let weights = weights.as_ref().map(|w| &w[samples]);
            let mut p_bar = vec![f64::NAN; p.len()];
            let value = cost.value_and_gradient(
                Batch::new(p, n).unwrap(),
                Batch::new(y, n).unwrap(),
                weights,
                share,
                BatchMut::new(&mut p_bar, n).unwrap(),
            );
            (value, p_bar)
        };
        let (whole, p_bar) = piece(0..samples);
        let (first, mut pieces) = piece(0..cut);
        let (second, rest) = piece(cut..samples);
        pieces.extend(rest);
        prop_assert!((whole - (first + second)).abs() <= 1e-14 * whole.abs());
        // A vectorised exponential may round differently at the end of a slice.
        for (g, piece) in p_bar.iter().zip(pieces) {
            prop_assert!((g - piece).abs() <= rounding(*g));
        }
    }

    #[test]
    fn soft_max_costs_are_shift_invariant_and_their_gradients_sum_to_zero(
        case in case(6, 3), shift in -100_i32..100
    ) {
        let Case { cost, n, p, y, weights } = case;
        if cost.output() != Output::Softmax {
            return Ok(());
        }
        // Multiples of 2^-40: the shifted logits are exact, and so the results are the same to the bit.
        let quantum = 2.0_f64.powi(-40);
        let p: Vec<f64> = p.iter().map(|p| (p / quantum).round() * quantum).collect();
        let shifted: Vec<f64> = p.iter().map(|p| p + f64::from(shift)).collect();
        let (value, p_bar) = value_and_gradient(&cost, n, &p, &y, weights.as_deref());
        let moved = value_and_gradient(&cost, n, &shifted, &y, weights.as_deref());
        prop_assert_eq!((value, &p_bar), (moved.0, &moved.1));
        for g in p_bar.chunks(n) {
            let largest = g.iter().fold(0.0, |m: f64, g| m.max(g.abs()));
            prop_assert!(g.iter().sum::<f64>().abs() <= 1e-14 * largest.max(1.0));
        }
    }

    #[test]
    fn categorical_is_the_sum_of_the_entrywise_losses_for_two_outputs_only(
        p in vec(-6.0..6.0_f64, 3), y in 0.0..1.0_f64
    ) {
        let categorical = Cost::new(Output::Softmax, Loss::CategoricalCrossEntropy).unwrap();
        let entrywise = Cost::new(Output::Softmax, Loss::CrossEntropy).unwrap();
        // For two outputs 1 - zeta_0 = zeta_1, so that (22) adds the categorical loss twice and halves it.
        let two = [y, 1.0 - y];
        let (c, c_bar) = value_and_gradient(&categorical, 2, &p[..2], &two, None);
        let (e, e_bar) = value_and_gradient(&entrywise, 2, &p[..2], &two, None);
        prop_assert!((c - e).abs() <= 1e-14 * c.abs().max(1.0));
        for (c, e) in c_bar.iter().zip(e_bar) {
            prop_assert!((c - e).abs() <= 1e-14);
        }
        // For three it adds -(1 - y_a) log(1 - zeta_a) of the wrong classes, which is positive.
        let three = [1.0, 0.0, 0.0];
        let (c, _) = value_and_gradient(&categorical, 3, &p, &three, None);
        let (e, _) = value_and_gradient(&entrywise, 3, &p, &three, None);
        prop_assert!(3.0 * e > c);
    }

    #[test]
    fn the_jacobian_agrees_with_differences_and_with_its_product(
        p in (2..7_usize).prop_flat_map(|n| vec(-4.0..4.0_f64, n)), u in vec(-1.0..1.0_f64, 6)
    ) {
        let n = p.len();
        let u = &u[..n];
        let jacobian = SoftmaxJacobian::at(&p);
        let matrix = jacobian.matrix();
        prop_assert_eq!(jacobian.zeta(), Output::Softmax.of(&p));
        for a in 0..n {
            let row = &matrix[a * n..(a + 1) * n];
            gradflow_gradcheck::check(|p: &[f64]| Output::Softmax.of(p)[a], &p, row).unwrap();
        }
        let mut product = u.to_vec();
        jacobian.multiply(&mut product);
        for a in 0..n {
            let row: f64 = (0..n).map(|b| matrix[a * n + b] * u[b]).sum();
            prop_assert!((product[a] - row).abs() < 1e-15);
            for b in 0..n {
                prop_assert_eq!(matrix[a * n + b], matrix[b * n + a]);
            }
        }
    }

    #[test]
    fn predictions_are_distributions(p in vec(-1e3..1e3_f64, 7)) {
        let zeta = Output::Softmax.of(&p);
        prop_assert!((zeta.iter().sum::<f64>() - 1.0).abs() < 1e-14);
        prop_assert!(zeta.iter().all(|zeta| (0.0..=1.0).contains(zeta)));
        let pair = Output::Logistic.of(&[p[0], -p[0]]);
        prop_assert!((pair[0] + pair[1] - 1.0).abs() < 1e-15);
        prop_assert_eq!(Output::Identity.of(&p), p);
    }
}

#[test]
fn samples_larger_than_the_stack_buffer() {
    let n = 700;
    let p: Vec<f64> = (0..3 * n).map(|i| (i % 89) as f64 / 90.0 + 0.005).collect();
    let y: Vec<f64> = (0..3 * n).map(|i| (i % 7) as f64 / 7.0).collect();
    for cost in strategies::pairs() {
        let (with, _) = value_and_gradient(&cost, n, &p, &y, None);
        let alone = value(&cost, n, &p, &y, None);
        assert!((with - alone).abs() <= 1e-14 * with, "{cost:?}");
    }
}

#[test]
fn a_batch_of_predictions_is_the_predictions_of_its_samples() {
    for output in [Output::Identity, Output::Logistic, Output::Softmax] {
        let p: Vec<f32> = (0..3 * 50)
            .map(|i| (i * 37 % 101) as f32 / 10.0 - 5.0)
            .collect();
        let mut zeta = p.clone();
        output.apply(BatchMut::new(&mut zeta, 3).unwrap());
        let singles: Vec<f32> = p.chunks(3).flat_map(|p| output.of(p)).collect();
        // A vectorised exponential may round differently at the end of a slice.
        let close = |(a, b): (&f32, &f32)| (a - b).abs() <= 4.0 * f32::EPSILON * b.abs();
        assert!(zeta.iter().zip(&singles).all(close), "{output}");
    }
}

#[test]
fn a_wrong_gradient_would_be_noticed() {
    // The gradient of the categorical cost is not that of the entrywise one for three outputs.
    let [categorical, entrywise] = [Loss::CategoricalCrossEntropy, Loss::CrossEntropy]
        .map(|loss| Cost::new(Output::Softmax, loss).unwrap());
    let (p, y) = ([0.3, -0.2, 0.9], [0.0, 1.0, 0.0]);
    let (_, p_bar) = value_and_gradient(&categorical, 3, &p, &y, None);
    assert!(gradflow_gradcheck::check(|p| value(&entrywise, 3, p, &y, None), &p, &p_bar).is_err());
}
