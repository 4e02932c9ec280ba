//! What is refused, with which words; and what survives a file.

use gradflow_loss::{
    Cost, CostError, Loss, Output, Targets, balanced, class_weights, class_weights_of_targets,
    strategies,
};
use gradflow_tensor::Batch;
use proptest::prelude::*;

fn batch(data: &[f64], size: usize) -> Batch<'_, f64> {
    Batch::new(data, size).unwrap()
}

#[test]
fn categorical_cross_entropy_needs_soft_max() {
    for output in [Output::Identity, Output::Logistic] {
        let loss = Loss::CategoricalCrossEntropy;
        assert_eq!(
            Cost::new(output, loss.clone()),
            Err(CostError::Impossible { output, loss })
        );
    }
    let error = Cost::new(Output::Logistic, Loss::CategoricalCrossEntropy).unwrap_err();
    assert_eq!(
        error.to_string(),
        "categorical cross-entropy needs the outputs to be a distribution over classes: soft-max, but the output is logistic"
    );
    // Eight of the identity, without categorical; soft-max and logistic have no hinge and no criterion.
    assert_eq!(strategies::pairs().len(), 8 + 6 + 7);
}

#[test]
fn only_cross_entropy_of_a_bare_activation_restricts_the_activation() {
    let restricted: Vec<Cost> = strategies::pairs()
        .into_iter()
        .filter(Cost::requires_unit_interval)
        .collect();
    assert_eq!(
        restricted,
        [Cost::new(Output::Identity, Loss::CrossEntropy).unwrap()]
    );
}

#[test]
fn numbers_of_outputs() {
    for cost in strategies::pairs() {
        assert_eq!(cost.check(0), Err(CostError::NoOutputs));
        assert_eq!(cost.check(2), Ok(()));
        let one = match cost.output() {
            Output::Softmax => Err(CostError::SoftmaxOfOne),
            _ => Ok(()),
        };
        assert_eq!(cost.check(1), one);
        if let Loss::Criterion(_) = cost.loss() {
            continue;
        }
        let weighted = cost.with_weights(vec![1.0, 2.0]).unwrap();
        assert_eq!(weighted.check(2), Ok(()));
        assert_eq!(
            weighted.check(3),
            Err(CostError::WeightCount {
                expected: 3,
                found: 2
            })
        );
    }
}

#[test]
fn invalid_weights() {
    let cost = Cost::new(Output::Identity, Loss::SquaredError).unwrap();
    for bad in [-1.0, f64::NAN, f64::INFINITY] {
        match cost.clone().with_weights(vec![1.0, bad]) {
            Err(CostError::Weight { index: 1, value }) => {
                assert_eq!(value.to_bits(), bad.to_bits());
            }
            other => panic!("{other:?}"),
        }
    }
    for zeros in [vec![], vec![0.0, 0.0]] {
        assert_eq!(
            cost.clone().with_weights(zeros),
            Err(CostError::ZeroWeights)
        );
    }
}

#[test]
fn batches_that_do_not_fit() {
    let cost = Cost::new(Output::Softmax, Loss::CategoricalCrossEntropy).unwrap();
    let p = [0.0; 4];
    let check = |p: &[f64], y: &[f64], size, weights| {
        cost.check_batch(batch(p, 2), batch(y, size), weights)
    };
    assert_eq!(check(&p, &[1.0, 0.0, 1.0, 0.0], 2, None), Ok(()));
    assert_eq!(
        check(&p, &p, 4, None),
        Err(CostError::TargetSize {
            expected: 2,
            found: 4
        })
    );
    assert_eq!(
        check(&p, &[1.0, 0.0], 2, None),
        Err(CostError::TargetCount {
            expected: 2,
            found: 1
        })
    );
    assert_eq!(check(&[], &[], 2, None), Err(CostError::EmptyBatch));
    assert_eq!(
        check(&p, &p, 2, Some(&[1.0])),
        Err(CostError::SampleWeightCount {
            expected: 2,
            found: 1
        })
    );
    assert_eq!(
        check(&p, &p, 2, Some(&[0.0, 0.0])),
        Err(CostError::ZeroWeights)
    );
    assert_eq!(
        check(&p, &p, 2, Some(&[1.0, -2.0])),
        Err(CostError::Weight {
            index: 1,
            value: -2.0
        })
    );
    let error = check(&p, &[1.0, 0.0, 0.0, 3.0], 2, None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "target 3 (sample 1, component 1): categorical cross-entropy needs targets in [0, 1]"
    );
}

