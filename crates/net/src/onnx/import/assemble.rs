//! From steps to chains and branches.

use gradflow_kernels::Real;
use gradflow_layers::{Activation, Join, Recipe};
use gradflow_loss::Output;

use super::flow::{Flow, Kind, Primitive, Step};
use super::graph::Graph;
use crate::onnx::OnnxError;

/// A layer with its numbers.
#[derive(Debug)]
struct Item<T> {
    recipe: Recipe,
    theta: Vec<T>,
    state: Vec<T>,
    /// Soft-max or a pair of probabilities, which only the end of a network can be.
    end: Option<(Kind<T>, usize)>,
}

/// What a network is made of.
#[derive(Debug)]
pub(super) struct Parts<T> {
    pub(super) recipes: Vec<Recipe>,
    pub(super) theta: Vec<T>,
    pub(super) state: Vec<T>,
    pub(super) output: Output,
}

struct Assembly<'a, T> {
    graph: &'a Graph<'a>,
    flow: Flow<T>,
    used: Vec<bool>,
}

/// Makes layers of the steps that lead to `last`.
///
/// # Errors
/// [`OnnxError::Node`] where steps are no chain of layers and branches that come together again.
pub(super) fn assemble<T: Real>(
    graph: &Graph<'_>,
    flow: Flow<T>,
    last: usize,
) -> Result<Parts<T>, OnnxError> {
    let used = vec![false; flow.steps.len()];
    let mut assembly = Assembly { graph, flow, used };
    let mut items = assembly.chain(last, 0, 0)?;
    let output = output(&mut items);
    if let Some((_, node)) = items.iter().find_map(|item| item.end.as_ref()) {
        return Err(assembly.refuse(
            *node,
            "soft-max at the end of the network",
            "layers behind it",
        ));
    }
    let (recipes, theta, state) = in_order(fused(items));
    Ok(Parts {
        recipes,
        theta,
        state,
        output,
    })
}

impl<T: Real> Assembly<'_, T> {
    fn refuse(&self, node: usize, expected: &str, came: &str) -> OnnxError {
        match self.graph.nodes.get(node) {
            Some(node) => node.refuse(expected, came),
            None => OnnxError::Value {
                value: self.graph.input.to_owned(),
                expected: expected.to_owned(),
                came: came.to_owned(),
            },
        }
    }

    /// The layers behind the step `first` up to the step `last`.
    fn chain(
        &mut self,
        last: usize,
        first: usize,
        depth: usize,
    ) -> Result<Vec<Item<T>>, OnnxError> {
        let mut items = Vec::new();
        let mut at = last;
        while at != first {
            let Step { node, gate, .. } = self.flow.steps[at];
            if std::mem::replace(&mut self.used[at], true) {
                let expected =
                    "branches that share no layer and come together in one sum or concatenation";
                return Err(self.refuse(node, expected, "a layer that several of them read"));
            }
            let kind = std::mem::replace(&mut self.flow.steps[at].kind, Kind::Input);
            let (item, next) = match kind {
                Kind::Join(join) => (self.side_by_side(at, join, depth)?, gate),
                kind => (self.single(kind, node)?, self.flow.steps[at].from[0]),
            };
            items.push(item);
            at = next;
        }
        items.reverse();
        Ok(items)
    }

    fn side_by_side(&mut self, at: usize, join: Join, depth: usize) -> Result<Item<T>, OnnxError> {
        let Step { node, gate, .. } = self.flow.steps[at];
        if depth >= Recipe::MAX_DEPTH {
            let expected = format!("branches at most {} deep", Recipe::MAX_DEPTH);
            return Err(self.refuse(node, &expected, "more"));
        }
        let from = std::mem::take(&mut self.flow.steps[at].from);
        let mut branches = Vec::with_capacity(from.len());
        for last in from {
            let items = self.chain(last, gate, depth + 1)?;
            if let Some((_, node)) = items.iter().find_map(|item| item.end.as_ref()) {
                let expected = "soft-max at the end of the network";
                return Err(self.refuse(*node, expected, "soft-max in a branch"));
            }
            let (chain, theta, state) = in_order(fused(items));
            branches.push(Item {
                theta,
                state,
                ..Item::new(Recipe::Chain(chain))
            });
        }
        let (branches, theta, state) = in_order(branches);
        Ok(Item {
            theta,
            state,
            ..Item::new(Recipe::Branches { join, branches })
        })
    }

    fn single(&self, kind: Kind<T>, node: usize) -> Result<Item<T>, OnnxError> {
        let refuse = |came: &str| {
            let expected = "a layer, or the parts of an activation that this library has";
            Err(self.refuse(node, expected, came))
        };
        Ok(match kind {
            Kind::Layer(recipe, theta, state) => Item {
                theta,
                state,
                ..Item::new(recipe)
            },
            Kind::NoBias(recipe, theta) => Item {
                theta,
                ..Item::new(recipe)
            },
            Kind::Affine(offset, scale) => Item::new(Recipe::Rescale { offset, scale }),
            end @ (Kind::Softmax | Kind::Pair) => Item {
                end: Some((end, node)),
                ..Item::new(Recipe::Chain(Vec::new()))
            },
            Kind::Pad(..) => return refuse("padding without a window behind it that takes it up"),
            Kind::Primitive(Primitive::Abs) => return refuse("an absolute value alone"),
            Kind::Primitive(Primitive::Above) => return refuse("a comparison alone"),
            Kind::Primitive(Primitive::Erf) => return refuse("the error function alone"),
            Kind::Primitive(Primitive::Square) => return refuse("a square alone"),
            Kind::Primitive(Primitive::Sqrt) => return refuse("a square root alone"),
            // What a step was before it was taken.
            Kind::Input | Kind::Join(_) => return refuse("a value that several layers read"),
        })
    }
}

