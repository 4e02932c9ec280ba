//! Metrics on numbers that were counted by hand.

use gradflow::metrics::{
    MetricError, accuracy, brier_score, calibration_error, log_loss, mean_absolute_error,
    multi_label_scores, r_squared, regression_scores, roc_auc, top_k_accuracy,
};
use gradflow::optim::Adam;
use gradflow::{Activation, ConfusionMatrix, Cost, Dataset, Evaluation, Model, Network, Protocol};

#[test]
fn precision_and_recall_are_told_apart() {
    // Class 0: 3 samples, 2 found, 2 predictions. Class 1: 1 sample, found, 2 predictions. Class 2: none of either.
    let confusion = ConfusionMatrix::new(3, &[0, 0, 1, 1], &[0, 0, 0, 1]).expect("classes");
    assert_eq!(confusion.recall(0), Some(2.0 / 3.0));
    assert_eq!(confusion.precision(0), Some(1.0));
    assert_eq!(confusion.recall(1), Some(1.0));
    assert_eq!(confusion.precision(1), Some(0.5));
    assert_eq!((confusion.recall(2), confusion.precision(2)), (None, None));
    assert_eq!((confusion.count(0, 1), confusion.count(1, 0)), (1, 0));
    assert_eq!(confusion.accuracy(), 0.75);
}

#[test]
fn unequal_lengths_and_classes_that_are_none_are_errors() {
    let lengths = MetricError::Lengths {
        predicted: 2,
        targets: 1,
    };
    assert_eq!(accuracy(&[0, 1], &[0], None), Err(lengths.clone()));
    assert_eq!(
        mean_absolute_error(&[0.0, 1.0], &[0.0], None),
        Err(lengths.clone())
    );
    assert_eq!(r_squared(&[0.0, 1.0], &[0.0], None), Err(lengths.clone()));
    assert_eq!(ConfusionMatrix::new(2, &[0, 1], &[0]).unwrap_err(), lengths);
    assert_eq!(
        ConfusionMatrix::new(2, &[2], &[0]).unwrap_err(),
        MetricError::Class {
            class: 2,
            classes: 2
        }
    );
}

#[test]
fn many_classes_cost_what_occurs() {
    let confusion = ConfusionMatrix::new(usize::MAX, &[7, 60_000], &[7, 3]).expect("classes");
    assert_eq!(confusion.accuracy(), 0.5);
    assert_eq!(confusion.count(3, 60_000), 1);
    assert!(confusion.to_string().contains("accuracy 50.00%"));
}

#[test]
fn determination_of_extreme_and_constant_targets() {
    assert_eq!(r_squared(&[0.1, 0.1, 0.2], &[0.1; 3], None), Ok(None));
    assert_eq!(r_squared::<f64>(&[], &[], None), Ok(None));
    for size in [1e-170, 1e200] {
        let (targets, predicted) = ([size, -size, 0.0], [0.5 * size, -size, 0.0]);
        // sum (v - y)^2 = 1/4, sum (y - mean)^2 = 2, in units of the size.
        let determination = r_squared(&predicted, &targets, None).expect("lengths");
        assert!((determination.expect("they vary") - 0.875).abs() < 1e-15);
    }
}

