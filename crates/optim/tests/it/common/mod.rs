//! What several tests need: objectives, and every rule transcribed naively from its formula.

#![allow(dead_code, unreachable_pub)] // each test uses its part

pub mod full_matrix;
pub mod transcription;

use gradflow_optim::study::{LogisticRegression, Quadratic, Rosenbrock, monomials};
use gradflow_optim::*;

pub type Boxed = Box<dyn Objective<f64>>;

/// `factor V(map q)` for an orthogonal or any other square matrix, and a shift: `V(map (q - shift))`.
pub struct Mapped<O> {
    pub objective: O,
    pub map: Vec<Vec<f64>>,
    pub shift: Vec<f64>,
    pub factor: f64,
}

impl<O: Objective<f64>> Mapped<O> {
    fn inner(&self, q: &[f64]) -> Vec<f64> {
        let moved: Vec<f64> = q.iter().zip(&self.shift).map(|(q, s)| q - s).collect();
        apply(&self.map, &moved)
    }
}

impl<O: Objective<f64>> Objective<f64> for Mapped<O> {
    fn dimension(&self) -> usize {
        self.map.len()
    }

    fn value(&mut self, q: &[f64]) -> f64 {
        let x = self.inner(q);
        self.factor * self.objective.value(&x)
    }

    fn value_and_gradient(&mut self, q: &[f64], j: &mut [f64]) -> f64 {
        let x = self.inner(q);
        let mut inner = vec![0.0; x.len()];
        let value = self.objective.value_and_gradient(&x, &mut inner);
        j.copy_from_slice(&transposed(&self.map, &inner));
        j.iter_mut().for_each(|j| *j *= self.factor);
        self.factor * value
    }
}

pub fn apply(map: &[Vec<f64>], x: &[f64]) -> Vec<f64> {
    map.iter()
        .map(|row| row.iter().zip(x).map(|(a, x)| a * x).sum())
        .collect()
}

pub fn transposed(map: &[Vec<f64>], x: &[f64]) -> Vec<f64> {
    (0..x.len())
        .map(|i| map.iter().zip(x).map(|(row, x)| row[i] * x).sum())
        .collect()
}

pub fn identity(n: usize) -> Vec<Vec<f64>> {
    (0..n)
        .map(|i| (0..n).map(|k| f64::from(u8::from(i == k))).collect())
        .collect()
}

/// Rotations in the planes of neighbouring axes, one after another.
pub fn rotation(n: usize, angle: f64) -> Vec<Vec<f64>> {
    let mut r = identity(n);
    for i in 1..n {
        let (sin, cos) = (angle * i as f64).sin_cos();
        for row in &mut r {
            let (a, b) = (row[i - 1], row[i]);
            row[i - 1] = cos * a - sin * b;
            row[i] = sin * a + cos * b;
        }
    }
    r
}

/// Three objectives of curvatures up to about 4, with starts.
pub fn objectives() -> Vec<(&'static str, Boxed, Vec<f64>)> {
    let rosenbrock = Mapped {
        objective: Rosenbrock,
        map: identity(2),
        shift: vec![0.0; 2],
        factor: 1.0 / 400.0,
    };
    let samples = (0..30)
        .map(|i| {
            let x = [(i as f64 * 0.9).sin(), (i as f64 * 1.7).cos()];
            (monomials(&x, 2), x[0] * x[1] > 0.1 || i % 7 == 0)
        })
        .collect();
    vec![
        (
            "quadratic",
            Box::new(Quadratic::log_spaced(5, 0.1, 4.0)) as Boxed,
            vec![1.0, -2.0, 0.5, 3.0, -1.5],
        ),
        ("rosenbrock", Box::new(rosenbrock), vec![-1.2, 1.0]),
        (
            "logistic",
            Box::new(LogisticRegression::new(samples).unwrap()),
            vec![0.3, -0.4, 0.8, 1.0, -0.2, 0.1],
        ),
    ]
}

pub fn gradient(objective: &mut (impl Objective<f64> + ?Sized), q: &[f64]) -> Vec<f64> {
    let mut j = vec![0.0; q.len()];
    objective.value_and_gradient(q, &mut j);
    j
}

/// The points `q_0 … q_steps` of a run of the crate.
pub fn run(
    rule: &Rule,
    objective: &mut (impl Objective<f64> + ?Sized),
    q0: &[f64],
    steps: usize,
) -> Vec<Vec<f64>> {
    let stop = Stop {
        trajectory: true,
        ..Stop::after(steps)
    };
    let end = minimise(objective, q0, rule.clone(), &stop).unwrap();
    assert_eq!(end.reason, Reason::Iterations, "{rule}");
    end.trajectory
}

/// Largest difference of two points, relative to the size of the second (at least 1).
pub fn difference(a: &[f64], b: &[f64]) -> f64 {
    let size = b.iter().fold(1.0_f64, |m, b| m.max(b.abs()));
    a.iter()
        .zip(b)
        .fold(0.0_f64, |m, (a, b)| m.max((a - b).abs()))
        / size
}
