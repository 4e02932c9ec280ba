//! Experiments in files: what they do, and what is said of those that cannot be done.

use gradflow::{Experiment, ExperimentError, Known};
use gradflow_testing::Folder;

/// A folder with a table of two kinds of flowers.
struct Flowers(Folder);

impl Flowers {
    fn new(test: &str) -> Self {
        let folder = Folder::new(test);
        let mut table = String::from("length,width,kind,weight\n");
        for i in 0..40 {
            let (x, kind) = (i as f64 * 0.37, i % 2);
            let kind_name = ["lily", "rose"][kind];
            table += &format!(
                "{},{},{kind_name},{}\n",
                x.sin() + 3.0 * kind as f64,
                x.cos(),
                3.0 * x
            );
        }
        std::fs::write(folder.join("flowers.csv"), table).expect("written");
        Self(folder)
    }

    fn open(&self, text: &str) -> Result<Experiment, ExperimentError> {
        let path = self.0.join("flowers.ron");
        std::fs::write(&path, text).expect("written");
        Experiment::open(path)
    }

    /// What is said of an experiment that cannot be read or done.
    fn told(&self, text: &str) -> String {
        let error = match self.open(text) {
            Ok(experiment) => experiment
                .run::<f32>(1)
                .map(|_| ())
                .expect_err("it cannot be done"),
            Err(error) => error,
        };
        error.to_string()
    }
}

const WHOLE: &str = r#"(
    data: Csv(file: "flowers.csv", label: "kind", without: ["weight"]),
    split: (validation: 0.2, test: 0.2, seed: 3),
    prepare: [Features(Monomials(degree: 2)), Standardise],
    network: [
        Dense(outputs: 8, activation: Tanh),
        BatchNorm(),
        Dropout(rate: 0.1),
        Dense(outputs: 2, activation: Identity),
    ],
    cost: (output: Softmax, loss: CrossEntropy, label_smoothing: 0.05),
    protocol: (
        descent: (rule: Adam(rate: 0.05), schedule: Cosine(steps: 100, floor: 0.1), trap: (strength: 1e-4)),
        epochs: 20, batch: 8, seed: 1, early_stopping: (patience: 9), average: 0.9,
    ),
    seed: 5,
)"#;

#[test]
fn a_whole_one_is_done() {
    let folder = Flowers::new("whole-experiment");
    let experiment = folder.open(WHOLE).expect("an experiment");
    let [one, two] = [1, 2].map(|threads| experiment.run::<f32>(threads).expect("an outcome"));
    let bytes = |outcome: &gradflow::Outcome<f32>| outcome.model.to_bytes().expect("a file");
    assert!(bytes(&one) == bytes(&two), "threads change nothing");
    assert_eq!(
        one.train.samples + one.validation.as_ref().map_or(0, |v| v.samples),
        32
    );
    assert_eq!(one.test.as_ref().map(|test| test.samples), Some(8));
    assert!(
        one.train.accuracy() > Some(0.7),
        "{:?}",
        one.train.accuracy()
    );
    let row = one.model.predict_row(&[1.2, 0.3]).expect("a raw row");
    assert!(["lily", "rose"].contains(&row.name().expect("a name")));
}

#[test]
fn the_same_form_comes_back() {
    let folder = Flowers::new("form-experiment");
    let experiment = folder.open(WHOLE).expect("an experiment");
    let text = experiment.to_text().expect("a text");
    let again = Experiment::parse(&text).expect("an experiment");
    assert_eq!(again.to_text().expect("a text"), text);
    again.save(folder.0.join("flowers.ron")).expect("saved");
    let read = Experiment::open(folder.0.join("flowers.ron")).expect("an experiment");
    let [first, second] = [experiment, read].map(|e| e.run::<f64>(1).expect("an outcome"));
    assert_eq!(first.model.theta(), second.model.theta());
}

#[test]
fn values_come_back_in_their_units() {
    let folder = Flowers::new("values-experiment");
    let text = WHOLE
        .replace(
            r#"label: "kind", without: ["weight"]"#,
            r#"targets: ["weight"], without: ["kind"]"#,
        )
        .replace("Standardise]", "Standardise, StandardiseTargets]")
        .replace("outputs: 2", "outputs: 1")
        .replace(
            "output: Softmax, loss: CrossEntropy, label_smoothing: 0.05",
            "output: Identity, loss: SquaredError",
        );
    let outcome = folder
        .open(&text)
        .expect("one")
        .run::<f64>(1)
        .expect("an outcome");
    let row = outcome.model.predict_row(&[1.2, 0.3]).expect("a raw row");
    assert!(row.value("weight").expect("a value") > 5.0, "{row}"); // weights lie around 20
}

#[test]
fn what_cannot_be_read_is_told_where() {
    let folder = Flowers::new("read-experiment");
    let cases = [
        (
            "label_smoothing",
            "label_smothing",
            "line 11, column 49: no field `label_smothing`",
        ),
        (
            "label_smoothing",
            "label_smothing",
            "did you mean `label_smoothing`?",
        ),
        ("Adam(", "Adm(", "no choice `Adm`"),
        ("Adam(", "Adm(", "did you mean `Adam`?"),
        ("rate: 0.05", "rate: -0.05", "line 13"),
        (
            "outputs: 8, ",
            "",
            "line 6, column 31: the field `outputs` of `Dense` is missing",
        ),
        ("epochs: 20", "epochs: many", "line 14, column 16"),
        ("seed: 5,\n)", "seed: 5,\n", "line 16, column 13"),
    ];
    for (from, to, words) in cases {
        let told = folder.told(&WHOLE.replace(from, to));
        assert!(told.contains("flowers.ron, line"), "{told}");
        assert!(told.contains(words), "{told}\nlacks {words}");
    }
}

