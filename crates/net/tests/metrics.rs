//! Metrics on numbers that were counted by hand.

use gradflow::ConfusionMatrix;
use gradflow::metrics::{MetricError, accuracy, mean_absolute_error, r_squared};

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
    assert_eq!(accuracy(&[0, 1], &[0]), Err(lengths.clone()));
    assert_eq!(
        mean_absolute_error(&[0.0, 1.0], &[0.0]),
        Err(lengths.clone())
    );
    assert_eq!(r_squared(&[0.0, 1.0], &[0.0]), Err(lengths.clone()));
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
    assert_eq!(r_squared(&[0.1, 0.1, 0.2], &[0.1; 3]), Ok(None));
    assert_eq!(r_squared(&[], &[]), Ok(None));
    for size in [1e-170, 1e200] {
        let (targets, predicted) = ([size, -size, 0.0], [0.5 * size, -size, 0.0]);
        // sum (v - y)^2 = 1/4, sum (y - mean)^2 = 2, in units of the size.
        let determination = r_squared(&predicted, &targets).expect("lengths");
        assert!((determination.expect("they vary") - 0.875).abs() < 1e-15);
    }
}
