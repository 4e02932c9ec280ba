//! Files that PyTorch, Keras and scikit-learn have written, and what their makers predict.

use std::fs;
use std::path::{Path, PathBuf};

use gradflow::optim::Adam;
use gradflow::{Cost, Dataset, Model, Output, Protocol};

use crate::networks::{distance, numbers};

pub(crate) fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/onnx");
    let entries = fs::read_dir(folder).expect("in the repository");
    let paths = entries.map(|entry| entry.expect("readable").path());
    let mut files: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|e| e == "onnx"))
        .collect();
    files.sort();
    files
}

/// Inputs and predictions of each sample.
fn samples(path: &Path) -> Vec<[Vec<f32>; 2]> {
    let text = fs::read_to_string(path.with_extension("txt")).expect("beside the file");
    let numbers = |line: &str| {
        line.split(' ')
            .map(|x| x.parse().expect("a number"))
            .collect()
    };
    let lines: Vec<Vec<f32>> = text.lines().map(numbers).collect();
    lines
        .chunks(2)
        .map(|pair| [pair[0].clone(), pair[1].clone()])
        .collect()
}

#[test]
fn files_from_elsewhere_predict_what_their_makers_do() {
    let files = files();
    assert!(files.len() >= 10, "{files:?}");
    let mut failed = Vec::new();
    for path in &files {
        let model = match Model::<f32>::import_onnx(path) {
            Ok(model) => model,
            Err(error) => {
                failed.push(format!("{}: {error}", path.display()));
                continue;
            }
        };
        let samples = samples(path);
        assert!(samples.len() >= 3, "{}", path.display());
        for [x, y] in &samples {
            let far = match model.predict(x) {
                Ok(found) if found.len() == y.len() => distance(&found, y),
                Ok(_) => f64::NAN,
                Err(error) => {
                    failed.push(format!("{}: {error}", path.display()));
                    break;
                }
            };
            if far.is_nan() || far > 1e-5 {
                failed.push(format!("{}: differs by {far}", path.display()));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// A file of skl2onnx to whose metadata `onnx` added names.
#[test]
fn names_of_others_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/onnx");
    let model = Model::<f32>::import_onnx(folder.join("named.onnx")).expect("read");
    let schema = model.schema().expect("names");
    assert_eq!(schema.class_names().expect("names"), ["no", "yes"]);
    assert_eq!(schema.input_names().expect("names"), ["a", "b", "c", "d"]);
    let row = model.predict_row(&[0.1, 0.2, 0.3, 0.4]).expect("a row");
    assert!(["no", "yes"].contains(&row.name().expect("a class")));
}

#[test]
fn the_last_operator_chooses_the_cost() {
    let expected = [
        ("keras_pictures", Cost::classification()),
        ("keras_rows", Cost::regression()),
        ("sklearn_linear", Cost::regression()),
        ("sklearn_logistic", Cost::classification()),
        ("sklearn_logistic_binary", Cost::binary()),
        ("sklearn_mlp_binary", Cost::binary()),
        ("torch_branches_new", Cost::binary()),
        ("torch_series_old", Cost::classification()),
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/onnx");
    for (name, cost) in expected {
        let model = Model::<f32>::import_onnx(folder.join(format!("{name}.onnx"))).expect(name);
        assert_eq!(*model.cost(), cost, "{name}");
        assert_eq!(
            model.cost().output() == Output::Identity,
            cost == Cost::regression()
        );
    }
}

/// What was read is trained on like any other network, and written again.
#[test]
fn files_from_elsewhere_are_trained_on_and_written_again() {
    for path in files() {
        let mut model = Model::<f32>::import_onnx(&path).expect("read");
        let name = path.display();
        let shape = model.network().input();
        let outputs = model.network().output().len();
        let inputs = numbers(5, 16 * shape.len());
        let data = match model.cost().output() {
            Output::Softmax => {
                let labels = (0..16).map(|i| i % outputs);
                Dataset::classification(shape, inputs, labels, outputs)
            }
            _ => {
                let targets = (0..16 * outputs).map(|i| (i % 2) as f32).collect();
                Dataset::regression(shape, inputs, outputs, targets)
            }
        };
        let data = data.expect("sizes of the network");
        let before = model.evaluate(&data).expect("fits").cost;
        let protocol = Protocol::new(Adam::new(0.002)).epochs(30).batch(8).seed(1);
        protocol.train(&mut model, &data).expect("trains");
        let after = model.evaluate(&data).expect("fits").cost;
        assert!(after < before, "{name}: from {before} to {after}");
        let again = Model::<f32>::from_onnx(model.to_onnx().expect("written")).expect("read");
        let batch = data.inputs();
        let (came, expected) = (again.predict_batch(batch), model.predict_batch(batch));
        let far = distance(&came.expect("fits"), &expected.expect("fits"));
        assert!(far <= 1e-6, "{name}: differs by {far}");
    }
}
