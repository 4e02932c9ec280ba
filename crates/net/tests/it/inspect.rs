//! Parameters by name, activations and gradients of a model.

use gradflow::layers::Recipe;
use gradflow::nalgebra::{DMatrix, DVector};
use gradflow::tensor::{Batch, Tensor};
use gradflow::{Activation, Cost, Error, Model, ModelError, Network, Shape};

fn model() -> Result<Model<f64>, Error> {
    let network = Network::builder([6, 6])
        .conv(2, [3, 3], Activation::Tanh)
        .max_pool([2, 2])
        .dense(8, Activation::Tanh)
        .residual([Recipe::dense(8, Activation::Tanh)])
        .dense(3, Activation::Identity)
        .build()?;
    Ok(Model::new(network, Cost::regression(), 1)?)
}

fn sample() -> Vec<f64> {
    (0..36).map(|i| f64::from(i * i % 7) / 7.0 - 0.4).collect()
}

#[test]
fn parameters_follow_one_another_and_have_their_ranks() -> Result<(), Error> {
    let model = model()?;
    let all: Vec<f64> = model
        .parameters()
        .flat_map(|block| block.values().to_vec())
        .collect();
    assert_eq!(all, model.theta());
    for block in model.parameters() {
        let rank = match block.name().rsplit('.').next() {
            Some("filter") => block.tensor::<4>()?.shape().len(),
            Some("weight") => block.matrix()?.shape().len(),
            _ => block.vector()?.shape().len(),
        };
        assert_eq!(rank, block.values().len());
        assert_eq!(model.parameter(block.name())?, block);
    }
    assert_eq!(
        model
            .parameter("0.filter")?
            .matrix()
            .unwrap_err()
            .to_string(),
        "parameter \"0.filter\" has the dimensions [2, 1, 3, 3]: it is a tensor of rank 4, not 2: use `view::<4>()`"
    );
    Ok(())
}

