//! Builds a network and checks every shape.

use std::sync::Arc;

use gradflow_kernels::Real;
use gradflow_layers::{Activation, AvgPool, Conv, Dense, Layer, LayerError, MaxPool};
use gradflow_tensor::Shape;

use crate::network::Placed;
use crate::{Network, NetworkError};

/// Collects the layers of a [`Network`]; each is made for the output shape of the one before.
///
/// The first error is kept and returned by [`NetworkBuilder::build`]; it names the layer, counted from 0, and the numbers.
///
/// ```
/// use gradflow::{Activation, Conv, Network};
///
/// let error = Network::<f32>::builder([1, 27, 27])
///     .layer(|input| Conv::strided(input, 8, [5, 5], [3, 3], Activation::Relu))
///     .build()
///     .unwrap_err();
/// assert!(error.to_string().starts_with("layer 0 (conv 5x5, stride 3x3): input 1x27x27"), "{error}");
/// ```
#[derive(Debug)]
pub struct NetworkBuilder<T: Real> {
    input: [usize; 3],
    layers: Result<Vec<Placed<T>>, NetworkError>,
}

impl<T: Real> NetworkBuilder<T> {
    pub(crate) fn new(input: [usize; 3]) -> Self {
        Self {
            input,
            layers: Ok(Vec::new()),
        }
    }

    /// Adds a fully connected layer (17).
    pub fn dense(self, outputs: usize, activation: Activation) -> Self {
        self.layer(|input| Dense::new(input, outputs, activation))
    }

    /// Adds a convolution (38) with stride 1 and no padding; filters are `[vertical, horizontal]`.
    /// Strides and padding: [`NetworkBuilder::layer`] with [`Conv`].
    pub fn conv(self, filters: usize, size: [usize; 2], activation: Activation) -> Self {
        self.layer(|input| Conv::new(input, filters, size, activation))
    }

    /// Adds max-pooling over windows that do not overlap.
    pub fn max_pool(self, window: [usize; 2]) -> Self {
        self.layer(|input| MaxPool::new(input, window))
    }

    /// Adds average pooling over windows that do not overlap.
    pub fn avg_pool(self, window: [usize; 2]) -> Self {
        self.layer(|input| AvgPool::new(input, window))
    }

    /// Adds any layer, made for the shape that the layer before puts out: the way to every option of the layers of this
    /// library, and to layers of your own.
    pub fn layer<L: Layer<T> + 'static>(
        mut self,
        make: impl FnOnce(Shape<3>) -> Result<L, LayerError>,
    ) -> Self {
        if let Ok(layers) = &mut self.layers {
            match place(self.input, layers, make) {
                Ok(placed) => layers.push(placed),
                Err(error) => self.layers = Err(error),
            }
        }
        self
    }

    /// Checks and finishes the network.
    ///
    /// # Errors
    /// [`NetworkError`] of the first layer that does not fit, or if there is no layer.
    pub fn build(self) -> Result<Network<T>, NetworkError> {
        let layers = self.layers?;
        let last = layers.last().ok_or(NetworkError::Empty)?;
        let parameters = last.range.end;
        let input = Shape::new(self.input).map_err(NetworkError::Input)?;
        Ok(Network::from_parts(layers, input, parameters))
    }
}

/// Makes the next layer and finds its place in `theta`.
fn place<T: Real, L: Layer<T> + 'static>(
    input: [usize; 3],
    before: &[Placed<T>],
    make: impl FnOnce(Shape<3>) -> Result<L, LayerError>,
) -> Result<Placed<T>, NetworkError> {
    let index = before.len();
    let (input, start) = match before.last() {
        Some(last) => (last.output, last.range.end),
        None => (Shape::new(input).map_err(NetworkError::Input)?, 0),
    };
    let layer = make(input).map_err(|error| NetworkError::Layer {
        layer: index,
        error,
    })?;
    if layer.input() != input {
        return Err(NetworkError::Mismatch {
            layer: index,
            name: layer.name(),
            expected: layer.input(),
            came: input,
        });
    }
    let mut length = 0;
    for block in layer.blocks() {
        let elements = block
            .dims
            .iter()
            .try_fold(1_usize, |n, d| n.checked_mul(*d));
        if block.range.start != length || elements != block.range.end.checked_sub(length) {
            return Err(NetworkError::Blocks {
                layer: index,
                name: layer.name(),
                block: block.name,
            });
        }
        length = block.range.end;
    }
    let end = start
        .checked_add(length)
        .filter(|end| *end <= isize::MAX as usize / 8);
    let end = end.ok_or(NetworkError::TooManyParameters { layer: index })?;
    let output = layer.output();
    Ok(Placed {
        layer: Arc::new(layer),
        range: start..end,
        input,
        output,
    })
}
