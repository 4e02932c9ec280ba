//! Layers within layers: gradients, passes and descriptions of random nestings, with statistics of the batch and random draws.

use std::sync::Arc;

use crate::*;
use gradflow_gradcheck::{GradCheck, GradientReport};
use gradflow_kernels::Workers;
use gradflow_layers::strategies::{self, Draft, nesting, nesting_with_state, registry};
use gradflow_layers::{Cx, Draw, Layer, Recipe};
use gradflow_tensor::Shape;
use gradflow_testing::config;
use proptest::prelude::*;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

/// A layer with parameters, inputs and a direction in the space of its outputs.
#[derive(Debug, Clone)]
struct Case {
    layer: Arc<dyn Layer<f64>>,
    recipe: Recipe,
    theta: Vec<f64>,
    x: Vec<f64>,
    p_bar: Vec<f64>,
    draw: Draw,
}

fn case(drafts: impl Strategy<Value = Draft>) -> impl Strategy<Value = Case> {
    let input = [1..=2_usize, 1..=5, 1..=5].prop_map(|dims| Shape::new(dims).expect("small"));
    (input, drafts, 2..=3_usize, any::<[u64; 3]>())
        .prop_map(|(input, draft, samples, seeds)| {
            let recipe = draft.recipe(input).expect("small");
            (draft.layer(input).expect("small"), recipe, samples, seeds)
        })
        .prop_flat_map(
            |(layer, recipe, samples, seeds): (Arc<dyn Layer<f64>>, _, _, _)| {
                let x = numbers(samples * layer.spec().input.len());
                let p_bar = numbers(samples * layer.spec().output.len());
                let moved = numbers(layer.spec().parameters());
                (Just((layer, recipe, seeds)), x, p_bar, moved)
            },
        )
        .prop_map(|((layer, recipe, seeds), x, p_bar, moved)| {
            // As training starts, with biases that are not 0.
            let mut theta = vec![f64::NAN; moved.len()];
            layer.initialise(&mut theta, &mut Xoshiro256PlusPlus::seed_from_u64(seeds[0]));
            theta
                .iter_mut()
                .zip(moved)
                .for_each(|(q, by)| *q += 0.2 * by);
            Case {
                layer,
                recipe,
                theta,
                x,
                p_bar,
                draw: Draw::new(seeds[1], seeds[2]),
            }
        })
}

/// Compares the gradient in theta and x at once with differences.
fn differences(
    case: &Case,
    (theta_bar, x_bar): (&[f64], &[f64]),
    state: &[f64],
    cx: Cx,
) -> GradientReport {
    let Case {
        layer,
        theta,
        x,
        p_bar,
        ..
    } = case;
    let l = |q: &[f64]| {
        let (theta, x) = q.split_at(theta.len());
        dot(p_bar, &run(&**layer, theta, state, x, cx).0)
    };
    GradCheck::new()
        .report(l, &[&theta[..], x].concat(), &[theta_bar, x_bar].concat())
        .expect("finite")
}

