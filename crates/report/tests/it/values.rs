//! Reports of models that predict values.

use gradflow::optim::Adam;
use gradflow::{Activation, Cost, Dataset, Model, Network, Protocol};
use gradflow_report::Report;

use crate::{check, sections};

/// Energy by degrees, and something that says nothing.
fn heating() -> Dataset<f64> {
    let degrees = (-15..=15).map(f64::from);
    let x = degrees.clone().flat_map(|t| [t, (7.0 * t).sin()]);
    let data = Dataset::regression(
        2,
        x.collect(),
        1,
        degrees.map(|t| 4.0 * (18.0 - t)).collect(),
    );
    let data = data
        .expect("data")
        .with_input_names(["degrees", "noise"])
        .expect("names");
    let data = data
        .with_target_names(["energy"])
        .expect("a name")
        .with_units(["kWh"])
        .expect("a unit");
    let data = data.standardised().expect("a scale");
    data.standardised_targets().expect("a scale")
}

fn model(inputs: usize, outputs: usize) -> Model<f64> {
    let network = Network::builder(inputs)
        .dense(outputs, Activation::Identity)
        .build()
        .expect("a network");
    Model::new(network, Cost::regression(), 1).expect("a model")
}

#[test]
fn errors_are_in_the_targets_own_units() {
    let data = heating();
    let mut model = model(2, 1);
    let history = Protocol::new(Adam::new(0.05))
        .epochs(200)
        .train(&mut model, &data)
        .expect("a run");
    let html = Report::new(&model)
        .history(&history)
        .evaluate(&data)
        .to_html()
        .expect("a page");
    check(&html);
    for section in [
        "Predictions and targets",
        "Worst samples",
        "Importance of the columns",
        "Predicted values",
    ] {
        assert!(sections(&html).contains(&section), "{section}");
    }
    for text in [
        "energy (kWh)",
        "true energy (kWh)",
        "predicted (kWh)",
        "fall of R²",
    ] {
        assert!(html.contains(text), "{text}");
    }
    // The axis of the scatter goes up to 132 kWh, not to some two deviations.
    assert!(crate::plot(&html, "Predicted and true energy").contains(">100</text>"));
    // What says nothing stands below.
    let importance = html
        .split("id=\"importance\"")
        .nth(1)
        .expect("the importance");
    let table = importance.split("<tbody>").nth(1).expect("a table");
    assert!(table.find("degrees").expect("a row") < table.find("noise").expect("a row"));
}

#[test]
fn targets_that_do_not_vary_and_predictions_that_are_equal_are_drawn() {
    let data = Dataset::regression(1, vec![2.0; 3], 2, vec![1.0; 6]).expect("data");
    let html = Report::new(&model(1, 2))
        .evaluate(&data)
        .to_html()
        .expect("a page");
    check(&html);
    assert!(html.contains("target 1"));
}
