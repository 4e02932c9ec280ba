//! Samples that stay on disk: the bits of those in memory, and what is said of files that are wrong.

use std::path::PathBuf;
use std::sync::{Barrier, Mutex};

use gradflow::data::{Augment, Csv, DiskDataset, DiskError, Idx, Missing};
use gradflow::optim::Adam;
use gradflow::{
    Activation, Cost, Dataset, EarlyStopping, Experiment, Model, ModelError, Network, Protocol,
    Run, Samples, Together, TrainingError,
};
use gradflow_testing::Folder;

/// Pictures of 4 x 4 pixels of three classes, and where they are.
struct Pictures {
    folder: Folder,
    memory: Dataset<f32>,
}

impl Pictures {
    fn new(test: &str, samples: usize) -> Self {
        let folder = Folder::new(test);
        let label = |s: usize| (s * s % 7 % 3) as u8;
        let mut images = vec![0, 0, 8, 3];
        for dim in [samples as u32, 4, 4] {
            images.extend(dim.to_be_bytes());
        }
        images.extend((0..samples).flat_map(|s| {
            (0..16).map(move |i| ((s * 37 + i * 11) % 97 + 50 * usize::from(label(s))) as u8)
        }));
        let mut labels = vec![0, 0, 8, 1];
        labels.extend((samples as u32).to_be_bytes());
        labels.extend((0..samples).map(label));
        std::fs::write(folder.join("images"), &images).expect("written");
        std::fs::write(folder.join("labels"), &labels).expect("written");
        let (images, labels) = (Idx::read(&*images), Idx::read(&*labels));
        let (images, labels) = (images.expect("images"), labels.expect("labels"));
        let memory = Dataset::from_images(&images, &labels, 3, 255.0).expect("a data set");
        Self { folder, memory }
    }

    fn disk(&self) -> DiskDataset<f32> {
        let [images, labels] = ["images", "labels"].map(|name| self.folder.join(name));
        DiskDataset::open_idx(images, labels, None, 255.0).expect("the same data set")
    }
}

fn model(threads: usize) -> Model<f32> {
    let network = Network::builder([1, 4, 4])
        .dense(12, Activation::Tanh)
        .dropout(0.2)
        .dense(3, Activation::Identity)
        .build()
        .expect("a network");
    let model = Model::new(network, Cost::classification(), 1).expect("a model");
    model.with_threads(threads)
}

fn protocol() -> Protocol {
    let stopping = EarlyStopping {
        patience: 3,
        ..EarlyStopping::default()
    };
    Protocol::new(Adam::new(0.02))
        .epochs(6)
        .batch(16)
        .seed(5)
        .early_stopping(stopping)
}

fn changed<'a>(samples: Samples<'a, f32>) -> Samples<'a, f32> {
    let augment = Augment::default().shift([1, 1]).flip();
    samples.augmented(augment).expect("pictures")
}

#[test]
fn a_training_has_the_bits_of_one_in_memory() {
    let pictures = Pictures::new("disk-bits", 230);
    let (train, validation) = pictures.memory.split_stratified(0.75, 3).expect("parts");
    let train = train.standardised().expect("figures");
    let validation = validation.like(&train).expect("the same columns");
    let balanced = Samples::balanced(&train).expect("weights");
    let mut expected = model(1);
    let run = Run::new(protocol(), &mut expected, changed(balanced)).expect("a run");
    let history = run
        .validate(&validation)
        .expect("alike")
        .finish()
        .expect("an end");

    let (disk, others) = pictures.disk().split_stratified(0.75, 3).expect("parts");
    let disk = disk.standardised().expect("figures");
    let others = others.like(&disk).expect("the same columns");
    assert_eq!(disk.schema(), train.schema());
    for threads in [1, 2, 3] {
        let mut came = model(threads);
        let balanced = Samples::balanced(&disk).expect("weights");
        let mut run = Run::new(protocol(), &mut came, changed(balanced)).expect("a run");
        run = run.validate(&others).expect("alike");
        // Put down in the middle of an epoch, and taken up with other threads.
        for _ in 0..13 {
            run.step().expect("a step");
        }
        let snapshot = run.snapshot();
        drop(run);
        let mut came = model(4 - threads);
        let balanced = Samples::balanced(&disk).expect("weights");
        let mut run = Run::new(protocol(), &mut came, changed(balanced)).expect("a run");
        run = run.validate(&others).expect("alike");
        run.resume(snapshot).expect("the same run");
        let resumed = run.finish().expect("an end");
        assert!(came.theta() == expected.theta(), "{threads} threads");
        let costs = |history: &gradflow::History| {
            let epochs = history.epochs.iter();
            epochs.map(|e| (e.cost, e.validation)).collect::<Vec<_>>()
        };
        assert_eq!(costs(&resumed), costs(&history));
        let evaluated = came.evaluate(&others).expect("an evaluation");
        assert_eq!(
            evaluated,
            expected.evaluate(&validation).expect("an evaluation")
        );
    }
}

