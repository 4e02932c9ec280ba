//! Training on samples that stay in a file beside training on the same samples in memory.
//!
//! ```sh
//! cargo run --release -p gradflow-benches --bin disk -- ac --gigabytes 2 --pixels f32
//! cargo run --release -p gradflow-benches --bin disk -- a --gigabytes 20 --pixels u8 --sparse --steps 3000
//! ```
//!
//! The file is written, and lies in the system's cache. Windows of as many steps on the same mini-batches follow one another in turn; told are the
//! medians of the samples a second of both, and of the quotient of those beside one another. The networks must end with the same bits.
//!
//! A sparse file has noise in its first rows and takes no room on the disk. It is trained on alone, and the private memory of the process told: the most of
//! what it was after each step.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use clap::{Parser, ValueEnum};
use cpu_time::ProcessTime;
use gradflow::data::DiskDataset;
use gradflow::{Run, Samples};
use gradflow_benches::Net;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

#[derive(Parser)]
struct Arguments {
    /// Which networks, by letter; those for pictures of 784 pixels.
    #[arg(default_value = "ac")]
    nets: String,
    /// Size of the file; memory for twice as much is needed for `f32`, five times for `u8`.
    #[arg(long, default_value_t = 2.0)]
    gigabytes: f64,
    /// What a pixel is in the file.
    #[arg(long, default_value = "f32")]
    pixels: Pixels,
    /// A file of zeros but for its beginning, and no samples in memory: how much memory is used.
    #[arg(long)]
    sparse: bool,
    /// Samples of a mini-batch.
    #[arg(long, default_value_t = 256)]
    batch: usize,
    /// Steps of a window.
    #[arg(long, default_value_t = 100)]
    steps: usize,
    /// Windows of each.
    #[arg(long, default_value_t = 15)]
    rounds: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Pixels {
    U8,
    F32,
}

type Failure = Box<dyn std::error::Error>;

/// Rows of a sparse file that are more than zeros.
const NOISE: usize = 10_000;

/// Bytes before the numbers of a file.
const HEADER: usize = 128;

/// Pixels of a picture.
const SIZE: usize = 784;

fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    let folder = std::env::temp_dir().join(format!("gradflow-disk-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let done = measure(&arguments, &folder);
    std::fs::remove_dir_all(&folder)?;
    done
}

fn measure(arguments: &Arguments, folder: &Path) -> Result<(), Failure> {
    let mut disk = open(arguments, folder)?;
    if arguments.sparse {
        return sparse(arguments, &disk);
    }
    // Reads the whole file, so that it is in the cache.
    let mut memory = disk.first(disk.len())?;
    for letter in arguments.nets.chars() {
        let net = Net::from_letter(letter).filter(|net| net.sizes() == (SIZE, 10));
        let net = net.ok_or_else(|| format!("{letter:?} is no network for such pictures"))?;
        let shape = net.model::<f32>(1)?.network().input();
        (memory, disk) = (memory.with_shape(shape)?, disk.with_shape(shape)?);
        let windows = beside(
            arguments,
            net,
            [Samples::from(&memory), Samples::from(&disk)],
        )?;
        let of = |what: fn(&Window) -> f64| {
            let [memory, disk] = [0, 1].map(|i| median(windows.iter().map(|both| what(&both[i]))));
            let ratio = median(
                windows
                    .iter()
                    .map(|[memory, disk]| what(disk) / what(memory)),
            );
            format!("memory {memory:.2}, disk {disk:.2}, ratio {ratio:.3}")
        };
        println!(
            "net {letter}, batch {}, {} samples of {:?}",
            arguments.batch,
            disk.len(),
            arguments.pixels
        );
        println!("    samples a second: {}", of(|window| window.rate));
        println!(
            "    us of all threads a sample: {}",
            of(|window| window.work)
        );
    }
    Ok(())
}

/// Trains on the file alone.
fn sparse(arguments: &Arguments, disk: &DiskDataset<f32>) -> Result<(), Failure> {
    for letter in arguments.nets.chars() {
        let net = Net::from_letter(letter).filter(|net| net.sizes() == (SIZE, 10));
        let net = net.ok_or_else(|| format!("{letter:?} is no network for such pictures"))?;
        let mut model = net.model::<f32>(1)?;
        let disk = disk.clone().with_shape(model.network().input())?;
        let before = private_memory()?;
        let protocol = net.protocol(arguments.batch)?.epochs(usize::MAX);
        let mut run = Run::new(protocol, &mut model, Samples::from(&disk))?;
        let (mut most, start) = (0.0_f64, Instant::now());
        for _ in 0..arguments.steps {
            run.step()?;
            most = most.max(private_memory()?);
        }
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "net {letter}, batch {}, {} samples of {:?}: {} steps in {seconds:.1} s, RssAnon {before:.1} MiB before, {most:.1} at most",
            arguments.batch,
            disk.len(),
            arguments.pixels,
            arguments.steps
        );
    }
    Ok(())
}

/// Memory of this process that no file stands behind, in MiB; Linux says it.
fn private_memory() -> Result<f64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let kib = line.ok_or("this system does not say how much private memory is used")?;
    Ok(kib.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
}

/// Some steps.
struct Window {
    /// Samples a second.
    rate: f64,
    /// Microseconds of the processor for a sample.
    work: f64,
}

/// Windows in turn.
fn beside(
    arguments: &Arguments,
    net: Net,
    samples: [Samples<'_, f32>; 2],
) -> Result<Vec<[Window; 2]>, Failure> {
    let mut models = [net.model::<f32>(1)?, net.model(1)?];
    let mut runs = Vec::new();
    for (model, samples) in models.iter_mut().zip(samples) {
        let protocol = net.protocol(arguments.batch)?.epochs(usize::MAX);
        runs.push(Run::new(protocol, model, samples)?);
    }
    let count = (arguments.steps * arguments.batch) as f64;
    let mut window = |run: usize| -> Result<Window, Failure> {
        let (start, work) = (Instant::now(), ProcessTime::now());
        for _ in 0..arguments.steps {
            runs[run].step()?;
        }
        Ok(Window {
            rate: count / start.elapsed().as_secs_f64(),
            work: 1e6 * work.elapsed().as_secs_f64() / count,
        })
    };
    let mut windows = Vec::new();
    for _ in 0..=arguments.rounds {
        windows.push([window(0)?, window(1)?]);
    }
    // The first ones find their memory.
    windows.remove(0);
    drop(runs);
    match models[0].theta() == models[1].theta() {
        true => Ok(windows),
        false => Err("the bits are not those of samples in memory".into()),
    }
}

fn median(of: impl Iterator<Item = f64>) -> f64 {
    let mut all: Vec<f64> = of.collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// Writes pictures of noise and their labels, and opens the files.
fn open(arguments: &Arguments, folder: &Path) -> Result<DiskDataset<f32>, Failure> {
    let (descr, bytes, maximum) = match arguments.pixels {
        Pixels::U8 => ("|u1", 1, 255.0),
        Pixels::F32 => ("<f4", 4, 1.0),
    };
    let samples = (arguments.gigabytes * 1e9) as usize / (SIZE * bytes);
    let samples = samples.max(arguments.batch);
    let [inputs, labels] = ["inputs.npy", "labels.npy"].map(|name| folder.join(name));
    let mut file = array(&inputs, descr, &format!("({samples}, {SIZE})"))?;
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let (mut noise, mut row) = ([0_u8; SIZE], Vec::new());
    let written = if arguments.sparse {
        samples.min(NOISE)
    } else {
        samples
    };
    for _ in 0..written {
        random.fill_bytes(&mut noise);
        row.clear();
        match arguments.pixels {
            Pixels::U8 => row.extend(noise),
            Pixels::F32 => row.extend(
                noise
                    .map(|x| (f32::from(x) / 255.0).to_le_bytes())
                    .as_flattened(),
            ),
        }
        file.write_all(&row)?;
    }
    file.flush()?;
    file.get_ref()
        .set_len((HEADER + samples * SIZE * bytes) as u64)?;
    let mut file = array(&labels, "|u1", &format!("({samples},)"))?;
    for sample in 0..samples {
        file.write_all(&[(sample * 7 % 10) as u8])?;
    }
    file.flush()?;
    Ok(DiskDataset::open_npy_labels(
        inputs,
        labels,
        Some(10),
        maximum,
    )?)
}

/// A file of NumPy, without its numbers.
fn array(path: &Path, descr: &str, shape: &str) -> Result<BufWriter<File>, Failure> {
    let entries = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    // Behind six bytes of magic, two of the version and two of the length, up to the end of the line.
    let width = HEADER - 11;
    let header = format!("{entries:<width$}\n");
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    file.write_all(b"\x93NUMPY\x01\x00")?;
    file.write_all(&u16::try_from(header.len())?.to_le_bytes())?;
    file.write_all(header.as_bytes())?;
    Ok(file)
}
