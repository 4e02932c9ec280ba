//! Python's safetensors opens a file of a model without help. `GRADFLOW_PYTHON` names the interpreter, else it is `python3`; without the package the test
//! says that it skips.

use std::process::Command;

use crate::models::varied;

/// Sums of the tensors in alphabetical order of their names, and the version of the format.
const SCRIPT: &str = r#"
import sys
from safetensors import safe_open

with safe_open(sys.argv[1], "numpy") as file:
    print(file.metadata()["gradflow"])
    for name in sorted(file.keys()):
        tensor = file.get_tensor(name)
        print(name, *tensor.shape, repr(float(tensor.astype("float64").sum())))
"#;

#[test]
fn safetensors_opens_the_file() {
    let python = std::env::var("GRADFLOW_PYTHON").unwrap_or_else(|_| "python3".into());
    let there = Command::new(&python)
        .args(["-c", "import numpy, safetensors"])
        .output();
    if !there.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: {python} has no safetensors with numpy");
        return;
    }
    let file = std::env::temp_dir().join(format!("gradflow-python-{}", std::process::id()));
    let model = varied();
    model.save(&file).expect("saved");
    let output = Command::new(&python)
        .args(["-c", SCRIPT])
        .arg(&file)
        .output()
        .expect("it runs");
    std::fs::remove_file(&file).expect("removed");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}");
    let text = String::from_utf8(output.stdout).expect("text");
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("1"));
    let blocks = model.network().spec().blocks.len() + model.network().spec().state.len();
    assert_eq!(lines.clone().count(), blocks, "{text}");
    let sum = |range: core::ops::Range<usize>| -> f64 {
        model.theta()[range].iter().map(|x| f64::from(*x)).sum()
    };
    let expected = sum(model.network().block("0.filter").expect("a filter"));
    let line = lines
        .find(|line| line.starts_with("layers.0.weight 2 1 3 3 "))
        .expect("a filter");
    let came: f64 = line
        .rsplit(' ')
        .next()
        .expect("a number")
        .parse()
        .expect("a number");
    // Sums of 18 numbers of the size of 1 in any order.
    assert!((came - expected).abs() < 1e-12, "{came} and {expected}");
}
