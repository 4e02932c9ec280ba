//! A training that is put down and taken up again, with the bits of one that never was.
//!
//! `cargo run --release --example 12_checkpoints`
//!
//! A run with a checkpoint saves itself while it goes on. Whoever is killed loses the epochs since, and nothing else.

use gradflow::optim::Adam;
use gradflow::{Activation, Cost, Model, Network, Protocol, Run};

fn main() -> anyhow::Result<()> {
    let digits = gradflow_examples::digits()?;
    let network = Network::builder([1, 8, 8])
        .dense(32, Activation::Relu)
        .dense(10, Activation::Identity)
        .build()?;
    let start = Model::new(network, Cost::classification(), 1)?;
    let protocol = Protocol::new(Adam::new(0.003)).epochs(6).batch(32);
    let path = std::env::temp_dir().join("gradflow-run.ron");

    // The first program is stopped in the fourth epoch. Every second epoch is saved.
    let mut model = start.clone();
    let mut run = Run::new(protocol.clone(), &mut model, &digits)?.checkpoint(&path, 2)?;
    for _ in 0..3 {
        run.epoch()?;
    }
    drop(run);

    // The second one has the same network, protocol and data. It finds the file, and goes on.
    let mut model = start.clone();
    let mut run = Run::new(protocol.clone(), &mut model, &digits)?.checkpoint(&path, 2)?;
    run.resume_from(&path)?;
    println!("taken up after {} epochs", run.epochs().len());
    println!("{}", run.finish()?);

    let mut unbroken = start;
    protocol.clone().train(&mut unbroken, &digits)?;
    assert_eq!(model.theta(), unbroken.theta());
    println!("{} parameters, equal to the last bit", model.theta().len());

    // With another seed it would be another training.
    let mut model = unbroken.clone();
    let mut run = Run::new(protocol.seed(2), &mut model, &digits)?.checkpoint(&path, 2)?;
    if let Err(error) = run.resume_from(&path) {
        println!("with another seed: {error}");
    }
    std::fs::remove_file(&path)?;
    Ok(())
}
