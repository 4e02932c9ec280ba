//! Models that the tests save.

use gradflow::layers::strategies::{custom, registry};
use gradflow::loss::strategies::registry as losses;
use gradflow::optim::Adam;
use gradflow::{Activation, Cost, Dataset, Known, Model, Network, Padding, Protocol, Real, Recipe};

/// What the generators of networks and costs name.
pub(crate) fn known<T: Real>() -> Known<T> {
    let registry = registry().activation(custom());
    Known::new().registry(registry).losses(losses().clone())
}

/// A bit of everything: convolution, batch normalisation, branches, layer normalisation, a layer of the user's; trained for two epochs
/// on standardised data with names.
pub(crate) fn varied() -> Model<f32> {
    let network = Network::builder([1, 4, 4])
        .registry(registry())
        .conv(2, [3, 3], Activation::Relu)
        .padding(Padding::Same)
        .batch_norm()
        .recipe(Recipe::Branches {
            join: gradflow::Join::Concat,
            branches: vec![
                Recipe::Chain(vec![
                    Recipe::conv(2, [3, 3], Activation::Tanh).padding([1, 1]),
                    Recipe::batch_norm(),
                ]),
                Recipe::depthwise([3, 3], Activation::LeakyRelu(0.1)).padding([1, 1]),
            ],
        })
        .max_pool([2, 2])
        .dense(4, Activation::Gelu)
        .recipe(Recipe::named("batch norm", [("rate", 0.2)]))
        .layer_norm()
        .dropout(0.25)
        .dense(3, Activation::Identity)
        .build()
        .expect("a network");
    let mut model = Model::new(network, Cost::classification(), 1).expect("a model");
    let inputs = (0..12 * 16)
        .map(|i| (0.7 * i as f32).sin() * 3.0 + 1.0)
        .collect();
    let labels = (0..12).map(|s| s % 3);
    let data = Dataset::classification([1, 4, 4], inputs, labels, 3).expect("data");
    let data = data
        .with_class_names(["ham", "spam", "eggs \"fried\""])
        .expect("names");
    let names = (0..16).map(|i| format!("pixel {i}"));
    let data = data.with_input_names(names).expect("names");
    let data = data.standardised().expect("a scaling");
    let protocol = Protocol::new(Adam::new(0.01)).epochs(2).batch(6);
    protocol.train(&mut model, &data).expect("a run");
    model
}

/// The smallest that has parameters and state.
pub(crate) fn small() -> Model<f32> {
    let network = Network::builder(2)
        .dense(2, Activation::Tanh)
        .batch_norm()
        .build();
    let model = Model::new(network.expect("a network"), Cost::regression(), 1);
    model.expect("a model")
}

/// The bytes of a safetensors file with this header.
pub(crate) fn file(header: &str, data: &[u8]) -> Vec<u8> {
    let len = (header.len() as u64).to_le_bytes();
    [&len, header.as_bytes(), data].concat()
}

/// The header of a file as text, and its data.
pub(crate) fn parts(bytes: &[u8]) -> (String, Vec<u8>) {
    let len = u64::from_le_bytes(bytes[..8].try_into().expect("a length")) as usize;
    let header = String::from_utf8(bytes[8..8 + len].to_vec()).expect("text");
    (header, bytes[8 + len..].to_vec())
}
