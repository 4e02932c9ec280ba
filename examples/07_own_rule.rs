//! An update rule of one's own: the steps of Barzilai and Borwein (1988), whose rate is read off the last two gradients.
//!
//! `cargo run --release --example 07_own_rule`
//!
//! On a quadratic, `y = J_n - J_{n-1}` is the second derivative times the last step `s`. So `s.s / s.y` is one over a curvature that
//! lies between the smallest and the largest one: a rate that nobody has to choose.

use gradflow::data::Csv;
use gradflow::optim::study::Quadratic;
use gradflow::optim::{Descent, GradientDescent, Method, NonFinite, Step, Stop, minimise};
use gradflow::{Activation, Cost, Dataset, Error, Model, Network, Protocol};

/// The rate of the first step is the constant.
#[derive(Debug, Clone)]
struct BarzilaiBorwein(f64);

/// The last point and its gradient; empty before the first step.
#[derive(Debug, Clone)]
struct Last {
    q: Vec<f64>,
    j: Vec<f64>,
}

impl Method<f64> for BarzilaiBorwein {
    type State = Last;

    fn init(&self, _: &[f64]) -> Last {
        Last {
            q: Vec::new(),
            j: Vec::new(),
        }
    }

    fn step(&self, at: Step<'_, f64>, last: &mut Last) -> Result<(), NonFinite> {
        let (mut ss, mut sy) = (0.0, 0.0);
        for i in 0..last.q.len() {
            let s = at.q[i] - last.q[i];
            ss += s * s;
            sy += s * (at.j[i] - last.j[i]);
        }
        // Where the curvature is not positive, the first rate will do.
        let rate = if sy > 0.0 { ss / sy } else { self.0 };
        last.q = at.q.to_vec();
        last.j = at.j.to_vec();
        for (q, j) in at.q.iter_mut().zip(at.j) {
            *q -= rate * at.factor * j;
        }
        Ok(())
    }
}

fn main() -> Result<(), Error> {
    // Fifty curvatures from 1 to 1000.
    let mut bowl = Quadratic::log_spaced(50, 1.0, 1000.0);
    let stop = Stop::gradient_norm(1e-6);
    let own = Descent::of(BarzilaiBorwein(1e-3)).minimise(&mut bowl, &[1.0; 50], &stop)?;
    // The best constant rate there is.
    let rate = 2.0 / 1001.0;
    let constant = minimise(&mut bowl, &[1.0; 50], GradientDescent { rate }, &stop)?;
    println!("gradients on a quadratic of condition 1000:");
    println!("  gradient descent   {:6}", constant.gradients);
    println!("  Barzilai-Borwein   {:6}", own.gradients);

    // It trains networks as well, on all samples at once: the gradients of two mini-batches are of two functions.
    let table = concat!(env!("CARGO_MANIFEST_DIR"), "/data/iris/iris.csv");
    let iris: Dataset<f64> = Csv::classification("species").open(table)?;
    let iris = iris.standardised()?;
    let network = Network::builder(4).dense(3, Activation::Identity).build()?;
    let mut model = Model::new(network, Cost::classification(), 1)?;
    let protocol = Protocol::of(Descent::of(BarzilaiBorwein(0.1)));
    protocol
        .epochs(60)
        .batch(iris.len())
        .train(&mut model, &iris)?;
    let iris = model.evaluate(&iris)?;
    println!("iris, 60 steps: cost {:.4}", iris.cost);
    assert!(iris.accuracy() > Some(0.95));
    Ok(())
}
