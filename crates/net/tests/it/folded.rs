//! A folded model predicts what the model does, with fewer layers.

use gradflow::layers::strategies::activation;
use gradflow::layers::{Describe, Recipe, Registry};
use gradflow::strategies::network;
use gradflow::{Activation, Batch, Cost, Model, Network};
use proptest::prelude::*;

/// Numbers as of a trained model: variances and gains that are no ones.
fn trained(network: Network<f64>) -> Model<f64> {
    let mut model = Model::new(network, Cost::regression(), 3).expect("a model");
    let state = (0..model.state().len()).map(|i| 0.5 + (i as f64 * 0.7).sin().abs());
    model.set_state(state.collect()).expect("state");
    let theta = model.theta().iter().enumerate();
    let theta = theta
        .map(|(i, q)| q + 0.1 * (i as f64 * 1.1).cos())
        .collect();
    model.set_theta(theta).expect("parameters");
    model
}

/// Layers that prediction could do without, at any depth.
fn spare(recipes: &[Recipe]) -> usize {
    let linear = |recipe: &Recipe| match recipe {
        Recipe::Dense { activation, .. }
        | Recipe::Conv { activation, .. }
        | Recipe::Depthwise { activation, .. } => *activation == Activation::Identity,
        _ => false,
    };
    let pairs = recipes.windows(2).filter(|pair| {
        let next = matches!(pair[1], Recipe::BatchNorm { .. } | Recipe::Activation(_));
        linear(&pair[0]) && next
    });
    let inside = recipes.iter().map(|recipe| match recipe {
        Recipe::Dropout { .. } => 1,
        Recipe::Chain(recipes)
        | Recipe::Branches {
            branches: recipes, ..
        } => {
            recipes
                .iter()
                .map(|recipe| spare(std::slice::from_ref(recipe)))
                .sum::<usize>()
                + if matches!(recipe, Recipe::Chain(_)) {
                    spare(recipes)
                } else {
                    0
                }
        }
        _ => 0,
    });
    pairs.count() + inside.sum::<usize>()
}

/// Both on the same samples, within the rounding of the weights and of sums over them.
fn agree(model: &Model<f64>, folded: &Model<f64>) {
    let size = model.network().input().len();
    let x: Vec<f64> = (0..3 * size).map(|i| (i as f64 * 0.37).sin()).collect();
    let x = Batch::new(&x, size).expect("samples");
    let p = model.predict_batch(x).expect("predictions");
    let q = folded.predict_batch(x).expect("predictions");
    let largest = p.iter().fold(1.0_f64, |m, p| m.max(p.abs()));
    for (p, q) in p.iter().zip(&q) {
        assert!((p - q).abs() <= 1e-9 * largest, "{p} and {q}");
    }
}

proptest! {
    #[test]
    fn random_networks((one, two) in (activation(), activation()), seed_network in network(vec![Activation::Tanh, Activation::Identity], Activation::Identity, 1..=3), picture in any::<bool>()) {
        // Any network, then layers that can all be folded.
        let recipes: Vec<Recipe> = seed_network.layers().filter_map(Describe::recipe).collect();
        prop_assume!(recipes.len() == seed_network.layers().len());
        let block = |activation: &Activation| vec![
            if picture { Recipe::conv(3, [1, 1], Activation::Identity) } else { Recipe::dense(4, Activation::Identity) },
            Recipe::batch_norm(),
            Recipe::Activation(activation.clone()),
            Recipe::dropout(0.3),
        ];
        let mut all = block(&one);
        all.push(Recipe::residual(block(&two).into_iter().map(|recipe| match recipe {
            Recipe::Dense { .. } => Recipe::dense(4, Activation::Identity),
            recipe => recipe,
        }).collect()));
        all.push(Recipe::Chain(block(&one)));
        all.extend(recipes);
        let network = Network::<f64>::from_recipes(seed_network.input(), &all, &Registry::default());
        // The windows of the random network may not fit what the block puts out.
        prop_assume!(network.is_ok());
        let network = network.expect("a network");
        let model = trained(network);
        let folded = model.folded().expect("a folded model");
        agree(&model, &folded);
        let recipes = folded.network().recipes().expect("recipes");
        prop_assert_eq!(spare(&recipes), 0, "{:?}", recipes);
        prop_assert!(spare(&all) > 0);
    }
}

#[test]
fn a_norm_behind_an_activation_stays() {
    let network = Network::builder([2, 4, 4])
        .conv(3, [3, 3], Activation::Relu)
        .batch_norm()
        .dense(2, Activation::Identity)
        .build()
        .expect("a network");
    let model = trained(network);
    let folded = model.folded().expect("a folded model");
    assert_eq!(folded.network().recipes(), model.network().recipes());
    assert_eq!(folded.theta(), model.theta());
    assert_eq!(folded.state(), model.state());
}

#[test]
fn weights_that_would_leave_the_numbers_stay() {
    let network = Network::builder(1)
        .dense(1, Activation::Identity)
        .batch_norm()
        .build()
        .expect("a network");
    let mut model = Model::<f32>::new(network, Cost::regression(), 1).expect("a model");
    model
        .set_theta(vec![1e38, 0.0, 1e38, 0.0])
        .expect("parameters");
    assert_eq!(model.folded().expect("a model").network().layers().len(), 2);
}

#[test]
fn something_is_left_of_dropout_alone() {
    let network = Network::builder(3).dropout(0.5).build().expect("a network");
    let model = Model::<f64>::new(network, Cost::regression(), 1).expect("a model");
    let folded = model.folded().expect("a folded model");
    assert_eq!(
        folded.predict(&[1.0, 2.0, 3.0]).expect("a prediction"),
        [1.0, 2.0, 3.0]
    );
}
