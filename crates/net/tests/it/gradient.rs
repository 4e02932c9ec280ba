//! Whole-network gradients against differences, over random architectures, activations and costs.

use crate::config;
use gradflow::layers::strategies::nesting_with_state;
use gradflow::loss::strategies::{pairs, targets};
use gradflow::optim::Objective;
use gradflow::strategies::network;
use gradflow::{Activation, Arena, Cost, Loss, Model, Network, Output, Risk};
use gradflow_gradcheck::{GradCheck, Report};
use proptest::prelude::*;

/// The project's criterion: `|a - n| <= 1e-6 max(|a|, |n|, max|g|)`.
const TOLERANCE: f64 = 1e-6;

/// Every activation, a user's pair among them.
fn activations() -> Vec<Activation> {
    let mut all = Activation::ALL.to_vec();
    all.push(Activation::custom(
        "z + sin z / 2",
        |z| z + 0.5 * z.sin(),
        |z| 1.0 + 0.5 * z.cos(),
    ));
    all
}

/// A network with a cost that suits it, targets and inputs for some samples.
#[derive(Debug, Clone)]
struct Case {
    network: Network<f64>,
    cost: Cost,
    x: Vec<f64>,
    y: Vec<f64>,
    weights: Option<Vec<f64>>,
    samples: usize,
    seed: u64,
}

fn case(activations: Vec<Activation>) -> impl Strategy<Value = Case> {
    let cost = proptest::sample::select(pairs());
    let unit = proptest::sample::select(vec![Activation::SoftLogistic]);
    let last = proptest::sample::select(activations.clone());
    (cost, unit, last, 1..=4_usize, 1..=3_usize, any::<u64>())
        .prop_flat_map(move |(cost, unit, last, n_out, samples, seed)| {
            let last = if cost.requires_unit_interval() {
                unit
            } else if cost.output() == Output::Logistic && last == Activation::Logistic {
                Activation::Tanh // the logistic function twice is refused
            } else {
                last
            };
            // Soft-max of one output is no output.
            let n_out = if cost.check(1).is_err() {
                n_out + 1
            } else {
                n_out
            };
            let y = targets(&cost, n_out, samples);
            (
                network(activations.clone(), last, n_out..=n_out),
                Just(cost),
                y,
                Just(samples),
                Just(seed),
            )
        })
        .prop_flat_map(|(network, cost, y, samples, seed)| {
            let x = proptest::collection::vec(-1.5..1.5_f64, samples * network.input().len());
            let weights = proptest::option::of(proptest::collection::vec(0.1..2.0_f64, samples));
            (
                Just(network),
                Just(cost),
                Just(y),
                x,
                weights,
                Just(samples),
                Just(seed),
            )
        })
        .prop_map(|(network, cost, y, x, weights, samples, seed)| Case {
            network,
            cost,
            x,
            y,
            weights,
            samples,
            seed,
        })
}

/// The analytic gradient of a case against its differences, with batches in pieces of `capacity`.
fn report(case: &Case, capacity: usize) -> Report {
    let Case {
        network,
        cost,
        x,
        y,
        weights,
        samples,
        seed,
    } = case;
    let model = Model::new(network.clone(), cost.clone(), *seed).expect("a case is sound");
    let theta = model.theta();
    let (x, y) = (
        network.input().columns(x, *samples),
        network.output().columns(y, *samples),
    );
    let mut arena = Arena::training(network, capacity).expect("memory");
    let mut risk = Risk::new(&model, x, y, &mut arena).expect("a case fits");
    if let Some(weights) = weights {
        risk = risk.with_weights(weights).expect("one weight a sample");
    }
    let mut gradient = vec![0.0; theta.len()];
    let with_gradient = risk.value_and_gradient(theta, &mut gradient);
    // The same sum with and without the gradient: the same cost up to the rounding of another grouping.
    let alone = risk.value(theta);
    assert!(
        (with_gradient - alone).abs() <= 1e-12 * alone.abs().max(1.0),
        "{with_gradient} and {alone}"
    );
    GradCheck::new()
        .report(|theta| risk.value(theta), theta, &gradient)
        .expect("finite")
}

proptest! {
    #![proptest_config(config(192))]

    #[test]
    fn gradient_equals_differences(case in case(activations())) {
        let report = report(&case, case.samples);
        // A point at a kink of ReLU or max-pooling has no gradient; the checker names it, and another point is drawn.
        prop_assume!(report.kinks.is_empty());
        prop_assert!(report.is_within(TOLERANCE), "{report:?}");
    }

    #[test]
    fn gradient_of_smooth_networks_has_no_kinks(
        case in case(activations().into_iter().filter(|a| !a.has_kink()).collect())
            .prop_filter("max-pooling has kinks", |case| !case.network.layers().any(|l| l.spec().name.contains("max-pool")))
            .prop_filter("so have some losses", |case| !matches!(
                case.cost.loss(),
                Loss::AbsoluteError | Loss::Quantile { .. } | Loss::Hinge
            )),
    ) {
        let report = report(&case, case.samples);
        prop_assert_eq!(report.kinks.len(), 0, "{:?}", report);
        prop_assert!(report.is_within(TOLERANCE), "{report:?}");
    }

    #[test]
    fn batches_in_pieces_have_the_same_gradient(case in case(activations())) {
        let report = report(&case, 1);
        prop_assume!(report.kinks.is_empty());
        prop_assert!(report.is_within(TOLERANCE), "{report:?}");
    }
}

/// A network with chains, residuals and branches within one another, batch statistics and random draws among the layers.
fn nested() -> impl Strategy<Value = Network<f64>> {
    let smooth: Vec<_> = activations()
        .into_iter()
        .filter(|a| !a.has_kink())
        .collect();
    let drafts = nesting_with_state(proptest::sample::select(smooth));
    (
        proptest::collection::vec(drafts, 1..=3),
        [1..=2_usize, 2..=4, 2..=4],
    )
        .prop_map(|(drafts, input)| {
            drafts
                .into_iter()
                .fold(Network::builder(input), |builder, draft| {
                    builder.layer(move |input| draft.layer(input))
                })
                .dense(2, Activation::Identity)
                .build()
        })
        .prop_filter_map("every layer fits by construction", Result::ok)
        // Two passes for each parameter: small ones are checked often rather than large ones seldom.
        .prop_filter("few parameters", |network| network.parameters() <= 200)
}

proptest! {
    #![proptest_config(config(128))]

    /// Whole networks of nested layers with state and draws, in one piece and in pieces of three samples.
    #[test]
    fn gradient_of_nested_networks_with_state(
        network in nested(),
        samples in 3..=6_usize,
        cost in proptest::sample::select(vec![Cost::regression(), Cost::classification(), Cost::binary()]),
        seed in any::<u64>(),
    ) {
        let numbers = |n: usize, shift: f64| -> Vec<f64> {
            (0..n).map(|i| (i as f64 * 0.7 + shift + (seed % 97) as f64).sin()).collect()
        };
        let y = (0..2 * samples).map(|i| f64::from(u8::from(i % 4 == 0 || i % 4 == 3))).collect();
        let case = Case {
            x: numbers(samples * network.input().len(), 0.3),
            y,
            cost,
            weights: None,
            samples,
            seed,
            network,
        };
        for capacity in [samples, 3] {
            if samples % capacity == 1 {
                continue; // a piece of one sample has no batch statistics
            }
            let report = report(&case, capacity);
            prop_assume!(report.kinks.is_empty());
            prop_assert!(report.is_within(TOLERANCE), "{report:?}");
        }
    }
}
