//! Whole trainings under `mpirun`, where there is one. `KILLS` says how often a process is killed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use gradflow::{Experiment, Known, Model};
use gradflow_testing::Folder;

/// Whether there is an `mpirun`; says so if not.
fn is_here() -> bool {
    let here = Command::new("mpirun").arg("--version").output().is_ok();
    if !here {
        println!("skipped: there is no `mpirun` on this machine");
    }
    here
}

/// Processes that train with these arguments.
fn mpirun(folder: &Path, ranks: usize, arguments: &str) -> Command {
    let mut command = Command::new("mpirun");
    command.args([
        "--allow-run-as-root",
        "--oversubscribe",
        "--bind-to",
        "none",
    ]);
    command.args(["-n", &ranks.to_string()]);
    command.arg(env!("CARGO_BIN_EXE_gradflow-mpi"));
    command.args(arguments.split_whitespace());
    command.current_dir(folder).stdin(Stdio::null());
    command
}

fn train(folder: &Path, ranks: usize, arguments: &str) -> Output {
    let mut command = mpirun(folder, ranks, &format!("train {arguments}"));
    command.output().expect("mpirun starts")
}

/// The same where all must go well.
fn trained(folder: &Path, ranks: usize, arguments: &str) -> Vec<u8> {
    let done = train(folder, ranks, arguments);
    let (out, err) = (text(&done.stdout), text(&done.stderr));
    assert!(done.status.success(), "{ranks} ranks, {arguments}: {err}");
    // The first rank tells the result, and nobody else.
    assert_eq!(out.matches("test_accuracy=").count(), 1, "{out}");
    fs::read(folder.join("digits.safetensors")).expect("a model")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Messages of ours.
fn messages(err: &str) -> usize {
    err.lines().filter(|line| line.contains("error:")).count()
}

/// An experiment on the 8 x 8 digits, with all that draws at random or looks at the costs of epochs.
fn digits(folder: &Path, rule: &str, hidden: &str, epochs: usize) {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/data/digits8x8");
    let text = format!(
        r#"(
    data: Idx(images: {:?}, labels: {:?}, maximum: 16.0),
    split: (validation: 0.2, test: 0.2, seed: 1),
    augment: (shift: (1, 1)),
    network: [{hidden}, Dense(outputs: 10, activation: Identity)],
    cost: (output: Softmax, loss: CrossEntropy),
    protocol: (
        descent: (rule: {rule}), epochs: {epochs}, batch: 100, pieces: 12, seed: 1,
        average: 0.9, plateau: (patience: 1), early_stopping: (patience: 50),
    ),
    seed: 1,
)
"#,
        data.join("images-idx3-ubyte.gz"),
        data.join("labels-idx1-ubyte.gz"),
    );
    fs::write(folder.join("digits.ron"), text).expect("written");
}

const NORMALISED: &str =
    "Dense(outputs: 48, activation: Identity), BatchNorm(), Activation(Relu), Dropout(rate: 0.1)";
const RULES: [&str; 2] = [
    "Adam(rate: 0.01)",
    "Chebyshev(rate: 0.2, stages: 3, damping: 0.05)",
];

/// The file of the model that one process leaves without MPI: its bytes are a function of the model and its record.
fn alone(folder: &Path, threads: usize) -> Vec<u8> {
    let experiment = Experiment::open(folder.join("digits.ron")).expect("an experiment");
    let outcome = experiment.run::<f32>(threads).expect("a training");
    let path = folder.join("alone.safetensors");
    outcome.model.save(&path).expect("saved");
    fs::read(path).expect("a model")
}

#[test]
fn any_number_of_processes_and_threads_leaves_the_bits_of_one() {
    if !is_here() {
        return;
    }
    for rule in RULES {
        let folder = Folder::new("mpi-bits");
        digits(&folder, rule, NORMALISED, 3);
        let one = alone(&folder, 1);
        assert!(one == alone(&folder, 2));
        for ranks in [1, 2, 3, 4] {
            for threads in [1, 2] {
                let arguments = format!("digits.ron --force --threads {threads}");
                let same = one == trained(&folder, ranks, &arguments);
                assert!(same, "{ranks} ranks, {threads} threads, {rule}");
            }
        }
    }
}

