//! Data sets from vectors: what is accepted, what is refused, and where the refusal points.

use gradflow_data::strategies::{classification, regression};
use gradflow_data::{Dataset, DatasetError, MAX_CLASSES, Part, Target, Targets, one_hot};
use gradflow_tensor::Shape;
use proptest::prelude::*;

fn vector(n: usize) -> Shape<3> {
    Shape::vector(n).unwrap()
}

proptest! {
    #[test]
    fn samples_are_the_columns(data in regression::<f64>([2, 3, 3], 8, 4)) {
        prop_assert_eq!(data.inputs().samples(), data.len());
        prop_assert_eq!(data.targets().samples(), data.len());
        prop_assert_eq!(data.inputs().size(), data.shape().len());
        let targets = data.targets().values().unwrap();
        prop_assert_eq!(data.targets().size(), targets.size());
        for (i, (x, y)) in data.inputs().iter().zip(targets).enumerate() {
            prop_assert_eq!(data.sample(i), Some((x, Target::Values(y))));
        }
        prop_assert_eq!(data.targets().get(data.len()), None);
        prop_assert_eq!(data.sample(data.len()), None);
        prop_assert_eq!((data.labels(), data.classes(), data.class_counts()), (None, None, None));
    }

    #[test]
    fn targets_of_classes_are_their_numbers(data in classification::<f32>([1, 2, 2], 10, 5)) {
        let labels = data.labels().unwrap();
        prop_assert_eq!(data.classes(), Some(data.targets().size()));
        prop_assert_eq!(data.targets(), Targets::Classes { labels, classes: data.targets().size() });
        prop_assert_eq!((data.targets().values(), data.targets().samples()), (None, data.len()));
        for (i, label) in labels.iter().enumerate() {
            prop_assert_eq!(data.sample(i).unwrap().1, Target::Class(*label));
        }
        prop_assert_eq!(data.sample(data.len()), None);
        let vectors = one_hot::<f32>(labels, data.targets().size())?;
        for (label, vector) in labels.iter().zip(vectors.chunks_exact(data.targets().size())) {
            for (a, y) in vector.iter().enumerate() {
                prop_assert_eq!(*y, if a == *label { 1.0 } else { 0.0 });
            }
        }
        let counts = data.class_counts().unwrap();
        for (class, count) in counts.iter().enumerate() {
            prop_assert_eq!(*count, labels.iter().filter(|l| **l == class).count());
        }
    }

    /// Any lengths: they fit together, or the error says which do not.
    #[test]
    fn lengths_fit_or_are_refused(size in 1..5_usize, inputs in 0..20_usize, target in 0..4_usize, targets in 0..20_usize) {
        let result = Dataset::regression(vector(size), vec![0.0; inputs], target, vec![0.0; targets]);
        let fit = target > 0 && inputs > 0 && inputs % size == 0 && targets % target == 0 && inputs / size == targets / target;
        match result {
            Ok(data) => {
                prop_assert!(fit);
                prop_assert_eq!(data.len(), inputs / size);
            }
            Err(DatasetError::Shape(_)) => prop_assert_eq!(target, 0),
            Err(DatasetError::Empty) => prop_assert!(inputs == 0 || targets == 0),
            Err(DatasetError::Length { part: Part::Input, len, size: named }) => {
                prop_assert_eq!((len, named), (inputs, size));
                prop_assert!(inputs % size != 0);
            }
            Err(DatasetError::Length { part: Part::Target, len, size: named }) => {
                prop_assert_eq!((len, named), (targets, target));
                prop_assert!(targets % target != 0);
            }
            Err(DatasetError::Samples { inputs: a, targets: b }) => {
                prop_assert_eq!((a, b), (inputs / size, targets / target));
                prop_assert!(a != b);
            }
            Err(other) => prop_assert!(false, "{other}"),
        }
    }

    /// The first value that is not finite is named, also far inside a large data set.
    #[test]
    fn the_place_of_a_nan_is_named(
        samples in 1..900_usize, size in 1..5_usize, at: prop::sample::Index, bad in prop::sample::select(vec![f32::NAN, f32::INFINITY, f32::NEG_INFINITY]),
    ) {
        let mut x = vec![0.5; samples * size];
        let i = at.index(x.len());
        x[i] = bad;
        let mut twice = x.clone();
        *twice.last_mut().unwrap() = f32::NAN;
        for x in [x.clone(), twice] {
            let error = Dataset::classification(vector(size), x, vec![0; samples], 1).unwrap_err();
            prop_assert!(matches!(error, DatasetError::NonFinite { part: Part::Input, sample, component }
                if (sample, component) == (i / size, i % size)), "{error}");
        }
        let error = Dataset::regression(vector(1), vec![0.0; samples], size, x).unwrap_err();
        prop_assert!(matches!(error, DatasetError::NonFinite { part: Part::Target, sample, component }
            if (sample, component) == (i / size, i % size)), "{error}");
    }

    #[test]
    fn a_wrong_label_is_named(labels in prop::collection::vec(0..9_usize, 1..20), classes in 0..9_usize) {
        let wrong = labels.iter().position(|l| *l >= classes);
        let result = Dataset::classification(vector(1), vec![0.0; labels.len()], labels.clone(), classes);
        match (wrong, result) {
            (None, Ok(data)) => {
                let kept: Vec<usize> = data.labels().unwrap().to_vec();
                prop_assert_eq!(kept, labels);
            }
            (Some(i), Err(DatasetError::Label { sample, label, classes: c })) => {
                prop_assert_eq!((sample, label, c), (i, labels[i], classes));
            }
            (_, other) => prop_assert!(false, "{other:?}"),
        }
    }
}

