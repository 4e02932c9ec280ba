//! Property-test generators of costs and of targets that suit them (feature `strategies`).
//!
//! ```
//! use gradflow_loss::strategies;
//! use gradflow_tensor::Batch;
//! use proptest::prelude::*;
//!
//! proptest!(|((cost, y) in strategies::cost(3).prop_flat_map(|cost| {
//!     let y = strategies::targets(&cost, 3, 5);
//!     (Just(cost), y)
//! }))| {
//!     cost.check(3)?;
//!     cost.check_targets(Batch::new(&y, 3)?)?;
//! });
//! ```

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::{Cost, Loss, Output};

/// Every possible pair of output map and loss, in a fixed order: the one list that tests run over.
pub fn pairs() -> Vec<Cost> {
    [Output::Identity, Output::Logistic, Output::Softmax]
        .into_iter()
        .flat_map(|output| {
            [
                Loss::SquaredError,
                Loss::CrossEntropy,
                Loss::CategoricalCrossEntropy,
            ]
            .into_iter()
            .filter_map(move |loss| Cost::new(output, loss).ok())
        })
        .collect()
}

/// A cost that suits `n_out` outputs (1 or more), every pair with and without component weights.
///
/// Filter by [`Cost::requires_unit_interval`] where the outputs may lie anywhere.
pub fn cost(n_out: usize) -> impl Strategy<Value = Cost> {
    let pairs = pairs();
    let pairs: Vec<Cost> = pairs
        .into_iter()
        .filter(|cost| cost.check(n_out).is_ok())
        .collect();
    // The first weight is positive, so that not all are zero.
    let weights = (
        0.1..3.0_f64,
        vec(prop_oneof![Just(0.0), 0.0..3.0], n_out - 1),
    )
        .prop_map(|(first, mut others)| {
            others.insert(0, first);
            others
        });
    (proptest::sample::select(pairs), option::of(weights)).prop_map(|(cost, weights)| {
        match weights {
            // The generated weights are valid; were they not, the cost without them is.
            Some(weights) => cost.clone().with_weights(weights).unwrap_or(cost),
            None => cost,
        }
    })
}

/// Targets for so many samples, one after another: one-hot, soft labels that sum to 1, and whatever else the loss allows.
pub fn targets(
    cost: &Cost,
    n_out: usize,
    samples: usize,
) -> impl Strategy<Value = Vec<f64>> + use<> {
    let one_hot = (0..n_out).prop_map(move |label| {
        (0..n_out)
            .map(|a| if a == label { 1.0 } else { 0.0 })
            .collect::<Vec<f64>>()
    });
    let soft = vec(0.01..1.0_f64, n_out).prop_map(|y| {
        let sum: f64 = y.iter().sum();
        y.iter().map(|y| y / sum).collect()
    });
    let general = match cost.loss() {
        Loss::SquaredError => vec(-2.0..2.0_f64, n_out).boxed(),
        Loss::CrossEntropy | Loss::CategoricalCrossEntropy => {
            vec(prop_oneof![Just(0.0), Just(1.0), 0.0..1.0], n_out).boxed()
        }
    };
    vec(prop_oneof![one_hot, soft, general], samples).prop_map(|columns| columns.concat())
}
