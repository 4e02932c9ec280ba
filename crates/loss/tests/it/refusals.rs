//! What is refused, with which words; and what survives a file.

use gradflow_loss::{
    Cost, CostError, Loss, Output, Targets, WeightOf, balanced, check_sample_weights,
    class_weights, class_weights_of_targets, mean_one_weights, strategies,
};
use gradflow_tensor::Batch;
use gradflow_testing::config;
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
        "categorical cross-entropy needs the output soft-max, not logistic: use `Cost::classification()`, or `Cost::binary()` where classes do not exclude one another"
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
            Err(CostError::Weight {
                of: WeightOf::Component,
                index: 1,
                value,
            }) => {
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
fn weights_that_no_number_holds() {
    // All four finite, but not their sum.
    let huge = [1e308; 4];
    let cost = Cost::regression();
    let overflow = || CostError::WeightSum { number: "f64" };
    assert_eq!(cost.clone().with_weights(huge.to_vec()), Err(overflow()));
    assert_eq!(check_sample_weights(4, &huge), Err(overflow()));
    assert_eq!(mean_one_weights(4, &huge), Err(overflow()));
    assert_eq!(class_weights::<f64>(&[0], &huge), Err(overflow()));
    // In f64 they are weights, in f32 they vanish or overflow.
    let y = [0.0_f32; 2];
    for (weights, words) in [
        (
            [1e-60, 2e-60],
            "the weight of component 0 is 1e-60, which vanishes in f32",
        ),
        (
            [1.0, 1e-40],
            "the weight of component 1 is 1e-40, which vanishes in f32",
        ),
        ([1e39, 1.0], "the weights or their sum are infinite in f32"),
        ([3e38, 3e38], "the weights or their sum are infinite in f32"),
    ] {
        let weighted = cost.clone().with_weights(weights.to_vec()).unwrap();
        assert_eq!(weighted.check_targets(batch(&[0.0; 2], 2)), Ok(()));
        let error = weighted.check_targets(Batch::new(&y, 2).unwrap());
        let error = error.unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
        let y = Batch::new(&y, 2).unwrap();
        assert!(weighted.check_batch(y, y, None).is_err());
        assert!(class_weights::<f32>(&[0, 1], &weights).is_err() || weights[0] == 3e38);
    }
    // Zero is no weight that has vanished, nor is the smallest normal number.
    for least in [0.0, f64::from(f32::MIN_POSITIVE)] {
        let weighted = cost.clone().with_weights(vec![least, 1.0]).unwrap();
        assert_eq!(weighted.check_precision::<f32>(), Ok(()));
    }
}

#[test]
fn sample_weights_that_are_none() {
    for (weights, error) in [
        (
            &[1.0][..],
            CostError::SampleWeightCount {
                expected: 2,
                found: 1,
            },
        ),
        (
            &[1.0, -0.5],
            CostError::Weight {
                of: WeightOf::Sample,
                index: 1,
                value: -0.5,
            },
        ),
        (
            &[f64::INFINITY, 1.0],
            CostError::Weight {
                of: WeightOf::Sample,
                index: 0,
                value: f64::INFINITY,
            },
        ),
        (&[0.0, 0.0], CostError::ZeroWeights),
        (
            &[1.0, 1e-320],
            CostError::WeightVanishes {
                of: WeightOf::Sample,
                index: 1,
                value: 2e-320,
                number: "f64",
            },
        ),
    ] {
        let found = mean_one_weights(2, weights).unwrap_err();
        match (&found, &error) {
            (
                CostError::WeightVanishes { index: a, .. },
                CostError::WeightVanishes { index: b, .. },
            ) => {
                assert_eq!(a, b);
            }
            _ => assert_eq!(found, error),
        }
    }
    let single = mean_one_weights(2, &[1e30_f32, 1e-10]).unwrap_err();
    assert!(single.to_string().contains("vanishes in f32"), "{single}");
    // Weights of any size have a mean.
    assert_eq!(mean_one_weights(2, &[3e38_f32, 3e38]), Ok(vec![1.0, 1.0]));
    assert_eq!(mean_one_weights(2, &[0.0, 1e-300]), Ok(vec![0.0, 2.0]));
}

#[test]
fn constants_that_make_no_loss() {
    for (loss, words) in [
        (
            Loss::Huber { delta: 0.0 },
            "Huber: delta is 0, and must be positive and finite",
        ),
        (Loss::Huber { delta: -1.0 }, "delta is -1"),
        (Loss::Huber { delta: f64::NAN }, "delta is NaN"),
        (
            Loss::Huber {
                delta: f64::INFINITY,
            },
            "delta is inf",
        ),
        (
            Loss::Quantile { tau: 0.0 },
            "quantile: tau is 0, and must be in (0, 1)",
        ),
        (Loss::Quantile { tau: 1.0 }, "tau is 1"),
        (Loss::Quantile { tau: f64::NAN }, "tau is NaN"),
    ] {
        let error = Cost::new(Output::Identity, loss.clone()).unwrap_err();
        assert!(matches!(error, CostError::Constant { .. }));
        assert!(error.to_string().contains(words), "{error}");
        assert!(loss.validate().is_err());
    }
    for tiny in [
        Loss::Huber { delta: 1e-60 },
        Loss::Quantile { tau: 1e-60 },
        Loss::Quantile { tau: 1.0 - 1e-12 },
    ] {
        let cost = Cost::new(Output::Identity, tiny).unwrap();
        assert_eq!(cost.check_precision::<f64>(), Ok(()));
        assert!(
            cost.check_targets(Batch::new(&[0.0_f32], 1).unwrap())
                .is_err()
        );
    }
}

#[test]
fn pairs_that_are_impossible() {
    let hinge = Cost::new(Output::Logistic, Loss::Hinge).unwrap_err();
    assert_eq!(
        hinge.to_string(),
        "hinge needs the output identity, not logistic: the loss takes the outputs as they are, use `Output::Identity`"
    );
    let length = || Loss::criterion(strategies::Length);
    assert!(Cost::new(Output::Softmax, length()).is_err());
    let cost = Cost::new(Output::Identity, length()).unwrap();
    let error = cost.clone().with_weights(vec![1.0, 2.0]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "component weights do not apply to the criterion length, which is no sum over components"
    );
    let error = cost.with_label_smoothing(0.1).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("a cross-entropy, but the loss is length")
    );
    for s in [-0.1, 1.0, f64::NAN] {
        let error = Cost::classification().with_label_smoothing(s).unwrap_err();
        assert!(matches!(error, CostError::LabelSmoothing { .. }));
    }
    assert!(Cost::regression().with_label_smoothing(0.1).is_err());
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
            of: WeightOf::Sample,
            index: 1,
            value: -2.0
        })
    );
    let error = check(&p, &[1.0, 0.0, 0.0, 3.0], 2, None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a target is 3 (sample 1, component 1), but categorical cross-entropy needs targets in [0, 1]; other numbers are for `Cost::regression()`"
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
        Err("the weight of class 0 is NaN: it must be finite and not negative".to_owned())
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
    #![proptest_config(config(256))]

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
    fn weights_of_mean_one(mut weights in prop::collection::vec(0.0..1e3_f64, 1..40), scale in 1e-3..1e3_f64) {
        weights.push(1.0);
        let n = weights.len();
        let scaled = mean_one_weights(n, &weights).unwrap();
        prop_assert!((scaled.iter().sum::<f64>() / n as f64 - 1.0).abs() < 1e-12);
        // Only ratios matter.
        let other: Vec<f64> = weights.iter().map(|w| scale * w).collect();
        let same = mean_one_weights(n, &other).unwrap();
        prop_assert!(scaled.iter().zip(same).all(|(a, b)| (a - b).abs() <= 1e-12 * a));
        // Batches of one: their mean is the weighted mean of the whole set.
        let cost = Cost::regression();
        let (p, y) = (vec![0.0; n], Vec::from_iter((0..n).map(|s| s as f64)));
        let one = |s: usize| cost.value(batch(&p[s..=s], 1), batch(&y[s..=s], 1), Some(&scaled[s..=s]), 1.0);
        let mean = (0..n).map(one).sum::<f64>() / n as f64;
        let whole: f64 = (0..n).map(|s| weights[s] * 0.5 * y[s] * y[s]).sum();
        let whole = whole / weights.iter().sum::<f64>();
        prop_assert!((mean - whole).abs() <= 1e-12 * whole.max(1.0));
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
            r#"{"output": "Identity", "loss": {"Huber": {"delta": -1}}}"#,
            "delta is -1",
        ),
        (
            r#"{"output": "Identity", "loss": {"Quantile": {"tau": 1}}}"#,
            "tau is 1",
        ),
        (
            r#"{"output": "Identity", "loss": {"Huber": {"delta": 1, "tau": 1}}}"#,
            "unknown field `tau`",
        ),
        (
            r#"{"output": "Softmax", "loss": "CrossEntropy", "label_smoothing": 1}"#,
            "label smoothing of 1",
        ),
        (
            r#"{"output": "Identity", "loss": "SquaredError", "label_smoothing": 0.1}"#,
            "label smoothing needs targets that are probabilities",
        ),
        (
            r#"{"output": "Softmax", "loss": "Hinge"}"#,
            "needs the output identity",
        ),
        (
            r#"{"output": "Identity", "loss": "CategoricalCrossEntropy"}"#,
            "needs the output soft-max",
        ),
        (
            r#"{"output": "Identity", "loss": "SquaredError", "weights": [0, -1]}"#,
            "the weight of component 1 is -1",
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

/// What does not belong together is a mistake of the caller's, found before anything is read.
#[test]
fn sizes_that_do_not_belong_together_panic() {
    let message = |cost: &Cost, p: &[f64], y: (&[f64], usize), weights: Option<&[f64]>| {
        let work = || cost.value(batch(p, 2), batch(y.0, y.1), weights, 1.0);
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        let payload = panic.expect_err("sizes that differ");
        let text = payload.downcast_ref::<String>().map(String::as_str);
        text.or(payload.downcast_ref::<&str>().copied())
            .unwrap()
            .to_owned()
    };
    let plain = Cost::regression();
    let (p, y) = ([0.0; 4], [0.0; 4]);
    let another = "targets or gradient of another size or number";
    assert!(message(&plain, &p, (&y, 1), None).contains(another));
    assert!(message(&plain, &p, (&y[..2], 2), None).contains(another));
    let samples = message(&plain, &p, (&y, 2), Some(&[1.0]));
    assert_eq!(samples, "as many sample weights as samples");
    let weighted = plain.with_weights(vec![1.0; 3]).unwrap();
    let components = message(&weighted, &p, (&y, 2), None);
    assert_eq!(components, "as many component weights as outputs");
}
