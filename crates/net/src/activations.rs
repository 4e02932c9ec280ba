//! What each layer makes of a sample.

use gradflow_kernels::Real;
use gradflow_layers::{Cx, Own};
use gradflow_tensor::{Shape, TensorView};

use crate::memory::{refused, reserve};
use crate::{Model, ModelError};

/// The output of every layer for one sample, `[depth, vertical, horizontal]`; see [`Model::activations`].
///
/// ```
/// use gradflow::{Activation, Cost, Model, Network};
///
/// let network = Network::<f32>::builder([4, 4])
///     .conv(2, [3, 3], Activation::Relu)
///     .dense(3, Activation::Identity)
///     .build()?;
/// let model = Model::new(network, Cost::classification(), 1)?;
/// let activations = model.activations(&[0.5; 16])?;
/// assert_eq!(activations.len(), 2);
/// let picture = activations.layer(0).map(|p| p.shape().dims());
/// assert_eq!(picture, Some([2, 2, 2]));
/// for p in activations.iter() {
///     println!("{}: {:?}", p.shape(), p.as_slice());
/// }
/// # Ok::<(), gradflow::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Activations<T> {
    layers: Vec<(Shape<3>, Vec<T>)>,
}

impl<T> Activations<T> {
    /// Number of layers.
    #[allow(clippy::len_without_is_empty)] // a network has a layer
    pub fn len(&self) -> usize {
        self.layers.len()
    }

    /// The output of a layer, counted from 0; `None` if there is no such layer. Channel `c` of it is
    /// [`at(c)`](TensorView::at).
    pub fn layer(&self, layer: usize) -> Option<TensorView<'_, T, 3>> {
        self.iter().nth(layer)
    }

    /// The outputs of the layers in order.
    pub fn iter(&self) -> impl Iterator<Item = TensorView<'_, T, 3>> {
        let layers = self.layers.iter();
        // Each has the shape that it was reserved for.
        layers.filter_map(|(shape, p)| TensorView::new(*shape, p).ok())
    }
}

impl<T: Real> Activations<T> {
    /// Layer after layer as in prediction; `x` is one sample.
    pub(crate) fn of(model: &Model<T>, x: &[T]) -> Result<Self, ModelError> {
        let what = "the activations of a sample";
        let chain = model.network().chain();
        let (mut x, mut from) = (x.to_vec(), model.network().input());
        let mut layers = Vec::with_capacity(chain.layers().len());
        for (l, layer) in chain.layers().enumerate() {
            let place = chain.range(l).zip(chain.state_range(l));
            let (Some((theta, state)), Some(sites)) = (place, chain.sites(l)) else {
                break; // every layer of the chain has its place
            };
            let spec = layer.spec();
            let room = spec.predict.checked(1);
            let room = room.ok_or_else(|| refused::<T>(usize::MAX, what))?;
            let mut scratch = reserve(room, what)?;
            let mut p = reserve(spec.output.len(), what)?;
            let own = Own {
                theta: &model.theta()[theta],
                state: &model.state()[state],
            };
            let cx = Cx::predict(model.workers()).at(sites.start);
            let out = spec.output.columns_mut(&mut p, 1);
            layer.forward(own, from.columns(&x, 1), out, &mut scratch, cx);
            from = spec.output;
            x.clone_from(&p);
            layers.push((from, p));
        }
        Ok(Self { layers })
    }
}
