//! Generators of networks for property tests (feature `strategies`).

use core::ops::RangeInclusive;

use gradflow_layers::Activation;
use gradflow_layers::strategies::recipe;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::Network;

/// Random networks in `f64`: up to three layers of every kind (dense layers that expand or shrink, convolutions with
/// strides of 1 to 4 also beyond the filter, padding, poolings), with activations of the given list, then a dense layer
/// with the last activation and one of these numbers of outputs.
pub fn network(
    activations: Vec<Activation>,
    last: Activation,
    outputs: RangeInclusive<usize>,
) -> impl Strategy<Value = Network<f64>> {
    let recipes = vec(recipe(select(activations)), 0..=3);
    let input = [1..=2_usize, 3..=6, 3..=6];
    (input, recipes, outputs)
        .prop_map(move |(input, recipes, outputs)| {
            recipes
                .into_iter()
                .fold(Network::builder(input), |builder, recipe| {
                    builder.layer(move |input| recipe.layer(input))
                })
                .dense(outputs, last.clone())
                .build()
        })
        .prop_filter_map("every layer fits by construction", Result::ok)
}
