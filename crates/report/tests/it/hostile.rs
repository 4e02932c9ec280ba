//! Text that comes from files.

use gradflow::{Activation, Cost, Dataset, Model, Network};
use gradflow_report::Report;

use crate::check;

const NAMES: [&str; 3] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "a & b </title></svg>",
];

#[test]
fn names_of_classes_columns_and_all_words_are_escaped() {
    let data = Dataset::<f32>::classification(
        3,
        (0..30).map(|i| (i as f32).sin()).collect(),
        (0..10).map(|s| s % 3),
        3,
    );
    let data = data
        .expect("data")
        .with_class_names(NAMES)
        .expect("names")
        .with_input_names(NAMES)
        .expect("names");
    let network = Network::builder(3)
        .dense(3, Activation::Identity)
        .build()
        .expect("a network");
    let model = Model::new(network, Cost::classification(), 1).expect("a model");
    let mut report = Report::new(&model).evaluate(&data);
    for text in NAMES {
        report = report
            .title(text)
            .date(text)
            .fact(text, text)
            .timing(text, 1.0)
            .experiment(text);
    }
    let html = report.to_html().expect("a page");
    check(&html);
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(!html.contains("<img src=x"));
}

#[test]
fn long_names_and_control_characters_do_not_break_the_page() {
    let long = "x".repeat(5000);
    let names = [long.as_str(), "line\nbreak\u{7}", "\u{202e}right to left"];
    let data = Dataset::<f32>::classification(2, vec![0.0; 12], (0..6).map(|s| s % 3), 3);
    let data = data.expect("data").with_class_names(names).expect("names");
    let network = Network::builder(2)
        .dense(3, Activation::Identity)
        .build()
        .expect("a network");
    let model = Model::new(network, Cost::classification(), 1).expect("a model");
    let html = Report::new(&model)
        .evaluate(&data)
        .to_html()
        .expect("a page");
    check(&html);
    assert!(html.len() < 500_000, "{}", html.len());
}