#[test]
fn what_cannot_be_done_is_told_where() {
    let folder = Flowers::new("done-experiment");
    let cases = [
        ("flowers.csv", "roses.csv", "line 2, column 11, `data`"),
        ("\"weight\"", "\"weght\"", "did you mean `weight`?"),
        (
            "validation: 0.2",
            "validation: 2.0",
            "line 3, column 12, `split`",
        ),
        (
            "validation: 0.2",
            "validation: 0.001",
            "`validation` is 0.001, less than one of 40 samples",
        ),
        ("validation: 0.2", "validation: 0.9", "together less than 1"),
        ("degree: 2", "degree: 0", "line 4, column 14, `prepare`"),
        (
            "Dropout(rate: 0.1)",
            "Chain([Dropout(rate: 0.1), Dropout(rate: 1.5)])",
            "line 8, column 36, `network[2][1]`",
        ),
        (
            "outputs: 2",
            "outputs: 3",
            "line 9, column 9, `network[3]`: training data",
        ),
        (
            "batch: 8",
            "batch: 0",
            "line 12, column 15, `protocol`: batch size 0",
        ),
        (
            "output: Softmax, loss: CrossEntropy, label_smoothing: 0.05",
            "output: Identity, loss: CrossEntropy",
            "line 11, column 11, `cost`",
        ),
    ];
    for (from, to, words) in cases {
        let told = folder.told(&WHOLE.replace(from, to));
        assert!(told.contains(words), "{told}\nlacks {words}");
    }
    let stride = WHOLE.replace(
        "    network: [\n",
        "    network: [\n        Conv(filters: 2, window: (size: (2, 2)), activation: Relu),\n",
    );
    let told = folder.told(&stride);
    assert!(told.contains("line 6, column 9, `network[0]`"), "{told}");
}

#[test]
fn a_checkpoint_is_taken_up() {
    let folder = Flowers::new("kept-experiment");
    let kept = WHOLE.replace(
        "    seed: 5,\n",
        "    seed: 5,\n    checkpoint: \"run.ron\",\n",
    );
    let short = kept.replace("epochs: 20", "epochs: 7");
    folder
        .open(&short)
        .expect("one")
        .run::<f32>(1)
        .expect("seven epochs");
    assert!(folder.0.join("run.ron").exists());
    let resumed = folder
        .open(&kept)
        .expect("one")
        .run::<f32>(1)
        .expect("the others");
    let unbroken = folder.open(WHOLE).expect("one").run::<f32>(1).expect("all");
    assert_eq!(resumed.model.theta(), unbroken.model.theta());
    assert_eq!(resumed.history.epochs.len(), unbroken.history.epochs.len());
}

#[test]
fn hostile_texts_are_errors() {
    for cut in 0..WHOLE.len() {
        assert!(Experiment::parse(&WHOLE[..cut]).is_err(), "{cut} bytes");
    }
    let deep = format!("(network: {}", "[Chain(".repeat(100_000));
    assert!(Experiment::parse(&deep).is_err());
    let deep = WHOLE.replace("BatchNorm()", &("Chain([".repeat(100) + &"])".repeat(100)));
    assert!(Experiment::parse(&deep).is_err());
    // A number beyond all numbers is refused by the rule.
    assert!(Experiment::parse(&WHOLE.replace("rate: 0.05", "rate: 1e400")).is_err());
}

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
        assert_eq!(test.class_counts(), Some(vec![5, 5]));
        // A fifth of the other 30 is for validation.
        assert_eq!(prepared.train.len(), 24);
        assert_eq!(prepared.validation.map(|part| part.len()), Some(6));
        rows.extend(test.inputs().iter().map(|x| format!("{x:?}")));
    }
    rows.sort();
    rows.dedup();
    assert_eq!(rows.len(), 40);
    for (fold, k) in [(4, 4), (0, 1), (0, 41)] {
        let refused = experiment.fold::<f64>(fold, k, 1, &known);
        let told = refused.expect_err("no such fold").to_string();
        assert!(told.contains("line 3, column 12, `split`"), "{told}");
    }
}

#[test]
fn a_run_that_is_driven_is_the_same() {
    let folder = Flowers::new("driven-experiment");
    let experiment = folder.open(WHOLE).expect("an experiment");
    let whole = experiment.run::<f32>(1).expect("an outcome");
    let mut prepared = experiment
        .prepare::<f32>(1, &Known::new())
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
    // Of an error in what it means the line is quoted.
    let error = other.run::<f32>(1).expect_err("seven classes");
    let quote = match &error {
        ExperimentError::Meaning { quote, .. } => quote.as_str(),
        _ => "",
    };
    assert_eq!(quote, "        Dense(outputs: 7, activation: Identity),");
    // Quotes may be left out; paths stay those of the file's folder.
    let other = set("data.file", "roses.csv").expect("another");
    let told = other.run::<f32>(1).expect_err("no file").to_string();
    assert!(told.contains(&format!("{}", folder.0.join("roses.csv").display())));
    for (field, value, words) in [
        ("epochs", "many", "`epochs=many` cannot be set"),
        ("epochs", " ", "`epochs` cannot be set: there is no value"),
        ("network[9]", "Chain([])", "there is no element 9"),
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