/// More numbers than are sent in one call, and more than in one block.
#[test]
fn large_networks_are_added_up_in_parts() {
    if !is_here() {
        return;
    }
    let folder = Folder::new("mpi-large");
    digits(
        &folder,
        RULES[0],
        "Dense(outputs: 500, activation: Tanh)",
        1,
    );
    let one = alone(&folder, 1);
    for ranks in [2, 3] {
        assert!(
            one == trained(&folder, ranks, "digits.ron --force"),
            "{ranks} ranks"
        );
    }
    let wide = "Dense(outputs: 2100, activation: Tanh), Dense(outputs: 2100, activation: Tanh)";
    digits(&folder, RULES[0], wide, 1);
    let few = "--set split.test=0.5 --set split.validation=0.45 --set protocol.batch=45";
    let text = fs::read_to_string(folder.join("digits.ron")).expect("a text");
    let text = text.replace("validation: 0.2, test: 0.2", "validation: 0.45, test: 0.5");
    fs::write(
        folder.join("digits.ron"),
        text.replace("batch: 100", "batch: 45"),
    )
    .expect("written");
    let one = alone(&folder, 2);
    assert!(one == trained(&folder, 2, &format!("digits.ron --force {few}")));
}

/// What these processes write on the standard output.
fn written(folder: &Path, ranks: usize, arguments: &str) -> Vec<u8> {
    let done = mpirun(folder, ranks, arguments)
        .output()
        .expect("it starts");
    let err = text(&done.stderr);
    assert!(done.status.success(), "{ranks} ranks, {arguments}: {err}");
    done.stdout
}

/// Evaluation and prediction by shares: the output of any number of processes has the bytes of that of one.
#[test]
fn shares_of_the_samples_make_the_whole() {
    if !is_here() {
        return;
    }
    let folder = Folder::new("mpi-shares");
    digits(&folder, RULES[0], NORMALISED, 1);
    alone(&folder, 1);
    let model = "alone.safetensors";
    // More rows than a process predicts at a time, in several blocks, the last one short.
    let digits = Experiment::open(folder.join("digits.ron")).expect("an experiment");
    let trial = digits.trial::<f32>(1, &Known::new()).expect("samples");
    let inputs = trial.train.in_memory(usize::MAX).expect("in memory");
    let inputs = inputs.inputs().data();
    let row = |row: usize| {
        let start = row % (inputs.len() / 64) * 64;
        let row: Vec<String> = inputs[start..start + 64]
            .iter()
            .map(f32::to_string)
            .collect();
        row.join(",")
    };
    let rows: Vec<String> = (0..9_000).map(row).collect();
    fs::write(folder.join("rows.csv"), rows.join("\n")).expect("written");
    for arguments in [
        format!("predict {model} rows.csv"),
        format!("predict {model} --raw rows.csv rows.csv"),
        format!("evaluate {model} digits.ron --part train --json"),
        format!("evaluate {model} digits.ron --json --threads 2"),
    ] {
        let one = written(&folder, 1, &arguments);
        assert!(one.len() > 100, "{arguments}");
        for ranks in [2, 3] {
            assert!(
                one == written(&folder, ranks, &arguments),
                "{ranks} ranks, {arguments}"
            );
        }
    }
    let loaded = Model::<f32>::load(folder.join(model)).expect("a model");
    let evaluation = loaded.evaluate(&trial.train).expect("an evaluation");
    let told = written(
        &folder,
        3,
        &format!("evaluate {model} digits.ron --part train"),
    );
    assert!(told.starts_with(evaluation.to_string().as_bytes()));
    let done = mpirun(&folder, 2, &format!("predict {model} -"))
        .output()
        .expect("it starts");
    assert!(!done.status.success() && messages(&text(&done.stderr)) == 1);
}

#[test]
fn what_goes_wrong_is_told_once() {
    if !is_here() {
        return;
    }
    let folder = Folder::new("mpi-errors");
    digits(&folder, RULES[0], NORMALISED, 30);
    let fails = |arguments: &str, words: &str| {
        let start = Instant::now();
        let done = train(&folder, 3, arguments);
        let err = text(&done.stderr);
        assert!(!done.status.success(), "{arguments}");
        assert!(err.contains(words), "{arguments}: {err}");
        assert!(messages(&err) <= 1, "{arguments}: {err}");
        assert!(start.elapsed() < Duration::from_secs(20), "{arguments}");
    };
    fails("nowhere.ron", "nowhere.ron");
    fails("digits.ron --resume", "leave --resume away");
    fails("digits.ron --treads 1", "--treads");
    fails("digits.ron --set rate=1e30", "diverged");
    // The first rank alone cannot write.
    fs::create_dir(folder.join("digits.safetensors.checkpoint.best.ron")).expect("a folder");
    fails(
        "digits.ron --force",
        "digits.safetensors.checkpoint.best.ron",
    );
}