#[test]
fn checkpoints_know_the_samples_wherever_they_are() {
    let pictures = Pictures::new("disk-checkpoint", 60);
    let disk = pictures.disk();
    let path = pictures.folder.join("run.ron");
    let protocol = Protocol::new(Adam::new(0.02)).epochs(3).batch(16);
    let mut saved = model(1);
    let run = Run::new(protocol.clone(), &mut saved, &pictures.memory).expect("a run");
    let mut run = run.checkpoint(&path, 1).expect("a run");
    run.epoch().expect("an epoch");
    drop(run);
    let mut expected = model(1);
    protocol
        .clone()
        .train(&mut expected, &pictures.memory)
        .expect("an end");
    let mut came = model(2);
    let mut run = Run::new(protocol, &mut came, Samples::from(&disk)).expect("a run");
    run.resume_from(&path).expect("the same samples");
    run.finish().expect("an end");
    assert!(came.theta() == expected.theta());
}

/// A table with gaps, categories and labels that are names.
fn table(rows: usize) -> String {
    let mut text = String::from("id,size,colour,weight,lift,kind,price\n");
    for i in 0..rows {
        let size = match i % 9 {
            4 => String::new(),
            _ => format!("{:.3}", (i as f64 * 0.7).sin()),
        };
        let colour = ["red", "blue", "", "green"][i * i % 4];
        let lift = ["yes", "no"][i % 2];
        let kind = ["rose", "lily", "aster"][i * i % 7 % 3];
        text += &format!("{i},{size},{colour},{},{lift},{kind},{}\n", i % 13, i % 17);
    }
    text
}

const EXPERIMENT: &str = r#"(
    data: Csv(file: "table.csv", label: "kind", without: ["id", "price"], text_as_categories: true, missing: MISSING),
    split: (validation: 0.2, test: 0.2, seed: 3),
    prepare: [PREPARE],
    network: [Dense(outputs: 8, activation: Tanh), Dense(outputs: 3, activation: Identity)],
    cost: (output: Softmax, loss: CrossEntropy),
    protocol: (descent: (rule: Adam(rate: 0.05)), epochs: 4, batch: 10, seed: 1),
)"#;