#[test]
fn what_has_no_meaning_is_an_error() {
    let scores = MetricError::Scores {
        came: 5,
        samples: 2,
        classes: 3,
    };
    assert_eq!(log_loss(3, &[0.5; 5], &[0, 1], None), Err(scores.clone()));
    assert_eq!(
        scores.to_string(),
        "5 numbers for 2 samples of 3 classes: one is needed for each class of each sample (for two classes, the probability of class 1 alone will do)"
    );
    let class = MetricError::Class {
        class: 3,
        classes: 3,
    };
    assert_eq!(brier_score(3, &[0.5; 6], &[0, 3], None), Err(class));
    let none = calibration_error(2, 0, &[0.5], &[0], None);
    assert_eq!(none, Err(MetricError::NoBins));
    // One number tells two classes apart: class 1 from a half on.
    let one = |p: f64, label| top_k_accuracy(2, 1, &[p], &[label], None);
    assert_eq!(
        [one(0.5, 1), one(0.4, 0), one(0.5, 0), one(0.4, 1)],
        [Ok(1.0), Ok(1.0), Ok(0.0), Ok(0.0)]
    );
    let none = top_k_accuracy(2, 0, &[0.5], &[0], None);
    assert_eq!(none, Err(MetricError::TopZero));
    let nan = roc_auc(2, &[0.5, f64::NAN], &[0, 1], None);
    assert_eq!(nan, Err(MetricError::NotANumber { index: 1 }));
    let half = multi_label_scores(1, &[0.5, 0.5], &[1.0, 0.5], None);
    assert_eq!(half, Err(MetricError::NotBinary { index: 1 }));
    let size = regression_scores(2, &[0.5; 3], &[1.0; 3], None);
    assert_eq!(size, Err(MetricError::Size { came: 3, size: 2 }));
    let size = regression_scores(0, &[0.5; 3], &[1.0; 3], None);
    assert_eq!(size, Err(MetricError::Size { came: 3, size: 0 }));

    let weighted = |weights: &[f64]| accuracy(&[0, 1], &[0, 1], Some(weights)).unwrap_err();
    let count = MetricError::WeightCount {
        expected: 2,
        came: 1,
    };
    assert_eq!(weighted(&[1.0]), count);
    for bad in [-1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(weighted(&[1.0, bad]), MetricError::Weight { index: 1 });
    }
    assert_eq!(weighted(&[0.0, 0.0]), MetricError::WeightSum);
    assert_eq!(weighted(&[f64::MAX, f64::MAX]), MetricError::WeightSum);
}

#[test]
fn nothing_at_all_has_no_score_and_no_panic() {
    assert_eq!(accuracy(&[], &[], None), Ok(0.0));
    for classes in [0, 1, 2, 3, usize::MAX] {
        assert_eq!(log_loss::<f64>(classes, &[], &[], None), Ok(0.0));
        assert_eq!(roc_auc::<f64>(classes, &[], &[], None), Ok(None));
        assert_eq!(
            calibration_error::<f32>(classes, usize::MAX, &[], &[], None),
            Ok(0.0)
        );
    }
    assert!(roc_auc(0, &[0.5], &[0], None).is_err());
    let scores = multi_label_scores::<f64>(3, &[], &[], None).expect("no answers");
    assert_eq!((scores.accuracy, scores.f1_macro), (0.0, 0.0));
    // A class alone, and classes that are absent.
    assert_eq!(roc_auc(3, &[0.2, 0.3, 0.5], &[2], None), Ok(None));
    assert_eq!(
        Evaluation::default().to_string(),
        "0 samples, cost 0.000000\n"
    );
}

#[test]
fn sure_and_wrong_is_clipped_to_the_precision() {
    let loss = log_loss(2, &[0.0_f32, 1.0], &[1, 0], None).expect("probabilities");
    assert!((loss + f64::from(f32::EPSILON).ln()).abs() < 1e-6, "{loss}");
}

fn evaluations() -> [Evaluation; 3] {
    let model = |outputs, cost| {
        let network = Network::<f32>::builder([2, 1, 1])
            .dense(outputs, Activation::Identity)
            .build()
            .expect("a network");
        Model::new(network, cost, 1).expect("a model")
    };
    let inputs = vec![0.1, 0.2, -0.5, 1.0, 2.0, -1.0];
    let animals = Dataset::classification(2, inputs.clone(), [0, 2, 1], 3).expect("data");
    let animals = animals
        .with_class_names(["cat", "dog", "hippopotamus"])
        .expect("names");
    let values = vec![0.0, 1.0, 1.0, 1.0, 0.0, 0.0];
    let values = Dataset::regression(2, inputs, 2, values).expect("data");
    [
        model(3, Cost::classification())
            .evaluate(&animals)
            .expect("an evaluation"),
        model(2, Cost::regression())
            .evaluate(&values)
            .expect("an evaluation"),
        model(2, Cost::binary())
            .evaluate(&values)
            .expect("an evaluation"),
    ]
}

