//! Where the kernels and the steps stand against the machine: the figures of `docs/performance.md`.
//!
//! `cargo run --release -p gradflow-benches --bin performance`

use std::hint::black_box;

use clap::Parser;
use gradflow::kernels::{
    Finish, Operand, Unary, conv_backward_filter, conv_backward_input, conv_forward, cpu,
    multiply_adds, product,
};
use gradflow::optim::Adam;
use gradflow::{Activation, Cost, Model, Network, Protocol, Run, Workers};
use gradflow_benches::{CONVOLUTIONS, Level, Net, Samples, median_seconds, ramp};

/// Measures the machine's peak, the kernels of the large networks against it, and how the cost of a step grows.
#[derive(Parser)]
struct Args {
    /// Seconds of one measured window.
    #[arg(long, default_value_t = 0.05)]
    window: f64,
    /// Windows, of which the median counts.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// The best level that the kernels may run at.
    #[arg(long, default_value = "avx512")]
    level: Level,
    /// Only the kernels whose name contains this.
    #[arg(long)]
    only: Option<String>,
}

impl Args {
    fn seconds(&self, call: &mut dyn FnMut()) -> f64 {
        median_seconds(self.window, self.rounds, call)
    }
}

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let args = Args::parse();
    args.level.limit();
    println!("level {:?}", cpu::level());
    println!(
        "\n| kernel | microseconds | GFLOP/s | of the peak | times a copy of its numbers |\n|---|---|---|---|---|"
    );
    products(&args);
    convolutions(&args);
    if args.only.is_some() {
        return Ok(());
    }
    bandwidth(&args);
    growth(&args)?;
    dead_units(&args)
}

/// Gigaflops a second that the multiply-add loop reaches now.
fn peak(args: &Args) -> f64 {
    const ROUNDS: usize = 20_000;
    let (operations, _) = multiply_adds::<f32>(ROUNDS);
    let time = args.seconds(&mut || {
        black_box(multiply_adds::<f32>(black_box(ROUNDS)));
    });
    operations as f64 / 1e9 / time
}

/// Seconds that it takes to read and write so many numbers, half of them each.
fn copy(args: &Args, numbers: usize) -> f64 {
    let from = vec![1.0_f32; numbers / 2];
    let mut to = from.clone();
    args.seconds(&mut || black_box(&mut to).copy_from_slice(black_box(&from)))
}

/// A row of the table, of a kernel that reads and writes so many numbers beside its parameters; the peak is measured beside every
/// kernel, since machines change their mind.
fn row(args: &Args, name: &str, operations: usize, numbers: usize, call: &mut dyn FnMut()) {
    if !name.contains(args.only.as_deref().unwrap_or_default()) {
        return;
    }
    let before = peak(args);
    let time = args.seconds(call);
    let peak = before.max(peak(args));
    let rate = operations as f64 / 1e9 / time;
    println!(
        "| {name} | {:.1} | {rate:.1} | {:.0} % of {peak:.0} | {:.1} |",
        time * 1e6,
        100.0 * rate / peak,
        time / copy(args, numbers)
    );
}

/// The products of b 256 and of the dense layer of d 64: forward, input gradient, weight gradient.
fn products(args: &Args) {
    dense(args, "b 256", 256, [784, 512]);
    dense(args, "b 256", 256, [512, 512]);
    dense(args, "b 256", 256, [512, 10]);
    dense(args, "d 64", 64, [3872, 128]);
}

fn dense(args: &Args, net: &str, samples: usize, [inputs, outputs]: [usize; 2]) {
    let workers = Workers::inline();
    let (x, w) = (ramp(samples * inputs), ramp(outputs * inputs));
    let delta = ramp(samples * outputs);
    let operations = 2 * samples * inputs * outputs;
    let numbers = x.len() + w.len() + delta.len();
    let (mut p, mut w_bar, mut x_bar) = (delta.clone(), w.clone(), x.clone());
    let measure = |what: &str, once: &mut dyn FnMut()| {
        let name = format!("{net}, dense {inputs} to {outputs}, {what}");
        row(args, &name, operations, numbers, once);
    };
    let finish = Finish::Overwrite;
    measure("forward", &mut || {
        let (a, b) = (Operand::plain(black_box(&x[..])), Operand::transposed(&w));
        product((samples, outputs, inputs), a, b, &mut p, finish, &workers);
    });
    measure("weight gradient", &mut || {
        let (a, b) = (
            Operand::transposed(black_box(&delta[..])),
            Operand::plain(&x),
        );
        product(
            (outputs, inputs, samples),
            a,
            b,
            &mut w_bar,
            finish,
            &workers,
        );
    });
    measure("input gradient", &mut || {
        let (a, b) = (Operand::plain(black_box(&delta[..])), Operand::plain(&w));
        product(
            (samples, inputs, outputs),
            a,
            b,
            &mut x_bar,
            finish,
            &workers,
        );
    });
}

