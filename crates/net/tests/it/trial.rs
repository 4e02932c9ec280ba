//! Experiments in their parts: prepared, in folds, with fields set.

use gradflow::{Experiment, ExperimentError, Known};

use crate::experiment::{Flowers, WHOLE};

#[test]
fn each_sample_is_in_one_fold() {
    let folder = Flowers::new("folds-experiment");
    let raw = WHOLE.replace("[Features(Monomials(degree: 2)), Standardise]", "[]");
    let experiment = folder.open(&raw).expect("an experiment");
    let known = Known::new();
    let mut rows = Vec::new();
    for fold in 0..4 {
        let prepared = experiment.fold::<f64>(fold, 4, 1, &known).expect("a fold");
        let test = prepared.test.expect("a test part");
        let test = test.in_memory(10).unwrap();
        assert_eq!(test.class_counts(), Some(vec![5, 5]));
        // A fifth of the other 30 is for validation.
        assert_eq!(prepared.train.len(), 24);
        assert_eq!(prepared.validation.map(|part| part.len()), Some(6));
        rows.extend(test.inputs().iter().map(|x| format!("{x:?}")));
    }
    rows.sort();
    rows.dedup();
    assert_eq!(rows.len(), 40);
    let cases = [
        (
            (4, 4),
            "cross-validation: there is no part 4 of 4, counted from 0",
        ),
        (
            (0, 1),
            "cross-validation: 40 samples cannot be divided into 1 fold: choose 2 to 40",
        ),
        (
            (0, 41),
            "cross-validation: 40 samples cannot be divided into 41 folds: choose 2 to 40",
        ),
    ];
    for ((fold, k), words) in cases {
        let refused = experiment.fold::<f64>(fold, k, 1, &known);
        let told = refused.expect_err("no such fold").to_string();
        assert_eq!(told, words);
    }
}

#[test]
fn a_run_that_is_driven_is_the_same() {
    let folder = Flowers::new("driven-experiment");
    let experiment = folder.open(WHOLE).expect("an experiment");
    let whole = experiment.run::<f32>(1).expect("an outcome");
    let mut prepared = experiment
        .trial::<f32>(1, &Known::new())
        .expect("it can be done");
    let mut run = prepared.run().expect("a run");
    while run.step().expect("a step").is_some() {}
    let history = run.finish().expect("a history");
    let driven = prepared.outcome(history).expect("an outcome");
    assert_eq!(driven.model.theta(), whole.model.theta());
    assert_eq!(driven.test, whole.test);
}

#[test]
fn a_field_is_set_in_the_text() {
    let folder = Flowers::new("set-experiment");
    let experiment = folder.open(WHOLE).expect("an experiment");
    let set = |field: &str, value: &str| experiment.set(field, value);
    let other = set("network[3].outputs", "7").expect("another");
    assert_eq!(other.text(), WHOLE.replace("outputs: 2", "outputs: 7"));
    // An error in what the file means quotes its line, one in what was set names that.
    let raw = WHOLE.replace("outputs: 2", "outputs: 7");
    let error = folder.open(&raw).expect("a text").run::<f32>(1);
    let ExperimentError::Meaning { quote, line: 9, .. } = error.expect_err("seven classes") else {
        panic!("at the line of the layer")
    };
    assert_eq!(quote, "        Dense(outputs: 7, activation: Identity),");
    let told = other.run::<f32>(1).expect_err("seven classes").to_string();
    let place = "flowers.ron, `network[3]` with `network[3].outputs=7`: ";
    assert!(told.contains(place), "{told}");
    let other = experiment.set("epochs", "3").expect("another");
    let other = other.set("network[3].outputs", "7").expect("another");
    let told = other.run::<f32>(1).expect_err("seven classes").to_string();
    assert!(told.contains(place), "{told}");
    // Quotes may be left out; paths stay those of the file's folder.
    let other = set("data.file", "roses.csv").expect("another");
    let told = other.run::<f32>(1).expect_err("no file").to_string();
    assert!(told.contains(&format!("{}", folder.0.join("roses.csv").display())));
    for (field, value, words) in [
        (
            "epochs",
            "many",
            "`epochs=many` cannot be set: `epochs` must be a whole number, such as 20, not `many`",
        ),
        ("epochs", " ", "`epochs` cannot be set: there is no value"),
        (
            "network[9]",
            "Chain([])",
            "`network[9]` cannot be set: `network` has 4 elements, 0 to 3",
        ),
        ("cost.loss", "CrosEntropy", "did you mean `CrossEntropy`?"),
        ("a b", "1", "write it like `epochs`"),
    ] {
        let told = set(field, value).expect_err("it cannot be set").to_string();
        assert!(told.contains(words), "{told}\nlacks {words}");
    }
    // One that was made in a program has a text too.
    let made = Experiment::parse(&experiment.to_text().expect("a text")).expect("an experiment");
    assert_eq!(made.set("seed", "9").expect("another").seed, 9);
}
