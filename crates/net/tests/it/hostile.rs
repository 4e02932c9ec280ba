//! What a user can get wrong is a typed error that says what and where, never a panic.

use gradflow::data::Dataset;
use gradflow::optim::{Adam, OptimError};
use gradflow::{
    Activation, Arena, Cost, CostError, DataRole, EarlyStopping, Loss, Model, ModelError, Network,
    NetworkError, Output, Plateau, Protocol, Recipe, Risk, Run, Samples, Shape, TrainingError,
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
    let stride = |s| Recipe::conv(8, [5, 5], Activation::Relu).stride(s);

    let both = message(image().conv(5, [2, 2], relu()).recipe(stride([3, 3])));
    assert_eq!(
        both,
        "layer 1 (conv 5x5, stride 3x3): the last window must end at the edge of the input 5x27x27, but 1 row and 1 column are left over: pad by 1, or use a filter of 3x3 or 6x6, or an input of 26x26 or 29x29, or choose `Remainder::Floor` or `Ceil`"
    );
    assert!(message(image().recipe(stride([3, 1]))).contains("but 2 rows are left over"));
    assert!(message(image().recipe(stride([1, 3]))).contains("but 2 columns are left over"));
    assert!(message(image().recipe(stride([0, 1]))).contains("stride"));
    assert!(
        message(image().conv(5, [29, 3], relu()))
            .starts_with("layer 0 (conv 29x3): its window is larger than the input 28x28")
    );
    assert!(message(image().conv(0, [3, 3], relu())).contains("at least 1 output"));
    assert!(message(image().conv(5, [0, 3], relu())).contains("0x3"));
    let vast = Network::builder([1, 1 << 16, 1 << 16]).conv(1, [1, 1], relu());
    assert!(message(vast).contains("a billion elements"));
    assert!(message(image().dense(0, relu())).starts_with("layer 0 (dense)"));
    assert!(
        message(image().dense(3, relu()).dense(usize::MAX, relu())).starts_with("layer 1 (dense)")
    );
    assert!(message(image().max_pool([3, 3])).contains("but 1 row and 1 column are left over"));
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
    assert!(error.to_string().contains("more parameters"), "{error}");
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
    assert!(Model::new(network(2, Activation::SoftLogistic), entropy(), 1).is_ok());
    // Beyond z = 37 its value is 1 and its slope 0: refused, with the way out.
    let error = Model::new(network(2, Activation::Logistic), entropy(), 1).unwrap_err();
    assert_eq!(error, ModelError::Logistic);
    assert!(error.to_string().contains("Cost::binary()"), "{error}");
    assert!(Model::new(network(2, Activation::Identity), Cost::binary(), 1).is_ok());
    let error = Model::new(network(2, Activation::Logistic), Cost::binary(), 1).unwrap_err();
    assert_eq!(error, ModelError::LogisticTwice);
    assert!(Cost::new(Output::Identity, Loss::CategoricalCrossEntropy).is_err());
}

#[test]
fn data_of_other_sizes() {
    let mut model = model();
    assert!(matches!(
        model.predict(&[0.0; 3]),
        Err(ModelError::InputSize { came: 3, .. })
    ));
    assert!(matches!(
        model.predict(&[]),
        Err(ModelError::InputSize { came: 0, .. })
    ));
    assert!(matches!(
        model.evaluate(&data(4)),
        Err(ModelError::Classes {
            expected: 3,
            came: 4
        })
    ));
    let error = Protocol::new(Adam::new(0.1))
        .train(&mut model, &data(4))
        .unwrap_err();
    assert!(error.to_string().starts_with("training data: "), "{error}");
    let (good, bad) = (data(3), data(2));
    let run = Run::new(Protocol::new(Adam::new(0.1)), &mut model, &good).expect("it fits");
    let error = run.validate(&bad).unwrap_err();
    assert!(
        error.to_string().starts_with("validation data: "),
        "{error}"
    );
}

