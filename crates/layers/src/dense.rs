//! The fully connected layer (17), (18).

use gradflow_kernels::{DenseLayer, Finish, Operand, Real, product, slices};
use gradflow_tensor::{Batch, BatchMut, Shape};

use crate::init::with_inits;
use crate::{
    Activation, Cx, Describe, Init, Layer, LayerError, LayerFault, Own, Pass, Plan, Recipe, Room,
    Spec,
};

/// A fully connected layer, `p = sigma(w x + b)`: `Dense` in Keras, `nn.Linear` with an activation in PyTorch.
///
/// ```text
/// (17), (18)  p_a = σ(Σ_c w_ac x_c + b_a)
/// ```
///
/// Its parameters are `weight [outputs, inputs]` and `bias [outputs]`, in this order. An input of rank 3 is flattened by (41).
///
/// ```
/// use gradflow_kernels::Workers;
/// use gradflow_layers::{Activation, Cx, Dense, Describe, Layer, Own};
/// use gradflow_tensor::Shape;
///
/// let layer = Dense::new(Shape::new([2, 1, 1])?, 1, Activation::Identity)?;
/// let (theta, x, mut p) = ([2.0, 3.0, 1.0], [10.0, 100.0], [0.0]); // weights 2 and 3, bias 1
/// let (input, output) = (layer.spec().input, layer.spec().output);
/// let own = Own { theta: &theta, state: &[] };
/// let workers = Workers::inline();
/// let cx = Cx::predict(&workers);
/// layer.forward(own, input.columns(&x, 1), output.columns_mut(&mut p, 1), &mut [], cx);
/// assert_eq!(p, [2.0 * 10.0 + 3.0 * 100.0 + 1.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Dense {
    spec: Spec,
    activation: Activation,
    /// How weights and biases are drawn, where that was chosen.
    inits: [Option<Init>; 2],
}

impl Dense {
    /// A layer that reads this shape, with the weights' default initialisation for the activation and biases 0.
    ///
    /// # Errors
    /// [`LayerError`] if there are no outputs, too many weights, or a constant of the activation is invalid.
    pub fn new(
        input: Shape<3>,
        outputs: usize,
        activation: Activation,
    ) -> Result<Self, LayerError> {
        activation.check().map_err(refuse)?;
        if outputs == 0 {
            return Err(refuse(LayerFault::NoOutputs));
        }
        let output = Shape::new([outputs, 1, 1]).map_err(|error| refuse(error.into()))?;
        let inputs = input.len();
        // One more for the bias.
        Shape::new([outputs, inputs + 1]).map_err(|error| refuse(error.into()))?;
        let (low, high) = activation.range();
        let spec = Spec::new(format!("dense {outputs} {activation}"), input, output)
            .block("weight", [outputs, inputs], Init::default_for(&activation))
            .fan([inputs, outputs])
            .block("bias", [outputs], Init::Constant(0.0))
            .fan([inputs, outputs])
            .room(activation.room(outputs), Room::NONE)
            .output_range(low, high)
            .sums_products();
        Ok(Self {
            spec,
            activation,
            inits: [None, None],
        })
    }

    /// `(inputs, outputs)`
    fn sizes(&self) -> (usize, usize) {
        (self.spec.input.len(), self.spec.output.len())
    }
}

with_inits!(Dense);

fn refuse(fault: LayerFault) -> LayerError {
    LayerError::new("dense", fault)
}

impl Describe for Dense {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn recipe(&self) -> Option<Recipe> {
        Some(Recipe::Dense {
            outputs: self.spec.output.len(),
            activation: self.activation.clone(),
            init: self.inits[0],
            bias_init: self.inits[1],
        })
    }
}

impl<T: Real> Layer<T> for Dense {
    fn forward(
        &self,
        own: Own<'_, T>,
        x: Batch<'_, T>,
        mut p: BatchMut<'_, T>,
        scratch: &mut [T],
        cx: Cx<'_>,
    ) {
        let (inputs, outputs) = self.sizes();
        let (weight, bias) = own.theta.split_at(inputs * outputs);
        // p[s][a] = sigma(sum_c x[s][c] w[a][c] + b[a])
        product(
            (x.samples(), outputs, inputs),
            Operand::plain(x.data()),
            Operand::transposed(weight),
            p.data(),
            Finish::Bias(bias, self.activation.fused()),
            cx.workers,
        );
        self.activation.finish(p.data(), scratch, cx.mode);
    }

    fn plan<'a>(&self, own: Own<'a, T>) -> Option<Plan<'a, T>> {
        let (inputs, outputs) = self.sizes();
        let (weight, bias) = own.theta.split_at(inputs * outputs);
        let function = self.activation.unary()?;
        Some(Plan::Dense(DenseLayer {
            weight,
            bias,
            function,
        }))
    }

    fn backward(&self, own: Own<'_, T>, mut pass: Pass<'_, T>, theta_bar: &mut [T], cx: Cx<'_>) {
        let (inputs, outputs) = self.sizes();
        let samples = pass.x.samples();
        self.activation
            .delta(pass.p.data(), pass.scratch, pass.p_bar.data());
        let delta = &*pass.p_bar.data();

        // (24) weight_bar[a][c] = sum_s delta[s][a] x[s][c], bias_bar[a] = sum_s delta[s][a]
        let (weight_bar, bias_bar) = theta_bar.split_at_mut(inputs * outputs);
        product(
            (outputs, inputs, samples),
            Operand::transposed(delta),
            Operand::plain(pass.x.data()),
            weight_bar,
            Finish::Overwrite,
            cx.workers,
        );
        slices::sum_rows(delta, bias_bar);

        // (29) without the slope of the layer before: x_bar[s][c] = sum_a delta[s][a] w[a][c]
        if let Some(mut x_bar) = pass.x_bar {
            product(
                (samples, inputs, outputs),
                Operand::plain(delta),
                Operand::plain(&own.theta[..inputs * outputs]),
                x_bar.data(),
                Finish::Overwrite,
                cx.workers,
            );
        }
    }
}