#[test]
fn messages_say_what_and_where() {
    let message = |result: Result<Dataset<f64>, DatasetError>| result.unwrap_err().to_string();
    assert_eq!(
        message(Dataset::classification(
            vector(2),
            vec![0.0; 5],
            vec![0, 1],
            2
        )),
        "5 input values are not a whole number of samples of 2 values each: the shape to give is that of one sample"
    );
    assert_eq!(
        message(Dataset::classification(
            vector(2),
            vec![0.0; 4],
            vec![0, 1, 0],
            2
        )),
        "2 samples, but 3 targets: each sample needs one"
    );
    assert_eq!(
        message(Dataset::classification(vector(2), vec![], vec![], 2)),
        "no samples: a data set has at least one"
    );
    assert_eq!(
        message(Dataset::classification(
            vector(1),
            vec![0.0; 2],
            vec![0, 7],
            3
        )),
        "sample 1: label 7 is not one of the 3 classes, counted from 0"
    );
    assert_eq!(
        message(Dataset::regression(
            vector(1),
            vec![0.0, 1.0],
            2,
            vec![0.0, 1.0, 2.0, f64::INFINITY]
        )),
        "sample 1: component 1 of the target is not finite: leave the sample out, or fill in a number"
    );
}

#[test]
fn too_many_classes_are_refused_before_memory_is_asked_for() {
    for classes in [usize::MAX, usize::MAX / 2, 1 << 60] {
        let error = one_hot::<f64>(&[3, 3], classes).unwrap_err();
        assert!(matches!(error, DatasetError::OneHot { .. }), "{error}");
    }
    let error = one_hot::<f64>(&[3, 3], 1 << 50).unwrap_err();
    assert_eq!(
        error.to_string(),
        "one-hot vectors of 2 samples and 1125899906842624 classes would take 16.0 PiB of memory, which could not be allocated: check the \
         number of classes (a data set has 1048576 at most); if it is right, keep the labels as numbers, or encode fewer at a time"
    );
    for classes in [MAX_CLASSES + 1, usize::MAX] {
        let error = Dataset::classification(vector(1), vec![0.0], [3], classes).unwrap_err();
        assert!(
            matches!(
                error,
                DatasetError::TooManyClasses {
                    limit: MAX_CLASSES,
                    ..
                }
            ),
            "{error}"
        );
    }
    let most = Dataset::classification(vector(1), vec![0.0], [MAX_CLASSES - 1], MAX_CLASSES);
    assert_eq!(most.unwrap().classes(), Some(MAX_CLASSES));
    assert_eq!(
        one_hot::<f32>(&[MAX_CLASSES - 1], MAX_CLASSES)
            .unwrap()
            .len(),
        MAX_CLASSES
    );
}

#[test]
fn names_and_shapes_are_checked() {
    let data = Dataset::classification(vector(4), vec![0.0; 8], vec![0, 1], 2).unwrap();
    let named = data.clone().with_class_names(["a", "b"]).unwrap();
    assert_eq!(named.class_names().unwrap(), ["a", "b"]);
    assert_eq!(data.class_names(), None);
    let error = data.clone().with_class_names(["a"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "1 class name for 2 classes: each class needs one"
    );

    let picture = Shape::new([1, 2, 2]).unwrap();
    assert_eq!(data.clone().with_shape(picture).unwrap().shape(), picture);
    let error = data.with_shape(vector(3)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "inputs of 4 values cannot have the shape 3, which has 3"
    );

    let plain = Dataset::regression(vector(1), vec![0.0], 1, vec![0.0]).unwrap();
    assert!(matches!(
        plain.with_class_names(["a"]),
        Err(DatasetError::NoLabels)
    ));
}

#[test]
fn targets_are_classes_or_values() {
    let classes = Dataset::classification(1, vec![0.0; 3], [2, 0, 1], 3).unwrap();
    assert_eq!(classes.targets().labels(), Some(&[2, 0, 1][..]));
    assert!(classes.targets().values().is_none());
    let values = Dataset::regression(1, vec![0.0; 3], 1, vec![1.0, 2.0, 3.0]).unwrap();
    assert!(values.targets().labels().is_none());
    assert_eq!(values.targets().values().unwrap().data(), [1.0, 2.0, 3.0]);
}