#[test]
fn pictures_of_another_layout_are_refused() {
    let of = |dims: [usize; 3]| {
        let shape = Shape::new(dims).expect("a shape");
        Dataset::classification(shape, vec![0.5; 96], [0, 1], 3).expect("data")
    };
    let network = Network::<f32>::builder([3, 4, 4]).dense(3, Activation::Identity);
    let network = network.build().expect("a network");
    let mut model = Model::new(network, Cost::classification(), 1).expect("a model");
    let adam = || Protocol::new(Adam::new(0.1));
    // As many numbers in another order.
    for dims in [[4, 4, 3], [1, 12, 4], [3, 2, 8]] {
        assert!(matches!(
            model.evaluate(&of(dims)),
            Err(ModelError::InputShape { .. })
        ));
        assert!(matches!(
            adam().train(&mut model, &of(dims)),
            Err(TrainingError::Data {
                role: DataRole::Training,
                error: ModelError::InputShape { .. }
            })
        ));
        let good = of([3, 4, 4]);
        let run = Run::new(adam(), &mut model, &good).expect("it fits");
        assert!(run.validate(&of(dims)).is_err());
    }
    // A plain vector may stand for any shape.
    for dims in [[3, 4, 4], [48, 1, 1]] {
        assert!(model.evaluate(&of(dims)).is_ok());
        assert!(adam().train(&mut model, &of(dims)).is_ok());
    }
}

#[test]
fn training_that_cannot_start() {
    let (mut model, data) = (model(), data(3));
    let before = model.theta().to_vec();
    let adam = || Protocol::new(Adam::new(0.1));
    let mut refused = |protocol: Protocol| protocol.train(&mut model, &data).unwrap_err();
    assert!(matches!(
        refused(adam().batch(0)),
        TrainingError::EmptyBatch
    ));
    assert!(matches!(refused(adam().pieces(0)), TrainingError::NoPieces));
    for rate in [f64::NAN, -1.0] {
        let error = refused(Protocol::new(Adam::new(rate)));
        assert!(matches!(error, TrainingError::Method(_)), "{error}");
    }
    assert!(matches!(
        refused(adam().freeze([1])),
        TrainingError::NoSuchLayer { layer: 1, last: 0 }
    ));
    assert!(matches!(
        refused(adam().early_stopping(EarlyStopping::default())),
        TrainingError::NoValidation
    ));
    assert!(matches!(
        refused(adam().plateau(Plateau {
            factor: 1.5,
            ..Plateau::default()
        })),
        TrainingError::Method(OptimError::Constant {
            field: "factor",
            ..
        })
    ));
    for (factor, floor, name) in [(0.0, 0.1, "factor"), (0.5, 1.1, "floor")] {
        let plateau = Plateau {
            factor,
            floor,
            ..Plateau::default()
        };
        let TrainingError::Method(OptimError::Constant { field, .. }) =
            refused(adam().plateau(plateau))
        else {
            panic!("{name}");
        };
        assert_eq!(field, name);
    }
    assert_eq!(model.theta(), before);
}

#[test]
fn sample_weights_that_mean_nothing() {
    let data = data(3);
    let refused = |weights: &[f32]| Samples::weighted(&data, weights).unwrap_err();
    assert!(matches!(
        refused(&[1.0]),
        ModelError::Cost(CostError::SampleWeightCount {
            expected: 2,
            found: 1
        })
    ));
    assert!(matches!(
        refused(&[1.0, f32::NAN]),
        ModelError::Cost(CostError::Weight { index: 1, .. })
    ));
    assert_eq!(refused(&[0.0, 0.0]), CostError::ZeroWeights.into());
}

#[test]
fn several_samples_where_one_is_meant_are_told_how() {
    let network = Network::<f64>::builder(2).dense(1, Activation::Identity);
    let model = Model::new(network.build().expect("a network"), Cost::regression(), 1);
    let model = model.expect("a model");
    for (numbers, several) in [(0, false), (1, false), (3, false), (4, true), (6, true)] {
        let error = model.predict(&vec![0.0; numbers]).expect_err("no sample");
        let told = error.to_string().contains("`predict_batch`");
        assert_eq!(told, several, "{error}");
    }
}

#[test]
fn arenas_of_another_network_are_refused() {
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
        let mut arena = Arena::training(&one, 1).expect("memory");
        let model = Model::new(other, cost(), 1).expect("a model");
        let (x, mut out) = (
            vec![0.5; model.network().input().len()],
            vec![0.0; model.network().output().len()],
        );
        let x = model.network().input().columns(&x, 1);
        let y = model.network().output().columns(&out, 1);
        assert_eq!(
            Risk::new(&model, x, y, &mut arena).map(|_| ()),
            Err(ModelError::Arena)
        );
        // Outputs fill the slice exactly.
        let mut arena = Arena::prediction(model.network(), 1).expect("memory");
        for len in [0, out.len() - 1, out.len() + 1, 2 * out.len()] {
            let mut other = vec![0.5; len];
            assert_eq!(
                model.predict_into(x, &mut other, &mut arena),
                Err(ModelError::Room {
                    expected: out.len(),
                    came: len
                })
            );
            assert!(other.iter().all(|p| *p == 0.5));
        }
        // Nor may one for training predict, or the other way round.
        let mut arena = Arena::training(model.network(), 1).expect("memory");
        assert_eq!(
            model.predict_into(x, &mut out, &mut arena),
            Err(ModelError::Arena)
        );
        let mut arena = Arena::prediction(model.network(), 1).expect("memory");
        let y = model.network().output().columns(&out, 1);
        assert_eq!(
            Risk::new(&model, x, y, &mut arena).map(|_| ()),
            Err(ModelError::Arena)
        );
    }
}

