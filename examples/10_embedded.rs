//! A trained network as one source file that needs no library, compiled and compared with the model.
//!
//! `cargo run --release --example 10_embedded`
//!
//! The file is plain Rust without `std`; `gradflow_codegen::c` writes the same as C99.

use std::process::Command;

use anyhow::{Result, ensure};
use gradflow::data::Csv;
use gradflow::optim::Adam;
use gradflow::{Activation, Cost, Model, Network, Protocol};

/// The program on the small machine.
const MAIN: &str = "mod iris;
fn main() {
    let p = iris::predict(&[5.1, 3.5, 1.4, 0.2]);
    println!(\"{} {} {} {}\", p[0], p[1], p[2], iris::CLASSES[0]);
}
";

fn main() -> Result<()> {
    let table = concat!(env!("CARGO_MANIFEST_DIR"), "/data/iris/iris.csv");
    let iris = Csv::classification("species").open(table)?.standardised()?;
    let network = Network::builder(4)
        .dense(16, Activation::Tanh)
        .dense(3, Activation::Identity)
        .build()?;
    let mut model = Model::<f32>::new(network, Cost::classification(), 1)?;
    let protocol = Protocol::new(Adam::new(0.01)).epochs(60).batch(16);
    protocol.train(&mut model, &iris)?;

    let folder = std::env::temp_dir().join("gradflow-embedded");
    std::fs::create_dir_all(&folder)?;
    let source = gradflow_codegen::rust(&model)?;
    std::fs::write(folder.join("iris.rs"), &source)?;
    std::fs::write(folder.join("main.rs"), MAIN)?;
    println!(
        "{}: {} bytes",
        folder.join("iris.rs").display(),
        source.len()
    );

    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let program = folder.join("main");
    let mut command = Command::new(compiler);
    command
        .args(["-O", "--edition", "2024", "-o"])
        .arg(&program);
    ensure!(command.arg(folder.join("main.rs")).status()?.success());
    let output = String::from_utf8(Command::new(program).output()?.stdout)?;

    let expected = model.predict_row(&[5.1, 3.5, 1.4, 0.2])?;
    println!("the model:   {:?}", expected.outputs());
    println!("the program: {}", output.trim());
    for (word, p) in output.split_whitespace().zip(expected.outputs()) {
        let difference = (word.parse::<f32>()? - p).abs();
        ensure!(difference < 1e-5, "{word} is not {p}"); // sums in another order
    }
    Ok(())
}
