//! Named parts of the parameters, in the ranks that they have.

use gradflow_kernels::Real;
use gradflow_layers::Block;
use gradflow_tensor::{Shape, Tensor, TensorView, names};

use crate::ModelError;

/// One block of a model's parameters, or of their gradient: a name, dimensions, and the values in row-major order.
///
/// | block | dimensions |
/// |---|---|
/// | weight of a dense layer | `[outputs, inputs]` |
/// | filter of a convolution | `[filters, depth, vertical, horizontal]` |
/// | bias | `[outputs]` or `[filters]` |
///
/// ```
/// use gradflow::{Activation, Cost, Model, Network};
///
/// let network = Network::<f32>::builder([1, 8, 8])
///     .conv(4, [3, 3], Activation::Relu)
///     .dense(10, Activation::Identity)
///     .build()?;
/// let model = Model::new(network, Cost::classification(), 1)?;
/// let filter = model.parameter("0.filter")?.view::<4>()?;
/// assert_eq!(filter.shape().dims(), [4, 1, 3, 3]);
/// assert_eq!(model.parameter("1.weight")?.matrix()?.shape().dims(), [10, 144]);
/// let names: Vec<&str> = model.parameters().map(|block| block.name()).collect();
/// assert_eq!(names, ["0.filter", "0.bias", "1.weight", "1.bias"]);
///
/// let error = model.parameter("0.weight").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "there is no parameter \"0.weight\"; the nearest names are \"0.bias\", \"0.filter\", \
///      \"1.weight\""
/// );
/// # Ok::<(), gradflow::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameter<'a, T> {
    name: &'a str,
    dims: &'a [usize],
    values: &'a [T],
}

impl<'a, T> Parameter<'a, T> {
    /// The part of `theta` that a block names, as a spec that was checked says.
    pub(crate) fn of(block: &'a Block, theta: &'a [T]) -> Self {
        Self {
            name: &block.name,
            dims: &block.dims,
            values: &theta[block.range.clone()],
        }
    }

    /// The block's name, such as `0.weight`.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// The block's dimensions.
    pub fn dims(&self) -> &'a [usize] {
        self.dims
    }

    /// The values, row-major.
    pub fn values(&self) -> &'a [T] {
        self.values
    }

    /// The values as a tensor of the block's own rank `R`: 1 for biases, 2 for dense layers, 4 for convolutions.
    ///
    /// # Errors
    /// [`ModelError::Rank`] if the block has another rank.
    pub fn view<const R: usize>(&self) -> Result<TensorView<'a, T, R>, ModelError> {
        let rank = || ModelError::Rank {
            name: self.name.to_owned(),
            dims: self.dims.to_vec(),
            came: R,
        };
        let dims: [usize; R] = self.dims.try_into().map_err(|_| rank())?;
        let shape = Shape::new(dims).map_err(|_| rank())?;
        TensorView::new(shape, self.values).map_err(|_| rank())
    }

    /// The values as a vector: [`view::<1>`](Self::view).
    ///
    /// # Errors
    /// As [`Parameter::view`].
    pub fn vector(&self) -> Result<TensorView<'a, T, 1>, ModelError> {
        self.view()
    }

    /// The values as a matrix: [`view::<2>`](Self::view). Row `i` is what leads to output `i`.
    ///
    /// # Errors
    /// As [`Parameter::view`].
    pub fn matrix(&self) -> Result<TensorView<'a, T, 2>, ModelError> {
        self.view()
    }

    /// A tensor of the block's own rank that owns a copy of the values.
    ///
    /// # Errors
    /// As [`Parameter::view`].
    pub fn tensor<const R: usize>(&self) -> Result<Tensor<T, R>, ModelError>
    where
        T: Clone,
    {
        Ok(self.view()?.to_tensor())
    }
}

/// The block of this name, or an error with the names nearest to it.
pub(crate) fn find<'a>(blocks: &'a [Block], name: &str) -> Result<&'a Block, ModelError> {
    let found = blocks.iter().find(|block| block.name == name);
    found.ok_or_else(|| {
        let layer = |name: &str| name.rsplit_once('.').map(|(layer, _)| layer.to_owned());
        let mut nearest = names::by_distance(name, blocks.iter().map(|block| &*block.name));
        // Those of the same layer come first.
        nearest.sort_by_key(|other| layer(other) != layer(name));
        ModelError::NoParameter {
            name: name.to_owned(),
            nearest: nearest.into_iter().take(NAMES).map(str::to_owned).collect(),
        }
    })
}

/// Names that an error lists at most.
const NAMES: usize = 3;

/// A gradient by the blocks of the parameters; see [`Model::gradient`](crate::Model::gradient).
#[derive(Debug, Clone, PartialEq)]
pub struct Gradient<T> {
    blocks: Vec<Block>,
    values: Vec<T>,
    cost: f64,
}

impl<T: Real> Gradient<T> {
    pub(crate) fn new(blocks: Vec<Block>, values: Vec<T>, cost: f64) -> Self {
        Self {
            blocks,
            values,
            cost,
        }
    }

    /// The cost at which the gradient was taken.
    pub fn cost(&self) -> f64 {
        self.cost
    }

    /// The whole gradient, laid out as `theta` is.
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// The gradient with respect to a block, by the block's name.
    ///
    /// # Errors
    /// [`ModelError::NoParameter`] if there is no such block.
    pub fn parameter(&self, name: &str) -> Result<Parameter<'_, T>, ModelError> {
        let block = find(&self.blocks, name)?;
        Ok(Parameter::of(block, &self.values))
    }

    /// The gradient block by block, in the order of `theta`.
    pub fn parameters(&self) -> impl ExactSizeIterator<Item = Parameter<'_, T>> {
        let blocks = self.blocks.iter();
        blocks.map(|block| Parameter::of(block, &self.values))
    }
}
