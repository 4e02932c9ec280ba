//! Weights of samples where a batch is taken in pieces: each sample keeps its own, and its share in the whole.

use gradflow::data::{Dataset, Targets};
use gradflow::optim::{GradientDescent, Objective};
use gradflow::{Activation, Arena, Cost, Model, Network, Protocol, Risk, Run, Samples};

/// Samples whose targets and weights all differ.
fn data(samples: usize) -> (Dataset<f64>, Vec<f64>) {
    let inputs = (0..2 * samples).map(|i| (i as f64).sin()).collect();
    let targets = (0..samples).map(|s| (1.7 * s as f64).cos()).collect();
    let weights = (0..samples).map(|s| 1.0 + (s % 5) as f64).collect();
    let data = Dataset::regression(2, inputs, 1, targets).expect("data");
    (data, weights)
}

fn model() -> Model<f64> {
    let network = Network::builder(2)
        .dense(4, Activation::Tanh)
        .dense(1, Activation::Identity)
        .build()
        .expect("a network");
    Model::new(network, Cost::regression(), 1).expect("a model")
}

/// `sum w_s L_s / sum w_s` and its gradient, each sample alone.
fn by_hand(model: &Model<f64>, data: &Dataset<f64>, weights: &[f64]) -> (f64, Vec<f64>) {
    let mut arena = Arena::training(model.network(), 1).expect("memory");
    let total: f64 = weights.iter().sum();
    let (mut value, mut gradient) = (0.0, vec![0.0; model.theta().len()]);
    let Targets::Values(targets) = data.targets() else {
        panic!("targets are values");
    };
    for (s, weight) in weights.iter().enumerate() {
        let x = data.inputs().sample(s).expect("a sample");
        let y = targets.sample(s).expect("a target");
        let x = model.network().input().columns(x, 1);
        let y = model.network().output().columns(y, 1);
        let mut risk = Risk::new(model, x, y, &mut arena).expect("it fits");
        let mut j = vec![0.0; gradient.len()];
        value += weight / total * risk.value_and_gradient(model.theta(), &mut j);
        gradient
            .iter_mut()
            .zip(&j)
            .for_each(|(sum, j)| *sum += weight / total * j);
    }
    (value, gradient)
}

/// Equal but for the order of the sums.
fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-13
}

#[test]
fn pieces_of_any_size_have_the_weighted_mean() {
    let (data, weights) = data(7);
    let model = model();
    let (value, gradient) = by_hand(&model, &data, &weights);
    let Targets::Values(y) = data.targets() else {
        panic!("targets are values");
    };
    for capacity in 1..=8 {
        let mut arena = Arena::training(model.network(), capacity).expect("memory");
        let risk = Risk::new(&model, data.inputs(), y, &mut arena).expect("it fits");
        let mut risk = risk.with_weights(&weights).expect("weights");
        let mut j = vec![0.0; gradient.len()];
        let came = risk.value_and_gradient(model.theta(), &mut j);
        assert!(near(came, value), "pieces of {capacity}: {came}, {value}");
        assert!(near(risk.value(model.theta()), value), "{capacity}");
        for (came, expected) in j.iter().zip(&gradient) {
            assert!(near(*came, *expected), "{capacity}: {came}, {expected}");
        }
    }
}

#[test]
fn a_step_in_pieces_is_a_step_along_the_weighted_gradient() {
    let (data, weights) = data(7);
    let (value, gradient) = by_hand(&model(), &data, &weights);
    for pieces in 1..=8 {
        let mut model = model();
        let before = model.theta().to_vec();
        let rule = GradientDescent { rate: 0.25 };
        let protocol = Protocol::new(rule).batch(7).pieces(pieces);
        let samples = Samples::weighted(&data, &weights).expect("weights");
        let history = protocol.train(&mut model, samples).expect("a run");
        assert!(near(history.epochs[0].cost, value), "{pieces} pieces");
        for ((before, after), j) in before.iter().zip(model.theta()).zip(&gradient) {
            assert!(near(before - 0.25 * j, *after), "{pieces} pieces");
        }
    }
}

/// A batch of one's own may be larger than the protocol's: it is taken in pieces, and its cost is still the plain mean.
#[test]
fn a_batch_larger_than_the_protocol_s_is_its_mean() {
    let (data, _) = data(7);
    let (value, gradient) = by_hand(&model(), &data, &[1.0; 7]);
    let Targets::Values(y) = data.targets() else {
        panic!("targets are values");
    };
    for batch in 1..=7 {
        let mut model = model();
        let before = model.theta().to_vec();
        let protocol = Protocol::new(GradientDescent { rate: 0.25 }).batch(batch);
        let mut run = Run::online(protocol, &mut model).expect("it fits");
        let cost = run.step_on(data.inputs().data(), y.data()).expect("a step");
        assert!(near(cost, value), "room for {batch}: {cost}, {value}");
        for ((before, after), j) in before.iter().zip(run.model().theta()).zip(&gradient) {
            assert!(near(before - 0.25 * j, *after), "room for {batch}");
        }
    }
}

/// More samples than an evaluation takes at a time.
#[test]
fn an_evaluation_in_parts_is_the_weighted_mean() {
    let (data, weights) = data(600);
    let mut model = model();
    let (value, _) = by_hand(&model, &data, &weights);
    let samples = Samples::weighted(&data, &weights).expect("weights");
    let evaluation = model.evaluate(samples.clone()).expect("it fits");
    assert!(near(evaluation.cost, value), "{} {value}", evaluation.cost);
    // The same after an epoch that moves nothing.
    let protocol = Protocol::new(GradientDescent { rate: 1e-300 }).batch(600);
    let run = Run::new(protocol, &mut model, &data).expect("it fits");
    let history = run.validate(samples).expect("it fits").finish();
    let validation = history.expect("a run").epochs[0].validation;
    let cost = validation.expect("validated").cost;
    assert!(near(cost, value), "{cost} {value}");
}

/// Targets 0, 10, 0, 10 of weights 1, 9, 1, 9 have the weighted mean 9, whatever the mini-batches are, and so has the cost at one theta: that of a
/// model that says 0 is half of 9/10 100.
#[test]
fn weights_mean_the_same_for_any_mini_batch() {
    let targets = vec![0.0, 10.0, 0.0, 10.0];
    let data = Dataset::regression(1, vec![0.0; 4], 1, targets).expect("data");
    let train = |rate: f64, epochs: usize, batch: usize| -> (f64, f64) {
        let network = Network::builder(1).dense(1, Activation::Identity);
        let network = network.build().expect("a network");
        let mut model =
            Model::with_parameters(network, Cost::regression(), vec![0.0; 2]).expect("a model");
        let samples = Samples::weighted(&data, &[1.0, 9.0, 1.0, 9.0]).expect("weights");
        let protocol = Protocol::new(GradientDescent { rate })
            .epochs(epochs)
            .batch(batch)
            .average(0.99);
        let history = protocol.train(&mut model, samples).expect("a run");
        (
            history.epochs[0].cost,
            model.predict(&[0.0]).expect("a sample")[0],
        )
    };
    for batch in 1..=4 {
        // So small a rate that theta stays.
        let (cost, _) = train(1e-12, 1, batch);
        assert!(
            (cost - 45.0).abs() < 1e-6,
            "mini-batches of {batch}: {cost}"
        );
        // At a constant rate single steps jump about; their mean does not.
        let (_, end) = train(0.1, 1000, batch);
        assert!((end - 9.0).abs() < 0.1, "mini-batches of {batch}: {end}");
    }
}
