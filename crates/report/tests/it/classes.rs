//! Reports of models that tell classes apart.

use gradflow::data::Csv;
use gradflow::optim::Adam;
use gradflow::{Activation, Cost, Dataset, EarlyStopping, Model, Network, Protocol, Run, Samples};
use gradflow_report::{Recorder, Report, ReportError};

use crate::{check, sections};

/// The iris flowers, in three parts.
fn iris(without: &[&str]) -> [Dataset<f32>; 3] {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../examples/data/iris/iris.csv"
    );
    let csv = without
        .iter()
        .fold(Csv::classification("species"), |csv, column| {
            csv.without(*column)
        });
    let data = csv
        .open(file)
        .expect("the file")
        .shuffled(1)
        .expect("an order");
    let (train, rest) = data.split_at(90).expect("parts");
    let (held, test) = rest.split_at(30).expect("parts");
    let train = train.standardised().expect("a scale");
    let like = |part: Dataset<f32>| part.like(&train).expect("the same columns");
    let (held, test) = (like(held), like(test));
    [train, held, test]
}

fn model(inputs: usize) -> Model<f32> {
    let network = Network::builder(inputs)
        .dense(8, Activation::Tanh)
        .dense(3, Activation::Identity);
    let network = network.build().expect("a network");
    Model::new(network, Cost::classification(), 1).expect("a model")
}

/// The page of a run with all that can be handed over, and its model.
fn whole(test: &Dataset<f32>, train: &Dataset<f32>, held: &Dataset<f32>) -> (String, Model<f32>) {
    let mut model = model(4);
    let mut recorder = Recorder::new(4);
    let mut protocol = Protocol::new(Adam::new(0.02)).epochs(30).batch(16).seed(1);
    protocol.early_stopping = Some(EarlyStopping::default());
    let rule = protocol.descent.rule.clone();
    let run = Run::new(protocol, &mut model, train).expect("a run");
    let run = run.validate(held).expect("data").watch(&mut recorder);
    let history = run.finish().expect("epochs");
    let report = Report::new(&model)
        .title("Iris")
        .date("28 November 2026")
        .fact("data", "iris.csv")
        .history(&history)
        .recorder(&recorder)
        .training(train)
        .rule(&rule)
        .timing("all of it", 0.5)
        .sample(3)
        .evaluate(test)
        .experiment("(epochs: 30)");
    let html = report.to_html().expect("a page");
    assert_eq!(html, report.to_html().expect("a page"), "the same bytes");
    (html, model)
}

const ALL: [&str; 13] = [
    "Overview",
    "Learning curves",
    "Classes",
    "ROC and calibration",
    "Worst samples",
    "Importance of the columns",
    "Network",
    "Weights of the first layer",
    "Layer by layer",
    "Weights and gradients",
    "Stability",
    "Timings",
    "The experiment",
];

const PLOTS: [&str; 7] = [
    "Cost",
    "Accuracy",
    "Receiver operating characteristic",
    "Calibration",
    "Permutation importance",
    "Weights 0.weight",
    "Gradient 1.weight",
];

#[test]
fn a_whole_run_is_on_the_page() {
    let [train, held, test] = iris(&[]);
    let (html, model) = whole(&test, &train, &held);
    check(&html);
    assert_eq!(sections(&html), ALL);
    let evaluation = model.evaluate(&test).expect("scores");
    let accuracy = evaluation.accuracy().expect("labels");
    assert!(html.contains(&format!("{:.1}\u{202f}%", 100.0 * accuracy)));
    for text in [
        "28 November 2026",
        "iris.csv",
        "all of it",
        "500.0 ms",
        "(epochs: 30)",
        "petal_width",
        "Sample 3 of",
    ] {
        assert!(html.contains(text), "{text}");
    }
    for title in PLOTS {
        crate::plot(&html, title);
    }
    // The confusion matrix has a cell for each pair.
    let confusion = evaluation.confusion.expect("labels");
    let of = |kind: &str| html.matches(&format!("<td class=\"{kind}\"")).count();
    assert_eq!(of("hit") + of("miss"), 9);
    assert!(html.contains(&format!(">{}</td>", confusion.count(1, 1))));
}

#[test]
fn two_inputs_have_a_boundary_over_the_epochs_in_their_own_units() {
    let [train, _, test] = iris(&["sepal_length", "sepal_width"]);
    let mut model = model(2);
    let mut recorder = Recorder::new(3);
    let run =
        Run::new(Protocol::new(Adam::new(0.02)).epochs(8), &mut model, &train).expect("a run");
    run.watch(&mut recorder).finish().expect("epochs");
    let report = Report::new(&model).recorder(&recorder).evaluate(&test);
    let html = report.to_html().expect("a page");
    check(&html);
    assert!(sections(&html).contains(&"Decision boundary"));
    assert_eq!(html.matches("<image ").count(), 3);
    for title in ["After 0 epochs", "After 4 epochs", "The model as it is"] {
        assert!(html.contains(title), "{title}");
    }
    assert!(!html.contains("After 8 epochs"), "it is the model as it is");
    // Petals are up to 6.9 cm long; the network reads at most some 2 deviations.
    assert!(crate::plot(&html, "After 0 epochs").contains(">6</text>"));
}

#[test]
fn weights_of_samples_count() {
    let [_, _, test] = iris(&[]);
    let model = model(4);
    let plain = Report::new(&model)
        .evaluate(&test)
        .to_html()
        .expect("a page");
    let balanced = Samples::balanced(&test).expect("weights");
    let weighted = Report::new(&model)
        .evaluate(balanced)
        .to_html()
        .expect("a page");
    check(&weighted);
    assert_ne!(plain, weighted);
}

#[test]
fn one_logistic_output_has_two_classes() {
    let data = Dataset::<f64>::classification(
        2,
        vec![0.0, 1.0, 2.0, 0.5, -1.0, 0.0, 0.3, -2.0],
        [0, 1, 1, 0],
        2,
    );
    let data = data
        .and_then(|data| data.with_class_names(["ham", "spam"]))
        .expect("data");
    let network = Network::builder(2)
        .dense(1, Activation::Identity)
        .build()
        .expect("a network");
    let model = Model::new(network, Cost::binary(), 3).expect("a model");
    let html = Report::new(&model)
        .evaluate(&data)
        .to_html()
        .expect("a page");
    check(&html);
    assert!(html.contains("spam") && sections(&html).contains(&"ROC and calibration"));
}

#[test]
fn a_sample_that_is_none_and_data_of_another_size_are_errors() {
    let [_, _, test] = iris(&[]);
    let four = model(4);
    let error = Report::new(&four)
        .evaluate(&test)
        .sample(30)
        .to_html()
        .unwrap_err();
    let text = "sample 30 was chosen, and the evaluated data have 30, counted from 0";
    assert_eq!(error.to_string(), text);
    let two = model(2);
    let error = Report::new(&two).evaluate(&test).to_html().unwrap_err();
    assert!(
        matches!(
            error,
            ReportError::Model {
                part: "evaluated",
                ..
            }
        ),
        "{error}"
    );
}
