//! The fully connected layer (17), (18).

use gradflow_kernels::{Finish, Operand, Real, Workers, product, slices};
use gradflow_tensor::{Batch, BatchMut, Shape};
use rand::Rng;

use crate::{Activation, Block, Init, Layer, LayerError, Pass};

/// A fully connected layer: `p = sigma(w x + b)`.
///
/// ```text
/// (17), (18)  p_a = sigma(sum_c w_ac x_c + b_a)
/// ```
///
/// Its parameters are `weight [outputs, inputs]` and `bias [outputs]`, in this order. An input of rank 3 is flattened by (41).
///
/// ```
/// use gradflow_kernels::Workers;
/// use gradflow_layers::{Activation, Dense, Layer};
/// use gradflow_tensor::Shape;
///
/// let layer = Dense::new(Shape::new([2, 1, 1])?, 1, Activation::Identity)?;
/// let (theta, x, mut p) = ([2.0, 3.0, 1.0], [10.0, 100.0], [0.0]); // weights 2 and 3, bias 1
/// let (x, y) = (layer.input().columns(&x, 1), layer.output().columns_mut(&mut p, 1));
/// layer.forward(&theta, x, y, &mut [], &Workers::inline());
/// assert_eq!(p, [2.0 * 10.0 + 3.0 * 100.0 + 1.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Dense {
    input: Shape<3>,
    output: Shape<3>,
    activation: Activation,
    init: Init,
    bias_init: Init,
    blocks: [Block; 2],
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
        activation.check()?;
        let of = |source| LayerError::Shape {
            layer: "dense",
            source,
        };
        let output = Shape::new([outputs, 1, 1]).map_err(of)?;
        let weights = Shape::new([outputs, input.len() + 1]).map_err(of)?.len() - outputs;
        let blocks = [
            Block {
                name: "weight",
                dims: vec![outputs, input.len()],
                range: 0..weights,
            },
            Block {
                name: "bias",
                dims: vec![outputs],
                range: weights..weights + outputs,
            },
        ];
        let init = Init::default_for(&activation);
        Ok(Self {
            input,
            output,
            activation,
            init,
            bias_init: Init::Constant(0.0),
            blocks,
        })
    }

    /// Chooses how weights are drawn.
    ///
    /// # Errors
    /// [`LayerError::Init`] if its constant is invalid.
    pub fn with_init(self, init: Init) -> Result<Self, LayerError> {
        Ok(Self {
            init: init.check()?,
            ..self
        })
    }

    /// Chooses how biases are drawn.
    ///
    /// # Errors
    /// [`LayerError::Init`] if its constant is invalid.
    pub fn with_bias_init(self, init: Init) -> Result<Self, LayerError> {
        Ok(Self {
            bias_init: init.check()?,
            ..self
        })
    }

    /// Shape of an input sample.
    pub fn input(&self) -> Shape<3> {
        self.input
    }

    /// Shape of an output sample.
    pub fn output(&self) -> Shape<3> {
        self.output
    }

    /// The activation.
    pub fn activation(&self) -> &Activation {
        &self.activation
    }

    /// How weights are drawn.
    pub fn init(&self) -> Init {
        self.init
    }

    /// How biases are drawn.
    pub fn bias_init(&self) -> Init {
        self.bias_init
    }

    /// `(inputs, outputs)`
    fn sizes(&self) -> (usize, usize) {
        (self.input.len(), self.output.len())
    }
}

impl<T: Real> Layer<T> for Dense {
    fn name(&self) -> String {
        format!("dense {} {}", self.output.len(), self.activation)
    }

    fn input(&self) -> Shape<3> {
        self.input
    }

    fn output(&self) -> Shape<3> {
        self.output
    }

    fn output_range(&self) -> (f64, f64) {
        self.activation.range()
    }

    fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    fn sums_products(&self) -> bool {
        true
    }

    fn initialise(&self, theta: &mut [T], rng: &mut dyn Rng) {
        let (inputs, outputs) = self.sizes();
        let (weight, bias) = theta.split_at_mut(inputs * outputs);
        self.init.fill(weight, [inputs, outputs], rng);
        self.bias_init.fill(bias, [inputs, outputs], rng);
    }

    fn scratch(&self, samples: usize) -> usize {
        self.activation
            .scratch(samples.saturating_mul(self.output.len()))
    }

    fn forward(
        &self,
        theta: &[T],
        x: Batch<'_, T>,
        mut p: BatchMut<'_, T>,
        scratch: &mut [T],
        workers: &Workers,
    ) {
        let (inputs, outputs) = self.sizes();
        let (weight, bias) = theta.split_at(inputs * outputs);
        // p[s][a] = sigma(sum_c x[s][c] w[a][c] + b[a])
        product(
            (x.samples(), outputs, inputs),
            Operand::plain(x.data()),
            Operand::transposed(weight),
            p.data(),
            Finish::Bias(bias, self.activation.fused()),
            workers,
        );
        self.activation.finish(p.data(), scratch);
    }

    fn backward(
        &self,
        theta: &[T],
        pass: Pass<'_, T>,
        mut p_bar: BatchMut<'_, T>,
        theta_bar: &mut [T],
        x_bar: Option<BatchMut<'_, T>>,
        workers: &Workers,
    ) {
        let (inputs, outputs) = self.sizes();
        let samples = pass.x.samples();
        self.activation
            .delta(pass.p.data(), pass.scratch, p_bar.data());
        let delta = &*p_bar.data();

        // (24) weight_bar[a][c] = sum_s delta[s][a] x[s][c], bias_bar[a] = sum_s delta[s][a]
        let (weight_bar, bias_bar) = theta_bar.split_at_mut(inputs * outputs);
        let shape = (outputs, inputs, samples);
        product(
            shape,
            Operand::transposed(delta),
            Operand::plain(pass.x.data()),
            weight_bar,
            Finish::Overwrite,
            workers,
        );
        slices::sum_rows(delta, bias_bar);

        // (29) without the slope of the layer before: x_bar[s][c] = sum_a delta[s][a] w[a][c]
        if let Some(mut x_bar) = x_bar {
            let weight = &theta[..inputs * outputs];
            let shape = (samples, inputs, outputs);
            product(
                shape,
                Operand::plain(delta),
                Operand::plain(weight),
                x_bar.data(),
                Finish::Overwrite,
                workers,
            );
        }
    }
}
