//! A prepared model predicts what the model does.

use gradflow::strategies::network;
use gradflow::{Activation, Batch, Cost, Model, ModelError, Network, Real};
use proptest::prelude::*;

/// Batches of every kind, against the model itself.
fn agree<T: Real>(model: &Model<T>, tolerance: f64) {
    let network = model.network();
    let (inputs, outputs) = (network.input().len(), network.output().len());
    for batch in [1, 7] {
        let mut prepared = model.prepare(batch).expect("memory");
        for samples in [1, 2, 3, 9, 40] {
            let x: Vec<T> = (0..samples * inputs)
                .map(|i| T::from_f64((i as f64 * 0.37).sin()))
                .collect();
            let mut out = vec![T::ZERO; samples * outputs];
            prepared.predict_into(&x, &mut out).expect("it fits");
            let mut again = out.clone();
            prepared.predict_into(&x, &mut again).expect("it fits");
            assert_eq!(out, again);
            let x = Batch::new(&x, inputs).expect("samples");
            let expected = model.predict_batch(x).expect("predictions");
            let largest = expected
                .iter()
                .fold(1.0, |m: f64, p| m.max(p.to_f64().abs()));
            for (a, b) in out.iter().zip(&expected) {
                let apart = (a.to_f64() - b.to_f64()).abs();
                assert!(
                    apart <= tolerance * largest,
                    "{samples} samples: {a} and {b}"
                );
            }
        }
    }
}

#[test]
fn dense_layers_of_all_sizes() {
    for widths in [&[32, 16, 8, 4, 2][..], &[1], &[130, 3], &[70, 600, 10]] {
        for activation in [Activation::Tanh, Activation::Relu, Activation::Gelu] {
            let network = widths
                .iter()
                .fold(Network::<f64>::builder(5), |network, width| {
                    network.dense(*width, activation.clone())
                });
            let model = Model::new(network.build().expect("a network"), Cost::regression(), 1);
            // Sums of up to 600 terms, a few units in the last place through up to five layers.
            agree(&model.expect("a model"), 1e-13);
        }
    }
}

#[test]
fn convolutions_before_and_behind() {
    let network = Network::<f32>::builder([1, 12, 12])
        .conv(4, [3, 3], Activation::Identity)
        .batch_norm()
        .activation(Activation::Relu)
        .max_pool([2, 2])
        .dense(20, Activation::Tanh)
        .dense(16, Activation::Logistic)
        .conv(2, [1, 1], Activation::Silu)
        .dropout(0.5)
        .dense(3, Activation::Identity)
        .build()
        .expect("a network");
    let model = Model::new(network, Cost::classification(), 1).expect("a model");
    agree(&model, 2e-6);
}

#[test]
fn lengths_that_do_not_fit_are_named() {
    let network = Network::<f32>::builder(3)
        .dense(2, Activation::Tanh)
        .build();
    let model = Model::new(network.expect("a network"), Cost::regression(), 1).expect("a model");
    let mut prepared = model.prepare(4).expect("memory");
    let mut out = [0.0; 4];
    for x in [&[][..], &[1.0; 2], &[1.0; 4]] {
        let error = prepared.predict_into(x, &mut out).expect_err("no samples");
        let (expected, came) = (3, x.len());
        assert_eq!(error, ModelError::Inputs { expected, came });
    }
    let error = prepared
        .predict_into(&[0.0; 3], &mut out)
        .expect_err("too long");
    let (expected, came) = (2, 4);
    assert_eq!(error, ModelError::Room { expected, came });
}

proptest! {
    /// Any network, with layers within layers.
    #[test]
    fn any_network(network in network(Activation::ALL.to_vec(), Activation::Identity, 1..=3)) {
        let model = Model::new(network, Cost::regression(), 3).expect("a model");
        agree(&model, 1e-10);
    }
}
