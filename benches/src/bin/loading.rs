//! Loading a model beside reading its file: `cargo run --release -p gradflow-benches --bin loading`.
//!
//! Net b, 2.7 MB, cached by the system. A round reads the file into a fresh buffer and loads the model, in turn; of so many rounds the mean of the
//! fastest tenth of each, and their quotient.

use std::hint::black_box;
use std::time::Instant;

use clap::Parser;
use gradflow::Model;
use gradflow_benches::Net;

#[derive(Parser)]
struct Arguments {
    /// Rounds.
    #[arg(long, default_value_t = 200)]
    rounds: usize,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rounds = Arguments::parse().rounds.max(10);
    let model = Net::B.model::<f32>(1)?;
    let path = std::env::temp_dir().join(format!("gradflow-loading-{}", std::process::id()));
    model.save(&path)?;
    let (mut read, mut load) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let start = Instant::now();
        black_box(std::fs::read(&path)?);
        read.push(start.elapsed().as_secs_f64());
        let start = Instant::now();
        black_box(Model::<f32>::load(&path)?);
        load.push(start.elapsed().as_secs_f64());
    }
    std::fs::remove_file(&path)?;
    let fastest = |mut seconds: Vec<f64>| {
        seconds.sort_by(f64::total_cmp);
        let tenth = seconds.len() / 10;
        seconds[..tenth].iter().sum::<f64>() / tenth as f64
    };
    let (read, load) = (fastest(read), fastest(load));
    let (read_us, load_us, ratio) = (1e6 * read, 1e6 * load, load / read);
    println!("read={read_us:.1}us load={load_us:.1}us ratio={ratio:.3}");
    Ok(())
}
