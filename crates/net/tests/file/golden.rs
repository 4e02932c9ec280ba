//! A file of every version of the format is read, and says what it said when it was written.

use gradflow::Model;

use crate::models::{known, varied};

const V1: &[u8] = include_bytes!("../data/model-v1.safetensors");

/// Inputs as they are in the file's name: 16 columns of a raw row.
fn row() -> [f32; 16] {
    core::array::from_fn(|i| 0.25 * i as f32 - 1.5)
}

#[test]
fn version_1() {
    let model = Model::<f32>::from_bytes(V1, &known()).expect("a model");
    let prediction = model.predict_row(&row()).expect("a prediction");
    assert_eq!(prediction.name(), Some("spam"));
    // Written when the file was; 1e-5 leaves room for the rounding of any level of vector instructions.
    let expected: [f32; 3] = [0.057_189_293, 0.562_804_04, 0.380_006_67];
    for (p, expected) in prediction.outputs().iter().zip(expected) {
        assert!((p - expected).abs() < 1e-5, "{:?}", prediction.outputs());
    }
    let record = model.record().expect("a record");
    assert_eq!((record.samples, record.epochs.len()), (12, 2));
    assert!(record.protocol.contains("Adam"), "{record}");
    // Nothing was added to the format.
    assert!(
        model.to_bytes().expect("bytes") == V1,
        "the file is written otherwise now: give the format a new version"
    );
}

/// Writes the file: `cargo test -p gradflow --test file golden -- --ignored`.
#[test]
#[ignore = "writes the file, once for a version"]
fn write_version_1() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/model-v1.safetensors"
    );
    varied().save(path).expect("saved");
    let model = varied();
    println!("{:?}", model.predict_row(&row()).expect("a prediction"));
}
