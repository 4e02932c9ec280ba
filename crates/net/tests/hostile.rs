//! What a user can get wrong is a typed error that says what and where, never a panic.

use gradflow::data::Dataset;
use gradflow::optim::Adam;
use gradflow::{
    Activation, Conv, Cost, CostError, Loss, Model, ModelError, Network, NetworkError, Output,
    Shape, Training, TrainingError,
};

fn message(network: gradflow::NetworkBuilder<f32>) -> String {
    network.build().expect_err("must be refused").to_string()
}

fn model() -> Model<f32> {
    let network = Network::builder([2, 1, 1])
        .dense(3, Activation::Identity)
        .build()
        .expect("a network");
    Model::new(
        network,
        Cost::new(Output::Softmax, Loss::CrossEntropy).expect("a cost"),
        1,
    )
    .expect("a model")
}

fn data(classes: usize) -> Dataset<f32> {
    let shape = Shape::vector(2).expect("a shape");
    Dataset::classification(shape, vec![0.0, 1.0, 1.0, 0.0], vec![0, 1], classes).expect("data")
}

#[test]
fn shapes_that_do_not_fit_name_the_layer_and_the_numbers() {
    let relu = || Activation::Relu;
    let image = || Network::<f32>::builder([1, 28, 28]);
    let stride = |s| move |input| Conv::strided(input, 8, [5, 5], s, Activation::Relu);

    let both = message(image().conv(5, [2, 2], relu()).layer(stride([3, 3])));
    assert_eq!(
        both,
        "layer 1 (conv 5x5, stride 3x3): input 5x27x27 leaves a remainder of 1 vertically and 1 horizontally"
    );
    assert!(message(image().layer(stride([3, 1]))).contains("2 vertically and 0 horizontally"));
    assert!(message(image().layer(stride([1, 3]))).contains("0 vertically and 2 horizontally"));
    assert!(message(image().layer(stride([0, 1]))).contains("stride"));
    assert!(
        message(image().conv(5, [29, 3], relu()))
            .starts_with("layer 0 (conv 29x3): larger than the input 28x28")
    );
    assert!(message(image().conv(0, [3, 3], relu())).contains("zero"));
    assert!(message(image().conv(5, [0, 3], relu())).contains("zero"));
    let vast = Network::builder([1, 1 << 16, 1 << 16]).conv(1, [1, 1], relu());
    assert!(message(vast).contains("a billion elements"));
    assert!(message(image().dense(0, relu())).starts_with("layer 0 (dense)"));
    assert!(
        message(image().dense(3, relu()).dense(usize::MAX, relu())).starts_with("layer 1 (dense)")
    );
    assert!(
        message(image().max_pool([3, 3])).contains("remainder of 1 vertically and 1 horizontally")
    );
    assert!(message(image().avg_pool([30, 2])).contains("larger than the input"));
    assert!(message(image().dense(3, Activation::LeakyRelu(f64::NAN))).contains("slope NaN"));
    assert!(message(Network::builder([0, 28, 28]).dense(1, relu())).contains("zero"));
    assert!(
        message(Network::builder([usize::MAX, 2, 2]).dense(1, relu())).contains("more elements")
    );
    assert_eq!(
        Network::<f32>::builder([1, 1, 1]).build().unwrap_err(),
        NetworkError::Empty
    );
}

#[test]
fn the_number_of_parameters_may_not_overflow() {
    let mut builder = Network::<f32>::builder([1, 1, 1]);
    // Each layer alone can be addressed; their sum cannot.
    for _ in 0..6 {
        builder = builder
            .dense(1 << 29, Activation::Relu)
            .dense(1 << 29, Activation::Relu);
    }
    let error = builder.build().unwrap_err();
    assert!(
        matches!(error, NetworkError::TooManyParameters { .. }),
        "{error}"
    );
}

#[test]
fn costs_that_do_not_suit_the_outputs() {
    let network = |outputs, last| {
        Network::<f64>::builder([2, 1, 1])
            .dense(outputs, last)
            .build()
            .expect("a network")
    };
    let softmax = Cost::new(Output::Softmax, Loss::CrossEntropy).expect("a cost");
    assert!(matches!(
        Model::new(network(1, Activation::Identity), softmax, 1),
        Err(ModelError::Cost(_))
    ));
    let weights = Cost::new(Output::Identity, Loss::SquaredError)
        .expect("a cost")
        .with_weights(vec![1.0; 3]);
    assert!(matches!(
        Model::new(
            network(2, Activation::Identity),
            weights.expect("weights"),
            1
        ),
        Err(ModelError::Cost(_))
    ));
    let entropy = || Cost::new(Output::Identity, Loss::CrossEntropy).expect("a cost");
    for last in [
        Activation::Identity,
        Activation::Tanh,
        Activation::Relu,
        Activation::SoftSign,
        Activation::Softplus,
    ] {
        let error = Model::new(network(2, last), entropy(), 1).unwrap_err();
        assert!(matches!(error, ModelError::OutputRange { .. }), "{error}");
    }
    for last in [Activation::Logistic, Activation::SoftLogistic] {
        assert!(Model::new(network(2, last), entropy(), 1).is_ok());
    }
    assert!(Cost::new(Output::Identity, Loss::CategoricalCrossEntropy).is_err());
}

