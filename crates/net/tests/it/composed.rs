//! Random networks, costs, rules and protocols together: the same bits for any number of threads.

use gradflow::layers::strategies::{activation, nesting_with_state};
use gradflow::layers::{Padding, Window};
use gradflow::loss::strategies::{cost, targets};
use gradflow::optim::{Clip, Descent, Rule, Trap};
use gradflow::{Activation, Cost, Dataset, Model, Network, Protocol, Run, Samples};
use gradflow_testing::config;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// The first mini-batch of an epoch is so large that passes of every network are shared among the threads, and no number of
/// threads divides it; the last one is shorter.
const BATCH: usize = 251;
const SAMPLES: usize = 400;

/// What is trained, and how.
#[derive(Debug, Clone)]
struct Case {
    network: Network<f32>,
    cost: Cost,
    /// Targets of some samples, which are repeated.
    y: Vec<f64>,
    weighted: bool,
    pieces: usize,
    frozen: bool,
    composed: bool,
    seed: u64,
}

/// A convolution; chains, residuals and branches with batch statistics and random draws; a dense layer.
fn case() -> impl Strategy<Value = Case> {
    let drafts = vec(nesting_with_state(activation()), 1..=2);
    let network = (drafts, [2..=3_usize, 5..=6, 5..=6])
        .prop_map(|(drafts, input)| {
            let window = Window::from([3, 3]).padding(Padding::Same);
            let builder = Network::builder(input).conv(4, window, Activation::Tanh);
            let builder = drafts.into_iter().fold(builder, |builder, draft| {
                builder.layer(move |input| draft.layer(input))
            });
            builder.dense(2, Activation::SoftLogistic).build()
        })
        .prop_filter_map("every layer fits by construction", Result::ok)
        // The rule with the full matrix takes the cube of them.
        .prop_filter("few parameters", |network| network.parameters() <= 200);
    let cost = cost(2).prop_flat_map(|cost| (targets(&cost, 2, 7), Just(cost)));
    let how = (1..=3_usize, any::<[bool; 3]>(), any::<u64>());
    (network, cost, how).prop_map(|(network, (y, cost), how)| {
        let (pieces, [weighted, frozen, composed], seed) = how;
        Case {
            network,
            cost,
            y,
            weighted,
            pieces,
            frozen,
            composed,
            seed,
        }
    })
}

/// Parameters, layer state and costs, bit for bit, after two epochs, or what stopped them.
fn outcome(case: &Case, rule: &Rule, threads: usize) -> (Vec<u64>, Option<String>) {
    let input = case.network.input();
    let x = (0..SAMPLES * input.len()).map(|i| (i as f32 * 0.37).sin());
    let y = case.y.iter().cycle().take(2 * SAMPLES).map(|y| *y as f32);
    let data = Dataset::regression(input, x.collect(), 2, y.collect()).expect("data");
    let weight = |s: usize| {
        if case.weighted {
            1.0 + (s % 3) as f32
        } else {
            1.0
        }
    };
    let weights: Vec<f32> = (0..SAMPLES).map(weight).collect();
    let mut descent = Descent::of(rule.clone());
    if case.composed {
        let trap = Trap::new(1e-3);
        descent = descent.with_trap(trap).with_clip(Clip::Norm(0.5));
    }
    let protocol = Protocol::of(descent)
        .epochs(2)
        .batch(BATCH)
        .pieces(case.pieces)
        .seed(case.seed)
        .freeze(case.frozen.then_some(0));
    let mut model = Model::new(case.network.clone(), case.cost.clone(), case.seed)
        .expect("a model")
        .with_threads(threads);
    let samples = Samples::weighted(&data, &weights).expect("weights");
    let mut run = Run::new(protocol, &mut model, samples).expect("it fits");
    let mut bits = Vec::new();
    let end = loop {
        match run.step() {
            Ok(Some(step)) => bits.push(step.cost.to_bits()),
            Ok(None) => break None,
            Err(error) => break Some(error.to_string()),
        }
    };
    let model = run.model();
    let numbers = model.theta().iter().chain(model.state());
    bits.extend(numbers.map(|q| u64::from(q.to_bits())));
    (bits, end)
}

/// Every rule on networks of its own, as many as there are cases.
#[test]
fn every_rule_has_the_same_bits_for_any_number_of_threads() {
    let rules = Rule::examples();
    let mut config = config(22);
    config.cases = config.cases.div_ceil(rules.len() as u32);
    for rule in rules {
        let same = TestRunner::new(config.clone()).run(&case(), |case| {
            let one = outcome(&case, &rule, 1);
            for threads in [2, 3, 8] {
                let several = outcome(&case, &rule, threads);
                prop_assert!(
                    several == one,
                    "{threads} threads: {:?}",
                    [several.1, one.1]
                );
            }
            Ok(())
        });
        if let Err(failure) = same {
            panic!("{rule}: {failure}");
        }
    }
}
