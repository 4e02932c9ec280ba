//! Weights that PyTorch and Keras wrote, in networks that are described here, predict what their makers predicted.
//! `examples/interop/state_dicts.py` made the files.

use std::path::PathBuf;

use gradflow::{Activation, Cost, Loaded, Model, Network, NetworkBuilder, Padding, Real};

use crate::models::small;

fn path(file: &str) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/interop");
    PathBuf::from(folder).join(file)
}

/// An input and what was predicted of it.
fn values(name: &str) -> [Vec<f32>; 2] {
    let text = std::fs::read_to_string(path(&format!("{name}.txt"))).expect("a file");
    let line = |line: &str| {
        line.split(' ')
            .map(|x| x.parse().expect("a number"))
            .collect()
    };
    let mut lines = text.lines().map(line);
    [0, 1].map(|_| lines.next().expect("a line"))
}

fn model<T: Real>(builder: NetworkBuilder<T>) -> Model<T> {
    let network = builder.build().expect("a network");
    Model::new(network, Cost::regression(), 1).expect("a model")
}

/// Loads the file and predicts within 1e-5.
fn same(name: &str, builder: NetworkBuilder<f32>) -> Loaded {
    let mut model = model(builder);
    let loaded = model.load_state_dict(path(&format!("{name}.safetensors")));
    let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
    let blocks = model.network().spec().blocks.len() + model.network().spec().state.len();
    assert_eq!(loaded.rows.len(), blocks, "{loaded}");
    let [x, y] = values(name);
    let p = model.predict(&x).expect("a prediction");
    for (p, y) in p.iter().zip(&y) {
        assert!(
            (p - y).abs() < 1e-5 * y.abs().max(1.0),
            "{name}: {p} and {y}\n{loaded}"
        );
    }
    assert_eq!(p.len(), y.len());
    loaded
}

const TANH: Activation = Activation::Tanh;
const RELU: Activation = Activation::Relu;
const IDENTITY: Activation = Activation::Identity;

fn pictures() -> NetworkBuilder<f32> {
    Network::builder([2, 6, 6])
        .conv(4, [3, 3], IDENTITY)
        .padding([1, 1])
        .batch_norm()
        .activation(RELU)
        .conv(4, [3, 3], RELU)
        .padding([1, 1])
        .groups(2)
        .max_pool([2, 2])
        .dense(5, IDENTITY)
        .layer_norm()
}

#[test]
fn files_of_pytorch() {
    let mlp = || {
        Network::builder(4)
            .dense(8, TANH)
            .dense(8, TANH)
            .dense(3, IDENTITY)
    };
    let loaded = same("torch_mlp", mlp());
    assert!(
        loaded.to_string().contains("4.weight -> 2.weight\n"),
        "{loaded}"
    );
    // By their dimensions, whatever the order of the names.
    same(
        "torch_named",
        Network::builder(4).dense(10, TANH).dense(3, IDENTITY),
    );
    let loaded = same("torch_pictures", pictures());
    let text = loaded.to_string();
    assert!(text.contains("(none)         -> 0.bias\n"), "{text}");
    assert!(text.contains("1.running_mean -> 1.mean\n"), "{text}");
    same("torch_pictures_f16", pictures());
    same("torch_pictures_bf16", pictures());
    let sequence = Network::builder([3, 1, 12])
        .conv1d(4, 5, Activation::Gelu)
        .dense(2, IDENTITY);
    same("torch_sequence", sequence);
}

#[test]
fn files_of_keras() {
    same(
        "keras_mlp",
        Network::builder(4).dense(8, TANH).dense(3, IDENTITY),
    );
    let pictures = Network::builder([2, 6, 6])
        .conv(4, [3, 3], IDENTITY)
        .padding(Padding::Same)
        .batch_norm()
        .epsilon(1e-3)
        .activation(RELU)
        .recipe(gradflow::Recipe::Depthwise {
            multiplier: 2,
            window: [3, 3].into(),
            activation: RELU,
            init: None,
            bias_init: None,
        })
        .max_pool([2, 2])
        .dropout(0.5)
        .dense(5, IDENTITY);
    let loaded = same("keras_pictures", pictures);
    assert!(
        loaded.to_string().contains("sequential_1/dense_2/kernel"),
        "{loaded}"
    );
    assert!(
        loaded.to_string().contains("from [v, h, in, multiplier]"),
        "{loaded}"
    );
    let sequence = Network::builder([3, 1, 12])
        .conv1d(4, 5, Activation::Gelu)
        .dense(2, IDENTITY);
    same("keras_sequence", sequence);
}

#[test]
fn what_does_not_fit_is_named() {
    let file = path("torch_mlp.safetensors");
    let words = |model: &mut Model<f32>, pairs: &[(&str, &str)]| {
        let before = model.theta().to_vec();
        let error = model
            .load_state_dict_as(&file, pairs)
            .expect_err("it does not fit");
        assert_eq!(model.theta(), before);
        let text = error.to_string();
        let (_, words) = text.split_once(".safetensors: ").expect("a path");
        words.to_owned()
    };
    let mlp = |hidden| {
        Network::<f32>::builder(4)
            .dense(8, TANH)
            .dense(hidden, TANH)
            .dense(3, IDENTITY)
    };
    assert_eq!(
        words(&mut model(mlp(9)), &[]),
        "tensor \"2.bias\": dimensions [8] where layer 1 of the network takes [9]"
    );
    let shallow = Network::builder(4).dense(8, TANH).dense(3, IDENTITY);
    assert_eq!(
        words(&mut model(shallow), &[]),
        "tensor \"2.bias\": no layer of the network is left for it"
    );
    let deep = mlp(8).dense(3, IDENTITY);
    assert_eq!(
        words(&mut model(deep), &[]),
        "tensor \"layers.3\": the file has nothing left for layer 3"
    );
    let mut fits = model(mlp(8));
    assert_eq!(
        words(&mut fits, &[("1", "0")]),
        "tensor \"0.weight\": dimensions [8, 4] where layer 1 of the network takes [8, 8]"
    );
    assert_eq!(
        words(&mut fits, &[("7", "0")]),
        "tensor \"7\": is no layer with parameters; these are 0, 1, 2"
    );
    assert_eq!(
        words(&mut fits, &[("1", "fc")]),
        "tensor \"fc\": the file has no such module"
    );
    fits.load_state_dict_as(&file, &[("0", "0"), ("1", "2"), ("2", "4")])
        .expect("they fit");
}

#[test]
fn a_file_of_a_model_is_a_state_dict_too() {
    let file = std::env::temp_dir().join(format!("gradflow-interop-{}", std::process::id()));
    let saved = small();
    saved.save(&file).expect("saved");
    let mut other = model(Network::<f32>::builder(2).dense(2, TANH).batch_norm());
    other
        .set_theta(vec![0.0; other.theta().len()])
        .expect("as many");
    let loaded = other.load_state_dict(&file).expect("the same network");
    assert_eq!(
        (other.theta(), other.state()),
        (saved.theta(), saved.state())
    );
    assert!(loaded.to_string().contains("layers.0.weight"), "{loaded}");
    // Weights alone say no network.
    let error = Model::<f32>::load(path("torch_mlp.safetensors")).expect_err("weights alone");
    assert!(
        error.to_string().contains("does not say which network"),
        "{error}"
    );
    std::fs::remove_file(&file).expect("removed");
}