fn convolutions(args: &Args) {
    let workers = Workers::inline();
    for (name, shape, samples) in CONVOLUTIONS {
        let (filter, bias) = (ramp(shape.filter_len()), ramp(shape.output[0]));
        let (x, delta) = (
            ramp(samples * shape.input_len()),
            ramp(samples * shape.output_len()),
        );
        let (mut p, mut x_bar) = (delta.clone(), x.clone());
        let (mut filter_bar, mut bias_bar) = (filter.clone(), bias.clone());
        let operations = samples * shape.work();
        let numbers = x.len() + p.len();
        row(
            args,
            &format!("{name}, forward"),
            operations,
            numbers,
            &mut || {
                conv_forward(
                    &shape,
                    &filter,
                    &bias,
                    black_box(&x),
                    &mut p,
                    Unary::Relu,
                    &workers,
                );
            },
        );
        row(
            args,
            &format!("{name}, filter gradient"),
            operations,
            numbers,
            &mut || {
                conv_backward_filter(
                    &shape,
                    black_box(&x),
                    &delta,
                    &mut filter_bar,
                    &mut bias_bar,
                    &workers,
                );
            },
        );
        // The first layer's input gradient is never computed.
        if shape.input[0] > 3 {
            row(
                args,
                &format!("{name}, input gradient"),
                operations,
                numbers,
                &mut || {
                    conv_backward_input(&shape, &filter, black_box(&delta), &mut x_bar, &workers);
                },
            );
        }
    }
}

/// Gigabytes a second of a copy, in each cache and beyond.
fn bandwidth(args: &Args) {
    println!("\n| copy of | GB/s read and written |\n|---|---|");
    for kilobytes in [16, 256, 4096, 262_144] {
        let from = vec![1.0_f32; kilobytes * 256];
        let mut to = from.clone();
        let time = args.seconds(&mut || black_box(&mut to).copy_from_slice(black_box(&from)));
        println!(
            "| {kilobytes} kB | {:.0} |",
            2.0 * kilobytes as f64 * 1024.0 / 1e9 / time
        );
    }
}

/// Microseconds of a training step of `784-width-…-width-10` with ReLU and Adam.
fn step(
    args: &Args,
    width: usize,
    depth: usize,
    batch: usize,
    threads: usize,
) -> Result<f64, Failure> {
    let hidden = |builder: gradflow::NetworkBuilder<f32>| builder.dense(width, Activation::Relu);
    let builder = (0..depth).fold(Network::builder([784, 1, 1]), |builder, _| hidden(builder));
    let network = builder.dense(10, Activation::Identity).build()?;
    let mut model = Model::new(network, Cost::classification(), 1)?.with_threads(threads);
    let mut run = Run::online(Protocol::new(Adam::new(1e-3)).batch(batch), &mut model)?;
    let Samples { x, y, .. } = Net::A.samples(batch, 1);
    let mut result = Ok(0.0);
    let time = args.seconds(&mut || result = run.step_on(&x, &y));
    result?;
    Ok(time * 1e6)
}

/// The same for a convolution 8@3x3 over a picture of `side x side` pixels and a dense layer behind it.
fn picture_step(args: &Args, side: usize, batch: usize) -> Result<f64, Failure> {
    let builder = Network::builder([1, side, side])
        .conv(8, [3, 3], Activation::Relu)
        .max_pool([2, 2]);
    let network = builder.dense(10, Activation::Identity).build()?;
    let mut model = Model::new(network, Cost::classification(), 1)?.with_threads(1);
    let mut run = Run::online(Protocol::new(Adam::new(1e-3)).batch(batch), &mut model)?;
    let (x, y) = (ramp(batch * side * side), Net::A.samples(batch, 1).y);
    let mut result = Ok(0.0);
    let time = args.seconds(&mut || result = run.step_on(&x, &y));
    result?;
    Ok(time * 1e6)
}

fn growth(args: &Args) -> Result<(), Failure> {
    println!(
        "\n| dense 784-width(-width…)-10: width | hidden layers | batch | threads | microseconds a step |\n|---|---|---|---|---|"
    );
    let batches = [1, 4, 16, 64, 256, 1024].map(|batch| (128, 1, batch, 1));
    let widths = [32, 64, 256, 512, 1024].map(|width| (width, 1, 64, 1));
    let depths = [2, 4, 8].map(|depth| (128, depth, 64, 1));
    let threads = [
        (512, 2, 64, 1),
        (512, 2, 64, 2),
        (512, 2, 256, 1),
        (512, 2, 256, 2),
    ];
    for (width, depth, batch, threads) in batches
        .into_iter()
        .chain(widths)
        .chain(depths)
        .chain(threads)
    {
        let us = step(args, width, depth, batch, threads)?;
        println!("| {width} | {depth} | {batch} | {threads} | {us:.1} |");
    }
    println!(
        "\n| conv 8@3x3, max-pool 2, dense 10: side of the picture | batch | microseconds a step |\n|---|---|---|"
    );
    for side in [8, 16, 32, 64, 128] {
        println!("| {side} | 32 | {:.1} |", picture_step(args, side, 32)?);
    }
    Ok(())
}

/// A step with dead units: zero gradients let Adam's moments decay towards the denormal numbers.
fn dead_units(args: &Args) -> Result<(), Failure> {
    let mut model = Net::C.model::<f32>(1)?;
    // Biases so negative that no unit ever wakes: the gradient of all but the last layer is zero.
    let mut theta = model.theta().to_vec();
    let first = model.network().range(0).unwrap_or_default();
    theta[first.end - 5..first.end].fill(-1e6);
    model.set_theta(theta)?;
    let mut run = Run::online(Protocol::new(Adam::new(1e-3)).batch(40), &mut model)?;
    let Samples { x, y, .. } = Net::C.samples(40, 1);
    let mut result = Ok(0.0);
    let mut time =
        |rounds: usize| median_seconds(args.window, rounds, || result = run.step_on(&x, &y));
    let start = time(args.rounds);
    let mut steps = 0;
    while steps < 10_000 {
        time(1);
        steps += (args.window / start) as usize;
    }
    let end = time(args.rounds);
    result?;
    println!(
        "\ndead units: a step takes {:.3} times as long after {steps} steps as at the start",
        end / start
    );
    Ok(())
}
