//! Mistakes in rates, protocols and what is trained on.

use gradflow::optim::{Adam, Closure, Stop, minimise};
use gradflow::{
    Activation, Cost, Dataset, EarlyStopping, Error, Model, Network, Plateau, Protocol, Samples,
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

#[test]
fn protocols() {
    let mistakes: [(Mistake, &str); 7] = [
        (|| train(Protocol::new(Adam::new(-0.1))), ""),
        (|| train(Protocol::new(Adam::new(f64::NAN))), ""),
        (|| train(Protocol::new(Adam::new(1e300))), ""),
        (|| train(adam().batch(0)), ""),
        (|| train(adam().freeze([7])), ""),
        (
            || train(adam().early_stopping(EarlyStopping::default())),
            "",
        ),
        (
            || {
                train(adam().plateau(Plateau {
                    factor: 2.0,
                    ..Plateau::default()
                }))
            },
            "",
        ),
    ];
    check(&mistakes);
}

#[test]
fn data_that_do_not_suit() {
    let mistakes: [(Mistake, &str); 6] = [
        (
            || {
                adam().train(&mut model(3, 2)?, &data()?)?;
                Ok(())
            },
            "",
        ),
        (
            || {
                adam().train(&mut model(2, 3)?, &data()?)?;
                Ok(())
            },
            "",
        ),
        (
            || {
                let numbers = Dataset::regression(2, vec![0.0; 4], 1, vec![0.0; 2])?;
                adam().train(&mut model(2, 2)?, &numbers)?;
                Ok(())
            },
            "",
        ),
        (
            || {
                let numbers = Dataset::regression(2, vec![0.0; 4], 2, vec![0.0, 1.0, 3.0, 0.0])?;
                model(2, 2)?.evaluate(&numbers)?;
                Ok(())
            },
            "",
        ),
        (
            || {
                Samples::weighted(&data()?, &[1.0, 1.0, 1.0])?;
                Ok(())
            },
            "",
        ),
        (
            || {
                Samples::weighted(&data()?, &[1.0, -1.0, 1.0, 1.0])?;
                Ok(())
            },
            "",
        ),
    ];
    check(&mistakes);
}

#[test]
fn minimisations() {
    fn bowl(q0: &[f64], stop: Stop) -> Result<(), Error> {
        let mut bowl = Closure::new(2, |q: &[f64], j: &mut [f64]| {
            j.copy_from_slice(q);
            0.5 * q.iter().map(|q| q * q).sum::<f64>()
        });
        minimise(&mut bowl, q0, Adam::new(0.1), &stop)?;
        Ok(())
    }
    let mistakes: [(Mistake, &str); 3] = [
        (|| bowl(&[0.0], Stop::after(10)), ""),
        (|| bowl(&[0.0, f64::INFINITY], Stop::after(10)), ""),
        (|| bowl(&[0.0, 1.0], Stop::gradient_norm(-1.0)), ""),
    ];
    check(&mistakes);
}
