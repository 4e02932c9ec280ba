//! Whole-network gradients against differences, over random architectures, activations and costs.

use crate::cases::{Case, activations, nested, plain, smooth};
use gradflow::optim::Objective;
use gradflow::{Arena, Loss, Model, Risk};
use gradflow_gradcheck::{GradCheck, GradientReport};
use gradflow_testing::config;
use proptest::prelude::*;

/// The project's criterion: `|a - n| <= 1e-6 max(|a|, |n|, max|g|)`.
const TOLERANCE: f64 = 1e-6;

/// The analytic gradient of a case against its differences, with batches in pieces of `capacity`.
fn report(case: &Case, capacity: usize) -> GradientReport {
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

/// Whether the cost has a gradient everywhere in `theta`, where activations have.
fn is_smooth(case: &Case) -> bool {
    let kinks = matches!(
        case.cost.loss(),
        Loss::AbsoluteError | Loss::Quantile { .. } | Loss::Hinge
    );
    let mut names = case.network.layers().map(|layer| layer.spec().name.clone());
    !kinks && !names.any(|name| name.contains("max-pool"))
}

proptest! {
    #![proptest_config(config(192))]

    #[test]
    fn gradient_equals_differences(case in plain(activations())) {
        let report = report(&case, case.samples);
        // A point at a kink of ReLU or max-pooling has no gradient; the checker names it, and another point is drawn.
        prop_assume!(report.kinks.is_empty());
        prop_assert!(report.is_within(TOLERANCE), "{report:?}");
    }

    #[test]
    fn gradient_of_smooth_networks_has_no_kinks(
        case in plain(smooth()).prop_filter("max-pooling and some losses have kinks", is_smooth),
    ) {
        let report = report(&case, case.samples);
        prop_assert_eq!(report.kinks.len(), 0, "{:?}", report);
        prop_assert!(report.is_within(TOLERANCE), "{report:?}");
    }

    #[test]
    fn batches_in_pieces_have_the_same_gradient(case in plain(activations())) {
        let report = report(&case, 1);
        prop_assume!(report.kinks.is_empty());
        prop_assert!(report.is_within(TOLERANCE), "{report:?}");
    }
}

proptest! {
    #![proptest_config(config(128))]

    /// Whole networks of nested layers with state and draws, in one piece and in pieces of three samples.
    #[test]
    fn gradient_of_nested_networks_with_state(case in nested(smooth())) {
        for capacity in [case.samples, 3] {
            if case.samples % capacity == 1 {
                continue; // a piece of one sample has no batch statistics
            }
            let report = report(&case, capacity);
            prop_assume!(report.kinks.is_empty());
            prop_assert!(report.is_within(TOLERANCE), "{report:?}");
        }
    }
}
