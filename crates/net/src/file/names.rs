//! Names of tensors in a file: those of PyTorch's `state_dict`.

use gradflow_layers::{Block, Recipe};

/// What a block of parameters or state is called in a file, and its dimensions there.
///
/// `2.1.0.filter` of a convolution in the second branch of layer 2 is `layers.2.branches.1.layers.0.weight`.
pub(super) fn tensor(recipes: &[Recipe], block: &Block) -> (String, Vec<usize>) {
    let (mut name, mut within, mut word) = (String::new(), recipes, "layers");
    let mut rest = &*block.name;
    loop {
        let parts = rest.split_once('.');
        let found = parts.and_then(|(index, rest)| {
            let index: usize = index.parse().ok()?;
            Some((index, within.get(index)?, rest))
        });
        let Some((index, recipe, behind)) = found else {
            // A layer without such children: the rest of the name is its own.
            return (name + rest, block.dims.clone());
        };
        name += &format!("{word}.{index}.");
        rest = behind;
        (within, word) = match recipe {
            Recipe::Chain(layers) => (layers, "layers"),
            Recipe::Branches { branches, .. } => (branches, "branches"),
            leaf => return (name + own(leaf, rest), dims(leaf, &block.dims)),
        };
    }
}

/// What a layer's block is called.
fn own<'a>(recipe: &Recipe, block: &'a str) -> &'a str {
    match (recipe, block) {
        (Recipe::Conv { .. } | Recipe::Depthwise { .. }, "filter") => "weight",
        (Recipe::BatchNorm { .. } | Recipe::LayerNorm { .. }, "gain") => "weight",
        (Recipe::BatchNorm { .. } | Recipe::LayerNorm { .. }, "shift") => "bias",
        (Recipe::BatchNorm { .. }, "mean") => "running_mean",
        (Recipe::BatchNorm { .. }, "variance") => "running_var",
        _ => block,
    }
}

/// The gain of a vector's elements has one dimension.
fn dims(recipe: &Recipe, dims: &[usize]) -> Vec<usize> {
    match (recipe, dims) {
        (Recipe::LayerNorm { .. }, [n, 1, 1]) => vec![*n],
        _ => dims.to_vec(),
    }
}
