//! Logistic regression against scikit-learn's coefficients (tests/data/logistic.py made them).

use gradflow::data::{Csv, Scaling};
use gradflow::{Dataset, LogisticRegression, Solver};
use std::path::Path;

/// A fit of scikit-learn.
struct Row {
    data: String,
    standard: bool,
    kind: String,
    c: f64,
    /// Intercept and coefficients of each output.
    outputs: Vec<Vec<f64>>,
}

fn rows() -> Vec<Row> {
    let lines = include_str!("data/logistic.txt").lines();
    let row = |line: &str| {
        let mut parts = line.split(" | ");
        let head: Vec<&str> = parts.next().unwrap().split(' ').collect();
        let numbers = |part: &str| {
            part.split_whitespace()
                .map(|x| x.parse().unwrap())
                .collect()
        };
        Row {
            data: head[0].into(),
            standard: head[1] == "standard",
            kind: head[2].into(),
            c: head[3].parse().unwrap(),
            outputs: parts.map(numbers).collect(),
        }
    };
    lines.map(row).collect()
}

/// The same numbers as the script's.
fn made_up(samples: usize, features: usize, classes: usize) -> Dataset<f64> {
    let mut state = 12345_u64;
    let mut uniform = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    };
    let (mut inputs, mut labels) = (Vec::new(), Vec::new());
    for _ in 0..samples {
        let x: Vec<f64> = (0..features)
            .map(|i| uniform() * (i + 1) as f64 + 0.3 * i as f64)
            .collect();
        let mut z = Vec::new();
        for k in 0..classes {
            let sign = |i: usize| if (i + k) % 2 == 1 { 1.0 } else { -0.7 };
            let sum: f64 = (0..features).map(|i| sign(i) * x[i]).sum();
            z.push(sum + uniform() * 4.0);
        }
        labels.push(match classes {
            2 => usize::from(z[0] > 0.3),
            _ => (1..classes).fold(0, |best, k| if z[k] > z[best] { k } else { best }),
        });
        inputs.extend(x);
    }
    Dataset::classification(features, inputs, labels, classes).unwrap()
}

/// A table of the directory that the variable `GRADFLOW_TABULAR` names, or `../shared/data/tabular` beside the repository.
fn table(name: &str, classes: usize) -> Option<Dataset<f64>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let beside = root.join("../shared/data/tabular");
    let directory = std::env::var_os("GRADFLOW_TABULAR").map_or(beside, Into::into);
    let Ok(text) = std::fs::read_to_string(directory.join(name)) else {
        println!("{name} is left out: it is not in {}", directory.display());
        return None;
    };
    // The first line holds counts and names.
    let rows = text.split_once('\n')?.1;
    let width = rows.lines().next()?.split(',').count();
    let csv = Csv::classification(width - 1).without_header();
    let csv = csv.classes((0..classes).map(|class| class.to_string()));
    Some(csv.read(rows.as_bytes()).unwrap())
}

fn data(name: &str) -> Option<Dataset<f64>> {
    match name {
        "iris" => {
            let path = concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../../examples/data/iris/iris.csv"
            );
            Some(Csv::classification("species").open(path).unwrap())
        }
        "breast_cancer" => table("breast_cancer.csv", 2),
        "wine" => table("wine_data.csv", 3),
        "made_up_two" => Some(made_up(200, 4, 2)),
        _ => Some(made_up(300, 3, 3)),
    }
}

/// Largest difference to the figures, in units of `max(1, largest coefficient)`; soft-max after the mean of the intercepts
/// is subtracted.
fn difference(row: &Row, w: &[f64], b: &[f64]) -> f64 {
    let largest = row
        .outputs
        .iter()
        .flatten()
        .fold(1.0_f64, |m, x| m.max(x.abs()));
    let shift = |b: &[f64]| match row.kind.as_str() {
        "one_against_the_rest" => 0.0,
        _ if b.len() == 1 => 0.0,
        _ => b.iter().sum::<f64>() / b.len() as f64,
    };
    let theirs: Vec<f64> = row.outputs.iter().map(|output| output[0]).collect();
    let (ours_by, theirs_by) = (shift(b), shift(&theirs));
    let n = row.outputs[0].len() - 1;
    let mut worst = 0.0_f64;
    for (k, output) in row.outputs.iter().enumerate() {
        worst = worst.max(((b[k] - ours_by) - (output[0] - theirs_by)).abs());
        for (w, expected) in w[k * n..][..n].iter().zip(&output[1..]) {
            worst = worst.max((w - expected).abs());
        }
    }
    worst / largest
}

#[test]
fn coefficients_are_those_of_scikit_learn() {
    let mut compared = 0;
    for row in rows() {
        let Some(mut data) = data(&row.data) else {
            continue;
        };
        if row.standard {
            let scaling = Scaling::standardise(data.inputs()).unwrap();
            data.scale_inputs(&scaling).unwrap();
        }
        let strength = 1.0 / (row.c * data.len() as f64);
        let (fit, tolerance) = match row.kind.as_str() {
            "l1" => (LogisticRegression::new(0.0).lasso(strength), 1e-5),
            "cross_entropy" => (LogisticRegression::new(strength), 1e-6),
            _ => (
                LogisticRegression::new(strength).one_against_the_rest(),
                1e-6,
            ),
        };
        for solver in [Solver::NewtonCg, Solver::Lbfgs] {
            let model = fit.clone().solver(solver).fit(&data).unwrap();
            let worst = difference(&row, model.coefficients(), model.intercepts());
            let what = format!(
                "{} standard={} {} C={} {solver:?}",
                row.data, row.standard, row.kind, row.c
            );
            assert!(worst <= tolerance, "{what}: {worst:e}; {}", model.ends()[0]);
            println!("{what}: {worst:.1e}; {}", model.ends()[0]);
        }
        compared += 1;
    }
    assert!(compared >= 24, "{compared}");
}
