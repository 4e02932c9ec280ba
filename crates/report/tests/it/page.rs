//! Reports of which little is known.

use gradflow::optim::Adam;
use gradflow::{Activation, Cost, Dataset, Model, Network, Protocol};
use gradflow_report::{Recorder, Report};

use crate::{check, sections};

fn model() -> Model<f32> {
    let network = Network::builder(1)
        .dense(2, Activation::Tanh)
        .dense(1, Activation::Identity);
    Model::new(network.build().expect("a network"), Cost::regression(), 1).expect("a model")
}

#[test]
fn a_model_alone_has_a_page() {
    let html = Report::new(&model()).to_html().expect("a page");
    check(&html);
    assert_eq!(
        sections(&html),
        [
            "Overview",
            "Network",
            "Weights of the first layer",
            "Weights and gradients"
        ]
    );
}

#[test]
fn a_model_that_keeps_its_record_has_curves_without_a_history() {
    let data = Dataset::regression(1, vec![0.0, 1.0, 2.0], 1, vec![1.0, 3.0, 5.0]).expect("data");
    let mut model = model();
    Protocol::new(Adam::new(0.1))
        .epochs(3)
        .train(&mut model, &data)
        .expect("a run");
    let html = Report::new(&model).to_html().expect("a page");
    check(&html);
    assert!(sections(&html).contains(&"Learning curves"));
    assert!(!sections(&html).contains(&"Timings"));
}

#[test]
fn a_record_of_another_network_is_refused() {
    let mut recorder = Recorder::default();
    let network = Network::builder(5)
        .dense(2, Activation::Identity)
        .build()
        .expect("a network");
    recorder.record(
        0,
        &Model::new(network, Cost::regression(), 1).expect("a model"),
    );
    let model = model();
    let page = Report::new(&model).recorder(&recorder).to_html();
    let error = page.expect_err("another network");
    let [came, expected] = [12, model.theta().len()];
    assert_eq!(
        error.to_string(),
        format!(
            "the recorder keeps parameters of another network: {came} parameters for a network that has {expected}: theta holds all of \
             `Network::blocks`, one after another; hand over the one that watched the training of this model"
        )
    );
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn a_run_that_diverged_has_a_page() {
    let data = Dataset::regression(1, vec![1e10, -1e10], 1, vec![1e10, 1e10]).expect("data");
    let mut model = model();
    let protocol = Protocol::new(gradflow::optim::GradientDescent { rate: 1e30 }).epochs(5);
    let rule = protocol.descent.rule.clone();
    let history = protocol.train(&mut model, &data).expect("a run");
    let report = Report::new(&model)
        .history(&history)
        .rule(&rule)
        .evaluate(&data);
    let html = report.to_html().expect("a page");
    check(&html);
    assert!(html.contains("diverged"), "{history}");
}

#[test]
fn many_layers_are_cut_short() {
    let network = (0..60).fold(Network::<f32>::builder(2), |network, _| {
        network.dense(2, Activation::Tanh)
    });
    let network = network.build().expect("a network");
    let html = Report::new(&Model::new(network, Cost::regression(), 1).expect("a model"))
        .to_html()
        .expect("a page");
    check(&html);
    assert!(html.contains("36 more layers"));
}

#[test]
fn one_sample_is_no_batch_for_statistics_and_has_a_page() {
    let network = Network::<f32>::builder(3)
        .dense(4, Activation::Identity)
        .batch_norm()
        .dense(2, Activation::Identity)
        .build()
        .expect("a network");
    let model = Model::new(network, Cost::classification(), 1).expect("a model");
    let data = Dataset::classification(3, vec![1.0, 2.0, 3.0], [1], 2).expect("data");
    let html = Report::new(&model)
        .evaluate(&data)
        .to_html()
        .expect("a page");
    check(&html);
    assert!(!html.contains("<figcaption>Gradient"));
}
