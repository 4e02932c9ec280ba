//! What is done with the bytes of a file, whatever they are: a value that can be used, or an error whose message is no longer than a page.
//! Each function says whether it was a value.
//!
//! `cargo fuzz` runs these functions, and so does a test of the crate `gradflow`, `tests/corpus.rs`, on changes of the corpus.

use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;

use gradflow::data::{Csv, Idx};
use gradflow::optim::Adam;
use gradflow::{
    Activation, Batch, Cost, Dataset, Experiment, Known, Model, Network, Protocol, Run,
};

/// A model file.
pub fn model(bytes: &[u8]) -> bool {
    match Model::<f32>::from_bytes(bytes, &Known::new()) {
        Ok(model) => {
            assert!(model.theta().iter().all(|q| q.is_finite()));
            predict(&model);
            let again = model.to_bytes().expect("what was read can be written");
            Model::<f32>::from_bytes(&again, &Known::new()).expect("what was written can be read");
            true
        }
        Err(error) => short(&error),
    }
}

/// An ONNX file.
pub fn onnx(bytes: &[u8]) -> bool {
    match Model::<f32>::from_onnx(bytes) {
        Ok(model) => predict(&model),
        Err(error) => short(&error),
    }
}

/// An experiment.
pub fn experiment(bytes: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(bytes) else {
        return false;
    };
    match Experiment::parse(text) {
        Ok(experiment) => {
            let text = experiment.to_text().expect("what was read can be written");
            let again = Experiment::parse(&text).expect("text of ours");
            assert_eq!(again.to_text().expect("the same"), text);
            true
        }
        Err(error) => short(&error),
    }
}

/// A checkpoint, taken up by a small run; also with the digest that makes it whole, or nothing that was changed would be taken up.
pub fn checkpoint(bytes: &[u8]) -> bool {
    let read = [bytes.to_vec(), sealed(bytes)].map(|bytes| checkpoint_of(&bytes));
    read.contains(&true)
}

/// The bytes with the last line that checkpoints have: the FNV-1a hash of what stands before it.
fn sealed(bytes: &[u8]) -> Vec<u8> {
    let seal = b"\n// digest ";
    let before = bytes.windows(seal.len()).rposition(|part| part == seal);
    let text = &bytes[..before.unwrap_or(bytes.len())];
    let digest = text
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |digest: u64, byte| {
            (digest ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
    [text, seal, format!("{digest:016x}\n").as_bytes()].concat()
}

fn checkpoint_of(bytes: &[u8]) -> bool {
    let path = scratch("run.ron");
    fs::write(&path, bytes).expect("a folder for temporary files");
    small_run(|mut run| match run.resume_from(&path) {
        Ok(()) => {
            let _ = run.step();
            assert!(run.model().theta().iter().all(|q| q.is_finite()));
            true
        }
        Err(error) => short(&error),
    })
}

/// A table, of classes and of values.
pub fn csv(bytes: &[u8]) -> bool {
    let tables = [
        Csv::classification(0),
        Csv::classification("species"),
        Csv::regression([1]),
        Csv::regression([0]).without_header().delimiter(b';'),
    ];
    let read = tables.map(|csv| match csv.limit(1 << 24).read::<f32>(bytes) {
        Ok(data) => {
            assert!(data.inputs().data().iter().all(|x| x.is_finite()));
            true
        }
        Err(error) => short(&error),
    });
    read.contains(&true)
}

/// An IDX file.
pub fn idx(bytes: &[u8]) -> bool {
    match Idx::read_within(bytes, 1 << 24) {
        Ok(idx) => {
            assert_eq!(idx.dims().iter().product::<usize>(), idx.as_slice().len());
            true
        }
        Err(error) => short(&error),
    }
}

/// A file of this process.
fn scratch(name: &str) -> PathBuf {
    thread_local!(static FOLDER: RefCell<Option<PathBuf>> = const { RefCell::new(None) });
    FOLDER.with_borrow_mut(|folder| {
        folder
            .get_or_insert_with(|| {
                let unique = format!("gradflow-fuzz-{}", std::process::id());
                let folder = std::env::temp_dir().join(unique);
                fs::create_dir_all(&folder).expect("a folder for temporary files");
                folder
            })
            .join(name)
    })
}

/// Hands over a run of a small network, two epochs of which are a checkpoint of the corpus.
pub fn small_run<R>(with: impl FnOnce(Run<'_, f32>) -> R) -> R {
    let inputs = (0..14).map(|i| (i as f32).sin()).collect();
    let data = Dataset::classification(2, inputs, [0, 1, 2, 1, 2, 0, 1], 3).expect("data");
    let network = Network::builder(2)
        .dense(3, Activation::Tanh)
        .batch_norm()
        .dense(3, Activation::Identity)
        .build()
        .expect("a network");
    let mut model = Model::new(network, Cost::classification(), 1).expect("a model");
    let protocol = Protocol::new(Adam::new(0.01)).epochs(5).batch(4).seed(1);
    with(Run::new(protocol, &mut model, &data).expect("a run"))
}

/// A message is a page at most.
fn short(error: &dyn std::error::Error) -> bool {
    let said = error.to_string();
    assert!(said.len() < 3000, "{} bytes: {said}", said.len());
    false
}

/// Predicts, if that takes little time.
fn predict(model: &Model<f32>) -> bool {
    let sizes = model.network().layers().map(|layer| {
        let spec = layer.spec();
        spec.input
            .len()
            .max(spec.output.len())
            .max(spec.parameters())
    });
    if sizes.max() < Some(10_000) {
        let x = vec![0.5; model.network().input().len()];
        let batch = Batch::new(&x, x.len()).expect("a sample");
        let _ = model.predict_batch(batch);
    }
    true
}
