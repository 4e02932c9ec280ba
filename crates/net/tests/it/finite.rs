//! Whether a gradient is finite, known without a look at it.

use gradflow::kernels::Real;
use gradflow::optim::{Adam, Descent, Objective, Optimiser, Trap};
use gradflow::{Activation, Arena, Batch, Cost, Model, Network, Risk};
use proptest::prelude::*;

/// Networks with so many more parameters than activations that bounds are worth their price: dense layers; a strided, padded
/// convolution before one.
fn networks<T: Real>() -> [Network<T>; 2] {
    let dense = Network::builder([120, 1, 1]).dense(60, Activation::Relu);
    let conv = Network::builder([3, 9, 9])
        .conv(40, [3, 3], Activation::Relu)
        .stride([2, 2])
        .padding([1, 1])
        .dense(20, Activation::Tanh);
    [dense, conv].map(|builder| {
        let builder = builder.dense(20, Activation::Identity);
        builder.build().expect("a network")
    })
}

fn numbers<T: Real>(n: usize, size: f64) -> Vec<T> {
    (0..n)
        .map(|i| T::from_f64(size * (i as f64 * 0.618_034).sin()))
        .collect()
}

/// Sizes of inputs, parameters and targets: from where squares vanish to where they overflow.
fn sizes(largest: f64) -> impl Strategy<Value = [f64; 3]> {
    let exponent = prop_oneof![-1.1..1.0_f64, 0.4..0.6_f64, Just(0.0)];
    prop::array::uniform3(exponent).prop_map(move |e| e.map(|e| largest.powf(e)))
}

/// A number that is none, and where in the input.
type Bad = Option<(f64, usize)>;

fn check<T: Real>(sizes: [f64; 3], samples: usize, bad: Bad) -> Result<(), TestCaseError> {
    for network in networks::<T>() {
        let model = Model::new(network.clone(), Cost::regression(), 1).expect("a model");
        let [mut x, theta, y] = [
            numbers::<T>(samples * network.input().len(), sizes[0]),
            numbers(network.parameters(), sizes[1]),
            numbers(samples * 20, sizes[2]),
        ];
        if let Some((bad, place)) = bad {
            x[place] = T::from_f64(bad);
        }
        // In one piece, and in several.
        for capacity in [samples, 1] {
            let mut arena = Arena::training(&network, capacity).expect("memory");
            let x = network.input().columns(&x, samples);
            let y = network.output().columns(&y, samples);
            let mut risk = Risk::new(&model, x, y, &mut arena).expect("a risk");
            prop_assert_eq!(risk.dimension(), model.theta().len());
            let mut j = vec![T::ZERO; theta.len()];
            risk.value_and_gradient(&theta, &mut j);
            let finite = j.iter().all(|j| j.is_finite());
            prop_assert_eq!(risk.gradient_is_finite(&j), finite);
        }
    }
    Ok(())
}

proptest! {
    /// The answer is that of a look at every element.
    #[test]
    fn equals_a_look_at_every_element(
        single in sizes(f64::from(f32::MAX)),
        double in sizes(f64::MAX),
        samples in 1..4_usize,
        bad in prop::option::of((prop::sample::select(vec![f64::NAN, f64::INFINITY]), 0..120_usize)),
    ) {
        check::<f32>(single, samples, bad)?;
        check::<f64>(double, samples, bad)?;
    }
}

/// Whether the gradient is certain to be finite for an input whose elements are all `x`: an objective that knows says so of any
/// numbers that it is shown.
fn certain(network: &Network<f32>, x: f32) -> bool {
    let model = Model::new(network.clone(), Cost::regression(), 1).expect("a model");
    let theta = numbers(network.parameters(), 0.1);
    let (x, y) = (vec![x; network.input().len()], [0.0; 20]);
    let (x, y) = (network.input().columns(&x, 1), Batch::new(&y, 20));
    let mut arena = Arena::training(network, 1).expect("memory");
    let mut risk = Risk::new(&model, x, y.expect("a batch"), &mut arena).expect("a risk");
    let mut j = vec![f32::NAN; theta.len()];
    risk.value_and_gradient(&theta, &mut j);
    let certain = risk.gradient_is_finite(&[f32::NAN]);
    assert!(!certain || j.iter().all(|j| j.is_finite()));
    certain
}

#[test]
fn ordinary_numbers_need_no_look() {
    for network in networks() {
        assert!(certain(&network, 1.0));
        assert!(!certain(&network, f32::NAN));
        assert!(!certain(&network, 1e19), "squares near the largest number");
    }
}

/// The trap adds to a gradient that is certain to be finite what makes it infinite.
#[test]
fn a_trap_is_looked_at() {
    let [network, _] = networks::<f32>();
    let mut theta = vec![0.0_f32; network.parameters()];
    let model = Model::new(network, Cost::regression(), 1).expect("a model");
    let (x, y) = ([0.0; 120], [0.0; 20]);
    let (x, y) = (Batch::new(&x, 120), Batch::new(&y, 20));
    let (x, y) = x.and_then(|x| Ok((x, y?))).expect("whole samples");
    let mut arena = Arena::training(model.network(), 1).expect("memory");
    let mut risk = Risk::new(&model, x, y, &mut arena).expect("a risk");
    theta[7] = 1e30;
    let before = theta.clone();
    let descent = Descent::new(Adam::new(0.1)).with_trap(Trap::new(1e20));
    let mut optimiser = Optimiser::new(descent, &theta).expect("an optimiser");
    assert!(optimiser.step(&mut risk, &mut theta).is_err());
    assert_eq!(theta, before);
}
