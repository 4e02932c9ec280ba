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

use std::sync::OnceLock;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::{Cost, Criterion, Loss, Losses, Output, Targets};

/// `sqrt(1 + |p - y|^2)`, which is no sum over components; the prediction is `p / sqrt(1 + |p|^2)`.
#[derive(Debug, Clone, Copy)]
pub struct Length;

impl Criterion for Length {
    fn name(&self) -> &str {
        "length"
    }

    fn sample(&self, p: &[f64], y: &[f64], p_bar: &mut [f64]) -> f64 {
        let length = p.iter().zip(y).fold(1.0, |l: f64, (p, y)| l.hypot(p - y));
        for a in 0..p.len() {
            p_bar[a] = (p[a] - y[a]) / length;
        }
        length
    }

    fn map(&self, p: &mut [f64]) {
        let length = p.iter().fold(1.0, |l: f64, p| l.hypot(*p));
        p.iter_mut().for_each(|p| *p /= length);
    }
}

/// `log cosh (v - y)`, an entrywise loss as a user would write it, for numbers of any size.
fn log_cosh() -> Loss {
    let value = |v: f64, y: f64| {
        let d = (v - y).abs();
        d + (0.5 * (-2.0 * d).exp_m1()).ln_1p()
    };
    Loss::custom("log-cosh", value, |v, y| (v - y).tanh())
}

/// The losses of a user's own that are on the list: one entrywise, one on the whole output.
pub fn registry() -> &'static Losses {
    static REGISTRY: OnceLock<Losses> = OnceLock::new();
    REGISTRY.get_or_init(|| Losses::new().loss(log_cosh()).loss(Loss::criterion(Length)))
}

/// Every loss, in a fixed order, with these constants; those of the [`registry`] at the end.
fn losses(delta: f64, tau: f64) -> Vec<Loss> {
    let own = registry()
        .names()
        .filter_map(|name| registry().get(name).ok());
    [
        Loss::SquaredError,
        Loss::CrossEntropy,
        Loss::CategoricalCrossEntropy,
        Loss::Huber { delta },
        Loss::AbsoluteError,
        Loss::Quantile { tau },
        Loss::Hinge,
    ]
    .into_iter()
    .chain(own.cloned())
    .collect()
}

fn pairs_with(delta: f64, tau: f64) -> Vec<Cost> {
    [Output::Identity, Output::Logistic, Output::Softmax]
        .into_iter()
        .flat_map(|output| {
            losses(delta, tau)
                .into_iter()
                .filter_map(move |loss| Cost::new(output, loss).ok())
        })
        .collect()
}

/// Every possible pair of output map and loss, also of the user's losses in the [`registry`], in a fixed order: the one list
/// that tests run over.
pub fn pairs() -> Vec<Cost> {
    pairs_with(1.0, 0.25)
}

/// A cost that suits `n_out` outputs (1 or more), every pair with and without component weights, with constants of any
/// usual size, and with label smoothing where that is defined.
///
/// Filter by [`Cost::requires_unit_interval`] where the outputs may lie anywhere.
pub fn cost(n_out: usize) -> impl Strategy<Value = Cost> {
    // The first weight is positive, so that not all are zero.
    let weights = (
        0.1..3.0_f64,
        vec(prop_oneof![Just(0.0), 0.0..3.0], n_out - 1),
    )
        .prop_map(|(first, mut others)| {
            others.insert(0, first);
            others
        });
    let pair = (0.1..3.0_f64, 0.05..0.95_f64).prop_flat_map(move |(delta, tau)| {
        let pairs = pairs_with(delta, tau).into_iter();
        select(
            pairs
                .filter(|cost| cost.check(n_out).is_ok())
                .collect::<Vec<_>>(),
        )
    });
    let smoothing = prop_oneof![3 => Just(0.0), 1 => 0.01..0.5_f64];
    (pair, option::of(weights), smoothing).prop_map(|(cost, weights, smoothing)| {
        // Where weights or smoothing are not defined, the cost stays without.
        let cost = match weights {
            Some(weights) => cost.clone().with_weights(weights).unwrap_or(cost),
            None => cost,
        };
        cost.clone().with_label_smoothing(smoothing).unwrap_or(cost)
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
    let column = match cost.loss().targets() {
        Targets::Finite => prop_oneof![one_hot, soft, vec(-2.0..2.0_f64, n_out)].boxed(),
        Targets::Within(low, high) => {
            let general = vec(prop_oneof![Just(low), Just(high), low..=high], n_out);
            prop_oneof![one_hot, soft, general].boxed()
        }
        Targets::ZeroOrOne => {
            let general = vec(select(vec![0.0, 1.0]), n_out);
            prop_oneof![one_hot, general].boxed()
        }
    };
    vec(column, samples).prop_map(|columns| columns.concat())
}
