//! Random models of all layers, with state, and inputs for them.

use gradflow::layers::strategies::{activation, nesting_with_state};
use gradflow::layers::{Activation, Recipe};
use gradflow::{Cost, Loss, Model, Network, Output, Real};
use gradflow_tensor::Shape;
use proptest::collection::vec;
use proptest::prelude::*;

/// What a model is made of, for both types.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) input: [usize; 3],
    pub(crate) recipes: Vec<Recipe>,
    pub(crate) output: Output,
    pub(crate) seed: u64,
}

/// Chains of up to three layers, nested or not, in front of a dense layer or not.
pub(crate) fn plan() -> impl Strategy<Value = Plan> {
    let known = activation().prop_filter("of the library", |a| !matches!(a, Activation::Custom(_)));
    let known = known.boxed();
    let drafts = vec(nesting_with_state(known.clone()), 1..=3);
    let input = prop_oneof![
        4 => [1..=3_usize, 3..=6, 3..=6],
        1 => [1..=6_usize, 1..=1, 1..=1],
        1 => [1..=3_usize, 1..=1, 3..=8],
    ];
    let output = prop_oneof![
        Just(Output::Identity),
        Just(Output::Logistic),
        Just(Output::Softmax)
    ];
    (input, drafts, output, any::<bool>(), any::<u64>()).prop_filter_map(
        "too large",
        |(input, drafts, output, dense, seed)| {
            let mut shape = Shape::new(input).ok()?;
            let mut recipes = Vec::new();
            for draft in drafts {
                recipes.push(draft.recipe(shape).ok()?);
                shape = draft.layer::<f64>(shape).ok()?.spec().output;
            }
            if dense || output != Output::Identity {
                recipes.push(Recipe::dense(3, Activation::Identity));
            }
            let plan = Plan {
                input,
                recipes,
                output,
                seed,
            };
            Some(plan)
        },
    )
}

/// Numbers that look random, between -1 and 1, the same for every type.
pub(crate) fn numbers<T: Real>(seed: u64, len: usize) -> Vec<T> {
    let mut state = seed | 1;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f64 / f64::from(1 << 23) - 1.0
    };
    (0..len)
        .map(|_| T::from_f64(f64::from(next() as f32)))
        .collect()
}

impl Plan {
    /// The model, with parameters as they are drawn, biases and gains moved, and running statistics of any kind.
    pub(crate) fn model<T: Real>(&self) -> Model<T> {
        let builder = Network::<T>::builder(self.input);
        let network = (self.recipes.iter().cloned())
            .fold(builder, |builder, recipe| builder.recipe(recipe))
            .build()
            .expect("fits");
        let cost = match self.output {
            Output::Identity => Cost::regression(),
            Output::Logistic => Cost::new(Output::Logistic, Loss::SquaredError).expect("a pair"),
            Output::Softmax => Cost::classification(),
        };
        let mut model = Model::new(network, cost, self.seed).expect("suits");
        let moved = numbers::<T>(self.seed, model.theta().len());
        let theta = model.theta().iter().zip(&moved);
        let theta = theta.map(|(theta, by)| T::from_f64(theta.to_f64() + 0.1 * by.to_f64()));
        let theta = theta.collect();
        model.set_theta(theta).expect("as many");
        let blocks = model.network().spec().state.clone();
        let mut state = numbers::<T>(self.seed ^ 7, model.state().len());
        for block in blocks
            .iter()
            .filter(|block| block.name.ends_with("variance"))
        {
            for variance in &mut state[block.range.clone()] {
                *variance = T::from_f64(0.5 + variance.to_f64().abs());
            }
        }
        model.set_state(state).expect("as many");
        model
    }

    /// Whether a layer, however deep, has `FastTanh` or `FastLogistic`.
    pub(crate) fn has_quick_activations(&self) -> bool {
        format!("{:?}", self.recipes).contains("Fast")
    }

    pub(crate) fn samples<T: Real>(&self, samples: usize) -> Vec<T> {
        numbers(
            self.seed ^ 99,
            samples * self.input.iter().product::<usize>(),
        )
    }
}

/// The largest `|a - b| / max(1, |b|)`.
pub(crate) fn distance<T: Real>(a: &[T], b: &[T]) -> f64 {
    assert_eq!(a.len(), b.len(), "numbers of predictions");
    let pairs = a.iter().zip(b).map(|(a, b)| (a.to_f64(), b.to_f64()));
    let worst = pairs.map(|(a, b)| (a - b).abs() / b.abs().max(1.0));
    worst.fold(
        0.0,
        |worst, d| if d > worst || d.is_nan() { d } else { worst },
    )
}
