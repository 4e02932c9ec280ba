//! Elements left out at random.

use gradflow_kernels::{Real, dropout};
use gradflow_tensor::{Batch, BatchMut, Shape};

use crate::{Cx, Describe, Layer, LayerError, LayerFault, Own, Pass, Recipe, Spec};

/// Dropout of rate `d` (Srivastava et al. 2014): in training an element is left out with probability `d`, else divided by `1 - d`; in
/// prediction it stays what it is. `Dropout` in Keras, `nn.Dropout` in PyTorch.
///
/// ```text
/// p = m x,  x_bar = m p_bar,  m = 0 with probability d, else 1/(1 − d)
/// ```
///
/// The factors `m` are a function of seed, step, layer, sample and element ([`Cx::draw`]; the generator is
/// [`dropout_number`](gradflow_kernels::dropout_number)): the backward pass computes them again, and they depend neither on threads, nor on how a mini-batch is
/// cut, nor on whether a run was put down and taken up again. Freezing does not stop them.
///
/// ```
/// use gradflow_layers::{Describe, Dropout, Recipe};
/// use gradflow_tensor::Shape;
///
/// let layer = Dropout::new(Shape::vector(10)?, 0.25)?;
/// assert_eq!(layer.recipe(), Some(Recipe::dropout(0.25)));
/// assert!(Dropout::new(Shape::vector(10)?, 1.0).is_err()); // nothing would be left
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Dropout {
    spec: Spec,
    rate: f64,
}

impl Dropout {
    /// For samples of this shape.
    ///
    /// # Errors
    /// [`LayerError`] if the rate does not lie in [0, 1).
    pub fn new(shape: Shape<3>, rate: f64) -> Result<Self, LayerError> {
        if !(0.0..1.0).contains(&rate) {
            let fault = LayerFault::DropoutRate { rate };
            return Err(LayerError::new("dropout", fault));
        }
        let spec = Spec::new(format!("dropout {rate}"), shape, shape);
        Ok(Self { spec, rate })
    }

    /// `to = m from`
    fn pass<T: Real>(&self, from: &[T], to: &mut [T], cx: Cx<'_>) {
        match cx.draw() {
            Some(draw) => {
                let key = |sample| draw.row(sample as u64);
                dropout(self.rate, key, self.spec.input.len(), from, to, cx.workers);
            }
            None => to.copy_from_slice(from),
        }
    }
}

impl Describe for Dropout {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn recipe(&self) -> Option<Recipe> {
        Some(Recipe::dropout(self.rate))
    }
}

impl<T: Real> Layer<T> for Dropout {
    fn forward(
        &self,
        _: Own<'_, T>,
        x: Batch<'_, T>,
        mut p: BatchMut<'_, T>,
        _: &mut [T],
        cx: Cx<'_>,
    ) {
        self.pass(x.data(), p.data(), cx);
    }

    fn backward(&self, _: Own<'_, T>, pass: Pass<'_, T>, _: &mut [T], cx: Cx<'_>) {
        if let Some(mut x_bar) = pass.x_bar {
            self.pass(pass.p_bar.as_batch().data(), x_bar.data(), cx);
        }
    }
}
