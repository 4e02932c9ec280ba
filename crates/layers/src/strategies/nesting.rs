//! Layers within layers.

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Draft, Form, Kind, MOST_OUTPUTS, leaf, of_kind, recipe};
use crate::{Activation, Join, Recipe};

/// The library's layers within chains, residuals, sums and concatenations, up to three deep, and activations that stand
/// alone; the skip among them.
pub fn nesting(
    activation: impl Strategy<Value = Activation> + Clone + 'static,
) -> BoxedStrategy<Draft> {
    let alone = activation.clone().prop_map(Recipe::Activation);
    nested(activation, alone.boxed())
}

/// Like [`nesting`], with what normalises, drops out and rescales among the layers: state, statistics of the batch, random draws.
pub fn nesting_with_state(
    activation: impl Strategy<Value = Activation> + Clone + 'static,
) -> BoxedStrategy<Draft> {
    // With an epsilon of the size of 1, so that differences are exact also where all of a batch is alike.
    let batch_norm = Just(Recipe::batch_norm().epsilon(0.5));
    let layer_norm = Just(Recipe::layer_norm().epsilon(0.5));
    let dropout = (0.0..0.8_f64).prop_map(Recipe::dropout);
    let rescale = (-0.5..0.5_f64, 0.5..2.0_f64);
    let rescale = rescale.prop_map(|(offset, scale)| Recipe::rescale([offset], [scale]));
    let alone = prop_oneof![
        activation.clone().prop_map(Recipe::Activation),
        batch_norm,
        layer_norm,
        dropout,
        rescale
    ];
    nested(activation, alone.boxed())
}

fn nested(
    activation: impl Strategy<Value = Activation> + Clone + 'static,
    alone: BoxedStrategy<Recipe>,
) -> BoxedStrategy<Draft> {
    let skip = || Draft(Form::Chain(Vec::new()));
    let alone = alone.prop_map(|recipe| Draft(Form::Any(recipe)));
    let same = of_kind(Just(Kind::Same), 1..=1, activation.clone());
    // What puts out what it reads.
    let keeping = prop_oneof![2 => same, 2 => alone].prop_recursive(2, 8, 3, move |keeping| {
        let sum = (vec(keeping.clone(), 1..=2), any::<bool>()).prop_map(move |(mut sum, first)| {
            sum.insert(if first { 0 } else { sum.len() }, skip());
            Draft(Form::Branches(Join::Sum, sum))
        });
        let sum_of_all = vec(keeping.clone(), 1..=3);
        prop_oneof![
            vec(keeping, 0..=3).prop_map(|drafts| Draft(Form::Chain(drafts))),
            sum,
            sum_of_all.prop_map(|sum| Draft(Form::Branches(Join::Sum, sum))),
        ]
    });
    let concat =
        vec(keeping.clone(), 1..=3).prop_map(|drafts| Draft(Form::Branches(Join::Concat, drafts)));
    let leaves = recipe(activation.clone());
    let dense = move || leaf(Just(Kind::Dense), 1..=MOST_OUTPUTS, activation.clone());
    let leaves = prop_oneof![2 => leaves, 2 => keeping, 1 => concat];
    leaves
        .prop_recursive(2, 8, 3, move |any| {
            let branches = vec((any.clone(), dense()), 1..=3);
            let flat = (branches, prop::bool::ANY).prop_map(|(mut branches, sum)| {
                if !sum {
                    return Draft(Form::Flat(Join::Concat, branches));
                }
                let outputs = branches[0].1.outputs;
                branches
                    .iter_mut()
                    .for_each(|(_, dense)| dense.outputs = outputs);
                Draft(Form::Flat(Join::Sum, branches))
            });
            prop_oneof![
                vec(any, 1..=3).prop_map(|drafts| Draft(Form::Chain(drafts))),
                flat
            ]
        })
        .boxed()
}
