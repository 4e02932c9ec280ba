//! Mistakes in shapes, layers and names.

use std::sync::Arc;

use gradflow::layers::{ActivationLayer, Recipe, Registry};
use gradflow::tensor::{Batch, Tensor};
use gradflow::{
    Activation, Cost, Error, Init, Join, Loss, Model, Network, NetworkBuilder, Output, Shape,
};

use crate::{Mistake, check};

fn built(builder: NetworkBuilder<f32>) -> Result<(), Error> {
    builder.build()?;
    Ok(())
}

/// With a registry that knows one layer, made of one constant.
fn named(recipe: Recipe) -> Result<(), Error> {
    let registry = Registry::<f32>::default().layer("shift", |shape, constants| {
        let by = constants.require("by")?;
        let shift = Activation::custom("shift", move |z| z + by, |_| 1.0);
        Ok(Arc::new(ActivationLayer::new(shape, shift)?))
    });
    Network::from_recipes(4, &[recipe], &registry)?;
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

const LAYERS: [(Mistake, &str); 20] = [
    (
        || built(Network::builder(0).dense(1, Activation::Tanh)),
        "input of the network: shape [0, 1, 1]: dimension 0 is zero, but each is at least 1",
    ),
    (
        || built(on([1, 28, 28])),
        "a network needs at least one layer: add one before `build`, such as `.dense(10, \
             Activation::Identity)`",
    ),
    (
        || {
            let conv = on([1, 27, 27]).conv(8, [5, 5], Activation::Relu);
            built(conv.stride([3, 3]))
        },
        "layer 0 (conv 5x5, stride 3x3): the last window must end at the edge of the input 1x27x27, \
             but 1 row and 1 column are left over: pad by 1, or use a filter of 3x3 or 6x6, or an input of \
             26x26 or 29x29, or choose `Remainder::Floor` or `Ceil`",
    ),
    (
        || built(on([1, 4, 4]).conv(2, [5, 5], Activation::Relu)),
        "layer 0 (conv 5x5): its window is larger than the input 4x4: pad by 1, or use a filter of at most 4x4",
    ),
    (
        || built(on([1, 5, 5]).max_pool([2, 2])),
        "layer 0 (max-pool 2x2, stride 2x2): the last window must end at the edge of the input 1x5x5, \
             but 1 row and 1 column are left over: use a window of 3x3 with stride 2x2, or an input of 4x4 or \
             6x6, or choose `Remainder::Floor` or `Ceil`",
    ),
    (
        || {
            let conv = on([1, 4, 4]).conv(2, [3, 3], Activation::Relu);
            built(conv.stride([0, 1]))
        },
        "layer 0 (conv 3x3, stride 0x1): a stride is at least 1 in both directions",
    ),
    (
        || built(on([4, 1, 1]).dense(0, Activation::Tanh)),
        "layer 0 (dense): a layer has at least 1 output, not 0",
    ),
    (
        || built(on([4, 1, 1]).dense(2, Activation::LeakyRelu(1.5))),
        "layer 0 (dense): leaky relu: slope 1.5 does not lie in (0, 1); 0.01 is usual",
    ),
    (
        || built(on([4, 1, 1]).dense(2, Activation::Tanh).stride([2, 2])),
        "layer 0 (dense): takes no stride, but is given one: leave it out, or call it right after a convolution or a pooling layer",
    ),
    (
        || {
            let branch = [Recipe::dense(3, Activation::Tanh)];
            built(on([4, 1, 1]).residual(branch))
        },
        "layer 0.0 (chain of 1 layer): puts out 3, but a residual adds its input, 4: let the \
             last layer put out 4, or replace the skip by a layer that puts out 3 (`branches` with \
             `Join::Sum`)",
    ),
    (
        || {
            let recipes = [Recipe::named("dropout", [("rate", 0.5)])];
            Network::<f32>::from_recipes(4, &recipes, &Registry::default())?;
            Ok(())
        },
        "layer 0 (dropout): there is no layer of this name in the registry, which is empty: the library's own layers \
         are recipes of their own, such as `Recipe::dropout(0.5)`; a layer of yours is added with `Registry::layer`",
    ),
    (
        || {
            let conv = on([1, 28, 28]).conv(8, [5, 5], Activation::Relu);
            built(conv.stride([2, 2]))
        },
        "layer 0 (conv 5x5, stride 2x2): the last window must end at the edge of the input 1x28x28, \
             but 1 row and 1 column are left over: use a filter of 4x4 or 6x6, or an input of 27x27 or 29x29, or choose `Remainder::Floor` or `Ceil`",
    ),
    (
        || built(on([1, 4, 4]).conv(2, [0, 3], Activation::Relu)),
        "layer 0 (conv): a window of 0x3: it must be at least 1 in both directions",
    ),
    (
        || built(on([4, 1, 1]).stride([2, 2]).dense(2, Activation::Tanh)),
        "`stride` stands before the first layer: call it right behind the layer that it is for, such as \
             `.conv(..)`",
    ),
    (
        || {
            built(
                on([4, 1, 1])
                    .dense(2, Activation::Tanh)
                    .init(Init::Uniform(-0.5)),
            )
        },
        "layer 0 (dense 2 tanh): `Init::Uniform(-0.5)`: the scale must be finite and not negative",
    ),
    (
        || {
            let branches = [
                Recipe::dense(3, Activation::Tanh),
                Recipe::dense(2, Activation::Tanh),
            ];
            built(on([4, 1, 1]).branches(Join::Sum, branches))
        },
        "layer 0.1 (dense 2 tanh): puts out 2, but branch 0 puts out 3: branches that are added \
             have one shape",
    ),
    (
        || named(Recipe::named("shifted", [("by", 0.5)])),
        "layer 0 (shifted): there is no layer of this name in the registry, which knows \"shift\": did \
             you mean \"shift\"?",
    ),
    (
        || named(Recipe::named("shift", [("bye", 0.5)])),
        "layer 0 (shift): needs the constant \"by\", but the recipe gives \"bye\"",
    ),
    (
        || named(Recipe::named("shift", [])),
        "layer 0 (shift): needs the constant \"by\", but the recipe gives none",
    ),
    (
        || named(Recipe::named("shift", [("by", 0.5), ("byy", 1.0)])),
        "layer 0 (shift): unknown constant \"byy\": leave it out; the layer takes \"by\"",
    ),
];

#[test]
fn layers() {
    check(&LAYERS);
}

const PARAMETERS_AND_INPUTS: [(Mistake, &str); 12] = [
    (
        || {
            model()?
                .parameter("0.weight")
                .map(drop)
                .map_err(Error::from)
        },
        "there is no parameter \"0.weight\"; the nearest names are \"0.bias\", \"0.filter\", \"1.weight\"",
    ),
    (
        || {
            let model = model()?;
            model.parameter("0.filter")?.matrix()?;
            Ok(())
        },
        "parameter \"0.filter\" has the dimensions [2, 1, 3, 3]: it is a tensor of rank 4, not 2: use \
             `view::<4>()`",
    ),
    (
        || Ok(model()?.set_parameter("1.bias", [0.0; 2])?),
        "2 values for parameter \"1.bias\", which has 3: dimensions [3]",
    ),
    (
        || Ok(model()?.set_parameter("1.bias", [f32::NAN; 3])?),
        "parameter \"1.bias\": element 0 is NaN, but all must be finite",
    ),
    (
        || Ok(model()?.set_theta(vec![0.0; 3])?),
        "3 parameters for a network that has 47: theta holds all of `Network::blocks`, one after another",
    ),
    (
        || {
            model()?.predict(&[0.0; 15])?;
            Ok(())
        },
        "a sample of 15 numbers came, but the network reads 16 (1x4x4)",
    ),
    (
        || {
            model()?.predict(&[0.0; 32])?;
            Ok(())
        },
        "a sample of 32 numbers came, but the network reads 16 (1x4x4); for several samples at once use \
             `predict_batch`",
    ),
    (
        || {
            model()?.gradient(&[0.0; 17], &[1.0])?;
            Ok(())
        },
        "17 input values are not a whole number of samples: the network reads 16 for each",
    ),
    (
        || {
            model()?.gradient(&[0.0; 16], &[1.0])?;
            Ok(())
        },
        "1 target value for 1 sample of 3 outputs: there must be 3; a class is given as a one-hot vector",
    ),
    (
        || {
            Batch::new(&[1.0, 2.0, 3.0], 2)?;
            Ok(())
        },
        "a batch of 3 elements is not a whole number of samples of 2 elements each: the size to give is the number of elements of one sample",
    ),
    (
        || {
            Tensor::from_vec(Shape::new([2, 2])?, vec![1, 2, 3])?;
            Ok(())
        },
        "shape 2x2 has 4 elements, but 3 were given",
    ),
    (
        || {
            model()?.predict_batch(Batch::new(&[0.0; 9], 9)?)?;
            Ok(())
        },
        "a sample of 9 numbers came, but the network reads 16 (1x4x4)",
    ),
];

#[test]
fn parameters_and_inputs() {
    check(&PARAMETERS_AND_INPUTS);
}

fn with(activation: Activation, outputs: usize, cost: Cost) -> Result<(), Error> {
    let network = on([4, 1, 1]).dense(outputs, activation).build()?;
    Model::new(network, cost, 1)?;
    Ok(())
}

const COSTS: [(Mistake, &str); 6] = [
    (
        || with(Activation::Identity, 1, Cost::classification()),
        "soft-max of one output is always 1: use `Cost::binary()`, or a last layer of two outputs",
    ),
    (
        || {
            let cost = Cost::new(Output::Identity, Loss::CrossEntropy)?;
            with(Activation::Tanh, 1, cost)
        },
        "cross-entropy needs outputs in (0, 1), but those of the last layer lie in (-1, 1): use `Cost::binary()` \
         (output `Logistic`, loss `CrossEntropy`), or with an output for each class `Cost::classification()` (output \
         `Softmax`, loss `CategoricalCrossEntropy`), behind a last layer with `Activation::Identity`",
    ),
    (
        || {
            let cost = Cost::new(Output::Identity, Loss::CrossEntropy)?;
            with(Activation::Logistic, 1, cost)
        },
        "cross-entropy behind a logistic activation loses its gradient where the activation rounds to 1: \
             give the last layer the identity and the cost the logistic output (`Cost::binary()`), which is \
             the same function",
    ),
    (
        || with(Activation::Logistic, 1, Cost::binary()),
        "the logistic function is applied twice, by the last layer and by the cost's output: give the \
             last layer the identity",
    ),
    (
        || {
            Cost::new(Output::Logistic, Loss::CategoricalCrossEntropy)?;
            Ok(())
        },
        "categorical cross-entropy needs the output soft-max, not logistic: use `Cost::classification()`, or \
             `Cost::binary()` where classes do not exclude one another",
    ),
    (
        || {
            let cost = Cost::regression().with_weights(vec![1.0, 2.0])?;
            with(Activation::Identity, 3, cost)
        },
        "2 component weights for 3 outputs: each output needs one",
    ),
];

#[test]
fn costs() {
    check(&COSTS);
}
