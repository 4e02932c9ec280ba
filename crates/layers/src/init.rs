//! Initial values of parameters.

use core::f64::consts::TAU;

use gradflow_kernels::Real;
use rand::{Rng, RngExt};
#[cfg(feature = "serde")]
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{Activation, LayerFault};

/// How a block of parameters is drawn.
///
/// `fan_in` and `fan_out` count the inputs that one output reads and the outputs that one input reaches: `n_in` and
/// `n_out` of a dense layer, `depth * f_v * f_h` of a convolution. Numbers are drawn in double precision, so that networks
/// in `f32` and `f64` start from the same ones.
///
/// It serialises as its name and constant, such as `"HeNormal"` or `{"Uniform": 0.7}`; an invalid constant is refused when
/// it is read.
///
/// ```
/// use gradflow_layers::{Activation, Dense, Describe, Init};
/// use gradflow_tensor::Shape;
///
/// // Weights in +-0.7, biases in +-0.07.
/// let layer = Dense::new(Shape::new([5, 1, 1])?, 32, Activation::SoftSign)?
///     .with_init(Init::Uniform(0.7))?
///     .with_bias_init(Init::Uniform(0.07))?;
/// assert_eq!(layer.spec().blocks[0].init, Init::Uniform(0.7));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(remote = "Self")
)]
pub enum Init {
    /// Uniform in `[-scale, scale)`.
    Uniform(f64),
    /// Uniform in `+-sqrt(6 / (fan_in + fan_out))` (Glorot, Bengio 2010): `xavier_uniform_` in PyTorch.
    GlorotUniform,
    /// Normal of variance `2 / (fan_in + fan_out)` (Glorot, Bengio 2010).
    GlorotNormal,
    /// Uniform in `+-sqrt(6 / fan_in)` (He et al. 2015).
    HeUniform,
    /// Normal of variance `2 / fan_in` (He et al. 2015): `kaiming_normal_` in PyTorch.
    HeNormal,
    /// The same value everywhere.
    Constant(f64),
}

impl Init {
    /// He's for activations that are linear on one side, Glorot's for the others.
    pub fn default_for(activation: &Activation) -> Self {
        match activation {
            Activation::Relu | Activation::LeakyRelu(_) | Activation::Softplus => Self::HeUniform,
            Activation::Elu(_) | Activation::Silu | Activation::HardSwish => Self::HeUniform,
            Activation::Gelu | Activation::GeluTanh => Self::HeUniform,
            _ => Self::GlorotUniform,
        }
    }

    pub(crate) fn check(self) -> Result<(), LayerFault> {
        match self {
            Self::Uniform(scale) if !(scale.is_finite() && scale >= 0.0) => {
                Err(LayerFault::InitScale { scale })
            }
            Self::Constant(value) if !value.is_finite() => Err(LayerFault::InitValue { value }),
            _ => Ok(()),
        }
    }

    /// Fills `values` with first values of a block of parameters with these `[fan_in, fan_out]`.
    pub fn fill<T: Real>(self, values: &mut [T], [fan_in, fan_out]: [usize; 2], rng: &mut dyn Rng) {
        let (fan_in, fan_out) = (fan_in as f64, fan_out as f64);
        let mut each = |draw: &mut dyn FnMut(&mut dyn Rng) -> f64| {
            values
                .iter_mut()
                .for_each(|value| *value = T::from_f64(draw(rng)));
        };
        let uniform =
            |scale: f64| move |rng: &mut dyn Rng| scale * (2.0 * rng.random::<f64>() - 1.0);
        let normal = |deviation: f64| move |rng: &mut dyn Rng| deviation * standard_normal(rng);
        match self {
            Self::Uniform(scale) => each(&mut uniform(scale)),
            Self::GlorotUniform => each(&mut uniform((6.0 / (fan_in + fan_out)).sqrt())),
            Self::GlorotNormal => each(&mut normal((2.0 / (fan_in + fan_out)).sqrt())),
            Self::HeUniform => each(&mut uniform((6.0 / fan_in).sqrt())),
            Self::HeNormal => each(&mut normal((2.0 / fan_in).sqrt())),
            Self::Constant(value) => each(&mut |_| value),
        }
    }
}

#[cfg(feature = "serde")]
impl Serialize for Init {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

#[cfg(feature = "serde")]
impl<'de> Deserialize<'de> for Init {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let init = Self::deserialize(deserializer)?;
        init.check().map_err(de::Error::custom)?;
        Ok(init)
    }
}

/// How weights and biases are drawn, for layers whose blocks are these two, in this order: what was chosen is kept, for
/// recipes, and stands in the spec.
macro_rules! with_inits {
    ($layer:ident) => {
        impl $layer {
            /// Chooses how weights are drawn.
            ///
            /// # Errors
            /// [`LayerError`] if its constant is invalid.
            pub fn with_init(self, init: Init) -> Result<Self, LayerError> {
                self.with_inits([Some(init), None])
            }

            /// Chooses how biases are drawn.
            ///
            /// # Errors
            /// [`LayerError`] if its constant is invalid.
            pub fn with_bias_init(self, init: Init) -> Result<Self, LayerError> {
                self.with_inits([None, Some(init)])
            }

            /// Chooses both; `None` leaves what was there.
            pub(crate) fn with_inits(
                mut self,
                inits: [Option<Init>; 2],
            ) -> Result<Self, LayerError> {
                for (block, init) in inits.into_iter().enumerate() {
                    if let Some(init) = init {
                        let refuse = |fault| LayerError::new(self.spec.name.clone(), fault);
                        init.check().map_err(refuse)?;
                        self.inits[block] = Some(init);
                        self.spec.blocks[block].init = init;
                    }
                }
                Ok(self)
            }
        }
    };
}
pub(crate) use with_inits;

/// A standard normal number (Box, Muller 1958).
fn standard_normal(rng: &mut dyn Rng) -> f64 {
    // 1 - u lies in (0, 1]: its logarithm is finite.
    let (u, v) = (1.0 - rng.random::<f64>(), rng.random::<f64>());
    (-2.0 * u.ln()).sqrt() * (TAU * v).cos()
}
