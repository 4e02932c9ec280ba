//! Whole-network gradients against dual numbers: a naive forward pass, each number with its derivatives.

mod cost;
mod network;
mod number;
mod windows;

use crate::cases::{Case, activations, nested, plain};
use gradflow::optim::Objective;
use gradflow::{Arena, Model, Recipe, Risk};
use gradflow_testing::config;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use self::network::{Oracle, Samples};
use self::number::{Dual, Number};

/// Gradients agree to this share of their largest component. No step is left out in either, so all that they differ by is
/// rounding: 1e-16 of each term of sums of up to some hundreds of terms, enlarged by what a few layers multiply by.
const TOLERANCE: f64 = 1e-12;

/// A largest component, where all of them are smaller: where the terms of a gradient cancel in all components, as in a soft-max
/// output with all targets above 1, what is left is the rounding of its terms, 1e-15.
const LEAST: f64 = 1e-3;

/// Derivatives that one pass takes along.
const LANES: usize = 16;

/// Points that are drawn before a case is given up.
const DRAWS: u64 = 100;

/// Parameters and inputs.
struct Point {
    theta: Vec<f64>,
    x: Vec<f64>,
}

impl Point {
    /// Parameters as they are drawn for a run, each moved a bit, so that biases are not 0 and gains not 1.
    fn new(case: &Case, seed: u64) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut theta = case.network.initialise(seed).expect("memory");
        theta
            .iter_mut()
            .for_each(|q| *q += rng.random_range(-0.3..0.3));
        let x = case.x.iter().map(|_| rng.random_range(-1.0..1.0));
        let x = x.collect();
        Self { theta, x }
    }

    /// The cost in numbers of some kind, and whether gradients can be compared here.
    fn cost<D: Number>(&self, case: &Case, theta: Vec<D>) -> (D, bool) {
        let shape = case.network.input().dims();
        let rows = self.x.chunks(case.network.input().len());
        let rows = rows.map(|row| row.iter().copied().map(D::from).collect());
        let x = Samples {
            shape,
            rows: rows.collect(),
        };
        let recipes = case.network.recipes().expect("layers of the library");
        let mut oracle = Oracle::new(theta);
        let p = oracle.layer(&Recipe::Chain(recipes), x);
        assert_eq!(p.shape, case.network.output().dims());
        let cost = oracle.cost(&case.cost, &p.rows, &case.y, case.weights.as_deref());
        (cost, oracle.finish())
    }

    /// The derivatives in all parameters; nothing close to a kink, or where an activation is flat.
    fn derivatives(&self, case: &Case) -> Option<Vec<f64>> {
        let mut all = Vec::new();
        for first in (0..self.theta.len()).step_by(LANES) {
            let moved = |(i, q): (usize, &f64)| {
                let mut q = Dual::<LANES>::from(*q);
                if let Some(lane) = i.checked_sub(first).filter(|lane| *lane < LANES) {
                    q.slopes[lane] = 1.0;
                }
                q
            };
            let theta = self.theta.iter().enumerate().map(moved).collect();
            let (cost, fit) = self.cost(case, theta);
            if !fit {
                return None;
            }
            all.extend(cost.slopes);
        }
        all.truncate(self.theta.len());
        Some(all)
    }

    /// The library's cost and gradient.
    fn library(self, case: &Case) -> (f64, Vec<f64>) {
        let model = Model::with_parameters(case.network.clone(), case.cost.clone(), self.theta)
            .expect("a case is sound");
        let x = case.network.input().columns(&self.x, case.samples);
        let y = case.network.output().columns(&case.y, case.samples);
        let mut arena = Arena::training(&case.network, case.samples).expect("memory");
        let mut risk = Risk::new(&model, x, y, &mut arena).expect("a case fits");
        if let Some(weights) = &case.weights {
            risk = risk.with_weights(weights).expect("one weight a sample");
        }
        let mut gradient = vec![0.0; model.theta().len()];
        let value = risk.value_and_gradient(model.theta(), &mut gradient);
        (value, gradient)
    }
}

/// Value and gradient at the first point, of those that the seed gives, where they can be compared.
fn agrees(case: &Case) -> Result<(), TestCaseError> {
    let points = (0..DRAWS).map(|draw| Point::new(case, case.seed.wrapping_add(draw)));
    let mut far = points.filter_map(|point| Some((point.derivatives(case)?, point)));
    let Some((exact, point)) = far.next() else {
        return Err(TestCaseError::reject("no point is far from all kinks"));
    };
    let (cost, _) = point.cost(case, point.theta.clone());
    let (value, gradient) = point.library(case);
    let largest = exact.iter().fold(LEAST, |m: f64, j| m.max(j.abs()));
    prop_assert_eq!(gradient.len(), exact.len());
    for (k, (j, exact)) in gradient.iter().zip(&exact).enumerate() {
        let close = (j - exact).abs() <= TOLERANCE * largest;
        prop_assert!(
            close,
            "derivative {k}: {j:e}, not {exact:e}; the largest is {largest:e}"
        );
    }
    // Terms of either sign may cancel in a cost.
    let close = (value - cost).abs() <= TOLERANCE * cost.abs().max(1.0);
    prop_assert!(close, "cost {value:e}, not {cost:e}");
    Ok(())
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn gradient_is_that_of_dual_numbers(case in plain(activations())) {
        agrees(&case)?;
    }

    #[test]
    fn gradient_of_nested_networks_is_that_of_dual_numbers(case in nested(activations())) {
        agrees(&case)?;
    }
}
