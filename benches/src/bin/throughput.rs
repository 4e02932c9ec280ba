//! Training steps, shuffled epochs and predictions a second, in rows that can be laid beside those of other libraries.
//!
//! `cargo run --release -p gradflow-benches --bin throughput -- abcde --epoch --infer`

use std::hint::black_box;

use clap::Parser;
use gradflow::data::Dataset;
use gradflow::{Arena, Real, Run};
use gradflow_benches::{ByHand, Level, Net, Samples, median_seconds};

/// Measures real training steps (forward, backward, update) of the networks a to h.
#[derive(Parser)]
struct Args {
    /// Which networks, by letter.
    #[arg(default_value = "abcde")]
    nets: String,
    /// Threads, the main one included.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Only this batch size.
    #[arg(long)]
    batch: Option<usize>,
    /// Also whole shuffled epochs.
    #[arg(long)]
    epoch: bool,
    /// Also the prediction of one sample.
    #[arg(long)]
    infer: bool,
    /// Seconds of one measured window.
    #[arg(long, default_value_t = 0.12)]
    window: f64,
    /// Windows, of which the median counts.
    #[arg(long, default_value_t = 9)]
    rounds: usize,
    /// Take so many steps, untimed and without printing: for counting instructions.
    #[arg(long)]
    steps: Option<usize>,
    /// The best level that the kernels may run at.
    #[arg(long, default_value = "avx512")]
    level: Level,
}

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let args = Args::parse();
    args.level.limit();
    for letter in args.nets.chars() {
        let net = Net::from_letter(letter)
            .ok_or_else(|| format!("no network {letter:?}: there are a to h"))?;
        match net {
            Net::H => rows::<f64>(&args, net)?,
            _ => rows::<f32>(&args, net)?,
        }
    }
    Ok(())
}

/// Prints the rows of a network.
fn rows<T: Real>(args: &Args, net: Net) -> Result<(), Failure> {
    let (letter, threads) = (net.letter(), args.threads);
    let batches = args
        .batch
        .map_or_else(|| net.batches().to_vec(), |batch| vec![batch]);
    for batch in batches {
        let step = step_seconds::<T>(args, net, batch)?;
        let epoch = if args.epoch {
            format!("{:.0}", epoch_rate::<T>(args, net, batch)?)
        } else {
            String::new()
        };
        let (us, rate) = (step * 1e6, batch as f64 / step);
        println!("| gradflow | {letter} | {batch} | {threads} | {us:.2} | {rate:.0} | {epoch} |");
    }
    if args.infer {
        let us = infer_seconds::<T>(args, net)? * 1e6;
        println!("| gradflow-infer | {letter} | 1 | {threads} | {us:.3} us |");
        if net == Net::E {
            let us = by_hand_seconds(args)? * 1e6;
            println!("| by-hand-infer | {letter} | 1 | 1 | {us:.3} us |");
        }
    }
    Ok(())
}

/// Median seconds of a call; the first failure ends the measurement.
fn timed(args: &Args, mut call: impl FnMut() -> Result<(), Failure>) -> Result<f64, Failure> {
    let mut result = Ok(());
    let seconds = median_seconds(args.window, args.rounds, || {
        if result.is_ok() {
            result = call();
        }
    });
    result.map(|()| seconds)
}

/// One training step on batches that are ready in memory, a different one each time.
fn step_seconds<T: Real>(args: &Args, net: Net, batch: usize) -> Result<f64, Failure> {
    let mut model = net.model::<T>(args.threads)?;
    let mut run = Run::online(net.protocol(batch)?, &mut model)?;
    let batches = (20_000 / batch).clamp(2, 64);
    let Samples::<T> { x, y, .. } = net.samples(batches * batch, 2);
    let (inputs, outputs) = net.sizes();
    let mut at = 0;
    let mut step = || {
        let x = &x[at * batch * inputs..][..batch * inputs];
        let y = &y[at * batch * outputs..][..batch * outputs];
        at = (at + 1) % batches;
        black_box(run.step_on(x, y)?);
        Ok(())
    };
    match args.steps {
        Some(steps) => (0..steps).try_for_each(|_| step()).map(|()| 0.0),
        None => timed(args, step),
    }
}

/// Samples a second of whole epochs with fresh shuffling.
fn epoch_rate<T: Real>(args: &Args, net: Net, batch: usize) -> Result<f64, Failure> {
    let mut model = net.model::<T>(args.threads)?;
    let Samples::<T> { x, y, labels } = net.samples(net.epoch_samples(batch), 3);
    let input = model.network().input();
    let data = if net.regression() {
        Dataset::regression(input, x, net.sizes().1, y)?
    } else {
        Dataset::classification(input, x, labels, 10)?
    };
    let protocol = net.protocol(batch)?.epochs(4).seed(4);
    let history = protocol.train(&mut model, &data)?;
    // The first epoch warms up.
    let mut rates: Vec<f64> = history
        .epochs
        .iter()
        .skip(1)
        .map(|epoch| data.len() as f64 / epoch.seconds)
        .collect();
    rates.sort_by(f64::total_cmp);
    Ok(rates[rates.len() / 2])
}

/// Prediction of one sample of e by plain loops over arrays.
fn by_hand_seconds(args: &Args) -> Result<f64, Failure> {
    let by_hand = ByHand::new(&Net::E.model::<f32>(1)?);
    let x = [0.1, 0.7, 0.2, 0.9, 0.4];
    timed(args, || {
        black_box(black_box(&by_hand).predict(black_box(&x)));
        Ok(())
    })
}

/// Prediction of one sample.
fn infer_seconds<T: Real>(args: &Args, net: Net) -> Result<f64, Failure> {
    let model = net.model::<T>(args.threads)?;
    let Samples::<T> { x, y, .. } = net.samples(1, 5);
    let mut arena = Arena::prediction(model.network(), 1)?;
    let mut out = vec![T::ZERO; y.len()];
    timed(args, || {
        let x = model.network().input().columns(black_box(&x), 1);
        model.predict_into(x, black_box(&mut out), &mut arena)?;
        Ok(())
    })
}
