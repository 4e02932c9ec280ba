//! A training step and a prediction into the caller's memory allocate nothing after the first.

mod counting;

use counting::allocations;
use gradflow::optim::{Adam, Descent, Rule};
use gradflow::{
    Activation, Arena, Cost, Dataset, Loss, Model, Network, Output, Protocol, Recipe, Run, Samples,
};

fn model(threads: usize) -> Model<f32> {
    let network = Network::builder([1, 20, 20])
        .conv(4, [3, 3], Activation::Relu)
        .max_pool([2, 2])
        .conv(6, [3, 3], Activation::SoftSign)
        .stride([2, 2])
        .avg_pool([2, 2])
        .dense(
            300,
            Activation::custom("cube", |z| z * z * z, |z| 3.0 * z * z),
        )
        .dense(10, Activation::Identity)
        .build()
        .expect("a network");
    let cost = Cost::new(Output::Softmax, Loss::CrossEntropy).expect("a cost");
    Model::new(network, cost, 1)
        .expect("a model")
        .with_threads(threads)
}

fn samples(n: usize) -> (Vec<f32>, Vec<f32>) {
    let x = (0..n * 400).map(|i| (i as f32 * 0.37).sin()).collect();
    let y = (0..n * 10)
        .map(|i| if i % 10 == i / 10 % 10 { 1.0 } else { 0.0 })
        .collect();
    (x, y)
}

fn steps_allocate_nothing(descent: Descent, threads: usize) {
    let mut model = model(threads);
    let (x, y) = samples(64);
    let protocol = Protocol::new(descent.clone()).batch(64);
    let mut run = Run::online(protocol, &mut model).expect("a run");
    let mut step = |n: usize| run.step_on(&x[..n * 400], &y[..n * 10]).expect("a step");
    step(64);
    let count = allocations(|| {
        step(64);
        step(17); // a short last batch
        step(64);
    });
    assert_eq!(count, 0, "{descent:?} on {threads} threads");
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(std::hint::black_box(vec![1]))), 1);
}

#[test]
fn a_training_step() {
    // A full matrix has the square of the parameters as its state, and its eigenproblem allocates: not for networks.
    let rules = Rule::examples()
        .into_iter()
        .filter(|rule| rule.name() != "FullMatrixAdaGrad");
    for rule in rules {
        steps_allocate_nothing(rule.into(), 1);
    }
}

#[test]
fn training_steps_with_workers() {
    let mut model = model(3);
    let (x, y) = samples(64);
    let protocol = Protocol::new(Adam::new(0.001)).batch(64);
    let mut run = Run::online(protocol, &mut model).expect("a run");
    let mut step = || run.step_on(&x, &y).expect("a step");
    step();
    // Which part of a product falls to this thread is a matter of chance, and its packing buffer grows with the first
    // part of each size that does: a few times in all, whatever the number of steps.
    let count = allocations(|| {
        (0..200).for_each(|_| {
            step();
        })
    });
    assert!(count <= 12, "{count} allocations in 200 steps");
}

#[test]
fn steps_of_a_run_with_state_branches_weights_and_pieces() {
    let network = Network::<f32>::builder([1, 6, 6])
        .conv(4, [3, 3], Activation::Relu)
        .batch_norm()
        .residual([Recipe::conv(4, [3, 3], Activation::Tanh).padding([1, 1])])
        .dropout(0.2)
        .dense(3, Activation::Identity)
        .build()
        .expect("a network");
    let mut model = Model::new(network, Cost::classification(), 1)
        .expect("a model")
        .with_threads(1);
    let inputs = (0..40 * 36).map(|i| (i as f32 * 0.37).sin()).collect();
    let data = Dataset::classification([1, 6, 6], inputs, (0..40).map(|s| s % 3), 3);
    let data = data.expect("data");
    let samples = Samples::weighted(&data, &[2.0; 40]).expect("weights");
    let protocol = Protocol::new(Adam::new(0.01)).batch(8).pieces(2).epochs(3);
    let mut run = Run::new(protocol, &mut model, samples).expect("a run");
    for _ in 0..6 {
        run.step().expect("a step"); // one epoch, and the first step of the next
    }
    let count = allocations(|| {
        for _ in 0..3 {
            run.step().expect("a step");
        }
    });
    assert_eq!(count, 0);
}

#[test]
fn a_prediction() {
    for threads in [1, 3] {
        let model = model(threads);
        let (x, _) = samples(64);
        let mut out = vec![0.0; 640];
        let mut arena = Arena::prediction(model.network(), 16).expect("memory");
        let mut predict = |n: usize| {
            let x = model.network().input().columns(&x, n);
            let out = &mut out[..n * 10];
            model.predict_into(x, out, &mut arena).expect("it fits");
        };
        predict(1);
        predict(64);
        let count = allocations(|| {
            predict(1);
            predict(64);
            predict(33);
        });
        assert_eq!(count, 0, "{threads} threads");
    }
}
