//! The layers of a network that have numbers, for whoever fills them.

use core::ops::Range;

use gradflow_kernels::Real;
use gradflow_layers::{Describe, Recipe, Registry};
use gradflow_tensor::Shape;

use super::names::{children, locate};
use crate::Network;

/// A layer with parameters or state.
pub(super) struct Slot {
    /// Its place in the network: `2.1.0`.
    pub(super) name: String,
    /// What it is called in a file of a model: `layers.2.branches.1.layers.0`.
    pub(super) module: String,
    pub(super) recipe: Recipe,
    /// What it reads, where that is known.
    pub(super) input: Option<Shape<3>>,
    pub(super) blocks: Vec<NamedBlock>,
}

/// One of its blocks.
pub(super) struct NamedBlock {
    /// Its name within the layer: `filter`.
    pub(super) own: String,
    /// Its name in a file: `weight`.
    pub(super) leaf: String,
    pub(super) dims: Vec<usize>,
    pub(super) range: Range<usize>,
    pub(super) is_state: bool,
}

/// The layers with numbers, in the order of the network, of which these are the recipes.
pub(super) fn slots<T: Real>(network: &Network<T>, recipes: &[Recipe]) -> Vec<Slot> {
    let spec = network.spec();
    let mut slots: Vec<Slot> = Vec::new();
    let theta = spec.blocks.iter().map(|block| (block, false));
    for (block, is_state) in theta.chain(spec.state.iter().map(|block| (block, true))) {
        let at = locate(recipes, block);
        let part = NamedBlock {
            own: at.own.to_owned(),
            leaf: at.leaf.to_owned(),
            dims: at.dims,
            range: block.range.clone(),
            is_state,
        };
        match (
            slots.iter_mut().find(|slot| slot.name == at.place),
            at.recipe,
        ) {
            (Some(slot), _) => slot.blocks.push(part),
            (None, Some(recipe)) => slots.push(Slot {
                input: input(network, recipes, at.place),
                name: at.place.to_owned(),
                module: at.module,
                recipe: recipe.clone(),
                blocks: vec![part],
            }),
            // Every block of a network is one of a layer.
            (None, None) => {}
        }
    }
    slots
}

/// What the layer at a place reads; `None` behind layers of the user's within containers.
fn input<T: Real>(network: &Network<T>, recipes: &[Recipe], place: &str) -> Option<Shape<3>> {
    let mut indices = place.split('.').map(|index| index.parse::<usize>().ok());
    let first = indices.next()??;
    let mut shape = network.layers().nth(first)?.spec().input;
    let mut recipe = recipes.get(first)?;
    for index in indices {
        let (index, (inside, _)) = (index?, children(recipe));
        if let Recipe::Chain(layers) = recipe {
            for before in layers.get(..index)? {
                let layer = before.on::<T>(shape, &Registry::default()).ok()?;
                shape = layer.spec().output;
            }
        }
        recipe = inside.get(index)?;
    }
    Some(shape)
}
