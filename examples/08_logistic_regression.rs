//! Decision boundaries of logistic regression (15) on fixed features, and on learnt ones (16).
//!
//! `cargo run --release --example 08_logistic_regression`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use gradflow::data::FeatureMap;
use gradflow::optim::{Descent, Lbfgs, Trap};
use gradflow::{Activation, Cost, Dataset, LogisticRegression, Model, Network, Protocol};
use gradflow_examples::picture::Frame;
use gradflow_examples::{contour, picture};

/// A wavy ring of points told from what lies in it and around it.
#[derive(Parser)]
struct Args {
    /// Directory for the pictures.
    #[arg(long, default_value = "target/logistic", value_name = "DIR")]
    out: PathBuf,
    /// Seed of the points and of the network's weights.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Strength of the trap on the coefficients.
    #[arg(long, default_value_t = 1e-3)]
    lam: f64,
}

/// Half of the side of the square.
const SIDE: f64 = 2.0;

fn points(seed: u64) -> Result<Dataset<f64>> {
    let mut state = seed;
    // Knuth's linear congruential generator: evenly spread in [-1, 1).
    let mut draw = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    };
    let (mut inputs, mut labels) = (Vec::new(), Vec::new());
    for _ in 0..600 {
        let [x, y] = [(); 2].map(|()| SIDE * draw());
        let radius = x.hypot(y) + 0.25 * (4.0 * y.atan2(x)).sin() + 0.1 * draw();
        inputs.extend([x, y]);
        labels.push(usize::from(radius > 0.6 && radius < 1.3));
    }
    Ok(Dataset::classification(2, inputs, labels, 2)?)
}

/// Draws the points and the line on which `p` is 1/2.
fn draw(path: &Path, title: &str, data: &Dataset<f64>, p: impl Fn(f64, f64) -> f64) -> Result<()> {
    let range = [-SIDE, SIDE];
    let boundary = contour::lines(p, range, range, 0.5);
    let frame = Frame {
        title,
        axes: ["x₁", "x₂"],
        x: range,
        y: range,
    };
    let labels = data.labels().unwrap_or_default().iter();
    let points = data.inputs().iter().map(|x| (x[0], x[1]));
    let points: Vec<_> = points.zip(labels.copied()).collect();
    picture::scatter(path, &frame, &points, ["class 0", "class 1"], &boundary)
}

/// The text's step from a fixed map to a learnt one: a hidden layer is `phi`, the output (15) stands behind it.
fn learnt(args: &Args, data: &Dataset<f64>) -> Result<f64> {
    let network = Network::builder(2)
        .dense(16, Activation::Tanh)
        .dense(1, Activation::Identity)
        .build()?;
    let mut model = Model::new(network, Cost::binary(), args.seed)?;
    // The whole set in each step, as a line search wants it.
    let descent = Descent::new(Lbfgs::default()).with_trap(Trap::new(args.lam));
    let protocol = Protocol::new(descent).epochs(400).batch(data.len());
    protocol.train(&mut model, data)?;
    let p = |x, y| model.predict(&[x, y]).map_or(f64::NAN, |p| p[0]);
    draw(
        &args.out.join("boundary-learnt.svg"),
        "16 learnt features",
        data,
        p,
    )?;
    Ok(model.evaluate(data)?.accuracy().unwrap_or(f64::NAN))
}

fn run() -> Result<()> {
    let args = Args::parse();
    std::fs::create_dir_all(&args.out)
        .with_context(|| format!("cannot make the directory {}", args.out.display()))?;
    let data = points(args.seed)?;
    let frequency = std::f64::consts::PI / SIDE;
    let trigonometric = FeatureMap::Trigonometric {
        orders: 3,
        frequency,
    };
    let maps = [
        ("raw", "Raw inputs", FeatureMap::Identity),
        (
            "monomial",
            "Monomials to degree 6",
            FeatureMap::Monomials { degree: 6 },
        ),
        (
            "trigonometric",
            "Sines and cosines, and their products",
            trigonometric.then(FeatureMap::Interactions),
        ),
    ];
    let mut closing = Vec::new();
    for (name, title, map) in maps {
        let fit = LogisticRegression::new(args.lam).map(map).names(["x", "y"]);
        let model = fit.fit(&data)?;
        println!(
            "{name}: {} features; {}",
            model.features().len(),
            model.ends()[0]
        );
        let p = |x, y| model.probabilities(&[x, y]).map_or(f64::NAN, |p| p[1]);
        draw(
            &args.out.join(format!("boundary-{name}.svg")),
            title,
            &data,
            p,
        )?;
        closing.push(format!("{name}_accuracy={:.4}", model.accuracy(&data)?));
    }
    closing.push(format!("learnt_accuracy={:.4}", learnt(&args, &data)?));
    println!("pictures in {}\n{}", args.out.display(), closing.join(" "));
    Ok(())
}

fn main() -> ExitCode {
    gradflow_examples::report(run())
}