#[test]
fn a_converted_table_trains_as_the_table() {
    let folder = Folder::new("disk-table");
    std::fs::write(folder.join("table.csv"), table(150)).expect("written");
    for missing in ["Mean", "Median", "Flag", "Drop"] {
        for prepare in [
            "Standardise",
            "Range",
            "Features(Monomials(degree: 2)), Standardise",
            "",
        ] {
            let text = EXPERIMENT
                .replace("MISSING", missing)
                .replace("PREPARE", prepare);
            let path = folder.join("table.ron");
            std::fs::write(&path, text).expect("written");
            let experiment = Experiment::open(&path).expect("an experiment");
            let gradflow::DataFile::Csv(table) = &experiment.data else {
                panic!("a table");
            };
            let csv = table.csv().expect("a reader");
            let rows = folder.join("table.gfd");
            csv.convert_file::<f32>(folder.join("table.csv"), None, &rows)
                .expect("converted");
            let on_disk = experiment.set("data", r#"OnDisk(Rows("table.gfd"))"#);
            let on_disk = on_disk.expect("the experiment on disk");
            let expected = experiment.run::<f32>(1).expect("an outcome");
            let came = on_disk.run::<f32>(2).expect("an outcome");
            assert!(
                came.model.theta() == expected.model.theta(),
                "{missing} {prepare}"
            );
            assert_eq!(came.model.schema(), expected.model.schema());
            assert_eq!((came.train, came.test), (expected.train, expected.test));
        }
    }
}

#[test]
fn values_and_their_scalings_are_those_in_memory() {
    let folder = Folder::new("disk-values");
    let csv = Csv::regression(["price", "weight"])
        .without("id")
        .without("kind")
        .text_as_categories()
        .missing(Missing::Drop);
    let text = table(120);
    let rows = folder.join("rows.gfd");
    csv.convert::<f64>(text.as_bytes(), &rows)
        .expect("converted");
    let memory = csv.read_table::<f64>(text.as_bytes()).expect("a table");
    let (train, test) = memory.split(0.7, 9).expect("parts");
    let train = train.encoded().expect("features");
    let train = train.standardised_targets().expect("figures");
    let test = test.like(&train).expect("alike");
    let disk = DiskDataset::<f64>::open_rows(&rows).expect("rows");
    let (on_disk, others) = disk.split(0.7, 9).expect("parts");
    let on_disk = on_disk.encoded().expect("features");
    let on_disk = on_disk.standardised_targets().expect("figures");
    let others = others.like(&on_disk).expect("alike");
    assert_eq!(on_disk.first(usize::MAX).expect("samples"), train);
    assert_eq!(others.first(usize::MAX).expect("samples"), test);

    let network = Network::<f64>::builder(train.shape())
        .dense(2, Activation::Identity)
        .build()
        .expect("a network");
    let model = Model::new(network, Cost::regression(), 1).expect("a model");
    let came = model.evaluate(&others).expect("an evaluation");
    assert_eq!(came, model.evaluate(&test).expect("an evaluation"));
}

/// What is said when a training on these files meets what is wrong.
fn told(images: PathBuf, labels: PathBuf, classes: usize) -> String {
    let disk = DiskDataset::<f32>::open_idx(images, labels, Some(classes), 255.0);
    disk.expect_err("it is wrong").to_string()
}

#[test]
fn files_that_are_wrong_or_become_so_are_errors() {
    let pictures = Pictures::new("disk-wrong", 40);
    let [images, labels] = ["images", "labels"].map(|name| pictures.folder.join(name));
    let message = told(labels.clone(), images.clone(), 3);
    assert!(message.contains("labels"), "{message}");
    // A label that is no class is met where it is read.
    let few = DiskDataset::<f32>::open_idx(&images, &labels, Some(2), 255.0).expect("files");
    let error = few.first(40).expect_err("class 2");
    assert!(
        matches!(error, DiskError::Label { classes: 2, .. }),
        "{error}"
    );

    let disk = pictures.disk();
    let mut trained = model(1);
    let protocol = Protocol::new(Adam::new(0.02)).epochs(100).batch(8);
    let mut run = Run::new(protocol, &mut trained, Samples::from(&disk)).expect("a run");
    run.step().expect("a step");
    let file = std::fs::OpenOptions::new().write(true).open(&images);
    file.and_then(|file| file.set_len(100))
        .expect("a shorter file");
    let error = loop {
        match run.step() {
            Ok(step) => assert!(step.is_some(), "the run goes on"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, TrainingError::Source(_)));
    assert!(error.to_string().contains("has become shorter"), "{error}");
    drop(run);
    let error = trained.evaluate(&disk).expect_err("a shorter file");
    assert!(
        matches!(error, ModelError::Disk(DiskError::Shrunk { .. })),
        "{error}"
    );
    let message = told(images, labels, 3);
    assert!(message.contains("100"), "{message}");
}

/// One of several threads that evaluate together.
struct Shared<'a> {
    place: (usize, usize),
    parts: &'a Mutex<Vec<f32>>,
    barrier: &'a Barrier,
}

impl Together<f32> for Shared<'_> {
    fn place(&self) -> (usize, usize) {
        self.place
    }

    fn exchange(&mut self, parts: &mut [f32]) {
        let (own, all) = self.place;
        let len = parts.len() / all;
        let own = own * len..(own + 1) * len;
        {
            let mut shared = self.parts.lock().expect("nobody panicked");
            shared.resize(parts.len(), 0.0);
            shared[own.clone()].copy_from_slice(&parts[own]);
        }
        self.barrier.wait();
        parts.copy_from_slice(&self.parts.lock().expect("nobody panicked"));
        self.barrier.wait();
    }
}

/// More samples than are predicted at a time, so that there are several parts, the last of them short.
#[test]
fn an_evaluation_is_that_of_one_process_wherever_samples_are() {
    let pictures = Pictures::new("net-disk-together", 1100);
    let disk = pictures.disk();
    let network = Network::builder([1, 4, 4]).dense(5, Activation::Tanh);
    let network = network
        .dense(3, Activation::Identity)
        .build()
        .expect("a network");
    let model = Model::<f32>::new(network, Cost::classification(), 1).expect("a model");
    let weights: Vec<f32> = (0..1100).map(|s| (1 + s % 3) as f32).collect();
    let in_memory = || Samples::weighted(&pictures.memory, &weights).expect("weights");
    let on_disk = || Samples::weighted(&disk, &weights).expect("weights");
    let one = model.evaluate(in_memory()).expect("an evaluation");
    assert_eq!(model.evaluate(on_disk()).expect("an evaluation"), one);
    for processes in [2, 3, 7] {
        for of_disk in [false, true] {
            let (parts, barrier) = (Mutex::new(Vec::new()), Barrier::new(processes));
            std::thread::scope(|scope| {
                for own in 0..processes {
                    let mut with = Shared {
                        place: (own, processes),
                        parts: &parts,
                        barrier: &barrier,
                    };
                    let (model, one) = (&model, &one);
                    let samples = if of_disk { on_disk() } else { in_memory() };
                    scope.spawn(move || {
                        let evaluation = model.evaluate_together(samples, &mut with);
                        assert_eq!(&evaluation.expect("an evaluation"), one, "{processes}");
                    });
                }
            });
        }
    }
}