impl<T> Item<T> {
    fn new(recipe: Recipe) -> Self {
        Self {
            recipe,
            theta: Vec::new(),
            state: Vec::new(),
            end: None,
        }
    }
}

/// Recipes, parameters and state of all, in order and in no more memory than that.
fn in_order<T>(items: Vec<Item<T>>) -> (Vec<Recipe>, Vec<T>, Vec<T>) {
    let total = |of: fn(&Item<T>) -> usize| items.iter().map(of).sum();
    let mut theta = Vec::with_capacity(total(|item| item.theta.len()));
    let mut state = Vec::with_capacity(total(|item| item.state.len()));
    let mut recipes = Vec::with_capacity(items.len());
    for mut item in items {
        theta.append(&mut item.theta);
        state.append(&mut item.state);
        recipes.push(item.recipe);
    }
    (recipes, theta, state)
}

/// Takes the output map from the end of the network.
fn output<T>(items: &mut Vec<Item<T>>) -> Output {
    let pair = Recipe::Branches {
        join: Join::Concat,
        branches: vec![
            Recipe::Chain(vec![Recipe::rescale([1.0], [-1.0])]),
            Recipe::Chain(Vec::new()),
        ],
    };
    let logistic = Recipe::Activation(Activation::Logistic);
    let of = |items: &[Item<T>], back: usize| {
        let item = items.len().checked_sub(back).and_then(|at| items.get(at));
        item.map(|item| item.recipe.clone())
    };
    match items.last().and_then(|item| item.end.as_ref()) {
        Some((Kind::Softmax, _)) => {
            items.pop();
            return Output::Softmax;
        }
        Some((Kind::Pair, _)) => {
            items.pop();
        }
        // (1 - p, p) of one probability.
        _ if of(items, 1) == Some(pair) && of(items, 2).as_ref() == Some(&logistic) => {
            items.pop();
        }
        _ => {}
    }
    if of(items, 1) == Some(logistic) {
        items.pop();
        return Output::Logistic;
    }
    Output::Identity
}

/// Joins what is one layer in this library: a shift and the scale behind it, scales that cancel out, activations of several operators, and
/// activations and the layers before them. Predictions keep their roundings.
fn fused<T>(items: Vec<Item<T>>) -> Vec<Item<T>> {
    let mut layers: Vec<Item<T>> = Vec::with_capacity(items.len());
    for item in items {
        layers.push(item);
        while let [.., last, item] = &mut layers[..]
            && let Some(one) = joined(&last.recipe, &item.recipe)
        {
            last.recipe = one;
            layers.pop();
        }
        if layers.last().is_some_and(|item| is_nothing(&item.recipe)) {
            layers.pop();
        }
    }
    with_activations(layers)
}

/// Whether it is a scale by 1.
fn is_nothing(recipe: &Recipe) -> bool {
    // Factors such as 0.5 and 2, or rounded ones, cancel out to the last digits.
    let one = |scale: &f64| (scale - 1.0).abs() < 1e-7;
    match recipe {
        Recipe::Rescale { offset, scale } => {
            offset.iter().all(|offset| *offset == 0.0) && scale.iter().all(one)
        }
        _ => false,
    }
}

/// The one layer that two are.
fn joined(first: &Recipe, second: &Recipe) -> Option<Recipe> {
    let Recipe::Rescale {
        offset: o,
        scale: s,
    } = second
    else {
        return None;
    };
    let Recipe::Rescale { offset, scale } = first else {
        return None;
    };
    let zero = |offset: &[f64]| offset.iter().all(|offset| *offset == 0.0);
    // ((x - offset)/1 - 0)/s
    if scale[..] == [1.0] && zero(o) {
        return Some(Recipe::rescale(offset.clone(), s.clone()));
    }
    let (&[scale], &[s]) = (&scale[..], &s[..]) else {
        return None;
    };
    let cancel = Recipe::rescale([0.0], [scale * s]);
    (zero(offset) && zero(o) && is_nothing(&cancel)).then_some(cancel)
}

/// Activations within the layers before them.
fn with_activations<T>(items: Vec<Item<T>>) -> Vec<Item<T>> {
    // 1/2 + (z / (1 + |z|)) / 2
    let soft = [Activation::SoftSign, Activation::SoftLogistic].map(Recipe::Activation);
    let halves = [
        Recipe::rescale([0.0], [2.0]),
        Recipe::rescale([-0.5], [1.0]),
    ];
    let mut layers: Vec<Item<T>> = Vec::with_capacity(items.len());
    for item in items {
        layers.push(item);
        if let [.., sign, half, shift] = &mut layers[..]
            && sign.recipe == soft[0]
            && half.recipe == halves[0]
            && shift.recipe == halves[1]
        {
            sign.recipe = soft[1].clone();
            layers.truncate(layers.len() - 2);
        }
    }
    let mut fused: Vec<Item<T>> = Vec::with_capacity(layers.len());
    for item in layers {
        let last = fused.last_mut().map(|last| &mut last.recipe);
        match (last, &item.recipe) {
            (
                Some(
                    Recipe::Dense { activation, .. }
                    | Recipe::Conv { activation, .. }
                    | Recipe::Depthwise { activation, .. },
                ),
                Recipe::Activation(of),
            ) if *activation == Activation::Identity => *activation = of.clone(),
            _ => fused.push(item),
        }
    }
    fused
}
