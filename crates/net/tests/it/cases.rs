//! Random networks with costs, data and sample weights that suit them.

use gradflow::layers::strategies::nesting_with_state;
use gradflow::loss::strategies::{cost, targets};
use gradflow::strategies::network;
use gradflow::{Activation, Cost, Network, Output};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// A network with a cost that suits it, targets and inputs for some samples.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) network: Network<f64>,
    pub(crate) cost: Cost,
    pub(crate) x: Vec<f64>,
    pub(crate) y: Vec<f64>,
    pub(crate) weights: Option<Vec<f64>>,
    pub(crate) samples: usize,
    pub(crate) seed: u64,
}

/// Every activation, a user's pair among them.
pub(crate) fn activations() -> Vec<Activation> {
    let mut all = Activation::ALL.to_vec();
    all.push(Activation::custom(
        "z + sin z / 2",
        |z| z + 0.5 * z.sin(),
        |z| 1.0 + 0.5 * z.cos(),
    ));
    all
}

/// Those whose derivatives do not jump.
pub(crate) fn smooth() -> Vec<Activation> {
    activations()
        .into_iter()
        .filter(|activation| !activation.has_kink())
        .collect()
}

/// Layers in a row, with up to four outputs and every cost.
pub(crate) fn plain(activations: Vec<Activation>) -> impl Strategy<Value = Case> {
    let last = select(activations.clone());
    let cost = (1..=4_usize).prop_flat_map(|n_out| (Just(n_out), cost(n_out)));
    (cost, last, 1..=3_usize)
        .prop_flat_map(move |((n_out, cost), last, samples)| {
            let last = if cost.requires_unit_interval() {
                Activation::SoftLogistic
            } else if cost.output() == Output::Logistic
                && matches!(last, Activation::Logistic | Activation::FastLogistic)
            {
                Activation::Tanh // the logistic function twice is refused
            } else {
                last
            };
            let network = network(activations.clone(), last, n_out..=n_out);
            (network, Just(cost), Just(samples))
        })
        .prop_flat_map(|(network, cost, samples)| with_data(network, cost, samples))
}

/// Chains, residuals and branches within one another, batch statistics and random draws among the layers, two outputs.
pub(crate) fn nested(activations: Vec<Activation>) -> impl Strategy<Value = Case> {
    let drafts = vec(nesting_with_state(select(activations)), 1..=3);
    let network = (drafts, [1..=2_usize, 2..=4, 2..=4])
        .prop_map(|(drafts, input)| {
            drafts
                .into_iter()
                .fold(Network::builder(input), |builder, draft| {
                    builder.layer(move |input| draft.layer(input))
                })
                .dense(2, Activation::Identity)
                .build()
        })
        .prop_filter_map("every layer fits by construction", Result::ok)
        // Several passes for each parameter: small ones are checked often rather than large ones seldom.
        .prop_filter("few parameters", |network| network.parameters() <= 200);
    let any_output = |cost: &Cost| !cost.requires_unit_interval();
    let cost = cost(2).prop_filter("outputs lie anywhere", any_output);
    (network, cost, 3..=6_usize)
        .prop_flat_map(|(network, cost, samples)| with_data(network, cost, samples))
}

fn with_data(
    network: Network<f64>,
    cost: Cost,
    samples: usize,
) -> impl Strategy<Value = Case> + use<> {
    let x = vec(-1.5..1.5_f64, samples * network.input().len());
    let y = targets(&cost, network.output().len(), samples);
    let weights = proptest::option::of(vec(0.1..2.0_f64, samples));
    (x, y, weights, any::<u64>()).prop_map(move |(x, y, weights, seed)| Case {
        network: network.clone(),
        cost: cost.clone(),
        x,
        y,
        weights,
        samples,
        seed,
    })
}
