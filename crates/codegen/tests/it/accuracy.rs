//! What fixed point costs on data that mean something. `SEEDS=5` tries more.

use std::path::Path;

use gradflow::data::{Dataset, Idx, mnist};
use gradflow::optim::Adam;
use gradflow::{Activation, Cost, Model, Network, Protocol};
use gradflow_codegen::{Fixed, Quantised};

fn seeds() -> u64 {
    let said = std::env::var("SEEDS").ok().and_then(|n| n.parse().ok());
    said.unwrap_or(1)
}

/// Trains the network from each seed, and holds that fixed point costs at most half a point on samples that were neither trained on nor looked at for
/// the ranges: with 16 bits, a twentieth.
fn costs_little(
    name: &str,
    network: &Network<f32>,
    epochs: usize,
    [train, test]: [&Dataset<f32>; 2],
) {
    let seen = train.clone().first(300).expect("samples");
    for seed in 1..=seeds() {
        let network = network.clone();
        let mut model = Model::new(network, Cost::classification(), seed).expect("a model");
        let protocol = Protocol::new(Adam::new(0.002)).epochs(epochs).batch(40);
        protocol.seed(seed).train(&mut model, train).expect("a run");
        for (fixed, most) in [(Fixed::Int8, 0.005), (Fixed::Int16, 0.0005)] {
            let quantised = Quantised::new(&model, fixed, &seen).expect("a source");
            let report = quantised.compare(test).expect("a report");
            println!("{name}, seed {seed}, {fixed:?}:\n{report}");
            let [float, whole] = [report.accuracy, report.accuracy_fixed].map(Option::unwrap);
            assert!(float > 0.9, "{name}, seed {seed}: {float}");
            assert!(
                whole >= float - most,
                "{name}, seed {seed}, {fixed:?}: {float} {whole}"
            );
        }
    }
}

#[test]
fn digits_cost_little() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/data/digits8x8");
    if !folder.exists() {
        return println!("skipped: no {}", folder.display());
    }
    let [images, labels] = ["images-idx3", "labels-idx1"]
        .map(|of| Idx::open(folder.join(format!("{of}-ubyte.gz"))).expect("a file"));
    let data = Dataset::from_images(&images, &labels, 10, 16.0).expect("data");
    let (train, test) = data.split_stratified(0.7, 1).expect("parts");
    let network = Network::builder([1, 8, 8])
        .conv(16, [3, 3], Activation::Identity)
        .batch_norm()
        .activation(Activation::Relu)
        .max_pool([2, 2])
        .dense(32, Activation::Tanh)
        .dense(10, Activation::Identity)
        .build()
        .expect("a network");
    costs_little("digits", &network, 12, [&train, &test]);
}

/// Nets a and c of the benches, on the set that the variable `GRADFLOW_MNIST` names, or `../shared/data/mnist` beside the repository.
#[test]
fn mnist_costs_little() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/mnist");
    let folder = std::env::var_os("GRADFLOW_MNIST").map_or(beside, Into::into);
    if !folder.exists() {
        return println!("skipped: no {}", folder.display());
    }
    let (train, test) = mnist::<f32>(&folder).expect("data");
    let relu = Activation::Relu;
    let a = Network::builder([1, 28, 28])
        .dense(128, relu.clone())
        .dense(10, Activation::Identity)
        .build()
        .expect("a network");
    let c = Network::builder([1, 28, 28])
        .conv(5, [3, 3], relu.clone())
        .conv(8, [5, 5], relu)
        .stride([3, 3])
        .dense(10, Activation::Identity)
        .build()
        .expect("a network");
    costs_little("a", &a, 1, [&train, &test]);
    costs_little("c", &c, 1, [&train, &test]);
}
