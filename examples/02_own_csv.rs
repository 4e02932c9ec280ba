//! A table of one's own: which column is the class, and how well can it be told from the others?
//!
//! `cargo run --release --example 02_own_csv -- FILE LABEL`, such as `examples/data/iris/iris.csv species`, which is what it takes
//! without arguments.

use gradflow::data::Csv;
use gradflow::optim::Adam;
use gradflow::{Activation, Cost, Dataset, EarlyStopping, Error, Model, Network, Protocol, Run};

fn main() -> Result<(), Error> {
    let mut args = std::env::args().skip(1);
    let iris = concat!(env!("CARGO_MANIFEST_DIR"), "/data/iris/iris.csv");
    let file = args.next().unwrap_or_else(|| iris.to_owned());
    let label = args.next().unwrap_or_else(|| "species".to_owned());

    // Every other column is an input. The names of the classes are found in the file.
    let data: Dataset<f32> = Csv::classification(label.as_str()).open(&file)?;
    let classes = data.class_names().map(<[String]>::len).unwrap_or(2);

    // Three parts: to train on, to stop by, to report on. All are scaled by what the first one says.
    let (train, rest) = data.split_stratified(0.6, 1)?;
    let (validation, test) = rest.split_stratified(0.5, 1)?;
    let train = train.standardised()?;
    let (validation, test) = (validation.like(&train)?, test.like(&train)?);

    let network = Network::builder(train.shape())
        .dense(16, Activation::Tanh)
        .dense(classes, Activation::Identity)
        .build()?;
    let mut model = Model::new(network, Cost::classification(), 1)?;
    let protocol = Protocol::new(Adam::new(0.01))
        .epochs(200)
        .batch(16)
        .early_stopping(EarlyStopping::default());
    let run = Run::new(protocol, &mut model, &train)?;
    let history = run.validate(&validation)?.finish()?;
    println!("{file}: {} rows, {classes} classes of {label}", data.len());
    println!("training {}", history.end);
    println!("the part held out:\n{}", model.evaluate(&test)?);
    Ok(())
}
