//! A process that is killed while it saves leaves a whole file, at least as new as the last one that it has acknowledged.
//!
//! `KILLS=1000 cargo test --release -p gradflow --test file killed` kills more often.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use gradflow::{Activation, Cost, Model, Network};
use gradflow_testing::Folder;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Where the child saves.
const PLACE: &str = "GRADFLOW_TEST_KILLED";

/// A model of 64 KiB all of whose parameters are `number`.
fn numbered(number: u32) -> Model<f32> {
    let network = Network::builder(127)
        .dense(128, Activation::Identity)
        .build();
    let network = network.expect("a network");
    let theta = vec![number as f32; network.parameters()];
    Model::with_parameters(network, Cost::regression(), theta).expect("a model")
}

#[test]
fn a_whole_file_is_left() {
    let kills = std::env::var("KILLS")
        .ok()
        .and_then(|kills| kills.parse().ok());
    let folder = Folder::new("killed");
    let path = folder.join("model.safetensors");
    numbered(0).save(&path).expect("saved");
    let mut dice = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut newest = 0;
    for _ in 0..kills.unwrap_or(24) {
        let mut child = Command::new(std::env::current_exe().expect("a path"))
            .args(["--exact", "killed::child", "--ignored", "--nocapture"])
            .env(PLACE, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a child");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        // The harness of the tests says a few words first.
        let mut saved = lines
            .by_ref()
            .map_while(Result::ok)
            .filter_map(|line| line.parse::<u32>().ok());
        let first = saved.next().expect("the child saves");
        std::thread::sleep(Duration::from_micros(dice.random_range(0..5000)));
        child.kill().expect("killed");
        child.wait().expect("over");
        let acknowledged = saved.last().unwrap_or(first);
        let read = Model::<f32>::load(&path).expect("a whole file");
        let number = read.theta()[0];
        assert!(
            read.theta().iter().all(|q| *q == number),
            "parts of two models"
        );
        assert!(number >= acknowledged as f32, "{number} of {acknowledged}");
        newest = newest.max(acknowledged);
    }
    assert!(newest > 1);
}

/// Saves one model after another, and says so, until it is killed.
#[test]
#[ignore = "a child of the test above"]
fn child() {
    let Some(path) = std::env::var_os(PLACE).map(PathBuf::from) else {
        return;
    };
    let start = Model::<f32>::load(&path).expect("a file").theta()[0] as u32;
    for number in start + 1..start + 100_000 {
        numbered(number).save(&path).expect("saved");
        println!("{number}");
    }
}