proptest! {
    #![proptest_config(config(192))]

    /// The project's criterion in theta and x at once, in training, with all scratch NaN before: `|a - n| <= 1e-6 max(|a|, |n|, max|g|)`.
    #[test]
    fn gradients_equal_differences(case in case(nesting_with_state(strategies::activation()))) {
        let Case { layer, theta, x, p_bar, draw, .. } = &case;
        let (workers, state) = (Workers::inline(), state(&**layer));
        let cx = Cx::train(&workers, *draw);
        let (theta_bar, x_bar) = pass(&**layer, theta, &state, x, p_bar, true, cx);
        let report = differences(&case, (&theta_bar, &x_bar), &state, cx);
        // A point at a kink has no gradient; the checker names it, and another point is drawn.
        prop_assume!(report.kinks.is_empty());
        prop_assert!(report.is_within(1e-6), "{report:?}");
    }

    /// A frozen layer computes as in prediction, and its gradient is that of what it computes.
    #[test]
    fn frozen_layers_predict(case in case(nesting_with_state(strategies::activation()))) {
        let Case { layer, theta, x, p_bar, .. } = &case;
        let (workers, state) = (Workers::inline(), state(&**layer));
        let all = 0..layer.spec().sites;
        // Draws are no statistics: they go on. Only nets without them predict what they train.
        let text = serde_json::to_string(&case.recipe).expect("a recipe");
        prop_assume!(!text.contains("Dropout"));
        let cx = Cx { frozen: std::slice::from_ref(&all), ..Cx::train(&workers, case.draw) };
        let (p, scratch) = run(&**layer, theta, &state, x, cx);
        prop_assert_eq!(&p, &run(&**layer, theta, &state, x, Cx::predict(&workers)).0);
        // Nothing is learnt, to the bit.
        let mut settled = state.clone();
        layer.settle(x.len() / layer.spec().input.len(), &scratch, &mut settled);
        prop_assert_eq!(&settled, &state);
        let (theta_bar, x_bar) = pass(&**layer, theta, &state, x, p_bar, true, cx);
        let report = differences(&case, (&theta_bar, &x_bar), &state, cx);
        prop_assume!(report.kinks.is_empty());
        prop_assert!(report.is_within(1e-6), "{report:?}");
    }

    /// Without state and draws, a prediction is what training computes, to the bit; so is it one sample at a time, nearly.
    #[test]
    fn predictions_equal_training(case in case(nesting(strategies::activation()))) {
        let Case { layer, theta, x, .. } = &case;
        let p = forward(&**layer, theta, x);
        prop_assert_eq!(&p, &predict(&**layer, theta, x));
        let one_by_one: Vec<f64> = x
            .chunks(layer.spec().input.len())
            .flat_map(|x| predict(&**layer, theta, x))
            .collect();
        assert_close(&p, &one_by_one);
    }

    /// The input's gradient is not always asked for; the parameters' gradient is the same, to the bit.
    #[test]
    fn input_gradient_is_optional(case in case(nesting_with_state(strategies::activation()))) {
        let Case { layer, theta, x, p_bar, .. } = &case;
        let workers = Workers::inline();
        let (without, _) = backward_with(&**layer, theta, x, p_bar, false, &workers);
        prop_assert_eq!(without, backward(&**layer, theta, x, p_bar).0);
    }

    /// What the nesting says of itself is true, and it gives back the recipe that it was built of.
    #[test]
    fn descriptions_are_true(case in case(nesting_with_state(strategies::activation()))) {
        let Case { layer, recipe, theta, x, .. } = &case;
        let spec = layer.spec();
        prop_assert_eq!(spec.check(), Ok(()));
        prop_assert_eq!(layer.recipe(), Some(recipe.clone()));
        prop_assert_eq!(spec.parameters(), theta.len());
        let p = forward(&**layer, theta, x);
        let (low, high) = spec.output_range;
        prop_assert!(p.iter().all(|p| (low..=high).contains(p)), "{p:?} not in {low}..={high}");
        // Scratch of every container begins and ends at cache lines.
        if spec.sites > 1 {
            prop_assert!([spec.train.fixed, spec.train.each, spec.predict.fixed].iter().all(|n| n % 16 == 0));
        }
        // What is written down is read back. Functions are known by name there.
        let text = serde_json::to_string(recipe).expect("a recipe");
        let read: Recipe = serde_json::from_str(&text).expect("its own text");
        prop_assert_eq!(serde_json::to_string(&read).expect("a recipe"), text);
        let custom = strategies::custom();
        let again = read.on(spec.input, &registry::<f64>().activation(custom)).expect("the same layer");
        prop_assert_eq!(again.spec(), spec);
        prop_assert_eq!(again.recipe(), Some(recipe.clone()));
    }

    /// The same bits for a part of the batch as for the whole, draws included, where no statistics are taken.
    #[test]
    fn pieces_draw_what_the_whole_draws(
        rate in 0.1..0.9_f64,
        x in numbers(6 * 4),
        first in any::<u32>(),
        site in 0..100_usize,
    ) {
        let layer = strategies::PlainDropout::new(Shape::vector(4).unwrap(), rate).unwrap();
        let workers = Workers::inline();
        let draw = draw().from(u64::from(first));
        let of = |x: &[f64], first: u64| run(&layer, &[], &[], x, Cx::train(&workers, draw.from(first)).at(site)).0;
        let whole = of(&x, draw.first);
        prop_assert_eq!(&whole[8..], &of(&x[8..], draw.first + 2)[..]);
        prop_assert!(whole.iter().zip(&x).all(|(p, x)| *p == 0.0 || *p == x * (1.0 / (1.0 - rate))));
    }
}

/// One batch seen: the state moves a tenth of the way to mean and unbiased variance, by branches and chains.
#[test]
fn state_settles_by_parts() {
    let norm = Recipe::batch_norm;
    let chain = Recipe::Chain(vec![norm(), Recipe::residual(vec![norm()])]);
    let layer = chain
        .on::<f64>(Shape::vector(1).unwrap(), &registry())
        .unwrap();
    let names: Vec<_> = layer
        .spec()
        .state
        .iter()
        .map(|block| &block.name[..])
        .collect();
    assert_eq!(
        names,
        ["0.mean", "0.variance", "1.0.0.mean", "1.0.0.variance"]
    );
    let theta = [2.0, 5.0, 1.0, 0.0];
    let x = [1.0, 2.0, 3.0, 4.0, 5.0];
    let workers = Workers::inline();
    let mut state = state(&*layer);
    assert_eq!(state, [0.0, 1.0, 0.0, 1.0]);
    let (_, scratch) = run(&*layer, &theta, &state, &x, Cx::train(&workers, draw()));
    layer.settle(5, &scratch, &mut state);
    // Mean 3, variance 2.5 (unbiased); then gain 2 and shift 5: mean 5, variance 4 of 5/4.
    assert_close(
        &state,
        &[0.3, 1.15, 0.5, 0.9 + 0.1 * 5.0 * (2.0 / (2.0 + 1e-5))],
    );
    // The inner one frozen: its site alone.
    let before = state.clone();
    let inner = 4..5;
    let cx = Cx {
        frozen: std::slice::from_ref(&inner),
        ..Cx::train(&workers, draw())
    };
    let (_, scratch) = run(&*layer, &theta, &state, &x, cx);
    layer.settle(5, &scratch, &mut state);
    assert_ne!(state[..2], before[..2]);
    assert_eq!(state[2..], before[2..]);
}

/// The bits do not depend on the number of threads.
#[test]
fn threads_do_not_change_a_bit() {
    let input = Shape::new([3, 12, 12]).unwrap();
    let tanh = || gradflow_layers::Activation::Tanh;
    let recipe = Recipe::Chain(vec![
        Recipe::conv(8, [3, 3], tanh()),
        Recipe::residual(vec![
            Recipe::conv(8, [3, 3], tanh()).padding([1, 1]),
            Recipe::batch_norm(),
            Recipe::dropout(0.5),
            Recipe::layer_norm(),
        ]),
        Recipe::max_pool([2, 2]),
        Recipe::dense(20, tanh()),
    ]);
    let layer = recipe.on::<f32>(input, &registry()).unwrap();
    threads_agree(&*layer);
}