#[test]
fn data_of_other_sizes() {
    let mut model = model();
    assert!(matches!(
        model.predict(&[0.0; 3]),
        Err(ModelError::InputSize {
            expected: 2,
            came: 3
        })
    ));
    assert!(matches!(
        model.predict(&[]),
        Err(ModelError::InputSize {
            expected: 2,
            came: 0
        })
    ));
    assert!(matches!(
        model.evaluate(&data(4)),
        Err(ModelError::OutputSize {
            expected: 3,
            came: 4
        })
    ));
    let error = Training::new(Adam::new(0.1))
        .run(&mut model, &data(4))
        .unwrap_err();
    assert!(error.to_string().starts_with("training data: "), "{error}");
    let (good, bad) = (data(3), data(2));
    let error = Training::new(Adam::new(0.1))
        .validation(&bad)
        .run(&mut model, &good)
        .unwrap_err();
    assert!(
        error.to_string().starts_with("validation data: "),
        "{error}"
    );
}

#[test]
fn training_that_cannot_start() {
    let (mut model, data) = (model(), data(3));
    let before = model.theta().to_vec();
    let mut run = |training: Training<'_, f32>| training.run(&mut model, &data).unwrap_err();
    assert_eq!(
        run(Training::new(Adam::new(0.1)).batch(0)),
        TrainingError::EmptyBatch
    );
    assert!(matches!(
        run(Training::new(Adam::new(f64::NAN))),
        TrainingError::Rule(_)
    ));
    assert!(matches!(
        run(Training::new(Adam::new(-1.0))),
        TrainingError::Rule(_)
    ));
    assert_eq!(
        run(Training::new(Adam::new(0.1)).freeze([1])),
        TrainingError::NoSuchLayer { layer: 1, last: 0 }
    );
    assert!(matches!(
        run(Training::new(Adam::new(0.1)).sample_weights(&[1.0])),
        TrainingError::Model {
            role: "sample weights",
            error: ModelError::Cost(CostError::SampleWeightCount {
                expected: 2,
                found: 1
            })
        }
    ));
    assert!(matches!(
        run(Training::new(Adam::new(0.1)).sample_weights(&[1.0, f32::NAN])),
        TrainingError::Model {
            error: ModelError::Cost(CostError::Weight { index: 1, .. }),
            ..
        }
    ));
    assert_eq!(
        run(Training::new(Adam::new(0.1)).sample_weights(&[0.0, 0.0])),
        TrainingError::Model {
            role: "sample weights",
            error: CostError::ZeroWeights.into()
        }
    );
    let early = gradflow::EarlyStopping {
        patience: 3,
        min_decrease: 0.0,
    };
    assert_eq!(
        run(Training::new(Adam::new(0.1)).early_stopping(early)),
        TrainingError::NoValidation
    );
    assert_eq!(model.theta(), before);
}

#[test]
fn workspaces_of_another_network_are_refused() {
    let build = |builder: gradflow::NetworkBuilder<f32>| builder.build().expect("a network");
    let cost = || Cost::new(Output::Identity, Loss::SquaredError).expect("a cost");
    let custom = Activation::custom("square", |z| z * z, |z| 2.0 * z);
    // As many parameters each, but other buffers or scratch.
    let pairs = [
        (
            build(
                Network::builder([2, 1, 1])
                    .dense(2, Activation::Tanh)
                    .dense(1, Activation::Identity),
            ),
            build(
                Network::builder([2, 1, 1])
                    .dense(2, custom)
                    .dense(1, Activation::Identity),
            ),
        ),
        (
            build(Network::builder([3, 1, 1]).dense(2, Activation::Tanh)),
            build(
                Network::builder([1, 1, 1])
                    .dense(4, Activation::Tanh)
                    .max_pool([1, 1]),
            ),
        ),
    ];
    for (one, other) in pairs {
        assert_eq!(one.parameters(), other.parameters());
        let mut workspace = gradflow::Workspace::new(&one, 1);
        let model = Model::new(other, cost(), 1).expect("a model");
        let (x, mut out) = (
            vec![0.5; model.network().input().len()],
            vec![0.0; model.network().output().len()],
        );
        let (x, out) = (
            model.network().input().columns(&x, 1),
            model.network().output().columns_mut(&mut out, 1),
        );
        assert_eq!(
            model.predict_into(x, out, &mut workspace),
            Err(ModelError::Workspace)
        );
    }
}

