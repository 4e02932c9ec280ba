//! A model is a file. It knows its columns, what was done to them, and the names of its classes.
//!
//! `cargo run --release --example 03_save_and_load`, or `-- --data FILE` with another table whose last column tells classes apart.
//!
//! [`learn`] and [`predict`] stand in the README, as what a pipeline of scikit-learn is here.

use gradflow::{Activation::*, data::sniff, optim::Adam, *};

/// One program learns …
fn learn(table: &str, file: &str) -> Result<(), Error> {
    let data = sniff(table)?.csv().open(table)?.standardised()?;
    let net = Network::builder(data.shape()).dense(16, Tanh);
    let net = net
        .dense(data.schema().outputs().size(), Identity)
        .build()?;
    let mut model = Model::<f32>::new(net, Cost::classification(), 1)?;
    Protocol::new(Adam::new(0.02))
        .epochs(60)
        .train(&mut model, &data)?;
    Ok(model.save(file)?)
}

/// … and another one predicts from raw rows.
fn predict(file: &str, row: &[f32]) -> Result<String, Error> {
    Ok(Model::<f32>::load(file)?.predict_row(row)?.to_string())
}

fn main() -> Result<(), Error> {
    let mut args = std::env::args().skip_while(|arg| arg != "--data").skip(1);
    let iris = concat!(env!("CARGO_MANIFEST_DIR"), "/data/iris/iris.csv");
    let table = args.next().unwrap_or_else(|| iris.to_owned());
    let file = std::env::temp_dir().join("gradflow-table.safetensors");
    let file = file.to_string_lossy();

    learn(&table, &file)?;
    println!("{file} is saved");
    let raw: Dataset<f32> = sniff(&table)?.csv().open(&table)?;
    let inputs = raw.shape().len();
    let row = &raw.inputs().data()[..inputs];
    println!(
        "the first row, as it stands there: {}",
        predict(&file, row)?
    );

    // By name, the order does not matter.
    let loaded = Model::<f32>::load(&*file)?;
    if let Some(names) = raw.schema().input_names() {
        let named: Vec<(&str, f32)> = names
            .iter()
            .map(String::as_str)
            .zip(row.to_vec())
            .rev()
            .collect();
        println!(
            "by the names of its columns: {}",
            loaded.predict_named(&named)?
        );
    }
    // Of the rows that it was trained on; example 02 holds some out.
    println!(
        "{}",
        loaded.evaluate(&raw.prepared(loaded.schema().expect("columns"))?)?
    );

    // What does not fit is a sentence.
    if let Err(error) = loaded.predict_row(&[5.1; 2]) {
        println!("a row of two numbers: {error}");
    }
    Ok(())
}
