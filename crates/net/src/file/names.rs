//! Names of tensors in a file: those of PyTorch's `state_dict`.

use gradflow_layers::{Block, Recipe};

/// A block of parameters or state, and what it is called in a file.
pub(super) struct Located<'a> {
    /// The layer's place in the network: `2.1.0`.
    pub(super) place: &'a str,
    /// The layer in the file: `layers.2.branches.1.layers.0`.
    pub(super) module: String,
    /// The layer's recipe.
    pub(super) recipe: Option<&'a Recipe>,
    /// What the layer calls the block, and what the file does.
    pub(super) own: &'a str,
    pub(super) leaf: &'a str,
    /// Its dimensions in the file.
    pub(super) dims: Vec<usize>,
}

/// Where a block of a network of these layers belongs.
pub(super) fn locate<'a>(recipes: &'a [Recipe], block: &'a Block) -> Located<'a> {
    let (mut module, mut within, mut word) = (String::new(), recipes, "layers");
    let (mut end, mut own, mut recipe) = (0, &*block.name, None);
    // A layer without children ends the walk: the rest of the name is its own.
    while let Some((index, behind)) = own.split_once('.')
        && let Some(child) = index.parse().ok().and_then(|i: usize| within.get(i))
    {
        module += &format!("{}{word}.{index}", if end > 0 { "." } else { "" });
        end += index.len() + 1;
        (own, recipe) = (behind, Some(child));
        (within, word) = children(child);
    }
    Located {
        place: block.name[..end].trim_end_matches('.'),
        module,
        recipe,
        own,
        leaf: recipe.map_or(own, |recipe| leaf(recipe, own)),
        dims: dims(recipe, &block.dims),
    }
}

impl Located<'_> {
    /// The tensor's whole name.
    pub(super) fn name(&self) -> String {
        match self.module.is_empty() {
            true => self.leaf.to_owned(),
            false => format!("{}.{}", self.module, self.leaf),
        }
    }
}

/// The layers within a layer, and the word for them.
pub(super) fn children(recipe: &Recipe) -> (&[Recipe], &'static str) {
    match recipe {
        Recipe::Chain(layers) => (layers, "layers"),
        Recipe::Branches { branches, .. } => (branches, "branches"),
        _ => (&[], "layers"),
    }
}

/// What a layer's block is called.
fn leaf<'a>(recipe: &Recipe, block: &'a str) -> &'a str {
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
fn dims(recipe: Option<&Recipe>, dims: &[usize]) -> Vec<usize> {
    match (recipe, dims) {
        (Some(Recipe::LayerNorm { .. }), [n, 1, 1]) => vec![*n],
        _ => dims.to_vec(),
    }
}
