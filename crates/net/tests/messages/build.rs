//! Mistakes in shapes, layers and names.

use gradflow::layers::{Recipe, Registry};
use gradflow::tensor::{Batch, Tensor};
use gradflow::{Activation, Cost, Error, Model, Network, NetworkBuilder, Output, Shape};

use crate::{Mistake, check};

fn built(builder: NetworkBuilder<f32>) -> Result<(), Error> {
    builder.build()?;
    Ok(())
}

fn on(input: [usize; 3]) -> NetworkBuilder<f32> {
    Network::builder(input)
}

fn model() -> Result<Model<f32>, Error> {
    let network = on([1, 4, 4])
        .conv(2, [3, 3], Activation::Relu)
        .dense(3, Activation::Identity)
        .build()?;
    Ok(Model::new(network, Cost::classification(), 1)?)
}

#[test]
fn layers() {
    let mistakes: [(Mistake, &str); 11] = [
        (|| built(Network::builder(0).dense(1, Activation::Tanh)), ""),
        (|| built(on([1, 28, 28])), ""),
        (
            || {
                let conv = on([1, 27, 27]).conv(8, [5, 5], Activation::Relu);
                built(conv.stride([3, 3]))
            },
            "",
        ),
        (
            || built(on([1, 4, 4]).conv(2, [5, 5], Activation::Relu)),
            "",
        ),
        (|| built(on([1, 5, 5]).max_pool([2, 2])), ""),
        (
            || {
                let conv = on([1, 4, 4]).conv(2, [3, 3], Activation::Relu);
                built(conv.stride([0, 1]))
            },
            "",
        ),
        (|| built(on([4, 1, 1]).dense(0, Activation::Tanh)), ""),
        (
            || built(on([4, 1, 1]).dense(2, Activation::LeakyRelu(1.5))),
            "",
        ),
        (
            || built(on([4, 1, 1]).dense(2, Activation::Tanh).stride([2, 2])),
            "",
        ),
        (
            || {
                let branch = [Recipe::dense(3, Activation::Tanh)];
                built(on([4, 1, 1]).residual(branch))
            },
            "",
        ),
        (
            || {
                let recipes = [Recipe::named("dropout", [("rate", 0.5)])];
                Network::<f32>::from_recipes(Shape::vector(4)?, &recipes, &Registry::default())?;
                Ok(())
            },
            "",
        ),
    ];
    check(&mistakes);
}

#[test]
fn parameters_and_inputs() {
    let mistakes: [(Mistake, &str); 10] = [
        (
            || {
                model()?
                    .parameter("0.weight")
                    .map(drop)
                    .map_err(Error::from)
            },
            "",
        ),
        (
            || {
                let model = model()?;
                model.parameter("0.filter")?.matrix()?;
                Ok(())
            },
            "",
        ),
        (|| Ok(model()?.set_parameter("1.bias", [0.0; 2])?), ""),
        (|| Ok(model()?.set_parameter("1.bias", [f32::NAN; 3])?), ""),
        (|| Ok(model()?.set_theta(vec![0.0; 3])?), ""),
        (
            || {
                model()?.predict(&[0.0; 15])?;
                Ok(())
            },
            "",
        ),
        (
            || {
                model()?.gradient(&[0.0; 16], &[1.0])?;
                Ok(())
            },
            "",
        ),
        (
            || {
                Batch::new(&[1.0, 2.0, 3.0], 2)?;
                Ok(())
            },
            "",
        ),
        (
            || {
                Tensor::from_vec(Shape::new([2, 2])?, vec![1, 2, 3])?;
                Ok(())
            },
            "",
        ),
        (
            || {
                model()?.predict_batch(Batch::new(&[0.0; 9], 9)?)?;
                Ok(())
            },
            "",
        ),
    ];
    check(&mistakes);
}

#[test]
fn costs() {
    fn with(activation: Activation, outputs: usize, cost: Cost) -> Result<(), Error> {
        let network = on([4, 1, 1]).dense(outputs, activation).build()?;
        Model::new(network, cost, 1)?;
        Ok(())
    }
    let mistakes: [(Mistake, &str); 4] = [
        (|| with(Activation::Identity, 1, Cost::classification()), ""),
        (
            || {
                let cost = Cost::new(Output::Identity, gradflow::Loss::CrossEntropy)?;
                with(Activation::Tanh, 1, cost)
            },
            "",
        ),
        (
            || {
                let cost = Cost::new(Output::Identity, gradflow::Loss::CrossEntropy)?;
                with(Activation::Logistic, 1, cost)
            },
            "",
        ),
        (
            || {
                let cost = Cost::regression().with_weights(vec![1.0, 2.0])?;
                with(Activation::Identity, 3, cost)
            },
            "",
        ),
    ];
    check(&mistakes);
}
