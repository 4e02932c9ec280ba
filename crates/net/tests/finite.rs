//! Whether a gradient is finite, known without a look at it.

use gradflow::optim::Objective;
use gradflow::tensor::Shape;
use gradflow::{Activation, Cost, Loss, Network, Output, Risk, Tape, Workers};
use proptest::prelude::*;

const INPUTS: usize = 120;
const OUTPUTS: usize = 20;

/// So many more parameters than activations that bounds are worth their price.
fn network() -> Network<f32> {
    Network::builder([INPUTS, 1, 1])
        .dense(60, Activation::Relu)
        .dense(OUTPUTS, Activation::Identity)
        .build()
        .expect("a network")
}

fn numbers(n: usize, size: f32) -> Vec<f32> {
    (0..n)
        .map(|i| size * (i as f32 * 0.618_034).sin())
        .collect()
}

proptest! {
    /// Inputs, parameters and targets of any size, down to where squares vanish and up to where they overflow, and a number
    /// that is none: the answer is that of a look at every element.
    #[test]
    fn equals_a_look_at_every_element(
        exponents in prop::array::uniform3(-45..=38_i32),
        samples in 1..5_usize,
        bad in prop::option::of((prop::sample::select(vec![f32::NAN, f32::INFINITY]), 0..INPUTS)),
    ) {
        let network = network();
        let [x, theta, y] = exponents.map(|e| 10_f32.powi(e));
        let mut x = numbers(samples * INPUTS, x);
        let (theta, y) = (numbers(network.parameters(), theta), numbers(samples * OUTPUTS, y));
        if let Some((bad, place)) = bad {
            x[place] = bad;
        }
        let cost = Cost::new(Output::Identity, Loss::SquaredError).expect("a cost");
        let (mut tape, workers) = (Tape::new(&network, samples), Workers::inline());
        let (inputs, outputs) = (Shape::new([INPUTS, 1, 1]).expect("a shape"), Shape::new([OUTPUTS, 1, 1]).expect("a shape"));
        let (x, y) = (inputs.columns(&x, samples), outputs.columns(&y, samples));
        let mut risk = Risk::new(&network, &cost, x, y, &mut tape, &workers).expect("a risk");
        let mut j = vec![0.0; theta.len()];
        risk.value_and_gradient(&theta, &mut j);
        prop_assert_eq!(risk.gradient_is_finite(&j), j.iter().all(|j| j.is_finite()));
    }
}

#[test]
fn ordinary_numbers_need_no_look() {
    let network = network();
    let (theta, x) = (numbers(network.parameters(), 0.1), numbers(INPUTS, 1.0));
    let (mut tape, workers) = (Tape::new(&network, 1), Workers::inline());
    let mut backward = |x: &[f32]| {
        let shape = Shape::new([INPUTS, 1, 1]).expect("a shape");
        let x = shape.columns(x, 1);
        network.forward(&theta, x, &mut tape, &workers);
        let (_, mut p_bar) = tape.output_bar(1);
        p_bar.data().fill(1.0);
        let mut theta_bar = vec![0.0; theta.len()];
        network.backward(&theta, x, &mut tape, &mut theta_bar, 0, &workers)
    };
    assert!(backward(&x));
    assert!(!backward(&[f32::NAN; INPUTS]));
    assert!(!backward(&[1e30; INPUTS]), "squares overflow: nobody knows");
}