#[test]
fn numbers_beyond_all_memory() {
    let (mut model, data) = (model(), data(3));
    let hidden = Network::<f32>::builder([2, 1, 1])
        .dense(3, Activation::Tanh)
        .dense(3, Activation::Identity);
    let hidden = hidden.build().expect("a network");
    for samples in [usize::MAX, 1 << 60, 1 << 44, 1 << 40] {
        let protocol = Protocol::new(Adam::new(0.1)).batch(samples);
        let error = Run::online(protocol, &mut model).unwrap_err();
        assert!(
            matches!(error, TrainingError::Model(ModelError::Memory { .. })),
            "{error}"
        );
        assert!(Arena::training(&hidden, samples).is_err());
        assert!(Arena::prediction(&hidden, samples).is_err());
    }
    let stop = |_: &gradflow::Epoch| core::ops::ControlFlow::Break(());
    let protocol = Protocol::new(Adam::new(0.1)).epochs(usize::MAX);
    let run = Run::new(protocol, &mut model, &data).expect("it fits");
    let history = run.observe(stop).finish().expect("a run");
    assert_eq!(history.epochs.len(), 1);
    let network = Network::<f32>::builder([1 << 20, 1, 1])
        .dense(1 << 38, Activation::Relu)
        .build()
        .expect("a network");
    let cost = Cost::new(Output::Softmax, Loss::CrossEntropy).expect("a cost");
    let parameters = ((1_u128 << 20) + 1) << 38;
    match Model::new(network, cost, 1) {
        Err(ModelError::Memory { bytes, .. }) => {
            // Alignment may add a few cache lines.
            assert!((4 * parameters..4 * parameters + 1024).contains(&bytes));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn weights_and_decreases_that_mean_nothing() {
    let (mut model, data) = (model(), data(3));
    let one_hot = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
    for weights in [[f32::NAN, 1.0], [0.0, 0.0], [1.0, -1.0]] {
        let mut arena = Arena::training(model.network(), 2).expect("memory");
        let y = model.network().output().columns(&one_hot, 2);
        let risk = Risk::new(&model, data.inputs(), y, &mut arena).expect("it fits");
        assert!(matches!(
            risk.with_weights(&weights).unwrap_err(),
            ModelError::Cost(CostError::Weight { .. } | CostError::ZeroWeights)
        ));
    }
    for min_decrease in [f64::NAN, f64::INFINITY, -1.0] {
        let early = EarlyStopping {
            patience: 3,
            min_decrease,
        };
        let protocol = Protocol::new(Adam::new(0.1)).early_stopping(early);
        let error = Run::new(protocol, &mut model, &data).unwrap_err();
        assert!(
            matches!(error, TrainingError::MinDecrease { .. }),
            "{error}"
        );
    }
}

#[test]
fn targets_for_which_the_loss_is_not_defined() {
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
    let error = Protocol::new(Adam::new(0.1)).train(&mut model, &data);
    assert!(
        matches!(error, Err(TrainingError::Data { role: DataRole::Training, error }) if is_target(&error))
    );
    let protocol = Protocol::new(Adam::new(0.1)).batch(2);
    let mut run = Run::online(protocol, &mut model).expect("it is valid");
    let error = run.step_on(&[0.5, 1.0], &[1.0, 1.5]);
    assert!(
        matches!(error, Err(TrainingError::Data { role: DataRole::Batch, error }) if is_target(&error))
    );
    drop(run);
    let mut arena = Arena::training(model.network(), 2).expect("memory");
    let y = model.network().output().columns(&[1.0, 1.5], 2);
    let risk = Risk::new(&model, data.inputs(), y, &mut arena);
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
        Err(ModelError::ParameterNotFinite {
            name: "0.weight".into(),
            index: 4,
            value: f64::INFINITY
        })
    );
}
