//! A network learns the exclusive or, with nothing but `gradflow`.
//!
//! `cargo run --release --example 01_xor`

use gradflow::optim::Adam;
use gradflow::{Activation, Cost, Dataset, Error, Model, Network, Protocol};

fn main() -> Result<(), Error> {
    // Four samples of two inputs, one after another, and the class of each.
    let inputs = vec![0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
    let data = Dataset::<f32>::classification(2, inputs, [0, 1, 1, 0], 2)?;

    // Eight hidden neurons, and an output for each class. The soft-max behind them is part of the cost.
    let network = Network::builder(2)
        .dense(8, Activation::Tanh)
        .dense(2, Activation::Identity)
        .build()?;
    println!("{}", network.summary());

    let mut model = Model::new(network, Cost::classification(), 1)?; // weights from seed 1
    let protocol = Protocol::new(Adam::new(0.05)).epochs(200).batch(4);
    let history = protocol.train(&mut model, &data)?;
    println!("{history}");

    for x in [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]] {
        let p = model.predict(&x)?; // a probability for each class
        println!("{} xor {}: 1 with probability {:.4}", x[0], x[1], p[1]);
    }
    assert_eq!(model.evaluate(&data)?.accuracy(), Some(1.0));
    Ok(())
}
