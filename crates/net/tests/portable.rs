//! The portable kernels, forced for the whole process of this test: the same networks, held to the same promises.

use gradflow::data::Dataset;
use gradflow::kernels::cpu::{self, Level};
use gradflow::optim::{Adam, Objective};
use gradflow::{
    Activation, Arena, Cost, Loss, Model, Network, Output, Protocol, Real, Risk, Shape,
};
use gradflow_gradcheck::GradCheck;

/// Pictures of a bright spot in one of four quarters.
fn spots<T: Real>(samples: usize) -> Dataset<T> {
    let mut inputs = Vec::new();
    for s in 0..samples {
        let (class, shift) = (s % 4, s / 4 % 9);
        let (row, column) = (
            5 * (class / 2) + shift / 3 + 1,
            5 * (class % 2) + shift % 3 + 1,
        );
        inputs.extend((0..100).map(|i| {
            let (dv, dh) = (
                (i / 10) as f64 - row as f64,
                (i % 10) as f64 - column as f64,
            );
            T::from_f64((-(dv * dv + dh * dh) / 2.0).exp())
        }));
    }
    let shape = Shape::new([1, 10, 10]).expect("a shape");
    Dataset::classification(shape, inputs, (0..samples).map(|s| s % 4), 4).expect("finite data")
}

fn model<T: Real>(activation: Activation) -> Model<T> {
    let network = Network::builder([1, 10, 10])
        .conv(4, [4, 4], activation.clone())
        .stride([2, 2])
        .max_pool([2, 2])
        .dense(12, activation.clone())
        .dense(4, Activation::Identity)
        .build()
        .expect("a network");
    let cost = Cost::new(Output::Softmax, Loss::CrossEntropy).expect("a cost");
    Model::new(network, cost, 1)
        .expect("a model")
        .with_threads(1)
}

#[test]
fn portable_kernels_train_and_have_the_same_gradients() {
    assert_eq!(cpu::limit(Level::Portable), Level::Portable);

    let data = spots::<f32>(72);
    let mut portable = model::<f32>(Activation::Relu);
    let protocol = Protocol::new(Adam::new(0.01)).epochs(30).batch(24).seed(1);
    protocol.train(&mut portable, &data).expect("a run");
    let evaluation = portable.evaluate(&data).expect("an evaluation");
    assert_eq!(evaluation.accuracy(), Some(1.0));

    let (data, model) = (spots::<f64>(8), model::<f64>(Activation::Tanh));
    let mut arena = Arena::training(model.network(), 8).expect("memory");
    let one_hot: Vec<f64> = (0..32).map(|i| f64::from(i % 4 == i / 4 % 4)).collect();
    let y = model.network().output().columns(&one_hot, 8);
    let mut risk = Risk::new(&model, data.inputs(), y, &mut arena).expect("it fits");
    let mut gradient = vec![0.0; model.theta().len()];
    let portable = risk.value_and_gradient(model.theta(), &mut gradient);
    GradCheck::new()
        .check(|theta| risk.value(theta), model.theta(), &gradient)
        .expect("the gradient");

    // The machine's best kernels sum in another order and round multiply-adds once: equal up to rounding.
    cpu::limit(Level::Avx512);
    let mut dispatched = vec![0.0; model.theta().len()];
    let value = risk.value_and_gradient(model.theta(), &mut dispatched);
    assert!((value - portable).abs() < 1e-13, "{value} and {portable}");
    for (a, b) in dispatched.iter().zip(&gradient) {
        assert!((a - b).abs() < 1e-13, "{a} and {b}");
    }
}
