//! Weights by class, pictures that are changed, and how a history is printed.

use gradflow::data::Augment;
use gradflow::layers::Draw;
use gradflow::loss::CostError;
use gradflow::optim::GradientDescent;
use gradflow::{
    Activation, Cost, Dataset, End, Epoch, Gathered, History, Model, ModelError, Network, Protocol,
    Samples, Source, TargetsMut, Validation, Workers,
};

/// A validation in a line.
#[test]
fn validations_print_cost_and_accuracy() {
    let validation = Validation {
        cost: 0.25,
        accuracy: Some(0.5),
    };
    assert_eq!(
        validation.to_string(),
        "validation cost 0.250000, accuracy 50.00 %"
    );
    let validation = Validation {
        accuracy: None,
        ..validation
    };
    assert_eq!(validation.to_string(), "validation cost 0.250000");
}

fn labelled(labels: &[usize], classes: usize) -> Dataset<f64> {
    let inputs = vec![0.0; labels.len()];
    Dataset::classification(1, inputs, labels.to_vec(), classes).expect("a data set")
}

/// `sklearn.utils.class_weight.compute_sample_weight("balanced", y)` of scikit-learn 1.7 for these labels: `n / (C n_c)`, here
/// `10 / (3 * 5)`, `10 / (3 * 3)` and `10 / (3 * 2)`.
#[test]
fn balanced_weights_are_those_of_scikit_learn() {
    let labels = [0, 1, 0, 2, 0, 1, 0, 1, 2, 0];
    let data = labelled(&labels, 3);
    let samples = Samples::balanced(&data).expect("weights");
    let weights = samples.weights().expect("weights");
    let expected = [2.0 / 3.0, 10.0 / 9.0, 5.0 / 3.0];
    for (weight, label) in weights.iter().zip(labels) {
        // Two roundings, and those of the scaling to a mean of 1.
        assert!((weight - expected[label]).abs() < 1e-12, "{weight} {label}");
    }
}

#[test]
fn weights_by_class_count_in_proportion() {
    let data = labelled(&[0, 1, 1, 1], 2);
    let samples = Samples::by_class(&data, &[3.0, 1.0]).expect("weights");
    // 3, 1, 1, 1 over their mean of 1.5.
    assert_eq!(
        samples.weights(),
        Some(&[2.0, 2.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0][..])
    );
}

#[test]
fn weights_that_do_not_fit_the_classes_are_refused() {
    let data = labelled(&[0, 0, 1], 3);
    let empty = Samples::balanced(&data).unwrap_err();
    assert_eq!(empty, ModelError::Cost(CostError::EmptyClass { class: 2 }));
    let few = Samples::by_class(&data, &[1.0, 1.0]).unwrap_err();
    let (expected, came) = (3, 2);
    assert_eq!(few, ModelError::ClassWeights { expected, came });
    let values = Dataset::<f64>::regression(1, vec![0.0], 1, vec![0.0]).expect("a data set");
    assert_eq!(
        Samples::balanced(&values).unwrap_err(),
        ModelError::NoClasses
    );
    assert_eq!(
        Samples::by_class(&values, &[1.0]).unwrap_err(),
        ModelError::NoClasses
    );
}

fn history(epochs: usize, end: End, best: Option<usize>) -> String {
    let epoch = |epoch| Epoch {
        epoch,
        cost: 0.5,
        validation: None,
        rate: 0.01,
        seconds: 1.0,
    };
    let history = History {
        epochs: (1..=epochs).map(epoch).collect(),
        end,
        best,
        seconds: 1.0,
        samples: 4,
        notes: Vec::new(),
    };
    history.to_string()
}

#[test]
fn a_long_history_prints_its_ends() {
    let line = |epoch: usize| format!("epoch {epoch}: cost 0.500000, rate 1.000e-2\n");
    let lines = |epochs: &[usize]| epochs.iter().map(|e| line(*e)).collect::<String>();
    assert_eq!(
        history(200, End::Completed, None),
        lines(&[1, 2, 3])
            + "… 194 more epochs\n"
            + &lines(&[198, 199, 200])
            + "all epochs are done"
    );
    // A line that stands for one epoch would save nothing.
    assert_eq!(
        history(7, End::Interrupted, None),
        lines(&[1, 2, 3, 4, 5, 6, 7]) + "ended before all epochs were done"
    );
    assert_eq!(
        history(8, End::Completed, Some(5)),
        lines(&[1, 2, 3])
            + "… 2 more epochs\n"
            + &lines(&[6, 7, 8])
            + "all epochs are done; the model has the parameters after epoch 5"
    );
    assert_eq!(
        history(1, End::EarlyStopped { best: 1 }, Some(1)),
        line(1) + "stopped early: epoch 1 was the best"
    );
    assert_eq!(history(0, End::Completed, None), "all epochs are done");
}

/// A source is told of epoch and seed; pictures are changed otherwise in each epoch, whoever does it.
#[test]
fn pictures_are_changed_by_seed_epoch_and_number() {
    let inputs: Vec<f32> = (0..64 * 12).map(|i| 1.0 + (i % 97) as f32).collect();
    let data =
        Dataset::classification([1, 3, 4], inputs, (0..64).map(|s| s % 2), 2).expect("a data set");
    let change = Augment::default()
        .shift([1, 2])
        .flip()
        .turn(5.0)
        .cut_out([1, 2]);
    let network = || {
        Network::builder([1, 3, 4])
            .dense(2, Activation::Identity)
            .build()
    };
    let train = |seed, epochs, threads, augment: Option<&Augment>| {
        let model = Model::new(network().expect("a network"), Cost::classification(), 1);
        let mut model = model.expect("a model").with_threads(threads);
        let mut samples = Samples::from(&data);
        if let Some(augment) = augment {
            samples = samples.augmented(augment.clone()).expect("pictures");
        }
        let rule = GradientDescent { rate: 1e-3 };
        // One step an epoch: the order of the samples changes the last bits alone.
        let protocol = Protocol::new(rule).epochs(epochs).batch(64).seed(seed);
        protocol.train(&mut model, samples).expect("a history");
        model.theta().to_vec()
    };
    let one = train(1, 2, 1, Some(&change));
    assert_eq!(one, train(1, 2, 3, Some(&change)));
    let far = |a: &[f32], b: &[f32]| a.iter().zip(b).any(|(a, b)| (a - b).abs() > 1e-4);
    assert!(far(&one, &train(2, 2, 1, Some(&change))));
    assert!(far(&one, &train(1, 2, 1, None)));
    // What a sample becomes depends on the seed of the epoch and on its number, not on its place.
    let mut samples = Samples::from(&data).augmented(change).expect("pictures");
    let mut gather = |numbers: &[usize], seed| {
        let (mut x, mut labels) = (vec![0.0; numbers.len() * 12], vec![0; numbers.len()]);
        let into = Gathered {
            x: &mut x,
            targets: TargetsMut::Classes(&mut labels),
            weights: None,
            draw: Draw::new(seed, 1),
        };
        samples
            .gather(numbers, into, &Workers::inline())
            .expect("samples");
        x
    };
    let (all, other) = (gather(&[3, 5, 9, 20], 1), gather(&[3, 5, 9, 20], 2));
    assert_eq!(gather(&[20, 5], 1), [&all[36..], &all[12..24]].concat());
    let changed = all.chunks(12).zip(other.chunks(12)).filter(|(a, b)| a != b);
    assert!(changed.count() >= 3);
    let wrong = Samples::from(&data).augmented(Augment::default().crop([4, 4]));
    assert!(matches!(wrong, Err(ModelError::Augment(_))));
}
