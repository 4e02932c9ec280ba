//! A look inside a model: its parameters by name, activations, gradients.

use gradflow_kernels::Real;

use crate::memory::reserve;
use crate::parameter::find;
use crate::{Activations, Arena, Gradient, Model, ModelError, Parameter, Risk, Values};
use gradflow_optim::Objective;

impl<T: Real> Model<T> {
    /// A block of the parameters by its name: `"0.weight"`, `"0.filter"`, `"0.bias"` for the first layer, `"3.0.weight"` within a
    /// container. [`Network::summary`](crate::Network::summary) and [`Model::parameters`] tell the names.
    ///
    /// # Errors
    /// [`ModelError::NoParameter`], with the nearest names, if there is no such block.
    pub fn parameter(&self, name: &str) -> Result<Parameter<'_, T>, ModelError> {
        let block = find(self.network().blocks(), name)?;
        Ok(Parameter::of(block, self.theta()))
    }

    /// The parameters block by block, in the order of `theta`.
    pub fn parameters(&self) -> impl ExactSizeIterator<Item = Parameter<'_, T>> {
        let blocks = self.network().blocks().iter();
        blocks.map(|block| Parameter::of(block, self.theta()))
    }

    /// Replaces the values of a block: by as many values in row-major order, or by a tensor or matrix of the same dimensions.
    ///
    /// ```
    /// use gradflow::{Activation, Cost, Model, Network};
    ///
    /// let network = Network::<f64>::builder(2).dense(1, Activation::Identity).build()?;
    /// let mut model = Model::new(network, Cost::regression(), 1)?;
    /// model.set_parameter("0.weight", [3.0, -1.0])?;
    /// model.set_parameter("0.bias", [0.5])?;
    /// assert_eq!(model.predict(&[1.0, 2.0])?, [1.5]);
    ///
    /// let error = model.set_parameter("0.weight", [3.0]).unwrap_err();
    /// let text = "1 values for parameter \"0.weight\", which has 2: dimensions [1, 2]";
    /// assert_eq!(error.to_string(), text);
    /// # Ok::<(), gradflow::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ModelError`] if there is no such block, the length or the dimensions differ, or a value is not finite; the model then keeps
    /// what it had.
    pub fn set_parameter(&mut self, name: &str, values: impl Values<T>) -> Result<(), ModelError> {
        let block = find(self.network().blocks(), name)?;
        let (dims, values) = values.into_values();
        if let Some(came) = dims.filter(|dims| *dims != block.dims) {
            return Err(ModelError::ParameterDims {
                name: name.to_owned(),
                expected: block.dims.clone(),
                came,
            });
        }
        if values.len() != block.range.len() {
            return Err(ModelError::ParameterLength {
                name: name.to_owned(),
                dims: block.dims.clone(),
                expected: block.range.len(),
                came: values.len(),
            });
        }
        if let Some(index) = values.iter().position(|q| !q.is_finite()) {
            return Err(ModelError::ParameterNotFinite {
                name: name.to_owned(),
                index,
                value: values[index].to_f64(),
            });
        }
        let range = block.range.clone();
        self.put_block(range, &values);
        Ok(())
    }

    /// Computes what every layer puts out for one sample, as in prediction: with the running statistics, and nothing dropped. The last is
    /// `p(x)` before `zeta`, as [`Model::outputs`] has it.
    ///
    /// # Errors
    /// [`ModelError::InputSize`] if `x` is not one sample; [`ModelError::Memory`].
    pub fn activations(&self, x: &[T]) -> Result<Activations<T>, ModelError> {
        self.check_sample(x)?;
        Activations::of(self, x)
    }

    /// Computes the cost of some samples, one beside the other in `x` and their targets in `y`, and its gradient with respect to the
    /// parameters, block by block.
    ///
    /// Layers compute as in training: batch statistics are those of these samples, and what is dropped is the same at every call.
    ///
    /// ```
    /// use gradflow::{Activation, Cost, Model, Network};
    ///
    /// let network = Network::<f64>::builder(1).dense(1, Activation::Identity).build()?;
    /// let model = Model::with_parameters(network, Cost::regression(), vec![2.0, 0.0])?;
    /// let gradient = model.gradient(&[3.0], &[5.0])?;
    /// assert_eq!(gradient.cost(), 0.5); // (2 * 3 - 5)^2 / 2
    /// assert_eq!(gradient.parameter("0.weight")?.matrix()?[[0, 0]], 3.0);
    /// assert_eq!(gradient.parameter("0.bias")?.values(), [1.0]);
    /// # Ok::<(), gradflow::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ModelError`] if `x` and `y` are not whole samples, as many of each, the cost is not defined for a target, or the layers'
    /// statistics need more samples.
    pub fn gradient(&self, x: &[T], y: &[T]) -> Result<Gradient<T>, ModelError> {
        let samples = self.check_samples(x, y)?;
        let network = self.network();
        let mut arena = Arena::training(network, samples)?;
        let x = network.input().columns(x, samples);
        let y = network.output().columns(y, samples);
        let mut values = reserve(network.parameters(), "a gradient")?;
        let cost = Risk::new(self, x, y, &mut arena)?.value_and_gradient(self.theta(), &mut values);
        Ok(Gradient::new(network.blocks().to_vec(), values, cost))
    }
}
