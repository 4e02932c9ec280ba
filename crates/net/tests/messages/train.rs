//! Mistakes in rates, protocols and what is trained on.

use gradflow::optim::{Adam, Closure, Stop, minimise};
use gradflow::{
    Activation, Cost, Dataset, EarlyStopping, Error, Model, Network, Plateau, Protocol, Run,
    Samples,
};

use crate::{Mistake, check};

fn data() -> Result<Dataset<f32>, Error> {
    Ok(Dataset::classification(2, vec![0.0; 8], [0, 1, 0, 1], 2)?)
}

fn model(inputs: usize, outputs: usize) -> Result<Model<f32>, Error> {
    let network = Network::builder(inputs)
        .dense(outputs, Activation::Identity)
        .build()?;
    Ok(Model::new(network, Cost::classification(), 1)?)
}

fn train(protocol: Protocol) -> Result<(), Error> {
    protocol.train(&mut model(2, 2)?, &data()?)?;
    Ok(())
}

fn adam() -> Protocol {
    Protocol::new(Adam::new(0.01))
}

const PROTOCOLS: [(Mistake, &str); 7] = [
    (
        || train(Protocol::new(Adam::new(-0.1))),
        "Adam: rate must be finite and positive, not -0.1",
    ),
    (
        || train(Protocol::new(Adam::new(f64::NAN))),
        "Adam: rate must be finite and positive, not NaN",
    ),
    (
        || train(Protocol::new(Adam::new(1e300))),
        "a rate of 1e300 is too large for f32, which takes at most 4.056e31",
    ),
    (
        || train(adam().batch(0)),
        "batch size 0: a mini-batch has at least 1 sample",
    ),
    (
        || train(adam().freeze([7])),
        "layer 7 cannot be frozen: the network has layer 0 only",
    ),
    (
        || train(adam().early_stopping(EarlyStopping::default())),
        "early stopping watches a validation set: train by `Run::new(protocol, &mut model, \
             &data)?.validate(&others)?.finish()?`",
    ),
    (
        || {
            train(adam().plateau(Plateau {
                factor: 2.0,
                ..Plateau::default()
            }))
        },
        "Plateau: factor must be in (0, 1), not 2",
    ),
];

#[test]
fn protocols() {
    check(&PROTOCOLS);
}

const DATA_THAT_DO_NOT_SUIT: [(Mistake, &str); 10] = [
    (
        || {
            adam().train(&mut model(3, 2)?, &data()?)?;
            Ok(())
        },
        "training data: samples of shape 2 for a network that reads 3: build the network for \
             them, `Network::builder(data.shape())`",
    ),
    (
        || {
            adam().train(&mut model(2, 3)?, &data()?)?;
            Ok(())
        },
        "training data: labels of 2 classes for a network that tells 3 apart: its last layer must have 2 outputs, or 1 \
         with `Cost::binary()` (output `Logistic`, loss `CrossEntropy`)",
    ),
    (
        || {
            let numbers = Dataset::regression(2, vec![0.0; 4], 1, vec![0.0; 2])?;
            adam().train(&mut model(2, 2)?, &numbers)?;
            Ok(())
        },
        "training data: targets of 1 value for a network that tells 2 classes apart: hand over labels by \
             `Dataset::classification`; to predict the values, use `Cost::regression()` and a last layer with 1 output",
    ),
    (
        || {
            let numbers = Dataset::regression(2, vec![0.0; 4], 2, vec![0.0, 1.0, 3.0, 0.0])?;
            model(2, 2)?.evaluate(&numbers)?;
            Ok(())
        },
        "a target is 3 (sample 1, component 0), but categorical cross-entropy needs targets in [0, 1]; other \
             numbers are for `Cost::regression()`",
    ),
    (
        || {
            let numbers = Dataset::regression(2, vec![0.0; 4], 2, vec![0.0; 4])?;
            Samples::balanced(&numbers)?;
            Ok(())
        },
        "the targets are values, but weights by class need labels: `Dataset::classification`",
    ),
    (
        || {
            let labels = [0, 1, 0, 1];
            let three = Dataset::<f32>::classification(2, vec![0.0; 8], labels, 3)?;
            Samples::balanced(&three)?;
            Ok(())
        },
        "class 2 has no samples, so that no weight balances it: leave it out of the classes, or give \
             weights of your own",
    ),
    (
        || {
            Samples::by_class(&data()?, &[1.0])?;
            Ok(())
        },
        "1 class weight for data of 2 classes: each class needs one",
    ),
    (
        || {
            let mut model = model(2, 2)?;
            Run::online(adam(), &mut model)?.step_on(&[f32::MAX, f32::MAX], &[0.0, 1.0])?;
            Ok(())
        },
        "diverged in step 1: the cost is inf with the first parameters: scale the data, or start from others",
    ),
    (
        || {
            Samples::weighted(&data()?, &[1.0, 1.0, 1.0])?;
            Ok(())
        },
        "3 sample weights for 4 samples: each sample needs one",
    ),
    (
        || {
            Samples::weighted(&data()?, &[1.0, -1.0, 1.0, 1.0])?;
            Ok(())
        },
        "the weight of sample 1 is -1: it must be finite and not negative",
    ),
];

#[test]
fn data_that_do_not_suit() {
    check(&DATA_THAT_DO_NOT_SUIT);
}

fn bowl(q0: &[f64], stop: Stop) -> Result<(), Error> {
    let mut bowl = Closure::new(2, |q: &[f64], j: &mut [f64]| {
        j.copy_from_slice(q);
        0.5 * q.iter().map(|q| q * q).sum::<f64>()
    });
    minimise(&mut bowl, q0, Adam::new(0.1), &stop)?;
    Ok(())
}

const MINIMISATIONS: [(Mistake, &str); 3] = [
    (
        || bowl(&[0.0], Stop::after(10)),
        "the start has 1 element, but there are 2 parameters",
    ),
    (
        || bowl(&[0.0, f64::INFINITY], Stop::after(10)),
        "parameter 1 is inf at the start: parameters must be finite",
    ),
    (
        || bowl(&[0.0, 1.0], Stop::gradient_norm(-1.0)),
        "Stop: gradient_norm must be finite and not negative, not -1",
    ),
];

#[test]
fn minimisations() {
    check(&MINIMISATIONS);
}
