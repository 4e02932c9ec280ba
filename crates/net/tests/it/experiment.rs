//! Experiments in files: what they do, and what is said of those that cannot be done.

use gradflow::{Experiment, ExperimentError};
use gradflow_testing::Folder;

/// A folder with a table of two kinds of flowers.
pub(crate) struct Flowers(pub(crate) Folder);

impl Flowers {
    pub(crate) fn new(test: &str) -> Self {
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

    pub(crate) fn open(&self, text: &str) -> Result<Experiment, ExperimentError> {
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

pub(crate) const WHOLE: &str = r#"(
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
    // What is as always is not written.
    for field in ["skip_lines", "decimal_comma", "comment"] {
        assert!(!text.contains(field), "{text}");
    }
    let path = folder.0.join("again.ron");
    again.save(&path).expect("saved");
    let read = Experiment::open(&path).expect("an experiment");
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
    // Such values are no probabilities: it is the cost that does not fit.
    let text = text.replace(
        "output: Identity, loss: SquaredError",
        "output: Logistic, loss: CrossEntropy",
    );
    let error = folder
        .open(&text)
        .expect("one")
        .run::<f64>(1)
        .expect_err("refused");
    let ExperimentError::Meaning { line, .. } = &error else {
        panic!("{error}")
    };
    let cost = text
        .lines()
        .position(|line| line.contains("cost"))
        .expect("a cost");
    assert_eq!(*line, cost + 1, "{error}");
}

#[test]
fn what_cannot_be_read_is_told_where() {
    let folder = Flowers::new("read-experiment");
    let cases = [
        (
            "epochs: 20",
            "epochs: 99999999999999999999",
            "a whole number, neither negative nor too large",
        ),
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
        (
            "epochs: 20",
            "epochs: many",
            "flowers.ron, line 14, column 17: `epochs` must be a whole number, such as 20, not `many`",
        ),
        (
            "rate: 0.05",
            "rate: \"fast\"",
            "line 13, column 36: `rate` must be a number, such as 0.1, not `\"fast\"`",
        ),
        (
            "prepare: [Features(Monomials(degree: 2)), Standardise]",
            "prepare: Standardise",
            "line 4, column 14: `prepare` must be a list in square brackets, `[…]`, not `Standardise`",
        ),
        (
            "epochs: 20, batch",
            "epochs: 20 batch",
            "line 14, column 20: a comma or `)` was expected here, not `batch`",
        ),
        (
            "seed: 5,\n)",
            "seed: 5,\n",
            "flowers.ron, line 16, column 13: the text ends, but `(` of line 1 is still open: close it with `)`",
        ),
    ];
    for (from, to, words) in cases {
        let told = folder.told(&WHOLE.replace(from, to));
        assert!(told.contains("flowers.ron, line"), "{told}");
        assert!(told.contains(words), "{told}\nlacks {words}");
    }
}

#[test]
fn numbers_that_are_none_are_told_whole() {
    let whole = "must be a whole number, such as 20, not";
    let small = "must be a whole number, neither negative nor too large, not";
    for (number, words) in [
        ("1e400", whole),
        ("1e3", whole),
        ("1.5", whole),
        ("-1", small),
        ("-", whole),
        ("99999999999999999999999", small),
        ("5x", "must be a number, not"),
    ] {
        let text = WHOLE.replace("epochs: 20", &format!("epochs: {number}"));
        let told = Experiment::parse(&text).expect_err(number).to_string();
        assert_eq!(
            told,
            format!("line 14, column 17: `epochs` {words} `{number}`")
        );
    }
    let text = WHOLE.replace("test: 0.2", "test: 0.2x");
    let told = Experiment::parse(&text).expect_err("a letter").to_string();
    assert_eq!(
        told,
        "line 3, column 36: `test` must be a number, not `0.2x`"
    );
}

#[test]
fn the_mark_of_utf_8_is_no_part_of_the_text() {
    let marked = format!("\u{feff}{WHOLE}");
    let read = Experiment::parse(&marked).expect("an experiment");
    assert_eq!(read.text(), WHOLE);
    let told = |text: &str| Experiment::parse(text).expect_err("none").to_string();
    assert_eq!(told("\u{feff}(a: 1)"), told("(a: 1)"));
}

#[test]
fn too_much_has_a_place() {
    let deep = WHOLE.replace("BatchNorm()", &("Chain([".repeat(60) + &"])".repeat(60)));
    assert_eq!(
        Experiment::parse(&deep).expect_err("deep").to_string(),
        "line 7, column 357: the text has more brackets within one another than a file holds: at most 100"
    );
}

/// Sizes are compared and memory is asked for before any parameter is drawn: the largest number of outputs there is would take years.
#[test]
fn outputs_by_the_million_are_refused_at_once() {
    let folder = Flowers::new("large-experiment");
    let told = |from: &str| {
        let told = folder.told(&WHOLE.replace(from, "outputs: 100000000000000"));
        let (_, told) = told.split_once("flowers.ron, ").expect("a file");
        told.to_owned()
    };
    assert_eq!(
        told("outputs: 2"),
        "line 9, column 9, `network[3]`: training data: labels of 2 classes for a network that tells 100000000000000 apart: its last layer must \
         have 2 outputs, or 1 with `Cost::binary()` (output `Logistic`, loss `CrossEntropy`)"
    );
    // Parameters, a copy and a gradient: 5 weights and a bias of each, 2 of its normalisation, 2 to the outputs.
    let wide = told("outputs: 8");
    let words = "line 5, column 14, `network`: there is no memory for the parameters and what trains them: ";
    let bytes = wide
        .strip_prefix(words)
        .and_then(|wide| wide.strip_suffix(" bytes"));
    let bytes = bytes.and_then(|bytes| bytes.parse::<u128>().ok());
    let bytes = bytes.unwrap_or_else(|| panic!("{wide}"));
    assert!(
        bytes > 3 * (5 + 1 + 2 + 2) * 100_000_000_000_000 * 4,
        "{bytes}"
    );
}

#[test]
fn a_checkpoint_belongs_to_its_experiment() {
    let folder = Flowers::new("own-experiment");
    let kept = WHOLE.replace(
        "    seed: 5,\n",
        "    seed: 5,\n    checkpoint: \"run.ron\",\n",
    );
    let kept = kept.replace("epochs: 20", "epochs: 2");
    folder
        .open(&kept)
        .expect("one")
        .run::<f32>(1)
        .expect("two epochs");
    for (from, to, what) in [
        (
            "    seed: 5",
            "    seed: 6",
            "seed of the initial parameters",
        ),
        ("seed: 3", "seed: 4", "split"),
        ("validation: 0.2", "validation: 0.25", "split"),
        ("degree: 2", "degree: 3", "input"),
        (
            "Features(Monomials(degree: 2)), Standardise",
            "Standardise, Features(Monomials(degree: 2))",
            "prepare",
        ),
        (
            "without: [\"weight\"]",
            "without: [\"weight\"], missing: Mean",
            "data",
        ),
    ] {
        let told = folder.told(&kept.replace(from, to));
        assert!(
            told.contains(&format!("another run: `{what}` was ")),
            "{told}"
        );
    }
    let told = folder.told(&kept.replace("epochs: 2", "epochs: 1"));
    let words = "snapshot: 2 epochs are done, but the protocol asks for 1: ask for at least 2, or begin anew without it";
    assert!(told.ends_with(words), "{told}");
    assert!(folder.0.join("run.ron").exists());
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

/// A table with everything that a plain one has not.
fn people(folder: &Folder) {
    let mut table = String::from("made up\nid;length;colour;kind\n");
    for i in 0..60 {
        let length = match i % 10 {
            3 => "NA".to_owned(),
            _ => format!("{},{}", i % 2 * 3 + i % 7, i % 10),
        };
        table += &format!(
            "{i};{length};{};{}\n",
            ["red", "white", "?"][i % 3],
            ["lily", "rose"][i % 2]
        );
    }
    std::fs::write(folder.join("people.csv"), table).expect("written");
}

#[test]
fn tables_as_people_have_them() {
    let flowers = Flowers::new("people-experiment");
    people(&flowers.0);
    let text = r#"Csv(
        file: "people.csv", label: "kind", without: ["id"], delimiter: ';', decimal_comma: true, skip_lines: 1,
        text_as_categories: true, unseen: true, missing: Flag,
    )"#;
    let text = WHOLE
        .replace(
            r#"Csv(file: "flowers.csv", label: "kind", without: ["weight"])"#,
            text,
        )
        .replace("Features(Monomials(degree: 2)), ", "");
    let experiment = flowers.open(&text).expect("an experiment");
    let again = experiment.to_text().expect("a text");
    assert_eq!(
        Experiment::parse(&again)
            .expect("one")
            .to_text()
            .expect("a text"),
        again
    );
    let outcome = experiment.run::<f32>(1).expect("an outcome");
    let model = &outcome.model;
    let schema = model.schema().expect("a schema");
    let names = schema.feature_names().expect("that fit").expect("names");
    assert_eq!(
        names,
        ["length", "length?", "colour=red", "colour=white", "colour?"]
    );
    let known = model
        .predict_text(&[("colour", "white"), ("length", "6")])
        .expect("a row");
    assert!(["lily", "rose"].contains(&known.name().expect("a name")));
    let gaps = model
        .predict_text(&[("colour", "green"), ("length", "")])
        .expect("a row with gaps");
    assert_eq!(gaps, model.predict_row(&[f32::NAN, 2.0]).expect("the same"));
    // All of it stands in the model's file.
    let bytes = model.to_bytes().expect("a file");
    let read =
        gradflow::Model::<f32>::from_bytes(&bytes, &gradflow::Known::new()).expect("a model");
    let row = [("colour", ""), ("length", "?")];
    assert_eq!(
        read.predict_text(&row).expect("a row").outputs(),
        model.predict_text(&row).expect("a row").outputs()
    );
    for (from, to, words) in [
        ("missing: Flag", "missing: Flags", "did you mean `Flag`?"),
        (
            "decimal_comma",
            "decimal_coma",
            "did you mean `decimal_comma`?",
        ),
        (
            "missing: Flag",
            "missing: Refuse",
            "people.csv: line 5, column `colour`: `?` marks a missing value (gaps: 6 of 60 rows in column `length`, 20 of 60 rows in column `colour`); say what becomes of them: `missing: Drop` in an experiment, `Csv::missing(Missing::Drop)` in Rust, leaves \
             such rows out; `Mean` or `Median` fills in numbers (a missing category becomes 0 in each of its columns); \
             `Flag` also adds a column that is 1 where a value is missing; or leave the column out by `without`",
        ),
        (
            "text_as_categories: true, ",
            "",
            "people.csv: line 3, column `colour`: `red` is not a number: correct it; or, if its column holds names, say so by `category` (in \
             an experiment `categories`), or leave the column out by `without`",
        ),
        (
            "without: [\"id\"]",
            "without: [\"ID\"]",
            "did you mean `id`?",
        ),
        (
            "unseen: true",
            "classes: [\"rose\"]",
            "`lily` is not one of the classes `rose`: correct it, or add it to `classes`",
        ),
    ] {
        let told = flowers.told(&text.replace(from, to));
        assert!(told.contains(words), "{told}\nlacks {words}");
    }
}

/// The constants of gaps come from the training part.
#[test]
fn parts_are_filled_as_the_training_part_says() {
    let flowers = Flowers::new("gaps-experiment");
    std::fs::write(
        flowers.0.join("gaps.csv"),
        "x,y,kind\n1,,a\n2,5,b\n3,1000,a\n4,,b\n5,9,a\n6,7,b\n7,6,a\n8,,b\n",
    )
    .expect("written");
    let text = WHOLE
        .replace(
            r#""flowers.csv", label: "kind", without: ["weight"]"#,
            r#""gaps.csv", label: "last", missing: Mean"#,
        )
        .replace("validation: 0.2, test: 0.2", "validation: 0.25, test: 0.25");
    let outcome = flowers
        .open(&text)
        .expect("one")
        .run::<f64>(1)
        .expect("an outcome");
    let schema = outcome.model.schema().expect("a schema");
    let gradflow::data::Encoding::Filled { value, .. } = schema.encoding(1) else {
        panic!("no filling");
    };
    // The mean of the whole column is 205.4; 1000 lies in one part only.
    assert!((value - 205.4).abs() > 1.0, "{value}");
    assert_eq!(outcome.test.expect("a test").samples, 2);
}

#[test]
fn targets_stand_in_another_file() {
    let flowers = Flowers::new("beside-experiment");
    let rows: String = (0..40).map(|i| format!("{}  {}\n", i % 7, i % 5)).collect();
    let targets: String = (0..40)
        .map(|i| format!("{}\n", 2 * (i % 7) - i % 5))
        .collect();
    std::fs::write(flowers.0.join("x.txt"), rows).expect("written");
    std::fs::write(flowers.0.join("y.txt"), targets).expect("written");
    let text = WHOLE
        .replace(
            r#""flowers.csv", label: "kind", without: ["weight"]"#,
            r#""x.txt", targets_file: "y.txt", targets: [0], header: false, delimiter: ' '"#,
        )
        .replace("outputs: 2", "outputs: 1")
        .replace(
            "output: Softmax, loss: CrossEntropy, label_smoothing: 0.05",
            "output: Identity, loss: SquaredError",
        );
    let outcome = flowers
        .open(&text)
        .expect("one")
        .run::<f64>(1)
        .expect("an outcome");
    assert_eq!(outcome.train.samples, 24);
    std::fs::write(flowers.0.join("y.txt"), "1\n2\n").expect("written");
    assert!(
        flowers
            .told(&text)
            .contains("40 rows of inputs, but 2 of targets")
    );
}