#[test]
#[expect(
    clippy::needless_borrows_for_generic_args,
    reason = "borrowed forms are what is tested"
)]
fn values_come_in_every_form_and_are_checked() -> Result<(), Error> {
    let network = Network::<f64>::builder(3)
        .dense(2, Activation::Identity)
        .build()?;
    let mut model = Model::new(network, Cost::regression(), 1)?;
    let expected = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let tensor = Tensor::from_vec(Shape::new([2, 3])?, expected.to_vec())?;
    let matrix = DMatrix::from_row_slice(2, 3, &expected);

    model.set_parameter("0.weight", expected)?;
    assert_eq!(
        DMatrix::from(model.parameter("0.weight")?.matrix()?),
        matrix
    );
    model.set_parameter("0.weight", [0.0; 6])?;
    model.set_parameter("0.weight", &matrix)?;
    assert_eq!(model.parameter("0.weight")?.values(), expected);
    model.set_parameter("0.weight", vec![0.0; 6])?;
    model.set_parameter("0.weight", &tensor)?;
    assert_eq!(model.parameter("0.weight")?.tensor::<2>()?, tensor);
    model.set_parameter("0.bias", DVector::from_vec(vec![7.0, 8.0]))?;
    assert_eq!(model.theta(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);

    model.set_parameter("0.weight", [0.0; 6])?;
    model.set_parameter("0.weight", tensor.clone())?;
    let weight = model.parameter("0.weight")?;
    assert_eq!(
        (weight.dims(), weight.values()),
        (&[2, 3][..], &expected[..])
    );
    model.set_parameter("0.bias", &[1.0, 2.0][..])?;
    assert_eq!(model.parameter("0.bias")?.values(), [1.0, 2.0]);
    model.set_parameter("0.bias", &[3.0, 4.0])?;
    assert_eq!(model.parameter("0.bias")?.values(), [3.0, 4.0]);
    model.set_parameter("0.bias", &vec![7.0, 8.0])?;
    assert_eq!(model.parameter("0.bias")?.values(), [7.0, 8.0]);

    let before = model.theta().to_vec();
    let wrong = [
        model.set_parameter("0.weight", matrix.transpose()),
        model.set_parameter("0.weight", [1.0; 5]),
        model.set_parameter("0.bias", [f64::NAN, 1.0]),
        model.set_parameter("bias", [1.0, 1.0]),
    ];
    let messages: Vec<String> = wrong
        .into_iter()
        .map(|wrong| wrong.unwrap_err().to_string())
        .collect();
    assert_eq!(
        messages,
        [
            "values of dimensions [3, 2] for parameter \"0.weight\", which has [2, 3]",
            "5 values for parameter \"0.weight\", which has 6: dimensions [2, 3]",
            "parameter \"0.bias\": element 0 is NaN, but all must be finite",
            "there is no parameter \"bias\"; the nearest names are \"0.bias\", \"0.weight\"",
        ]
    );
    assert_eq!(model.theta(), before);
    Ok(())
}

#[test]
fn the_last_activation_is_the_output_and_the_first_is_the_first_layer_s() -> Result<(), Error> {
    let (model, x) = (model()?, sample());
    let activations = model.activations(&x)?;
    assert_eq!(activations.len(), model.network().layers().len());
    let last = activations.layer(activations.len() - 1).unwrap();
    assert_eq!(last.as_slice(), model.outputs(Batch::single(&x)?)?);
    assert!(activations.layer(activations.len()).is_none());
    for (p, layer) in activations.iter().zip(model.network().layers()) {
        assert_eq!(p.shape(), layer.spec().output);
    }

    // Channel 1 of the convolution at (2, 3), by its definition.
    let filter = model.parameter("0.filter")?.view::<4>()?;
    let mut p = model.parameter("0.bias")?.values()[1];
    for v in 0..3 {
        for h in 0..3 {
            p += filter[[1, 0, v, h]] * x[(2 + v) * 6 + 3 + h];
        }
    }
    let first = activations.layer(0).unwrap();
    assert!((first[[1, 2, 3]] - p.tanh()).abs() < 1e-12);

    let short = model.activations(&x[1..]).unwrap_err();
    assert_eq!(
        short,
        ModelError::InputSize {
            expected: Shape::new([1, 6, 6])?,
            came: 35
        }
    );
    Ok(())
}

#[test]
fn the_gradient_is_that_of_the_cost() -> Result<(), Error> {
    let (model, x) = (model()?, sample());
    let y = [0.5, -1.0, 0.25];
    let gradient = model.gradient(&x, &y)?;
    let mut other = model.clone();
    let cost = |theta: &[f64]| match other.set_theta(theta.to_vec()) {
        Ok(()) => other.gradient(&x, &y).map_or(f64::NAN, |g| g.cost()),
        Err(_) => f64::NAN,
    };
    gradflow::gradcheck::check(cost, model.theta(), gradient.values())?;
    let names: Vec<&str> = gradient.parameters().map(|block| block.name()).collect();
    let own: Vec<&str> = model.parameters().map(|block| block.name()).collect();
    assert_eq!(names, own);
    let filter = gradient.parameter("0.filter")?;
    assert_eq!(filter.view::<4>()?.shape().dims(), [2, 1, 3, 3]);
    assert_eq!(filter.values(), &gradient.values()[..18]);
    assert!(gradient.parameter("0.fliter").is_err());
    assert!(model.gradient(&x, &y[1..]).is_err());
    Ok(())
}

#[test]
fn a_network_without_parameters_says_so() -> Result<(), Error> {
    let network = Network::<f32>::builder(2)
        .activation(Activation::Tanh)
        .build()?;
    let model = Model::new(network, Cost::regression(), 1)?;
    assert_eq!(
        model.parameter("0.weight").unwrap_err().to_string(),
        "there is no parameter \"0.weight\"; the network has no parameters"
    );
    assert!(
        model
            .gradient(&[1.0, 2.0], &[0.0, 0.0])?
            .values()
            .is_empty()
    );
    Ok(())
}
