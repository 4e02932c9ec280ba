//! Random models of all layers of the library.

use gradflow::layers::{Activation, Join, Padding, Recipe, Registry, Remainder, Window};
use gradflow::rand::{Rng, RngExt, SeedableRng};
use gradflow::{Cost, Loss, Model, Network, Output};
use rand_xoshiro::Xoshiro256PlusPlus;

type Dice = Xoshiro256PlusPlus;

fn one_of<T: Clone>(dice: &mut Dice, list: &[T]) -> T {
    list[dice.random_range(0..list.len())].clone()
}

fn window(dice: &mut Dice) -> Window {
    let mut pair = |most| [dice.random_range(1..=most), dice.random_range(1..=most)];
    let (size, stride, dilation) = (pair(3), pair(2), pair(2));
    let padding = match dice.random_range(0..5) {
        0 => Padding::Same,
        1 => Padding::Causal,
        2 => Padding::Both([1, 0]),
        3 => Padding::Sides {
            front: [0, 1],
            behind: [1, 1],
        },
        _ => Padding::Both([0, 0]),
    };
    let remainder = one_of(dice, &[Remainder::Floor, Remainder::Ceil]);
    let window = Window::from(size).stride(stride).dilation(dilation);
    window.padding(padding).remainder(remainder)
}

fn layer(dice: &mut Dice, depth: usize) -> Recipe {
    let activation = one_of(dice, &Activation::ALL);
    match dice.random_range(0..if depth < 2 { 17 } else { 13 }) {
        0 => Recipe::dense(dice.random_range(1..9), activation),
        1 | 2 => Recipe::conv(2 * dice.random_range(1..3), window(dice), activation),
        3 => Recipe::conv(2, window(dice), activation).groups(2),
        4 => Recipe::depthwise(window(dice), activation),
        5 => Recipe::max_pool(window(dice)),
        6 => Recipe::avg_pool(window(dice)),
        7 => Recipe::avg_pool(window(dice)).count_padding(),
        8 => one_of(dice, &[Recipe::GlobalMaxPool, Recipe::GlobalAvgPool]),
        9 => Recipe::Upsample { factor: [2, 1] },
        10 => one_of(dice, &[Recipe::batch_norm(), Recipe::layer_norm()]),
        11 => Recipe::Activation(activation),
        12 => one_of(dice, &[Recipe::dropout(0.5), Recipe::rescale([0.5], [2.0])]),
        13 => Recipe::residual(vec![Recipe::Activation(activation), Recipe::batch_norm()]),
        14 => Recipe::Branches {
            join: Join::Concat,
            branches: vec![Recipe::Chain(vec![]), Recipe::conv(3, [1, 1], activation)],
        },
        15 => Recipe::Branches {
            join: Join::Sum,
            branches: vec![layer(dice, depth + 1), layer(dice, depth + 1)],
        },
        _ => Recipe::Chain(vec![layer(dice, depth + 1), layer(dice, depth + 1)]),
    }
}

/// A model with parameters and state as of a trained one, and two samples.
pub(crate) fn model(seed: u64) -> (Model<f32>, Vec<Vec<f32>>) {
    let mut dice = Dice::seed_from_u64(seed);
    let input = [
        2 * dice.random_range(1..3),
        dice.random_range(4..8),
        dice.random_range(4..8),
    ];
    let mut recipes = Vec::new();
    let mut shape = gradflow::Shape::new(input).expect("small");
    for _ in 0..40 {
        let recipe = layer(&mut dice, 0);
        // What does not fit is left out.
        let Ok(made) = recipe.on::<f32>(shape, &Registry::default()) else {
            continue;
        };
        if made.spec().output.len() > 400 {
            continue;
        }
        shape = made.spec().output;
        recipes.push(recipe);
        if recipes.len() > 5 {
            break;
        }
    }
    recipes.push(Recipe::dense(dice.random_range(2..5), Activation::Identity));
    let network = Network::<f32>::from_recipes(input, &recipes, &Registry::default());
    let network = network.expect("it was built");
    let cost = one_of(
        &mut dice,
        &[
            Cost::classification(),
            Cost::regression(),
            Cost::new(Output::Logistic, Loss::CrossEntropy).expect("a cost"),
        ],
    );
    let mut model = Model::new(network, cost, seed).expect("a model");
    let state = (0..model.state().len()).map(|_| dice.random_range(0.5..1.5));
    model.set_state(state.collect()).expect("state");
    let theta: Vec<f32> = model.theta().to_vec();
    let theta = theta
        .iter()
        .map(|q| q + dice.random_range(-0.1..0.1))
        .collect();
    model.set_theta(theta).expect("parameters");
    let len = model.network().input().len();
    let samples = (0..2).map(|_| (0..len).map(|_| dice.random_range(-1.5..1.5)).collect());
    let samples = samples.collect();
    let _ = dice.next_u64();
    (model, samples)
}