#[test]
fn reports_name_what_they_say() {
    let reports = evaluations().map(|evaluation| evaluation.to_string());
    for (report, words) in reports.iter().zip([
        &[
            "3 samples, cost",
            "precision",
            "hippopotamus",
            "macro mean",
            "weighted mean",
            "true\\predicted",
            "top-2",
            "ROC-AUC",
            "log loss",
            "Brier",
            "calibration error (15 bins)",
        ][..],
        &["MAE", "RMSE", "R^2", "output 0", "output 1", "mean"],
        &["accuracy of answers", "all answers right", "F1, macro"],
    ]) {
        for word in words {
            assert!(report.contains(word), "{word} in\n{report}");
        }
    }
}

/// Errors are told in the units of the table, whatever the targets were scaled by, and under its names.
#[test]
fn errors_stand_in_the_targets_own_units() {
    let (x, y): (Vec<f64>, Vec<f64>) = (0..20)
        .map(|i| {
            let x = f64::from(i) / 4.0;
            (x, [100.0 + 7.0 * x.sin(), 0.02 * x])
        })
        .flat_map(|(x, y)| y.map(|y| (x, y)))
        .unzip();
    let x: Vec<f64> = x.into_iter().step_by(2).collect();
    let raw = Dataset::regression(1, x, 2, y.clone()).expect("data");
    let raw = raw.with_target_names(["height", "weight"]).expect("names");
    let raw = raw.with_units(["cm", "t"]).expect("units");
    let scaled = raw.clone().standardised_targets().expect("scaled");
    // Scaled twice, once by each way.
    let network = Network::builder(1).dense(2, Activation::Identity);
    let network = network.build().expect("a network");
    let theta = vec![0.3, -0.2, 0.1, 0.4];
    let model = Model::with_parameters(network, Cost::regression(), theta).expect("a model");
    let evaluation = model.evaluate(&scaled).expect("scores");
    let mut predicted = model.predict_batch(scaled.inputs()).expect("values");
    scaled
        .schema()
        .restore(&mut predicted)
        .expect("whole samples");
    let expected = regression_scores(2, &predicted, &y, None).expect("scores");
    let scores = evaluation.regression.as_ref().expect("values");
    for (came, expected) in scores.components.iter().zip(&expected.components) {
        let pairs = [
            (came.mean_absolute_error, expected.mean_absolute_error),
            (
                came.root_mean_squared_error,
                expected.root_mean_squared_error,
            ),
            (
                came.r_squared.expect("one"),
                expected.r_squared.expect("one"),
            ),
        ];
        for (came, expected) in pairs {
            // Scaling and its inverse round each number once or twice; offsets are up to 20 times the spread.
            assert!(
                (came - expected).abs() < 1e-11 * expected.abs(),
                "{came} {expected}"
            );
        }
    }
    assert!(scores.components[0].mean_absolute_error > 1.0);
    assert!(scores.components[1].mean_absolute_error < 0.1);
    assert_eq!(evaluation.target_names, ["height (cm)", "weight (t)"]);
    let report = evaluation.to_string();
    for name in ["\nheight (cm) ", "\nweight (t) ", "\nmean "] {
        assert!(report.contains(name), "{report}");
    }
}

/// Widths of printed columns end at 65,535; names from files do not.
#[test]
fn names_of_any_length_are_printed_short() {
    let long = "x".repeat(100_000);
    let names = [long.clone(), "b".to_string()];
    let confusion = ConfusionMatrix::new(2, &[0, 1], &[0, 0]).expect("classes");
    let confusion = confusion.with_names(Some(&names));
    assert_eq!(confusion.name(0), long);
    for table in [confusion.to_string(), confusion.report().to_string()] {
        assert!(table.contains("xxx…") && table.len() < 2000, "{table}");
    }
    let network = Network::<f32>::builder(1)
        .dense(1, Activation::custom(&long, |z| z, |_| 1.0))
        .build()
        .expect("a network");
    assert!(network.summary().to_string().len() < 102_000);
    assert_eq!(network.summary().parameters(), 2);
}

