//! The same bits for any number of threads.

use std::hash::{DefaultHasher, Hash, Hasher};

use gradflow::optim::{Adam, Descent, MomentumSummed};
use gradflow::{Activation, Cost, Model, Network, NetworkBuilder, Protocol, Run};

/// Hash of the bits of `theta` after 20 steps on made-up batches.
fn hash(
    builder: NetworkBuilder<f32>,
    cost: &Cost,
    descent: Descent,
    batch: usize,
    threads: usize,
) -> u64 {
    let network = builder.build().expect("a network");
    let (inputs, outputs) = (network.input().len(), network.output().len());
    let mut model = Model::new(network, cost.clone(), 1)
        .expect("a model")
        .with_threads(threads);
    let protocol = Protocol::new(descent).batch(batch);
    let mut run = Run::online(protocol, &mut model).expect("a run");
    for step in 0..20 {
        let x: Vec<f32> = (0..batch * inputs)
            .map(|i| ((i * 31 + step * 17) as f32 * 0.13).sin())
            .collect();
        let y: Vec<f32> = (0..batch * outputs)
            .map(|i| f32::from(u8::from(i % outputs == i / outputs % outputs)))
            .collect();
        run.step_on(&x, &y).expect("a step");
    }
    let mut hasher = DefaultHasher::new();
    run.model()
        .theta()
        .iter()
        .for_each(|q| q.to_bits().hash(&mut hasher));
    hasher.finish()
}

fn same_for_any_number_of_threads(
    net: impl Fn() -> NetworkBuilder<f32>,
    batches: &[usize],
    tanh: bool,
) {
    let cost = if tanh {
        Cost::regression()
    } else {
        Cost::classification()
    };
    for batch in batches {
        let of = |threads| {
            let descent: Descent = if tanh {
                MomentumSummed {
                    rate: 0.01,
                    beta: 0.9,
                }
                .into()
            } else {
                Adam::new(0.001).into()
            };
            hash(net(), &cost, descent, *batch, threads)
        };
        let one = of(1);
        for threads in [2, 3, 8] {
            assert_eq!(one, of(threads), "batch {batch} on {threads} threads");
        }
    }
}

#[test]
fn dense_784_128_10() {
    let net = || {
        Network::builder([784, 1, 1])
            .dense(128, Activation::Relu)
            .dense(10, Activation::Identity)
    };
    same_for_any_number_of_threads(net, &[1, 32, 256], false);
}

#[test]
fn dense_784_512_512_10() {
    let relu = || Activation::Relu;
    let net = move || {
        Network::builder([784, 1, 1])
            .dense(512, relu())
            .dense(512, relu())
            .dense(10, Activation::Identity)
    };
    same_for_any_number_of_threads(net, &[1, 64], false);
}

#[test]
fn strided_convolutions_of_the_text() {
    let net = || {
        Network::builder([1, 28, 28])
            .conv(5, [3, 3], Activation::Relu)
            .conv(8, [5, 5], Activation::Relu)
            .stride([3, 3])
            .dense(10, Activation::Identity)
    };
    same_for_any_number_of_threads(net, &[1, 40], false);
}

#[test]
fn larger_convolutions() {
    let net = || {
        Network::builder([1, 28, 28])
            .conv(16, [5, 5], Activation::Relu)
            .conv(32, [4, 4], Activation::Relu)
            .stride([2, 2])
            .dense(128, Activation::Relu)
            .dense(10, Activation::Identity)
    };
    same_for_any_number_of_threads(net, &[1, 37], false);
}

#[test]
fn pooling_and_soft_signs() {
    let net = || {
        Network::builder([3, 32, 32])
            .conv(5, [3, 3], Activation::SoftSign)
            .max_pool([2, 2])
            .conv(8, [5, 5], Activation::SoftSign)
            .stride([2, 2])
            .avg_pool([2, 2])
            .dense(10, Activation::Identity)
    };
    same_for_any_number_of_threads(net, &[33], false);
}

#[test]
fn a_small_dense_net_with_large_batches() {
    let tanh = || Activation::Tanh;
    let net = move || {
        let builder = Network::builder([5, 1, 1])
            .dense(32, tanh())
            .dense(16, tanh());
        builder
            .dense(8, tanh())
            .dense(4, tanh())
            .dense(2, Activation::Identity)
    };
    same_for_any_number_of_threads(net, &[1, 32, 1000], true);
}