#[test]
fn targets_where_the_loss_is_defined() {
    let squared = Cost::new(Output::Identity, Loss::SquaredError).unwrap();
    assert_eq!(squared.check_targets(batch(&[-7.0, 1e300], 1)), Ok(()));
    assert!(squared.check_targets(batch(&[f64::INFINITY], 1)).is_err());
    for cost in strategies::pairs() {
        let at = |y| match cost.check_targets(batch(&[0.0, y], 2)) {
            Ok(()) => None,
            Err(CostError::Target {
                sample, component, ..
            }) => Some((sample, component)),
            Err(other) => panic!("{other:?}"),
        };
        assert_eq!(at(f64::NAN), Some((0, 1)));
        assert_eq!(at(f64::INFINITY), Some((0, 1)));
        assert_eq!((at(0.0), at(1.0)), (None, None));
        let anywhere = cost.loss().targets() == Targets::Finite;
        let between = cost.loss().targets() != Targets::ZeroOrOne;
        for outside in [-0.5, -0.001, -f64::MIN_POSITIVE, 1.0 + f64::EPSILON] {
            assert_eq!(at(outside).is_none(), anywhere, "{cost} {outside}");
        }
        assert_eq!(at(0.5).is_none(), between, "{cost}");
    }
}

#[test]
fn a_mean_over_nothing_is_not_a_number() {
    for cost in strategies::pairs() {
        let none = batch(&[], 2);
        assert!(cost.value(none, none, None, 1.0 / 0.0).is_nan());
        let some = batch(&[0.5; 4], 2);
        let no_weight = 1.0 / 0.0;
        assert!(
            cost.value(some, some, Some(&[0.0, 0.0]), no_weight)
                .is_nan()
        );
        assert_eq!(cost.value(some, some, Some(&[0.0, 0.0]), 1.0), 0.0);
    }
}

#[test]
fn classes() {
    assert_eq!(
        balanced(&[0, 3], 3),
        Err(CostError::Label {
            sample: 1,
            label: 3,
            classes: 3
        }),
    );
    assert_eq!(
        balanced(&[0, 2, 0], 3),
        Err(CostError::EmptyClass { class: 1 })
    );
    assert_eq!(
        balanced(&[0, 2, usize::MAX - 1], usize::MAX),
        Err(CostError::EmptyClass { class: 1 })
    );
    assert_eq!(balanced(&[], 2), Err(CostError::EmptyClass { class: 0 }));
    assert_eq!(
        class_weights::<f32>(&[0, 1, 2], &[1.0, 1.0]),
        Err(CostError::Label {
            sample: 2,
            label: 2,
            classes: 2
        })
    );
    assert_eq!(
        class_weights::<f32>(&[0], &[f64::NAN, 1.0]).map_err(|e| e.to_string()),
        Err("weight 0 is NaN: weights are finite and not negative".to_owned())
    );
    assert_eq!(
        class_weights_of_targets(batch(&[1.0, 0.0], 2), &[1.0]),
        Err(CostError::WeightCount {
            expected: 2,
            found: 1
        })
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn balanced_classes_weigh_the_same(mut labels in prop::collection::vec(0..4_usize, 0..30)) {
        labels.extend(0..4);
        let weights = balanced(&labels, 4).unwrap();
        let samples: Vec<f64> = class_weights(&labels, &weights).unwrap();
        let share = labels.len() as f64 / 4.0;
        for class in 0..4 {
            let of_class = labels.iter().zip(&samples).filter(|(label, _)| **label == class);
            let sum: f64 = of_class.map(|(_, w)| w).sum();
            prop_assert!((sum - share).abs() < 1e-13 * share);
        }
        // One-hot targets say the same as labels.
        let one_hot: Vec<f64> = labels
            .iter()
            .flat_map(|label| (0..4).map(move |a| f64::from(u8::from(a == *label))))
            .collect();
        let of_targets = class_weights_of_targets(Batch::new(&one_hot, 4).unwrap(), &weights);
        prop_assert_eq!(of_targets, Ok(samples));
    }

    #[test]
    fn a_cost_survives_a_file(cost in (2..5_usize).prop_flat_map(strategies::cost)) {
        let file = serde_json::to_string(&cost).unwrap();
        let read = serde_json::from_str::<Cost>(&file).unwrap();
        prop_assert_eq!(&read.resolve(strategies::registry()).unwrap(), &cost);
        // Unless the loss is the user's, the file says all.
        let own = matches!(cost.loss(), Loss::Custom(_) | Loss::Criterion(_));
        prop_assert_eq!(read == cost, !own);
    }
}

#[test]
fn a_file_is_checked_like_everything_else() {
    let read = |file: &str| serde_json::from_str::<Cost>(file).map_err(|e| e.to_string());
    let short = read(r#"{"output": "Softmax", "loss": "CrossEntropy"}"#);
    assert_eq!(
        short,
        Ok(Cost::new(Output::Softmax, Loss::CrossEntropy).unwrap())
    );
    for (file, words) in [
        (
            r#"{"output": "Identity", "loss": "CategoricalCrossEntropy"}"#,
            "needs the outputs to be a distribution",
        ),
        (
            r#"{"output": "Identity", "loss": "SquaredError", "weights": [0, -1]}"#,
            "weight 1 is -1",
        ),
        (
            r#"{"output": "Identity", "loss": "SquaredError", "weight": [1]}"#,
            "unknown field `weight`",
        ),
    ] {
        let error = read(file).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
}
