//! Data that do not fit in memory: samples are read from their files while the network learns.
//!
//! The pictures are made up, in a sparse file that takes no room on the disk; the first of them are noise.
//!
//! `cargo run --release --example 15_larger_than_memory -- 20 1000` (gigabytes, steps)

use std::fs::File;
use std::io::Write;
use std::path::Path;

use anyhow::Context as _;
use gradflow::data::DiskDataset;
use gradflow::optim::Adam;
use gradflow::{Activation, Cost, Model, Network, Protocol, Run, Samples};

/// Pictures that are more than zeros.
const NOISE: usize = 10_000;

/// An IDX file of so many elements in all: the header, then noise, then nothing but a length.
fn made_up(path: &Path, dims: &[usize], most: u32) -> anyhow::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(&[0, 0, 8, dims.len() as u8])?;
    for dim in dims {
        file.write_all(&u32::try_from(*dim)?.to_be_bytes())?;
    }
    let header = 4 + 4 * dims.len();
    let len: usize = dims.iter().product();
    let noise = (0..NOISE.min(dims[0]) * (len / dims[0]))
        .map(|i| ((i as u32).wrapping_mul(2_654_435_761) >> 16) % most);
    file.write_all(&noise.map(|x| x as u8).collect::<Vec<_>>())?;
    Ok(file.set_len((header + len) as u64)?)
}

/// Memory of this process that no file stands behind, in MiB. Linux says it.
fn private_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kib / 1024.0)
}

fn main() -> anyhow::Result<()> {
    let number = |place, usual: f64| match std::env::args().nth(place) {
        Some(text) => text
            .parse::<f64>()
            .with_context(|| format!("{text} is no number")),
        None => Ok(usual),
    };
    let (gigabytes, steps) = (number(1, 0.1)?, number(2, 50.0)? as usize);
    let samples = ((gigabytes * 1e9) as usize / (28 * 28)).max(2000);
    let folder = std::env::temp_dir().join(format!("gradflow-large-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let done = train(&folder, samples, steps);
    std::fs::remove_dir_all(&folder)?;
    done
}

fn train(folder: &Path, samples: usize, steps: usize) -> anyhow::Result<()> {
    let [images, labels] = ["images", "labels"].map(|name| folder.join(name));
    made_up(&images, &[samples, 28, 28], 256)?;
    made_up(&labels, &[samples], 10)?;
    let data = DiskDataset::<f32>::open_idx(&images, &labels, Some(10), 255.0)?;
    // Parts are numbers of samples: nothing is copied.
    let (train, rest) = data.split(0.9, 1)?;
    let (validation, _) = rest.split_at(1000.min(rest.len() / 2))?;
    println!("{samples} pictures, {} of them to learn from", train.len());

    let network = Network::builder(train.shape())
        .dense(100, Activation::Relu)
        .dense(10, Activation::Identity)
        .build()?;
    let mut model = Model::new(network, Cost::classification(), 1)?;
    let protocol = Protocol::new(Adam::new(0.001)).batch(256);
    let mut run = Run::new(protocol, &mut model, Samples::from(&train))?;
    let mut most = 0.0_f64;
    for step in 0..steps {
        let Some(step) = run.step()?.map(|at| (step, at)) else {
            break;
        };
        if step.0 % 10 == 0 {
            most = most.max(private_memory().unwrap_or(f64::NAN));
        }
    }
    run.stop();
    let evaluation = model.evaluate(&validation)?;
    println!(
        "{} samples, cost {:.4}",
        evaluation.samples, evaluation.cost
    );
    match private_memory() {
        Some(now) => println!("private memory at most {:.0} MiB", most.max(now)),
        None => println!("this system does not say how much private memory is used"),
    }
    Ok(())
}
