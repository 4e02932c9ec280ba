//! Predictions of the networks a to e, for batches of 1 and 256, in rows that can be laid beside those of other libraries:
//! `| who | net | batch | median us | best tenth us |`, one thread, CPU time.
//!
//! `cargo run --release -p gradflow-benches --bin predict -- abcde`
//!
//! With `--generated` also the source that gradflow-codegen makes of a network, compiled by `rustc`; with the feature `peers` also
//! nexus-inference, and `--write DIRECTORY` writes the networks as ONNX files for `benches/predict_peers.py`.

mod generated;
#[cfg(feature = "peers")]
mod peers;
mod row;

use std::hint::black_box;

use clap::Parser;
use gradflow::Arena;
use gradflow_benches::{Level, Net, cpu_times};

use row::{Failure, row};

/// Measures predictions of the networks a to e.
#[derive(Parser)]
struct Args {
    /// Which networks, by letter.
    #[arg(default_value = "abcde")]
    nets: String,
    /// Only this batch size.
    #[arg(long)]
    batch: Option<usize>,
    /// The best level that the kernels may run at.
    #[arg(long, default_value = "avx512")]
    level: Level,
    /// Also the model that was not prepared.
    #[arg(long)]
    unprepared: bool,
    /// Also generated Rust, a batch of 1.
    #[arg(long)]
    generated: bool,
    /// Predict so often, untimed and without printing: for counting instructions.
    #[arg(long)]
    calls: Option<usize>,
    /// Writes the networks as ONNX files to this directory, and measures nothing.
    #[cfg(feature = "peers")]
    #[arg(long)]
    write: Option<std::path::PathBuf>,
}

fn main() -> Result<(), Failure> {
    let args = Args::parse();
    args.level.limit();
    for letter in args.nets.chars() {
        let net = Net::from_letter(letter)
            .ok_or_else(|| format!("no network {letter:?}: there are a, b, c, d and e"))?;
        #[cfg(feature = "peers")]
        if let Some(directory) = &args.write {
            let model = net.model::<f32>(1)?;
            model.export_onnx(directory.join(format!("{letter}.onnx")))?;
            continue;
        }
        let batches = args.batch.map_or(vec![1, 256], |batch| vec![batch]);
        for batch in batches {
            predict(&args, net, batch)?;
        }
        if args.generated {
            generated::row(net)?;
        }
        #[cfg(feature = "peers")]
        if args.calls.is_none() {
            peers::rows(net)?;
        }
    }
    Ok(())
}

/// The rows of this library.
fn predict(args: &Args, net: Net, batch: usize) -> Result<(), Failure> {
    let model = net.model::<f32>(1)?;
    let x = net.samples(batch, 5).x;
    let mut out = vec![0.0; batch * net.sizes().1];
    let mut arena = Arena::prediction(model.network(), batch)?;
    let input = model.network().input();
    let mut unprepared = |out: &mut Vec<f32>| {
        let x = input.columns(black_box(&x), batch);
        model.predict_into(x, black_box(out), &mut arena)
    };
    let mut prepared = model.prepare(batch)?;
    let mut once = |out: &mut Vec<f32>| prepared.predict_into(black_box(&x), black_box(out));
    if let Some(calls) = args.calls {
        for _ in 0..calls {
            if args.unprepared {
                unprepared(&mut out)?;
            } else {
                once(&mut out)?;
            }
        }
        return Ok(());
    }
    let mut result = Ok(());
    let times = cpu_times(|| {
        if result.is_ok() {
            result = once(&mut out);
        }
    });
    row("gradflow", net, batch, times);
    if args.unprepared {
        let times = cpu_times(|| {
            if result.is_ok() {
                result = unprepared(&mut out);
            }
        });
        row("gradflow, unprepared", net, batch, times);
    }
    Ok(result?)
}
