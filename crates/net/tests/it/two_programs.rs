//! The two programs of the README: one learns from a CSV file, the other one predicts from raw rows.

use gradflow::data::Csv;
use gradflow::optim::Adam;
use gradflow::{Activation, Cost, Error, Model, Network, Protocol};

/// The lines of the README's programs that the one below stands for.
const README: &str = include_str!("../../../../README.md");

#[test]
fn from_a_table_to_a_prediction_in_another_program() -> Result<(), Error> {
    let file = std::env::temp_dir().join(format!("gradflow-iris-{}", std::process::id()));
    let table = "../../examples/data/iris/iris.csv";
    let iris = Csv::classification("species").open(table)?.standardised()?;
    let network = Network::builder(4)
        .dense(16, Activation::Tanh)
        .dense(3, Activation::Identity)
        .build()?;
    let mut model = Model::<f32>::new(network, Cost::classification(), 1)?;
    let protocol = Protocol::new(Adam::new(0.01)).epochs(60).batch(16);
    protocol.train(&mut model, &iris)?;
    model.save(&file)?;

    let model = Model::<f32>::load(&file)?;
    std::fs::remove_file(&file)?;
    let prediction = model.predict_row(&[5.1, 3.5, 1.4, 0.2])?;
    assert_eq!(prediction.name(), Some("setosa"));
    let text = prediction.to_string();
    assert!(README.contains(&format!("it prints `{text}`")), "{text}");
    let raw = Csv::classification("species").open::<f32>(table)?;
    assert!(model.evaluate(&raw).is_err());
    let prepared = raw.like(&iris)?;
    assert!(model.evaluate(&prepared)?.accuracy() > Some(0.95));
    Ok(())
}

/// Both together have at most twelve lines, and no line is wide.
#[test]
fn the_programs_are_short() {
    let section = README
        .split("## From a CSV file")
        .nth(1)
        .expect("a section");
    let section = section.split("\n## ").next().expect("a section");
    let blocks = section.split("```").skip(1).step_by(2);
    let lines: Vec<&str> = blocks.flat_map(|block| block.lines().skip(1)).collect();
    assert!((10..=12).contains(&lines.len()), "{lines:#?}");
    assert!(lines.iter().all(|line| line.chars().count() <= 110));
}