/// So many that a training takes much longer than `mpirun` needs to start it, with a checkpoint after each.
const EPOCHS: usize = 80;

/// The processes that `mpirun` started here.
fn children(parent: &Child) -> Vec<u32> {
    let parent = parent.id().to_string();
    let of = |entry: fs::DirEntry| {
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        // Behind the name in brackets: state, parent.
        let (_, rest) = stat.rsplit_once(')')?;
        let own = rest.split_whitespace().nth(1)? == parent;
        let id = entry.file_name().to_str()?.parse().ok()?;
        let is_rank = fs::read_to_string(entry.path().join("comm"))
            .ok()?
            .starts_with("gradflow");
        (own && is_rank).then_some(id)
    };
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    all.filter_map(of).collect()
}

/// Trains for some time, and kills a process. Whether the training was not over before.
fn killed(folder: &Path, ranks: usize, victim: usize, after: Duration) -> bool {
    let _ = fs::remove_file(folder.join("digits.safetensors.checkpoint.ron"));
    let mut command = mpirun(folder, ranks, "train digits.ron --force");
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut run = command.spawn().expect("it starts");
    while children(&run).len() < ranks && run.try_wait().expect("a state").is_none() {
        std::thread::sleep(Duration::from_millis(2));
    }
    std::thread::sleep(after);
    let Some(id) = children(&run).get(victim).copied() else {
        return !run.wait().expect("an end").success();
    };
    let kill = Command::new("kill").args(["-9", &id.to_string()]).status();
    assert!(kill.is_ok());
    let start = Instant::now();
    let done = run.wait_with_output().expect("an end");
    let (took, err) = (start.elapsed(), text(&done.stderr));
    assert!(took < Duration::from_secs(10), "all end: {took:?}");
    assert!(messages(&err) <= 1, "{err}");
    !done.status.success()
}

#[test]
#[cfg(target_os = "linux")]
fn a_killed_process_ends_all_and_any_number_goes_on() {
    if !is_here() {
        return;
    }
    let kills = std::env::var("KILLS")
        .ok()
        .and_then(|kills| kills.parse().ok());
    let kills: u64 = kills.unwrap_or(3);
    let folder = Folder::new("mpi-kills");
    digits(&folder, RULES[0], NORMALISED, EPOCHS);
    let one = alone(&folder, 1);
    let start = Instant::now();
    assert!(one == trained(&folder, 3, "digits.ron --force"));
    let whole = start.elapsed();
    let (mut done, mut gone_on, mut seed) = (0, 0, 1_u64);
    while done < kills {
        // Knuth's linear congruential generator.
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let draw = seed >> 33;
        let (ranks, after) = (
            2 + draw % 3,
            whole.mul_f64((draw / 64 % 1000) as f64 / 1000.0),
        );
        let victim = draw / 8 % ranks;
        if !killed(&folder, ranks as usize, victim as usize, after) {
            continue;
        }
        done += 1;
        let begun = folder.join("digits.safetensors.checkpoint.ron").exists();
        gone_on += u64::from(begun);
        let arguments = if begun { "--resume --force" } else { "--force" };
        let others = 1 + (ranks % 4) as usize;
        let model = trained(&folder, others, &format!("digits.ron {arguments}"));
        assert!(
            model == one,
            "kill {done}: {ranks} ranks, rank {victim}, then {others}"
        );
        println!(
            "kill {done}: rank {victim} of {ranks} after {after:?}, gone on in {others}: {arguments}"
        );
    }
    println!("{gone_on} of {kills} kills came after a checkpoint, from which the training went on");
    // Of times drawn over the whole training; few draws may miss it.
    assert!(kills < 10 || gone_on > kills / 3, "{gone_on} of {kills}");
}