#[test]
fn evaluations_come_back_from_files() {
    for evaluation in evaluations() {
        let text = serde_json::to_string(&evaluation).expect("text");
        assert_eq!(
            serde_json::from_str::<Evaluation>(&text).expect("an evaluation"),
            evaluation
        );
        let text = ron::to_string(&evaluation).expect("text");
        assert_eq!(
            ron::from_str::<Evaluation>(&text).expect("an evaluation"),
            evaluation
        );
    }
    let bad = r#"{"classes": 2, "cells": [[0, 2, 1, 1.0]]}"#;
    let error = serde_json::from_str::<ConfusionMatrix>(bad)
        .unwrap_err()
        .to_string();
    assert!(error.contains("class 2: there are 2 classes"), "{error}");
}

#[test]
fn sixty_thousand_classes_are_cheap() {
    let classes = 60_001;
    let network = Network::<f32>::builder([1, 1, 1])
        .dense(classes, Activation::Identity)
        .build()
        .expect("a network");
    let model = Model::new(network, Cost::classification(), 1).expect("a model");
    let data = Dataset::classification(1, vec![1.0, -1.0], [7, 60_000], classes).expect("data");
    let evaluation = model.evaluate(&data).expect("an evaluation");
    assert_eq!(evaluation.roc_auc, None);
    assert_eq!(evaluation.top_k.len(), Evaluation::TOP);
    assert!(evaluation.probabilities.is_some());
    let confusion = evaluation.confusion.as_ref().expect("labels");
    assert!(confusion.occurring().count() <= 4);
    assert!(evaluation.to_string().lines().count() < 15, "{evaluation}");
}

/// Probabilities are scored where the outputs are a distribution over the classes.
#[test]
fn outputs_that_are_no_distribution_have_no_scores_of_one() {
    let data = |classes| Dataset::classification(1, vec![0.5_f32, -0.5], [0, 1], classes);
    for (cost, outputs, scored) in [
        (Cost::classification(), 3, true),
        (Cost::binary(), 1, true),
        (Cost::binary(), 3, false),
        (Cost::regression(), 1, false),
        (Cost::regression(), 3, false),
    ] {
        let network = Network::<f32>::builder(1).dense(outputs, Activation::Identity);
        let model = Model::new(network.build().expect("a network"), cost, 1).expect("a model");
        let data = data(outputs.max(2)).expect("data");
        let evaluation = model.evaluate(&data).expect("an evaluation");
        assert_eq!(
            evaluation.probabilities.is_some(),
            scored,
            "{}",
            model.cost()
        );
    }
}

/// Names alone will do, and so will units.
#[test]
fn targets_are_named_as_far_as_they_have_names() {
    let data = || Dataset::regression(1, vec![0.5_f64, -0.5], 1, vec![3.0, 7.0]).expect("data");
    let named = data().with_target_names(["height"]).expect("a name");
    let measured = data().with_units(["cm"]).expect("a unit");
    for (data, expected) in [(named, "height"), (measured, "output 0 (cm)")] {
        let data = data.standardised_targets().expect("a scaling");
        let network = Network::<f64>::builder(1).dense(1, Activation::Identity);
        let network = network.build().expect("a network");
        let mut model = Model::new(network, Cost::regression(), 1).expect("a model");
        let protocol = Protocol::new(Adam::new(0.1)).epochs(1);
        protocol.train(&mut model, &data).expect("a run");
        let evaluation = model.evaluate(&data).expect("an evaluation");
        assert_eq!(evaluation.target_names, [expected]);
    }
}

/// Scores that are no numbers have no order.
#[test]
fn scores_that_are_not_finite_have_no_area() {
    let nan_below =
        Activation::custom("nan below", |z| if z < 0.0 { f64::NAN } else { z }, |_| 1.0);
    let network = Network::<f64>::builder(1).dense(2, nan_below);
    let network = network.build().expect("a network");
    let model = Model::new(network, Cost::classification(), 1).expect("a model");
    let data = |x: Vec<f64>| Dataset::classification(1, x, [0, 1, 0, 1], 2).expect("data");
    // Whatever the weights are, one of the signs is below.
    let evaluation = model
        .evaluate(&data(vec![0.5, -0.5, 1.0, -1.0]))
        .expect("an evaluation");
    assert_eq!(evaluation.roc_auc, None);
    let evaluation = model.evaluate(&data(vec![0.0; 4])).expect("an evaluation");
    assert_eq!(evaluation.roc_auc, Some(0.5));
}
