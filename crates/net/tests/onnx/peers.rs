//! What onnxruntime says of files that are written here.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gradflow::Batch;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::networks::plan;

/// A Python that has onnxruntime and numpy: that of the environment variable `GRADFLOW_PYTHON`, or `python3`.
pub(crate) fn python() -> Option<PathBuf> {
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

fn write(path: &Path, numbers: &[f32]) {
    let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
    fs::write(path, bytes).expect("a writable folder");
}

/// Random networks of all layers: as many as `GRADFLOW_NETWORKS` says, or 24.
#[test]
fn onnxruntime_predicts_the_same() {
    let Some(python) = python() else { return };
    let count = std::env::var("GRADFLOW_NETWORKS").ok();
    let count: usize = count.and_then(|count| count.parse().ok()).unwrap_or(24);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("onnxruntime");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a writable folder");
    let mut runner = TestRunner::deterministic();
    for i in 0..count {
        let plan = plan().new_tree(&mut runner).expect("drawn").current();
        let model = plan.model::<f32>();
        model
            .export_onnx(folder.join(format!("{i}.onnx")))
            .expect("written");
        let x = plan.samples::<f32>(3);
        let batch = Batch::new(&x, model.network().input().len()).expect("whole samples");
        write(&folder.join(format!("{i}.x")), &x);
        let y = model.predict_batch(batch).expect("fits");
        write(&folder.join(format!("{i}.y")), &y);
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/interop/compare.py");
    let ran = Command::new(python)
        .arg(script)
        .arg(&folder)
        .output()
        .expect("runs");
    let said =
        String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
    println!("{said}");
}
