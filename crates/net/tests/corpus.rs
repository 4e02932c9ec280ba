//! The corpus of the fuzz targets and random changes of it, through what the targets do; `FUZZ_SECONDS=600` takes longer than two seconds
//! each. The targets themselves stand in the folder `fuzz`.

// Public there, where it is a crate.
#[allow(unreachable_pub)]
#[path = "../../../fuzz/src/lib.rs"]
mod targets;

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Whether the bytes were a value.
type Target = fn(&[u8]) -> bool;

/// Every target, by the name of its folder.
const TARGETS: [(&str, Target); 6] = [
    ("checkpoint", targets::checkpoint),
    ("csv", targets::csv),
    ("experiment", targets::experiment),
    ("idx", targets::idx),
    ("model", targets::model),
    ("onnx", targets::onnx),
];

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz")
        .join(name)
}

fn files(target: &str) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder("corpus").join(target)).expect("a folder of the repository");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a file").path()).collect();
    paths.sort();
    let files: Vec<_> = paths
        .iter()
        .map(|path| fs::read(path).expect("a file"))
        .collect();
    assert!(!files.is_empty(), "{target} has no corpus");
    files
}

/// Changes a file at some places: bits, bytes, an end cut off, a part twice, a part of another file.
fn change(file: &mut Vec<u8>, other: &[u8], rng: &mut Xoshiro256PlusPlus) {
    for _ in 0..rng.random_range(1..4) {
        if file.is_empty() {
            return;
        }
        let at = rng.random_range(0..file.len());
        let end = rng.random_range(at..file.len().min(at + 64)) + 1;
        match rng.random_range(0..6) {
            0 => file[at] ^= 1 << rng.random_range(0..8),
            1 => file[at] = rng.random(),
            2 => file.truncate(at),
            3 => drop(file.drain(at..end)),
            4 => file.extend_from_within(at..end),
            _ => {
                let from = rng.random_range(0..=other.len());
                let to = other.len().min(from + 64);
                file.splice(at..end, other[from..to].iter().copied());
            }
        }
    }
}

#[test]
fn changed_files_are_values_or_errors() {
    let seconds = std::env::var("FUZZ_SECONDS").ok();
    let seconds = seconds.and_then(|s| s.parse().ok()).unwrap_or(2);
    std::thread::scope(|scope| {
        for (name, target) in TARGETS {
            scope.spawn(move || {
                let files = files(name);
                let read = files.iter().filter(|file| target(file)).count();
                assert!(read > 0, "{name}: no file of the corpus can be read");
                let start = Instant::now();
                for seed in 0.. {
                    if start.elapsed() > Duration::from_secs(seconds) {
                        return;
                    }
                    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
                    let [a, b] = [0; 2].map(|_| rng.random_range(0..files.len()));
                    let mut file = files[a].clone();
                    change(&mut file, &files[b], &mut rng);
                    let done = std::panic::catch_unwind(|| target(&file));
                    assert!(done.is_ok(), "{name}, seed {seed}");
                }
            });
        }
    });
}

#[test]
fn every_target_has_a_program_and_a_corpus() {
    let programs = fs::read_dir(folder("fuzz_targets")).expect("a folder of the repository");
    let mut programs: Vec<_> = programs
        .map(|entry| entry.expect("a file").path())
        .map(|path| {
            path.file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    programs.sort();
    assert_eq!(programs, TARGETS.map(|(name, _)| name));
}
