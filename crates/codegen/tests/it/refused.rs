//! What has no source is named.

use gradflow::data::{Dataset, FeatureMap};
use gradflow::optim::Adam;
use gradflow::{Activation, Cost, Model, Network, Protocol};

fn model(activation: Activation) -> Model<f32> {
    let network = Network::builder(2)
        .dense(2, activation)
        .dense(2, Activation::Identity);
    Model::new(network.build().expect("a network"), Cost::regression(), 1).expect("a model")
}

#[test]
fn activations_of_the_users() {
    let own = Activation::custom("bent", |z| z + z.sin(), |z| 1.0 + z.cos());
    let error = gradflow_codegen::rust(&model(own)).expect_err("no source");
    assert!(
        error
            .to_string()
            .starts_with("layer 0: the activation `bent`"),
        "{error}"
    );
}

#[test]
fn features_that_are_no_scales() {
    let data = Dataset::regression(1, vec![0.0, 1.0, 2.0], 2, vec![0.0; 6]).expect("data");
    let data = data
        .features(&FeatureMap::Monomials { degree: 2 })
        .expect("features");
    let mut model = model(Activation::Tanh);
    Protocol::new(Adam::new(0.1))
        .train(&mut model, &data)
        .expect("a run");
    let error = gradflow_codegen::c(&model, "net").expect_err("no source");
    assert!(
        error
            .to_string()
            .contains("step 0 of the preprocessing (Monomials"),
        "{error}"
    );
}

#[test]
fn names_that_are_no_identifiers() {
    for name in ["", "2a", "a b", "a;b", "ü"] {
        let error = gradflow_codegen::c(&model(Activation::Tanh), name).expect_err("no name");
        assert!(
            error.to_string().contains("is no identifier of C"),
            "{error}"
        );
    }
}
