//! Values instead of classes, in the units in which they were measured.
//!
//! `cargo run --release --example 13_regression_with_units`
//!
//! A network learns best from numbers of the size of 1. Inputs and targets are scaled; the model knows how, takes raw rows, and gives
//! centimetres.

use gradflow::data::{Csv, Target};
use gradflow::optim::Adam;
use gradflow::{Activation, Cost, Dataset, Error, Model, Network, Protocol};

fn main() -> Result<(), Error> {
    let table = concat!(env!("CARGO_MANIFEST_DIR"), "/data/iris/iris.csv");
    let flowers: Dataset<f32> = Csv::regression(["petal_length", "petal_width"])
        .without("species")
        .open(table)?
        .with_units(["cm", "cm"])?;
    let (train, test) = flowers.split(0.8, 1)?;
    let train = train.standardised()?.standardised_targets()?;

    let network = Network::builder(2)
        .dense(16, Activation::Tanh)
        .dense(2, Activation::Identity)
        .build()?;
    let mut model = Model::new(network, Cost::regression(), 1)?;
    let protocol = Protocol::new(Adam::new(0.01)).epochs(200).batch(16);
    protocol.train(&mut model, &train)?;

    // Errors of flowers held out, in centimetres, whatever the targets were scaled by.
    println!("{}", model.evaluate(&test.clone().like(&train)?)?);

    // Raw rows in, centimetres out.
    println!("length   predicted   width   predicted");
    for i in 0..8 {
        let Some((sepal, Target::Values(petal))) = test.sample(i) else {
            break;
        };
        let found = model.predict_row(sepal)?;
        let [length, width] = ["petal_length", "petal_width"].map(|name| found.value(name));
        let [length, width] = [length, width].map(|value| value.unwrap_or(f32::NAN));
        println!(
            "{:6.1}   {length:9.1}   {:5.1}   {width:9.1}",
            petal[0], petal[1]
        );
    }
    Ok(())
}