#[test]
fn numbers_beyond_all_memory() {
    let (mut model, data) = (model(), data(3));
    let error = gradflow::Trainer::new(&model, Adam::new(0.1), usize::MAX).unwrap_err();
    assert!(
        matches!(error, TrainingError::BatchTooLarge { .. }),
        "{error}"
    );
    let stop = |_: &gradflow::Epoch| core::ops::ControlFlow::Break(());
    let mut observer = stop;
    let training = Training::new(Adam::new(0.1))
        .epochs(usize::MAX)
        .observe(&mut observer);
    assert_eq!(
        training.run(&mut model, &data).expect("a run").epochs.len(),
        1
    );
    let network = Network::<f32>::builder([1 << 20, 1, 1])
        .dense(1 << 38, Activation::Relu)
        .build()
        .expect("a network");
    let cost = Cost::new(Output::Softmax, Loss::CrossEntropy).expect("a cost");
    assert!(matches!(
        Model::new(network, cost, 1),
        Err(ModelError::Memory { .. })
    ));
}

#[test]
fn weights_and_decreases_that_mean_nothing() {
    use gradflow::{Risk, Tape, Workers};
    let (mut model, data) = (model(), data(3));
    for weights in [[f32::NAN, 1.0], [0.0, 0.0], [1.0, -1.0]] {
        let (mut tape, workers) = (Tape::new(model.network(), 2), Workers::inline());
        let (network, cost) = (model.network(), model.cost());
        let risk = Risk::new(
            network,
            cost,
            data.inputs(),
            data.targets(),
            &mut tape,
            &workers,
        )
        .expect("it fits");
        assert!(matches!(
            risk.with_weights(&weights).unwrap_err(),
            ModelError::Cost(CostError::Weight { .. } | CostError::ZeroWeights)
        ));
    }
    for min_decrease in [f64::NAN, f64::INFINITY, -1.0] {
        let early = gradflow::EarlyStopping {
            patience: 3,
            min_decrease,
        };
        let training = Training::new(Adam::new(0.1))
            .validation(&data)
            .early_stopping(early);
        let error = training.run(&mut model, &data).unwrap_err();
        assert!(
            matches!(error, TrainingError::MinDecrease { .. }),
            "{error}"
        );
    }
}

#[test]
fn targets_for_which_the_loss_is_not_defined() {
    use gradflow::{Risk, Tape, Trainer, Workers};
    let network = Network::<f32>::builder([1, 1, 1])
        .dense(1, Activation::Identity)
        .build()
        .expect("it is valid");
    let cost = Cost::new(Output::Logistic, Loss::CrossEntropy).expect("it is possible");
    let mut model = Model::new(network, cost, 1).expect("it suits");
    let data = Dataset::regression(model.network().input(), vec![0.5, 1.0], 1, vec![1.0, 1.5])
        .expect("it is finite");
    let is_target = |error: &ModelError| {
        matches!(
            error,
            ModelError::Cost(CostError::Target { sample: 1, value, .. }) if *value == 1.5
        )
    };
    assert!(is_target(&model.evaluate(&data).unwrap_err()));
    let error = Training::new(Adam::new(0.1)).run(&mut model, &data);
    assert!(
        matches!(error, Err(TrainingError::Model { role: "training data", error }) if is_target(&error))
    );
    let mut trainer = Trainer::new(&model, Adam::new(0.1), 2).expect("it is valid");
    let error = trainer.step(&mut model, data.inputs().data(), data.targets().data());
    assert!(
        matches!(error, Err(TrainingError::Model { role: "batch", error }) if is_target(&error))
    );
    let (mut tape, workers) = (Tape::new(model.network(), 2), Workers::inline());
    let risk = Risk::new(
        model.network(),
        model.cost(),
        data.inputs(),
        data.targets(),
        &mut tape,
        &workers,
    );
    assert!(is_target(&risk.unwrap_err()));
}

#[test]
fn parameters_of_another_network_or_not_finite() {
    let mut model = model();
    assert!(matches!(
        model.set_theta(vec![0.0; 8]),
        Err(ModelError::Parameters {
            expected: 9,
            came: 8
        })
    ));
    let mut theta = vec![0.0; 9];
    theta[4] = f32::INFINITY;
    assert_eq!(
        model.set_theta(theta),
        Err(ModelError::NotFinite { index: 4 })
    );
}
