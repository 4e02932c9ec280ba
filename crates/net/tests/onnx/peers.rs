//! What onnxruntime says of files that are written here.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gradflow::data::{Encoding, FeatureMap, Scaling};
use gradflow::{Activation, Batch, Cost, Dataset, Model, Network};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::networks::plan;

/// A Python that has onnxruntime and numpy: that of the environment variable `GRADFLOW_PYTHON`, or `python3`.
fn python() -> Option<PathBuf> {
    let python = std::env::var_os("GRADFLOW_PYTHON").unwrap_or_else(|| "python3".into());
    let has = Command::new(&python)
        .args(["-c", "import onnxruntime, numpy"])
        .output();
    match has {
        Ok(output) if output.status.success() => Some(python.into()),
        _ => {
            eprintln!("skipped: no Python with onnxruntime; name one by GRADFLOW_PYTHON");
            None
        }
    }
}

/// An empty folder of this name.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("onnx")
        .join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a writable folder");
    folder
}

/// A file, its inputs and what is predicted of them.
fn write(path: &Path, file: &[u8], x: &[f32], y: &[f32]) {
    fs::write(path.with_extension("onnx"), file).expect("a writable folder");
    for (extension, numbers) in [("x", x), ("y", y)] {
        let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
        fs::write(path.with_extension(extension), bytes).expect("a writable folder");
    }
}

fn compare(python: &Path, folder: &Path) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/interop/compare.py");
    let ran = Command::new(python)
        .arg(script)
        .arg(folder)
        .output()
        .expect("runs");
    let said = [ran.stdout, ran.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
    assert!(ran.status.success(), "{}", said.concat());
    println!("{}", said.concat());
}

/// Random networks of all layers: as many as `GRADFLOW_NETWORKS` says, or 24.
#[test]
fn onnxruntime_predicts_the_same() {
    let Some(python) = python() else { return };
    let folder = folder("networks");
    let count = std::env::var("GRADFLOW_NETWORKS").ok();
    let count: usize = count.and_then(|count| count.parse().ok()).unwrap_or(24);
    let mut runner = TestRunner::deterministic();
    for i in 0..count {
        let plan = plan().new_tree(&mut runner).expect("drawn").current();
        let model = plan.model::<f32>();
        let file = model.to_onnx().expect("written");
        let x = plan.samples::<f32>(3);
        let batch = Batch::new(&x, model.network().input().len()).expect("whole samples");
        let y = model.predict_batch(batch).expect("fits");
        write(&folder.join(i.to_string()), &file, &x, &y);
    }
    compare(&python, &folder);
}

/// Feature maps of all kinds in front of a small network, and targets in units of their own.
#[test]
fn onnxruntime_makes_the_same_features() {
    let Some(python) = python() else { return };
    let folder = folder("features");
    let scaling = Scaling::new(vec![0.1, 0.2, 1.5], vec![0.5, 2.0, 1.0]).expect("positive");
    let one_hot = FeatureMap::OneHot {
        component: 2,
        classes: 4,
    };
    let waves = FeatureMap::Trigonometric {
        orders: 2,
        frequency: 1.5,
    };
    let maps = [
        FeatureMap::Identity,
        FeatureMap::Scaling(scaling.clone()),
        FeatureMap::Monomials { degree: 3 },
        FeatureMap::Interactions,
        one_hot.clone(),
        waves.clone(),
        FeatureMap::Scaling(scaling)
            .then(FeatureMap::Monomials { degree: 2 })
            .beside(waves),
        one_hot.then(FeatureMap::Interactions),
        FeatureMap::Columns(vec![
            Encoding::Number,
            Encoding::Filled {
                value: 0.25,
                flag: true,
            },
            Encoding::OneHot {
                values: ["a", "b", "c"].map(String::from).to_vec(),
                unseen: true,
                missing: false,
                flag: true,
            },
        ]),
    ];
    // The third column is a class.
    let rows: Vec<[f32; 3]> = (0..4)
        .map(|i| [0.3 * i as f32 - 0.5, 0.7 - 0.2 * i as f32, i as f32])
        .collect();
    let scales = [([10.0, -3.0], [2.0, 0.5]), ([0.5, 0.25], [1.5, 3.0])];
    for (i, map) in maps.iter().enumerate() {
        let data = Dataset::regression(3, rows.as_flattened().to_vec(), 2, vec![0.5; 8]);
        let mut data = data
            .expect("four rows")
            .features(map)
            .expect("three columns");
        for (offset, scale) in scales {
            let scaling = Scaling::new(offset.to_vec(), scale.to_vec()).expect("positive");
            data.scale_targets(&scaling).expect("two targets");
        }
        let network = Network::builder(data.shape())
            .dense(2, Activation::Tanh)
            .build()
            .expect("fits");
        let mut model = Model::<f32>::new(network, Cost::regression(), 1).expect("suits");
        model
            .set_schema(Some(data.schema().clone()))
            .expect("the same sizes");
        let predictions = model
            .predict_rows(rows.as_flattened(), 3)
            .expect("three columns");
        let y: Vec<f32> = predictions
            .iter()
            .flat_map(|y| y.outputs().to_vec())
            .collect();
        let file = model.to_onnx().expect("written");
        write(&folder.join(i.to_string()), &file, rows.as_flattened(), &y);
    }
    compare(&python, &folder);
}

/// Of operators that onnxruntime has in double precision.
#[test]
fn onnxruntime_predicts_the_same_in_double_precision() {
    let Some(python) = python() else { return };
    let folder = folder("double");
    let network = Network::<f64>::builder(5)
        .dense(6, Activation::Tanh)
        .batch_norm()
        .dense(6, Activation::Relu)
        .layer_norm()
        .rescale([0.25], [3.0])
        .dense(3, Activation::Identity)
        .build()
        .expect("fits");
    let model = Model::new(network, Cost::classification(), 1).expect("suits");
    let x: Vec<f32> = (0..20).map(|i| (i as f32).sin()).collect();
    let wide: Vec<f64> = x.iter().map(|x| f64::from(*x)).collect();
    let batch = Batch::new(&wide, 5).expect("whole samples");
    let y = model.predict_batch(batch).expect("fits");
    let y: Vec<f32> = y.into_iter().map(|y| y as f32).collect();
    write(
        &folder.join("0"),
        &model.to_onnx().expect("written"),
        &x,
        &y,
    );
    compare(&python, &folder);
}
