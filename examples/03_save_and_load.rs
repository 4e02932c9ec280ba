//! A model is a file. It knows its columns, what was done to them, and the names of its classes.
//!
//! `cargo run --release --example 03_save_and_load`

use gradflow::data::Csv;
use gradflow::optim::Adam;
use gradflow::{Activation, Cost, Error, Model, Network, Protocol};

fn main() -> Result<(), Error> {
    let path = std::env::temp_dir().join("gradflow-iris.safetensors");

    // One program learns …
    let table = concat!(env!("CARGO_MANIFEST_DIR"), "/data/iris/iris.csv");
    let iris = Csv::classification("species").open(table)?.standardised()?;
    let network = Network::builder(4)
        .dense(16, Activation::Tanh)
        .dense(3, Activation::Identity)
        .build()?;
    let mut model = Model::<f32>::new(network, Cost::classification(), 1)?;
    let protocol = Protocol::new(Adam::new(0.01)).epochs(60).batch(16);
    protocol.train(&mut model, &iris)?;
    model.save(&path)?;
    println!("{} is saved", path.display());

    // … and another one predicts from raw rows, by place or by name.
    let loaded = Model::<f32>::load(&path)?;
    println!("{}", loaded.predict_row(&[5.1, 3.5, 1.4, 0.2])?);
    let named = [
        ("petal_width", 1.8),
        ("petal_length", 5.1),
        ("sepal_width", 3.0),
        ("sepal_length", 5.9),
    ];
    println!("{}", loaded.predict_named(&named)?);
    assert_eq!(loaded.theta(), model.theta()); // the same bits

    // What does not fit is a sentence.
    if let Err(error) = loaded.predict_row(&[5.1, 3.5]) {
        println!("a row of two numbers: {error}");
    }
    Ok(())
}
