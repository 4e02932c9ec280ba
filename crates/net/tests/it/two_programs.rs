//! Two programs: one learns from a CSV file, the other one predicts from raw rows.

use gradflow::data::Csv;
use gradflow::optim::Adam;
use gradflow::{Activation, Cost, Error, Model, Network, Protocol};

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
    let raw = Csv::classification("species").open::<f32>(table)?;
    assert!(model.evaluate(&raw).is_err());
    let prepared = raw.like(&iris)?;
    assert!(model.evaluate(&prepared)?.accuracy() > Some(0.95));
    Ok(())
}
